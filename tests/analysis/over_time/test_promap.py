import numpy as np
import pytest

from crimemap.analysis.over_time.promap import promap
from crimemap.errors import InputError, ParameterError


def _made(n=300, cells=500, seed=1):
    rng = np.random.default_rng(seed)
    return (
        rng.uniform(1e5, 1.05e5, n), rng.uniform(1e5, 1.05e5, n), rng.uniform(0, 120, n),
        rng.uniform(0.99e5, 1.06e5, cells), rng.uniform(0.99e5, 1.06e5, cells),
    )  # fmt: skip


def test_it_is_the_published_sum():
    x, y, day, cell_x, cell_y = _made()
    found = promap(x, y, day, cell_x, cell_y, on_day=100)
    expected = np.zeros(cell_x.size)
    for a, b, t in zip(x, y, day, strict=True):
        if not 40 <= t < 100:
            continue
        d = np.hypot(cell_x - a, cell_y - b)
        expected += np.where(d < 400, 1 / (1 + d // 25) / (1 + (100 - t) // 7), 0)
    assert found.risk == pytest.approx(expected, rel=1e-12)
    assert found.used == ((day >= 40) & (day < 100)).sum()


def test_the_future_is_not_used():
    x, y, day, cell_x, cell_y = _made()
    past = day < 80
    all_known = promap(x, y, day, cell_x, cell_y, on_day=80).risk
    only_past = promap(x[past], y[past], day[past], cell_x, cell_y, on_day=80).risk
    assert (all_known == only_past).all()


def test_incidents_far_outside_the_cells_add_nothing_and_near_ones_do():
    risk = promap([0, 5e6, 100_390], [0, 5e6, 100_000], [9, 9, 9], [100_000], [100_000], on_day=10).risk
    assert risk.tolist() == [1 / (1 + 390 // 25)]


def test_cells_in_another_order_have_the_same_risk():
    x, y, day, cell_x, cell_y = _made()
    order = np.random.default_rng(2).permutation(cell_x.size)
    plain = promap(x, y, day, cell_x, cell_y, on_day=100).risk
    assert (promap(x, y, day, cell_x[order], cell_y[order], on_day=100).risk == plain[order]).all()


def test_no_recent_incident_is_no_risk_and_no_error():
    found = promap([1e5], [1e5], [5], [1e5], [1e5], on_day=400)
    assert (found.risk.tolist(), found.used) == ([0.0], 0)
    assert found.parameters["reach_m"] == 400


def test_what_cannot_be_used_is_refused():
    with pytest.raises(InputError, match="only the month is known"):
        promap([1e5], [1e5], [np.nan], [1e5], [1e5], on_day=4)
    with pytest.raises(ParameterError, match="reach_m"):
        promap([1e5], [1e5], [1], [1e5], [1e5], on_day=4, reach_m=0)
    with pytest.raises(InputError, match="look like degrees"):
        promap([-1.2], [52.0], [1], [1e5], [1e5], on_day=4)
