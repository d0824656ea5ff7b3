"""Knox's test: every pair counted by brute force, shuffles that keep to their theory, its power and its false alarms."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm

from crimemap.analysis.over_time.knox import knox
from crimemap.analysis.over_time.knox_bands import SECONDS_A_DAY, time_edges
from crimemap.analysis.over_time.knox_pairs import close_pairs
from crimemap.analysis.over_time.knox_permutations import count_bands
from crimemap.errors import EmptyInputError, InputError, ParameterError

SPACE, TIME = [100.0, 200.0, 400.0], [7.0, 14.0]


def rng(seed=1):
    return np.random.default_rng(seed)


def background(n, seed, *, side=6000.0, days=180.0):
    draw = rng(seed)
    return draw.uniform(1e5, 1e5 + side, n), draw.uniform(1e5, 1e5 + side, n), draw.uniform(0, days, n)


def with_followers(seed, rate, n=250):
    """Background, and for each incident Poisson(rate) others uniform within 200 m and 14 days."""
    x, y, day = background(n, seed)
    draw = rng(seed + 100_000)
    parent = np.repeat(np.arange(n), draw.poisson(rate, n))
    angle, far = draw.uniform(0, 2 * np.pi, parent.size), 200 * np.sqrt(draw.uniform(0, 1, parent.size))
    after = draw.uniform(0, 14, parent.size)
    return (
        np.concatenate([x, x[parent] + far * np.cos(angle)]),
        np.concatenate([y, y[parent] + far * np.sin(angle)]),
        np.concatenate([day, day[parent] + after]),
    )


def by_hand(rows, space_edges, time_edges_days, distance):
    x, y, day = rows
    table = np.zeros((len(space_edges) - 1, len(time_edges_days) - 1), dtype=int)
    seconds = np.rint((np.asarray(day) - min(day)) * SECONDS_A_DAY)
    for i, j in itertools.combinations(range(len(x)), 2):
        dx, dy = abs(x[i] - x[j]), abs(y[i] - y[j])
        apart = dx + dy if distance == "manhattan" else np.sqrt(dx * dx + dy * dy)
        long = abs(seconds[i] - seconds[j]) / SECONDS_A_DAY
        s, t = (
            np.searchsorted(space_edges, apart, side="right") - 1,
            np.searchsorted(time_edges_days, long, side="right") - 1,
        )
        if s < table.shape[0] and t < table.shape[1]:
            table[s, t] += 1
    return table


@pytest.mark.parametrize("distance", ["euclidean", "manhattan"])
@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 30)), min_size=3, max_size=60, unique=True
    ).filter(lambda rows: len({day for _, _, day in rows}) > 1)
)
def test_every_pair_is_in_the_band_that_its_distance_and_time_say(distance, rows):
    """On a lattice of 20 m and whole days, where many pairs lie exactly on the edge of a band."""
    x, y, day = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    x, y = 1000 + 20 * x, 1000 + 20 * y
    found = knox(
        x, y, day, space_bands_m=SPACE, time_bands_days=TIME, distance=distance, rng=rng(), permutations=1, same_place_m=0.0
    )
    expected = by_hand((x, y, day), [0, 1e-9, *SPACE], [0, *TIME], distance)
    assert found.observed.tolist() == expected.tolist()


def test_a_band_holds_its_lower_end_and_not_its_upper_end():
    x = [1000.0, 1000.0, 1100.0, 1200.0]
    found = knox(
        x, [1000.0] * 4, [0, 7, 14, 14], space_bands_m=[100, 200], time_bands_days=[7, 14], rng=rng(), permutations=1
    )
    # (0, 1): same place, 7 days. (1, 2): 100 m, 7 days. (2, 3): 100 m, same moment. The others: 14 days or 200 m apart.
    assert found.observed.tolist() == [[0, 1], [0, 0], [1, 1]]


def test_seven_days_are_seven_days_whatever_the_hour():
    """0.1 + 7 is not 7.1 in floating point; the second is."""
    x = [1000.0, 1010.0, 1020.0]
    found = knox(x, x, [0.1, 7.1, 300], space_bands_m=[100], time_bands_days=[7, 14], rng=rng(), permutations=1)
    assert found.observed.sum(axis=0).tolist() == [0, 1]


def test_the_same_place_is_a_band_of_its_own_unless_it_is_not_wanted():
    x = [1000.0, 1000.0, 1050.0, 9000.0]
    apart = knox(x, x, [0, 1, 2, 90], space_bands_m=[100], time_bands_days=[7], rng=rng(), permutations=1)
    together = knox(
        x, x, [0, 1, 2, 90], space_bands_m=[100], time_bands_days=[7], rng=rng(), permutations=1, same_place_m=None
    )
    assert (apart.observed.tolist(), together.observed.tolist()) == ([[1], [2]], [[3]])
    assert (apart.same_place, together.same_place) == (True, False)


def test_expected_is_the_mean_over_all_shuffles():
    """All 120 orders of five moments, counted out."""
    x, y = np.array([1000.0, 1010, 1100, 1105, 3000]), np.full(5, 1000.0)
    day = np.array([0.0, 3, 9, 10, 40])
    bands = {"space_bands_m": [50, 150], "time_bands_days": [5, 20], "permutations": 1, "same_place_m": None}
    every = [knox(x, y, np.array(order), rng=rng(), **bands).observed for order in itertools.permutations(day)]
    assert knox(x, y, day, rng=rng(), **bands).expected == pytest.approx(np.mean(every, axis=0), rel=1e-12)


def test_the_p_value_is_the_share_of_shuffles_with_as_many():
    x, y, day = with_followers(3, 0.05)
    found = knox(x, y, day, space_bands_m=[200], time_bands_days=[14], rng=rng(), permutations=999, same_place_m=None)
    draw = rng(77)
    again = [knox(x, y, draw.permutation(day), space_bands_m=[200], time_bands_days=[14], rng=rng(), permutations=1,
                  same_place_m=None).observed[0, 0] for _ in range(600)]  # fmt: skip
    share = np.mean(np.array(again) >= found.observed[0, 0])
    assert found.p_value[0, 0] == pytest.approx(share, abs=4 * np.sqrt(0.25 / 600))
    assert found.low[0, 0] <= np.median(again) <= found.high[0, 0]


def test_p_is_never_0_and_more_shuffles_can_make_it_smaller():
    x, y, day = with_followers(4, 0.5)
    for permutations in (9, 99):
        found = knox(x, y, day, space_bands_m=[200], time_bands_days=[14], rng=rng(), permutations=permutations)
        assert found.p_value.min() == pytest.approx(1 / (permutations + 1))
        assert (found.p_adjusted >= found.p_value - 1e-12).all()


def test_the_seed_decides_and_threads_do_not():
    x, y, day = with_followers(5, 0.1)
    one, two = (knox(x, y, day, rng=rng(9), permutations=50, threads=threads) for threads in (1, 2))
    other = knox(x, y, day, rng=rng(10), permutations=50)
    assert (one.p_value == two.p_value).all()
    assert (one.high == two.high).all()
    assert (one.p_value != other.p_value).any()


def test_order_and_place_on_the_map_do_not_matter():
    x, y, day = with_followers(6, 0.1)
    order = rng().permutation(x.size)
    plain = knox(x, y, day, rng=rng(), permutations=1)
    moved = knox(x[order] + 70_000, y[order] - 3_000, day[order] + 5, rng=rng(), permutations=1)
    assert plain.observed.tolist() == moved.observed.tolist()
    assert plain.expected == pytest.approx(moved.expected)


def test_without_interaction_false_alarms_stay_within_the_rate():
    """200 maps of the demonstration county's kind with nothing to find: single bands, and the table as a whole."""
    single, whole = [], []
    for seed in range(200):
        x, y, day = background(150, seed)
        found = knox(x, y, day, space_bands_m=SPACE, time_bands_days=TIME, rng=rng(seed), permutations=99, same_place_m=None)
        single.append(found.p_value[1, 0] <= 0.05)
        whole.append((found.p_adjusted <= 0.05).any())
    assert sum(single) <= 19  # 5 % of 200 is 10; more than 19 has a probability of 0.3 %
    assert sum(whole) <= 19


def test_near_repeat_is_found_with_the_power_that_theory_gives():
    """
    Shuffled, each of the pairs close in space is close in time with probability q: the count is nearly binomial.

    So the test at 5 % rejects from its critical count on. The count itself is that of chance among the background's pairs
    and of the followers, all of whose links are close in both.
    """
    rate, runs, n = 0.045, 200, 250
    hits, powers = 0, []
    for seed in range(1000, 1000 + runs):
        x, y, day = with_followers(seed, rate, n)
        found = knox(
            x, y, day, space_bands_m=[200], time_bands_days=[14], rng=rng(seed), permutations=199, same_place_m=None
        )
        hits += bool(found.p_value[0, 0] <= 0.05)
        q, links = float(found.pairs_in_time[0] / found.n_pairs), n * rate
        # Squares of 6 km: the share of their pairs within 200 m, the edge allowed for.
        by_chance = found.n_pairs * (np.pi * 200**2 / 6000**2 - 8 / 3 * 200**3 / 6000**3)
        critical = binom.isf(0.05, round(by_chance + links), q) + 1
        spread = np.sqrt(by_chance * q * (1 - q) + links * (1 - q) ** 2)
        powers.append(norm.sf((critical - 0.5 - by_chance * q - links) / spread))
    theory = float(np.mean(powers))
    assert 0.5 < theory < 0.8
    assert hits / runs == pytest.approx(theory, abs=3 * np.sqrt(theory * (1 - theory) / runs))


def test_the_countys_rule_of_near_repeat_is_found_for_certain():
    x, y, day = with_followers(7, 0.18)
    found = knox(x, y, day, space_bands_m=[200], time_bands_days=[14], rng=rng(), same_place_m=None)
    assert found.p_value[0, 0] == 0.001
    assert found.knox_ratio[0, 0] > 1.7


def test_points_all_in_one_place_or_in_a_line_have_right_answers():
    day = np.arange(20.0)
    one_place = knox(np.full(20, 4e5), np.full(20, 3e5), day, rng=rng(), permutations=9)
    assert one_place.observed[0].tolist() == [19 * 6 - 15, *one_place.observed[0, 1:]]
    assert one_place.observed[0].sum() == 190
    assert (one_place.p_value[0] == 1).all(), "shuffling times of one place changes nothing"
    line = knox(4e5 + 50 * day, np.full(20, 3e5), day, rng=rng(), permutations=9, space_bands_m=[51], time_bands_days=[1.5])
    assert line.observed.tolist() == [[0], [19]]


def test_pairs_across_squares_of_the_grid_are_all_found():
    x, y, _ = background(400, 8, side=900)
    for reach in (10.0, 150.0, 5000.0):
        found = close_pairs(x, y, edges=np.array([0, reach]), distance="euclidean")
        apart = np.hypot(x[:, None] - x, y[:, None] - y)[np.triu_indices(400, 1)]
        assert found.start[-1] == (apart < reach).sum()
        assert len(set(zip(found.first.tolist(), found.second.tolist(), strict=True))) == found.start[-1]


def test_columns_are_counted_each_for_itself():
    x, y, day = background(200, 9, side=1500)
    pairs = close_pairs(x, y, edges=np.array([0.0, 300]), distance="euclidean")
    seconds = (day * SECONDS_A_DAY).astype(np.int32)
    both = np.column_stack([seconds[pairs.order], seconds[::-1][pairs.order]])
    edges = time_edges(TIME)
    assert (count_bands(pairs, both, edges)[0] == count_bands(pairs, both[:, :1], edges)[0]).all()
    assert (count_bands(pairs, both, edges)[1] == count_bands(pairs, both[:, 1:], edges)[0]).all()


def test_inputs_are_left_alone_and_the_result_says_what_made_it():
    x, y, day = background(30, 10)
    kept = x.copy(), y.copy(), day.copy()
    found = knox(x, y, day, rng=rng(), permutations=3, distance="manhattan")
    assert all((a == b).all() for a, b in zip((x, y, day), kept, strict=True))
    assert found.parameters["distance"] == "manhattan"
    assert found.parameters["permutations"] == 3
    assert found.parameters["time_edges_days"] == [0, 7, 14, 21, 28]


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"x": [1e5, 1e5], "y": [1e5, 1e5], "day": [0, 1]}, EmptyInputError, "2 incidents make no pattern"),
        ({"x": [1e5, np.nan, 1e5]}, InputError, "1 of 3 positions are not finite"),
        ({"x": [-1.1, -1.2, -1.3], "y": [52.1, 52.2, 52.3]}, InputError, "look like degrees"),
        ({"day": [0, 1]}, InputError, "2 moments for 3 incidents"),
        ({"day": [0, np.nan, 1]}, InputError, "only the month is known"),
        ({"day": [5, 5, 5]}, InputError, "all 3 incidents are at the same moment"),
        ({"day": [0, 1e9, 1]}, InputError, "span"),
        ({"space_bands_m": [200, 100]}, ParameterError, "ascending order"),
        ({"space_bands_m": []}, ParameterError, "ends of bands"),
        ({"space_bands_m": [0]}, ParameterError, "ends of bands"),
        ({"space_bands_m": [np.inf]}, ParameterError, "space_bands_m"),
        ({"time_bands_days": [-1]}, ParameterError, "time_bands_days"),
        ({"time_bands_days": [1e-9]}, ParameterError, "within a second"),
        ({"permutations": 0}, ParameterError, "shuffles"),
        ({"distance": "crow"}, ParameterError, "Take one of: euclidean, manhattan"),
        ({"same_place_m": 500.0}, ParameterError, "not within the first band"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(changed, error, said):
    asked = {"x": [1e5, 1.001e5, 1.002e5], "y": [1e5] * 3, "day": [0, 1, 2], "rng": rng(), **changed}
    with pytest.raises(error, match=said):
        knox(asked.pop("x"), asked.pop("y"), asked.pop("day"), **asked)


def test_too_many_pairs_are_refused_before_they_fill_the_memory():
    same = np.full(20_000, 4e5)
    with pytest.raises(ParameterError, match=r"more than 150,000,000 pairs of the 20,000 incidents are within 400 m"):
        knox(same, same, np.arange(20_000) / 100, rng=rng())
