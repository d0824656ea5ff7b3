import math

import numpy as np
import pytest

from crimemap.analysis.clusters.cylinder_kernels import before_each, best_cylinders, largest_cylinders
from crimemap.analysis.clusters.scan import scan
from crimemap.analysis.clusters.scan_in_time import space_time_scan
from crimemap.analysis.clusters.scan_kernels import largest_of_simulations, likelihood_ratio
from crimemap.analysis.clusters.scan_windows import circles
from crimemap.errors import EmptyInputError, InputError, ParameterError

GRID = np.repeat(np.arange(7) * 500.0, 7) + 5000, np.tile(np.arange(7) * 500.0, 7) + 5000


def _ratio(c, e, total):
    if c <= e:
        return 0.0
    return c * math.log(c / e) + ((total - c) * math.log((total - c) / (total - e)) if c < total else 0.0)


def _by_hand(cases, expected, x, y, *, share=0.5, longest=1, alive=False):
    """Every circle and every run of periods, written out."""
    due = expected / expected.sum() * cases.sum()
    total, periods = cases.sum(), cases.shape[1]
    best = (0.0, frozenset(), 0, 0)
    for i in range(len(x)):
        apart = np.hypot(x - x[i], y - y[i])
        for radius in np.unique(apart.round(6)):
            inside = apart <= radius + 1e-5
            if due[inside].sum() > share * total * (1 + 1e-9):
                break
            for last in range(periods - 1 if alive else 0, periods):
                for first in range(max(last - longest + 1, 0), last + 1):
                    window = cases[inside, first : last + 1].sum(), due[inside, first : last + 1].sum()
                    best = max(
                        best,
                        (_ratio(*window, total), frozenset(np.flatnonzero(inside).tolist()), first, last),
                        key=lambda b: b[0],
                    )
    return best


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("regular", [True, False])
def test_the_most_likely_cluster_is_the_best_of_all_circles_written_out(seed, regular):
    rng = np.random.default_rng(seed)
    x, y = GRID if regular else rng.uniform(5000, 9000, (2, 49))
    people = rng.integers(500, 2500, 49).astype(float)
    cases = rng.poisson(people / 300)
    cases[rng.integers(0, 49)] += 12
    found = scan(cases, people, x, y, rng=rng, simulations=19)
    llr, members, _, _ = _by_hand(cases[:, None], people[:, None], x, y)
    best = found.clusters[0]
    assert best.llr == pytest.approx(llr, rel=1e-10)
    assert set(best.members.tolist()) == members
    assert best.observed == cases[list(members)].sum()
    assert best.expected == pytest.approx(people[list(members)].sum() / people.sum() * cases.sum())


@pytest.mark.parametrize("alive", [True, False])
@pytest.mark.parametrize("model", ["permutation", "poisson"])
def test_in_space_and_time_it_is_the_best_of_all_cylinders_written_out(model, alive):
    rng = np.random.default_rng(7)
    x, y = rng.uniform(5000, 9000, (2, 20))
    cases = rng.poisson(2.0, (20, 8))
    cases[3, 5:8] += 7
    expected = rng.uniform(1, 3, (20, 8)) if model == "poisson" else None
    found = space_time_scan(cases, x, y, rng=rng, model=model, expected=expected, simulations=19, longest=4, alive=alive)
    due = np.outer(cases.sum(axis=1), cases.sum(axis=0)) / cases.sum() if expected is None else expected
    llr, members, first, last = _by_hand(cases, due, x, y, longest=4, alive=alive)
    best = found.clusters[0]
    assert best.llr == pytest.approx(llr, rel=1e-10)
    assert (set(best.members.tolist()), best.first, best.last) == (members, first, last)


def test_the_largest_of_each_simulation_is_that_of_all_circles_written_out():
    rng = np.random.default_rng(8)
    people = rng.integers(500, 2500, 49).astype(float)
    simulated = rng.multinomial(200, people / people.sum(), size=5).astype(np.int32)
    due = people / people.sum() * 200
    found = largest_of_simulations(circles(*GRID, due), simulated, due)
    assert found == pytest.approx([_by_hand(row[:, None], due[:, None], *GRID)[0] for row in simulated], rel=1e-10)


def _each_cylinder(windows, cases, expected, *, longest, alive):
    """The first best cylinder of each centre: all of them in order, sums added area by area and period by period."""
    total, periods = int(cases.sum()), cases.shape[1]
    found = np.zeros((windows.pointer.size - 1, 4))
    for centre in range(windows.pointer.size - 1):
        seen, due = np.zeros(periods), np.zeros(periods)
        for at in range(windows.pointer[centre], windows.pointer[centre + 1]):
            seen += cases[windows.member[at]]
            due += expected[windows.member[at]]
            for last in range(periods - 1 if alive else 0, periods) if windows.closed[at] else ():
                c = e = 0.0
                for first in range(last, max(last - longest, -1), -1):
                    c += seen[first]
                    e += due[first]
                    ratio = likelihood_ratio(c, e, total)
                    if ratio > found[centre, 0]:
                        found[centre] = ratio, at, first, last
    return found


@pytest.mark.parametrize("alive", [True, False])
@pytest.mark.parametrize("level", [0.05, 1.0, 60.0])
@pytest.mark.parametrize("holes", [True, False])
def test_passing_over_cylinders_changes_no_digit_of_any_ratio_nor_which_cylinder_is_first(level, holes, alive):
    rng = np.random.default_rng(int(level * 100) + holes + 10)
    x, y = rng.uniform(5000, 9000, (2, 30))
    expected = np.outer(rng.gamma(0.7, 1.0, 30), rng.uniform(0.5, 2, 11)) * level
    if holes:
        expected[rng.random(expected.shape) < 0.4] = 0.0
    cases = rng.poisson(expected)
    cases[4, 6:9] += rng.poisson(3 * expected[4, 6:9])
    due = expected / expected.sum() * cases.sum()
    windows = circles(x, y, due.sum(axis=1))
    tables = [cases, *rng.multinomial(cases.sum(), due.ravel() / due.sum(), size=4).reshape(4, 30, 11)]
    for longest in (1, 4, 11):
        plain = [_each_cylinder(windows, table, due, longest=longest, alive=alive) for table in tables]
        assert np.array_equal(best_cylinders(windows, cases, due, longest=longest, alive=alive), plain[0])
        largest = largest_cylinders(
            windows, before_each(np.array(tables, dtype=np.int32)), due, longest=longest, alive=alive
        )
        assert np.array_equal(largest, [each[:, 0].max() for each in plain])


def test_of_cylinders_with_equal_ratios_the_smallest_circle_and_the_earliest_shortest_run_is_first():
    x, y = np.arange(6) * 1000.0 + 5000, np.full(6, 5000.0)
    cases = np.zeros((6, 6), dtype=np.int64)
    cases[2, [1, 4]] = 5
    due = np.full((6, 6), 10 / 36)
    windows = circles(x, y, due.sum(axis=1))
    best = best_cylinders(windows, cases, due, longest=3)
    assert best[2].tolist() == [likelihood_ratio(5, 10 / 36, 10), windows.pointer[2], 1, 1]
    assert np.array_equal(best, _each_cylinder(windows, cases, due, longest=3, alive=False))


def test_the_ratio_is_the_closed_form():
    assert likelihood_ratio(10, 4, 50) == pytest.approx(10 * math.log(10 / 4) + 40 * math.log(40 / 46))
    assert likelihood_ratio(50, 10, 50) == pytest.approx(50 * math.log(5))
    assert likelihood_ratio(4, 4, 50) == likelihood_ratio(3, 4, 50) == 0


def test_secondary_clusters_share_no_area_and_come_in_order():
    rng = np.random.default_rng(9)
    cases = rng.poisson(4.0, 49)
    cases[[0, 1, 7]] += 20
    cases[[47, 48, 41]] += 14
    found = scan(cases, np.ones(49), *GRID, rng=rng, simulations=199)
    assert len(found.clusters) >= 2
    members = np.concatenate([cluster.members for cluster in found.clusters])
    assert np.unique(members).size == members.size
    ratios = [cluster.llr for cluster in found.clusters]
    assert ratios == sorted(ratios, reverse=True)
    assert {0, 1, 7} <= set(found.clusters[0].members.tolist())
    assert {47, 48, 41} <= set(found.clusters[1].members.tolist())
    assert all(cluster.p_value <= 0.05 for cluster in found.clusters[1:])


def test_p_is_never_0_and_is_the_rank_among_simulations():
    cases = np.ones(49, dtype=int)
    cases[24] = 200
    found = scan(cases, np.ones(49), *GRID, rng=np.random.default_rng(1), simulations=99)
    best = found.clusters[0]
    assert best.p_value == 1 / 100
    assert best.relative_risk == pytest.approx(200 / (248 / 49) / (48 / (248 - 248 / 49)))
    again = scan(cases, np.ones(49), *GRID, rng=np.random.default_rng(1), simulations=99)
    assert (again.simulated == found.simulated).all()


def test_maps_without_clusters_raise_alarms_no_more_often_than_the_rate():
    rng = np.random.default_rng(2)
    people = rng.integers(500, 2500, 49).astype(float)
    p = [scan(rng.poisson(people / 500), people, *GRID, rng=rng, simulations=39).clusters[0].p_value for _ in range(120)]
    assert (np.array(p) <= 0.05).sum() <= 13  # 5 % of 120 is 6; more than 13 has a probability of 0.3 %


def test_a_calendar_and_a_map_of_their_own_raise_no_alarm_in_the_permutation_model():
    rng = np.random.default_rng(3)
    rate = np.outer(rng.gamma(1.0, 3.0, 25), [1, 2, 4, 8, 4, 2])
    x, y = rng.uniform(5000, 9000, (2, 25))
    p = [space_time_scan(rng.poisson(rate), x, y, rng=rng, simulations=39).clusters[0].p_value for _ in range(60)]
    assert (np.array(p) <= 0.05).sum() <= 8  # 5 % of 60 is 3; more than 8 has a probability of 0.2 %


def test_the_map_can_be_moved_and_its_rows_shuffled():
    rng = np.random.default_rng(4)
    cases, people = rng.poisson(3.0, 49), rng.uniform(1, 2, 49)
    cases[10] += 15
    order = rng.permutation(49)
    plain = scan(cases, people, *GRID, rng=np.random.default_rng(1), simulations=19).clusters[0]
    moved = scan(
        cases[order],
        people[order],
        GRID[0][order] + 1234.5,
        GRID[1][order] - 77.7,
        rng=np.random.default_rng(1),
        simulations=19,
    ).clusters[0]
    assert moved.llr == pytest.approx(plain.llr, rel=1e-9)
    assert set(order[moved.members].tolist()) == set(plain.members.tolist())


def test_windows_keep_to_their_limits():
    people = np.ones(49)
    assert np.diff(circles(*GRID, people, most_neighbours=5).pointer).max() <= 5
    assert circles(*GRID, people, most_radius_m=1100.0).radius_m.max() <= 1100.0
    share = circles(*GRID, people, most_share=0.2)
    assert np.diff(share.pointer).max() <= 0.2 * 49
    assert (share.closed[share.pointer[1:] - 1]).all()


def test_an_area_with_more_than_half_of_all_people_is_in_no_window():
    people = np.ones(49)
    people[24] = 100
    found = circles(*GRID, people)
    assert 24 not in found.member


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"cases": np.full(49, 0.5)}, InputError, "whole numbers"),
        ({"cases": np.full(49, -1)}, InputError, "whole numbers"),
        ({"cases": np.zeros(49, dtype=int)}, EmptyInputError, "0 incidents show no pattern"),
        ({"expected": np.ones(48)}, InputError, "does not fit"),
        ({"expected": np.full(49, np.nan)}, InputError, "does not fit"),
        ({"expected": np.where(np.arange(49) == 3, 0.0, 1.0)}, InputError, "4 incidents are where none can be expected"),
        ({"easting": np.full(49, 0.1), "northing": np.full(49, 51.0)}, InputError, "degrees"),
        ({"easting": np.full(49, np.nan)}, InputError, "not finite"),
        ({"simulations": 9}, ParameterError, "9 simulations"),
        ({"most_share": 0.7}, ParameterError, "0.7 is not a share"),
        ({"most_neighbours": 0}, ParameterError, "0 areas are no window"),
        ({"most_radius_m": -5.0}, ParameterError, "not a length"),
    ],
)
def test_what_cannot_be_scanned_is_refused_with_the_reason(change, error, said):
    given = {"cases": np.full(49, 4), "expected": np.ones(49), "easting": GRID[0], "northing": GRID[1], "simulations": 19}
    given |= change
    positional = [given.pop(name) for name in ("cases", "expected", "easting", "northing")]
    with pytest.raises(error, match=said):
        scan(*positional, rng=np.random.default_rng(1), **given)


@pytest.mark.parametrize(
    ("cases", "options", "error", "said"),
    [
        (np.ones((49, 1), dtype=int), {}, InputError, "no before and after"),
        (np.ones((49, 4), dtype=int), {"longest": 5}, ParameterError, "5 of 4 periods"),
        (np.ones((49, 4), dtype=int), {"model": "poisson"}, ParameterError, "needs expected"),
        (np.ones((49, 4), dtype=int), {"expected": np.ones((49, 4))}, ParameterError, "takes no expected"),
        (np.ones(49, dtype=int), {}, InputError, "area and period"),
    ],
)
def test_what_cannot_be_scanned_in_time_is_refused_with_the_reason(cases, options, error, said):
    with pytest.raises(error, match=said):
        space_time_scan(cases, *GRID, rng=np.random.default_rng(1), simulations=19, **options)


def test_incidents_all_in_one_area_are_a_cluster_there_and_nothing_else():
    cases = np.zeros(49, dtype=int)
    cases[8] = 30
    found = scan(cases, np.ones(49), *GRID, rng=np.random.default_rng(1), simulations=19)
    assert [cluster.members.tolist() for cluster in found.clusters] == [[8]]
    assert found.clusters[0].relative_risk == float("inf")


def _long_series(gap, model, seed=21):
    """60 periods with a gap: nothing is expected in it, and nothing came; a cluster lies on both sides of it."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(5000, 9000, (2, 18))
    known = np.ones((18, 60))
    if gap == "of all":
        known[:, 27:34] = 0
    elif gap == "of some":
        known[:9, 27:34] = 0
        known[9:, 40:43] = 0
    rate = np.outer(rng.gamma(2.0, 0.4, 18), rng.uniform(0.6, 1.4, 60)) * known
    near = np.argsort(np.hypot(x - x[4], y - y[4]))[:4]
    cases = rng.poisson(rate)
    cases[near, 24:37] += rng.poisson(1.5 * rate[near, 24:37])
    if model == "permutation":
        due = np.outer(cases.sum(axis=1), cases.sum(axis=0)) / cases.sum()
    else:
        due = rate / rate.sum() * cases.sum()
    return x, y, cases, due


@pytest.mark.parametrize("alive", [True, False])
@pytest.mark.parametrize(("gap", "model"), [("of all", "poisson"), ("of some", "poisson"), ("of all", "permutation")])
def test_in_a_long_series_with_a_gap_passing_over_finds_what_every_cylinder_written_out_has(gap, model, alive):
    x, y, cases, due = _long_series(gap, model)
    windows = circles(x, y, due.sum(axis=1))
    share = due.ravel() / due.sum()
    tables = [cases, *np.random.default_rng(22).multinomial(cases.sum(), share, size=3).reshape(3, 18, 60)]
    for longest in (7, 24):
        plain = [_each_cylinder(windows, table, due, longest=longest, alive=alive) for table in tables]
        assert np.array_equal(best_cylinders(windows, cases, due, longest=longest, alive=alive), plain[0])
        largest = largest_cylinders(
            windows, before_each(np.array(tables, dtype=np.int32)), due, longest=longest, alive=alive
        )
        assert np.array_equal(largest, [each[:, 0].max() for each in plain])


@pytest.mark.parametrize("model", ["poisson", "permutation"])
def test_months_without_data_neither_add_to_a_cluster_nor_end_it(model):
    """Ratios are those of the series without them; a cluster lasts over them, but neither begins nor ends there."""
    x, y, cases, due = _long_series("of all", model)
    known = due.sum(axis=0) > 0
    assert known.sum() == 53
    asked = {"simulations": 19, "model": model}
    expected = due if model == "poisson" else None
    whole = space_time_scan(cases, x, y, rng=np.random.default_rng(1), expected=expected, longest=60, **asked)
    short = space_time_scan(
        cases[:, known], x, y, rng=np.random.default_rng(1), longest=53,
        expected=None if expected is None else expected[:, known], **asked,
    )  # fmt: skip
    month = np.flatnonzero(known)
    assert len(whole.clusters) == len(short.clusters)
    for one, other in zip(whole.clusters, short.clusters, strict=True):
        assert one.members.tolist() == other.members.tolist()
        assert (one.first, one.last) == (month[other.first], month[other.last])
        assert one.llr == pytest.approx(other.llr, rel=1e-10)
        assert one.expected == pytest.approx(other.expected)
    best = whole.clusters[0]
    assert (best.first < 27, best.last > 33) == (True, True), "it lies on both sides of the gap"
