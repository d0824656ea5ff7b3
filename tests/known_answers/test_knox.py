"""Knox's test against published tables and two independent implementations."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from crimemap.analysis.over_time.knox import knox
from tests.real_data import REAL_DATA, needs_real_data


def _rng():
    return np.random.default_rng(1)


@pytest.mark.parametrize(
    ("bands", "counts", "expected", "p_more", "p_shuffled"),
    [
        ((150, 7), (51, 359, 15_062), 43.3447535, 0.10986207602955822, 0.130),
        ((300, 14), (316, 1_339, 28_512), 306.03260922, 0.2727679279419556, 0.263),
    ],
)
def test_a_made_up_cloud_gives_the_figures_of_pointpats(bands, counts, expected, p_more, p_shuffled):
    """Version 2.5.5, 999 shuffles; its Poisson p is of more pairs than seen, its bands hold their upper end."""
    draw = np.random.default_rng(42)
    x, y = draw.normal(3e5, 1500, 500), draw.normal(3e5, 1500, 500)
    found = knox(
        x,
        y,
        draw.integers(0, 120, 500),
        space_bands_m=[np.nextafter(bands[0], 1e9)],
        time_bands_days=[bands[1] + 0.5],
        same_place_m=None,
        rng=_rng(),
    )
    assert (found.observed[0, 0], found.pairs_in_space[0], found.pairs_in_time[0]) == counts
    assert found.expected[0, 0] == pytest.approx(expected, rel=1e-8)
    assert poisson.sf(counts[0], found.expected[0, 0]) == pytest.approx(p_more, rel=1e-9)
    assert found.p_value[0, 0] == pytest.approx(p_shuffled, abs=4 * np.sqrt(2 * 0.2 * 0.8 / 999))


@needs_real_data
@pytest.mark.real_data
def test_burkitts_lymphoma_has_13_pairs_close_in_space_and_time():
    """At most 20 apart and 5 days: bands are half-open, so their ends lie just above."""
    cases = gpd.read_file(REAL_DATA / "reference" / "burkitt" / "burkitt.shp")
    found = knox(
        cases.geometry.x,
        cases.geometry.y,
        cases["T"],
        space_bands_m=[np.nextafter(20, 21)],
        time_bands_days=[5.5],
        same_place_m=None,
        rng=_rng(),
    )
    assert (found.observed[0, 0], found.pairs_in_space[0], found.pairs_in_time[0]) == (13, 3429, 52)
    assert (found.n_incidents, found.n_pairs) == (188, 17_578)
    assert found.expected[0, 0] == pytest.approx(10.1438, abs=5e-5)
    # pointpats 2.5.5 gives P(more than 13) = 0.14624558; ours counts 13 itself, as a p-value must.
    assert poisson.sf(13, found.expected[0, 0]) == pytest.approx(0.14624558, abs=1e-8)
    assert found.p_poisson[0, 0] == pytest.approx(poisson.sf(12, found.expected[0, 0]))
    # pointpats 2.5.5, 99 shuffles with seed 100, gives 0.17 in its own documentation.
    assert found.p_value[0, 0] == pytest.approx(0.17, abs=4 * np.sqrt(0.17 * 0.83 / 99))


@pytest.fixture(scope="module")
def chicago():
    rows = pd.read_csv(
        REAL_DATA / "reference" / "near_repeat_chicago_burglary_month1.csv", header=None, names=["x", "y", "date"]
    )
    day = (pd.to_datetime(rows["date"]) - pd.Timestamp("2015-12-31")).dt.days
    assert len(rows) == 970
    return rows["x"], rows["y"], day


@needs_real_data
@pytest.mark.real_data
def test_chicago_burglaries_give_the_near_repeat_calculators_table_to_monte_carlo_error(chicago):
    """Its tables hold the bands [0, 7), [7, 14), ... whatever their labels say: that is its documented off-by-one."""
    table = np.array(
        [[1.65, 0.43, 0.63, 0.58], [1.69, 0.60, 0.57, 0.56], [1.32, 0.94, 0.51, 0.88], [0.94, 1.03, 1.07, 1.01]]
    )
    found = knox(
        *chicago,
        space_bands_m=[100, 200, 300],
        time_bands_days=[7, 14, 21, np.inf],
        distance="manhattan",
        same_place_m=1.0,
        rng=_rng(),
    )
    # The calculator divides by the mean of 20 shuffles: observed / ratio is that mean, and it strays by sd / sqrt(20).
    deviation = (found.high - found.low) / (2 * 1.96) / np.sqrt(20)
    rounding = found.observed / (table - 0.005) - found.observed / table
    assert (np.abs(found.observed / table - found.expected) < 3 * deviation + rounding).all()
    assert found.observed[0].tolist() == [28, 5, 5, 2]
    assert (found.p_value[:3, 0] <= 0.002).all()
    assert found.p_adjusted[3, 0] == 1


@needs_real_data
@pytest.mark.real_data
def test_the_calculators_labels_name_other_bands_than_its_figures_are_of(chicago):
    as_labelled = knox(
        *chicago,
        space_bands_m=[101, 201, 301],
        time_bands_days=[8, 15, 22, np.inf],
        distance="manhattan",
        same_place_m=1.0,
        rng=_rng(),
        permutations=1,
    )
    as_counted = knox(
        *chicago,
        space_bands_m=[100, 200, 300],
        time_bands_days=[7, 14, 21, np.inf],
        distance="manhattan",
        same_place_m=1.0,
        rng=_rng(),
        permutations=1,
    )
    assert (as_labelled.observed != as_counted.observed).any()
    assert as_labelled.knox_ratio[0, 0] != pytest.approx(as_counted.knox_ratio[0, 0], abs=0.02)
