import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crimemap.analysis.foresight.accuracy import accuracy, choose_area, most_caught
from crimemap.errors import EmptyInputError, InputError, ParameterError

OBSERVED, PREDICTED, EQUAL = np.array([6, 3, 0]), np.array([3, 2, 1]), np.ones(3)


@st.composite
def maps(draw):
    n = draw(st.integers(1, 12))
    risk = draw(arrays(float, n, elements=st.integers(-3, 3).map(float)))
    counts = draw(arrays(np.int64, n, elements=st.integers(0, 4)).filter(lambda x: x.sum() > 0))
    area = draw(arrays(float, n, elements=st.floats(0.01, 100)))
    return risk, counts, area


class TestKnownAnswers:
    """Published in the documentation of ptools, an R package: cells one by one, the riskiest first."""

    @pytest.mark.parametrize(("n", "pai", "rri"), [(1, 2.0, 3 / 6), (2, 1.5, 5 / 9), (3, 1.0, 6 / 9)])
    def test_three_cells(self, n, pai, rri):
        chosen = choose_area(PREDICTED, EQUAL, coverages=[n / 3])[0]
        found = accuracy(chosen, OBSERVED, EQUAL, predicted=PREDICTED)
        assert (found.pai, found.pei, found.rri) == (pytest.approx(pai, rel=1e-12), 1.0, pytest.approx(rri, rel=1e-12))

    def test_cells_of_different_size_by_hand(self):
        """Half of the small cell and nothing else: 2 of 10 incidents on 0.5 of 8 of the area."""
        found = accuracy([0.5, 0.0, 0.0], [4, 5, 1], [1.0, 2.0, 5.0])
        assert (found.hit_rate, found.area_share, found.pai) == (0.2, 0.0625, 3.2)
        assert found.pei == 1.0, "4 per unit of area is denser than 2.5, though 5 is more than 4"

    def test_a_map_that_misses_everything_scores_0_and_has_no_rri(self):
        found = accuracy([False, False, True], OBSERVED, EQUAL, predicted=PREDICTED)
        assert (found.hit_rate, found.pai, found.pei, found.rri) == (0.0, 0.0, 0.0, None)


class TestChoosing:
    def test_cells_are_taken_by_falling_risk_and_the_last_one_in_part(self):
        assert choose_area([1, 9, 5], [10, 10, 10], coverages=[0.5])[0].tolist() == [0.0, 1.0, 0.5]

    def test_cells_of_equal_risk_share_what_is_left_by_area(self):
        chosen = choose_area([7, 2, 2, 0], [1, 3, 1, 5], coverages=[0.3])[0]
        assert chosen.tolist() == [1.0, 0.5, 0.5, 0.0]

    def test_drawing_lots_among_equal_cells_catches_as_much_on_average(self):
        rng = np.random.default_rng(1)
        risk, counts = np.repeat([2.0, 1.0], [3, 20]), rng.poisson(1.0, 23)
        expected = choose_area(risk, np.ones(23), coverages=[8 / 23])[0] @ counts
        drawn = []
        for _ in range(4000):
            order = np.lexsort((rng.random(23), -risk))
            drawn.append(counts[order[:8]].sum())
        assert np.mean(drawn) == pytest.approx(expected, abs=4 * np.std(drawn) / np.sqrt(4000))

    @given(maps(), st.floats(0.001, 1.0))
    def test_exactly_the_area_asked_for_is_chosen(self, made, coverage):
        risk, _, area = made
        chosen = choose_area(risk, area, coverages=[coverage])[0]
        assert chosen @ area == pytest.approx(coverage * area.sum(), rel=1e-9)
        assert ((chosen >= 0) & (chosen <= 1)).all()

    @given(maps(), st.floats(0.001, 1.0), st.randoms(use_true_random=False))
    def test_the_order_of_cells_does_not_matter(self, made, coverage, random):
        risk, _, area = made
        order = np.array(random.sample(range(risk.size), risk.size))
        plain = choose_area(risk, area, coverages=[coverage])[0]
        assert choose_area(risk[order], area[order], coverages=[coverage])[0] == pytest.approx(plain[order], abs=1e-9)

    @given(maps())
    def test_a_larger_coverage_holds_the_smaller_one(self, made):
        risk, _, area = made
        chosen = choose_area(risk, area, coverages=[0.1, 0.4, 1.0])
        assert (np.diff(chosen, axis=0) >= -1e-12).all()
        assert (chosen[-1] == 1.0).all()


class TestProperties:
    @given(maps())
    def test_everywhere_has_a_pai_of_exactly_1(self, made):
        _, counts, area = made
        assert accuracy(np.ones(area.size, dtype=bool), counts, area).pai == 1.0

    @given(maps(), st.floats(0.01, 1.0))
    def test_no_map_has_a_pei_above_1_and_the_best_one_has_1(self, made, coverage):
        risk, counts, area = made
        found = accuracy(choose_area(risk, area, coverages=[coverage])[0], counts, area)
        assert 0 <= found.pei <= 1
        best = accuracy(choose_area(counts / area, area, coverages=[coverage])[0], counts, area)
        assert best.pei == pytest.approx(1.0, rel=1e-9)
        assert best.caught >= found.caught - 1e-9

    @given(maps())
    def test_nothing_given_is_changed(self, made):
        before = [x.copy() for x in made]
        risk, counts, area = made
        accuracy(choose_area(risk, area, coverages=[0.5])[0], counts, area, predicted=np.abs(risk))
        assert all((x == y).all() for x, y in zip(before, made, strict=True))

    def test_the_most_that_can_be_caught_is_what_trying_every_choice_finds(self):
        rng = np.random.default_rng(4)
        counts = rng.poisson(2.0, 10)
        subsets = ((np.arange(1024)[:, None] >> np.arange(10)) & 1).astype(bool)
        best = max(counts[s].sum() for s in subsets if s.sum() == 4)
        assert most_caught(counts, np.ones(10), coverages=[0.4])[0] == pytest.approx(best)


class TestRefusals:
    def test_a_period_without_incidents_has_no_accuracy(self):
        with pytest.raises(EmptyInputError, match="no incidents"):
            accuracy([True], [0], [1.0])

    def test_choosing_nothing_has_no_accuracy(self):
        with pytest.raises(EmptyInputError, match="no cell is chosen"):
            accuracy([False], [3], [1.0])

    @pytest.mark.parametrize(
        ("chosen", "counts", "area", "said"),
        [
            ([0.5, 0.5], [1], [1.0], "share of each cell"),
            ([1.5], [1], [1.0], "share of each cell"),
            ([np.nan], [1], [1.0], "share of each cell"),
            ([1.0], [-1], [1.0], "negative"),
            ([1.0], [1], [0.0], "not above 0"),
            ([1.0], [1], [1.0, 2.0], "2 areas for 1 cells"),
        ],
    )
    def test_what_is_no_map_is_refused(self, chosen, counts, area, said):
        with pytest.raises(InputError, match=said):
            accuracy(chosen, counts, area)

    def test_a_prediction_that_is_no_number_is_refused(self):
        with pytest.raises(InputError, match="prediction is missing"):
            accuracy([1.0], [1], [1.0], predicted=[np.nan])

    def test_risks_have_to_be_numbers_and_coverages_shares(self):
        with pytest.raises(InputError, match="risk of 1 of 2 cells"):
            choose_area([np.nan, 1.0], [1.0, 1.0], coverages=[0.5])
        for wrong in ([], [0.0], [1.5], [np.nan]):
            with pytest.raises(ParameterError, match="not shares of an area"):
                choose_area([1.0], [1.0], coverages=wrong)
