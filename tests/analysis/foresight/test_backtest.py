from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely

from crimemap.analysis.foresight.accuracy import accuracy, choose_area
from crimemap.analysis.foresight.backtest import backtest
from crimemap.analysis.foresight.backtest_bandwidth import bandwidth_by_backtest
from crimemap.analysis.foresight.baselines import even, last_months, random_order, same_season
from crimemap.analysis.foresight.calibration import BANDS
from crimemap.analysis.foresight.forecast import Incidents, Method, forecast_cells
from crimemap.analysis.foresight.forecast_methods import decayed, kernel_smoothed, methods_named
from crimemap.analysis.grids.grid import grid_squares, square_neighbours
from crimemap.errors import EmptyInputError, InputError, ParameterError
from crimemap.periods import months_between

SQUARES = grid_squares(shapely.box(500_000, 200_000, 506_000, 204_000), cell_size_m=200)
CELLS = forecast_cells(
    SQUARES.area_inside_m2,
    easting=SQUARES.easting,
    northing=SQUARES.northing,
    neighbours=lambda ring: square_neighbours(SQUARES, ring=ring),
)
MONTHS = months_between("2022-01", "2024-07")


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def steady(seed: int = 1) -> np.ndarray:
    """Counts of cells whose rates differ and never change."""
    rates = rng(seed).gamma(0.3, 1.0, (len(CELLS), 1))
    return rng(seed + 1).poisson(rates, (len(CELLS), len(MONTHS)))


def run(counts=None, *, methods=None, **asked):
    return backtest(
        steady() if counts is None else counts,
        CELLS,
        months=MONTHS,
        methods=methods or [last_months(1), last_months(12), even()],
        rng=asked.pop("rng", rng()),
        **asked,
    )


def score(found, method, coverage=0.02):
    return next(s for s in found.scores if (s.method, s.coverage) == (method, coverage))


class TestOrigins:
    def test_they_roll_from_the_end_of_the_first_training_period_to_the_last_month(self):
        found = run(training_months=12, test_months=1, step_months=1)
        assert [period.test.start for period in found.periods] == MONTHS[12:]
        assert all(period.training.end == period.test.start and len(period.training) == 12 for period in found.periods)

    def test_steps_and_test_periods_are_as_asked_and_end_with_the_data(self):
        found = run(training_months=12, test_months=3, step_months=3)
        assert [period.test.start for period in found.periods] == [
            "2023-01",
            "2023-04",
            "2023-07",
            "2023-10",
            "2024-01",
            "2024-04",
        ]
        assert found.periods[-1].test.end == "2024-07"

    def test_a_method_sees_nothing_of_the_test_period(self):
        seen = []

        def spy(history):
            seen.append((history.months, history.test_months, history.counts.copy()))
            return np.ones(len(history.cells))

        counts = steady()
        run(counts, methods=[Method(name="spy", title="spy", forecast=spy), even()])
        for months, test, given in seen:
            at = MONTHS.index(test[0])
            assert list(months) == MONTHS[at - 12 : at]
            assert (given == counts[:, at - 12 : at]).all()

    def test_a_method_cannot_change_what_the_next_one_sees(self):
        def vandal(history):
            history.counts[:] = 0
            return np.ones(len(history.cells))

        with pytest.raises(ValueError, match="read-only"):
            run(methods=[Method(name="vandal", title="vandal", forecast=vandal)])

    def test_counts_given_stay_writable_and_as_they_were(self):
        counts = steady()
        before = counts.copy()
        run(counts)
        counts[0, 0] += 1
        assert counts.sum() == before.sum() + 1

    def test_a_missing_month_is_no_data_not_zero_and_costs_the_test_of_that_month_alone(self):
        known = np.ones(len(MONTHS), dtype=bool)
        gap = 15
        known[gap] = False
        found = run(known=known)
        assert [skip.first_test_month for skip in found.skipped] == [MONTHS[gap]]
        assert found.skipped[0].months_without_data == (MONTHS[gap],)
        assert [period.test.start for period in found.periods] == [*MONTHS[12:gap], *MONTHS[gap + 1 :]]
        told = {period.test.start: period.training_without_data for period in found.periods}
        assert told[MONTHS[gap - 1]] == ()
        assert told[MONTHS[gap + 1]] == told[MONTHS[gap + 12]] == (MONTHS[gap],)
        counts = steady()
        counts[:, gap] = 999
        assert run(counts, known=known, rng=rng()).scores == found.scores, (
            "what stands in a month without data is never read"
        )

    def test_what_is_expected_is_by_the_months_that_have_data(self):
        """With the same counts every month, a gap changes nothing that a method expects."""
        known = np.ones(len(MONTHS), dtype=bool)
        known[15] = known[20] = False
        level = np.tile(np.arange(len(CELLS))[:, None] % 7, (1, len(MONTHS)))
        asked = {
            "months": MONTHS,
            "methods": methods_named("last:1,last:12,season,area,decay:6,kde:quartic:500:3,kde:gaussian:400"),
        }
        whole = backtest(level, CELLS, **asked, rng=rng())
        gaps = backtest(level, CELLS, **asked, rng=rng(), known=known)
        kept = [k for k in range(len(whole.periods)) if 12 + k not in {15, 20}]
        assert gaps.predicted == pytest.approx(whole.predicted[:, kept], rel=1e-9, nan_ok=True)
        assert gaps.caught == pytest.approx(whole.caught[:, kept])

    def test_with_data_of_less_than_half_of_the_training_period_nothing_is_learnt(self):
        known = np.ones(len(MONTHS), dtype=bool)
        known[1:8] = False
        found = run(known=known)
        assert [skip.first_test_month for skip in found.skipped] == MONTHS[12:14]

    def test_training_does_not_begin_before_the_first_month_with_data(self):
        known = np.ones(len(MONTHS), dtype=bool)
        known[:3] = False
        assert run(known=known).periods[0].training.start == MONTHS[3]

    def test_dated_incidents_are_cut_to_the_training_period(self):
        seen = []

        def spy(history):
            seen.append((history.months, history.incidents.day))
            return np.ones(len(history.cells))

        days = np.arange("2022-01-01", "2024-07-01", dtype="datetime64[D]")
        dated = Incidents(easting=np.full(days.size, 5e5), northing=np.full(days.size, 2e5), day=days)
        run(methods=[Method(name="spy", title="spy", forecast=spy, needs_days=True)], incidents=dated)
        for months, given in seen:
            assert sorted(set(given.astype("datetime64[M]").astype(str))) == list(months)


class TestFigures:
    def test_those_of_one_period_are_what_accuracy_says(self):
        counts = steady()
        found = run(counts, training_months=12, test_months=18, methods=[last_months(12), even()])
        assert len(found.periods) == 1
        chosen = choose_area(counts[:, :12].sum(axis=1), CELLS.area_m2, coverages=[0.02])[0]
        predicted = counts[:, :12].sum(axis=1) * 1.5
        expected = accuracy(chosen, counts[:, 12:].sum(axis=1), CELLS.area_m2, predicted=predicted)
        got = score(found, "last:12")
        assert (got.hit_rate, got.pai, got.pei, got.rri) == pytest.approx(
            (expected.hit_rate, expected.pai, expected.pei, expected.rri)
        )
        assert got.pai_low < got.pai < got.pai_high
        assert got.pei_low <= got.pei <= got.pei_high

    def test_those_of_several_periods_are_of_all_incidents_together(self):
        found = run(coverages=[0.05])
        k = [method.name for method in found.methods].index("last:12")
        got = score(found, "last:12", 0.05)
        assert got.hit_rate == pytest.approx(found.caught[k].sum() / found.incidents)
        assert got.pei == pytest.approx(found.caught[k].sum() / found.best.sum())
        assert got.pai_low < got.pai < got.pai_high

    def test_the_same_everywhere_has_a_pai_of_1_and_no_interval_to_speak_of(self):
        got = score(run(), "area")
        assert (got.pai, got.pai_low, got.pai_high) == pytest.approx((1, 1, 1))

    def test_drawing_lots_comes_to_1_on_average(self):
        got = score(run(methods=[random_order(), even()], coverages=[0.2]), "random", 0.2)
        assert got.pai == pytest.approx(1.0, abs=0.1)

    def test_more_months_foresee_better_where_rates_never_change(self):
        found = run()
        assert score(found, "last:12").pai > score(found, "last:1").pai > score(found, "area").pai
        assert [s.method for s in found.scores if s.coverage == 0.02] == ["last:12", "last:1", "area"]

    def test_a_season_is_found_where_there_is_one(self):
        month = np.array([int(m[-2:]) for m in MONTHS])
        rates = np.where((np.arange(len(CELLS))[:, None] % 12) + 1 == month, 3.0, 0.05)
        found = run(rng(3).poisson(rates), methods=[same_season(), last_months(12), even()], coverages=[0.05])
        assert found.scores[0].method == "season"

    def test_pei_is_never_above_1(self):
        assert all(0 <= s.pei <= 1 and s.pei_high <= 1 for s in run().scores)

    def test_the_same_seed_gives_the_same_figures_and_another_other_intervals(self):
        assert run().scores == run().scores
        assert run(rng=rng(2)).scores != run().scores
        assert [s.pai for s in run(rng=rng(2)).scores] == [s.pai for s in run().scores]

    def test_where_the_origins_are_measured_does_not_matter(self):
        class Backwards:
            def map(self, function, partitions):
                with ThreadPoolExecutor(3) as pool:
                    return list(pool.map(function, list(partitions)[::-1]))[::-1]

        methods = [last_months(3), random_order(), kernel_smoothed(bandwidth_m=400)]
        assert run(methods=methods, engine=Backwards()).scores == run(methods=methods).scores


class TestVerdicts:
    def test_noise_is_not_said_to_beat_counting(self):
        found = run(methods=[last_months(12), *methods_named("gistar:1,kde:quartic:1500,decay:0.3")])
        assert all(not verdict.beaten_by for verdict in found.verdicts)
        assert "no method beats counting the last 12 months beyond chance" in found.verdicts[0].sentence

    def test_a_method_that_foresees_a_moving_hotspot_beats_counting_the_year(self):
        """A hotspot that moves every two months: the year has forgotten where it is now."""
        at = np.arange(len(MONTHS)) // 2 * 17 % len(CELLS)
        rates = np.full((len(CELLS), len(MONTHS)), 0.05)
        for month, cell in enumerate(at):
            rates[cell : cell + 5, month] = 6.0
        counts = rng(8).poisson(rates)
        found = run(counts, methods=[last_months(12), decayed(half_life_months=0.5)], coverages=[0.01])
        got = score(found, "decay:0.5", 0.01)
        assert found.verdicts[0].beaten_by == ("decay:0.5",)
        assert "beyond chance more than counting the last 12 months" in found.verdicts[0].sentence
        assert got.against == "last:12"
        assert 0 < got.difference_low < got.difference < got.difference_high
        assert got.p_value <= 0.05

    def test_too_few_periods_give_no_verdict(self):
        found = run(training_months=26, methods=[last_months(1), decayed(half_life_months=9)])
        assert len(found.periods) == 4
        assert "4 test periods are too few" in found.verdicts[0].sentence
        assert not any(verdict.beaten_by for verdict in found.verdicts)

    def test_without_baseline_or_rival_it_says_so(self):
        assert "no baseline" in run(methods=[decayed(half_life_months=3)]).verdicts[0].sentence
        assert "no other method was tried" in run().verdicts[0].sentence


class TestCalibration:
    def test_bands_hold_every_incident_once(self):
        found = run()
        for method in ("last:12", "area"):
            rows = [row for row in found.calibration if row.method == method]
            assert [row.from_share for row in rows] == list(BANDS[:-1])
            assert sum(row.observed for row in rows) == pytest.approx(found.incidents)

    def test_rates_that_never_change_are_foreseen_in_sum(self):
        rows = [row for row in run().calibration if row.method == "area"]
        assert sum(row.observed for row in rows) / sum(row.expected for row in rows) == pytest.approx(1.0, abs=0.05)

    def test_counting_one_month_promises_too_much_where_it_looks_first(self):
        """Regression to the mean: the cells with most incidents last month have fewer this month."""
        first = next(row for row in run().calibration if row.method == "last:1")
        assert first.ratio_high < 1

    @pytest.mark.parametrize("seed", [1, 2, 4, 6])
    def test_a_band_where_nothing_is_expected_has_exactly_nothing(self, seed):
        """Differences of sums of all cells are off by rounding: -1.8e-11 incidents are no forecast."""
        counts = steady(seed)
        counts[rng(3).random(len(CELLS)) < 0.9] = 0
        methods = [last_months(1), last_months(6), kernel_smoothed(bandwidth_m=230), even()]
        rows = run(counts, methods=methods, training_months=6).calibration
        assert min(row.expected for row in rows) == 0.0
        assert min(row.observed for row in rows) >= 0.0

    def test_a_score_has_no_expectation(self):
        found = run(methods=[*methods_named("gistar:1"), even()])
        rows = [row for row in found.calibration if row.method == "gistar:1"]
        assert all(row.expected is None and row.ratio is None for row in rows)
        assert score(found, "gistar:1").rri is None


class TestBandwidth:
    def test_the_width_of_the_hotspots_is_found(self):
        """Hotspots a kilometre wide of sparse counts: narrow kernels see noise, wide ones see nothing else."""
        centres = rng(4).uniform([500_500, 200_500], [505_500, 203_500], (4, 2))
        square = (
            (SQUARES.easting[:, None] - centres[:, 0]) ** 2 + (SQUARES.northing[:, None] - centres[:, 1]) ** 2
        ) / 300**2
        rates = 0.01 + 0.15 * np.exp(-square / 2).sum(axis=1)
        counts = rng(5).poisson(rates[:, None], (len(CELLS), len(MONTHS)))
        found = bandwidth_by_backtest(
            counts, CELLS, months=MONTHS, bandwidths_m=[200, 800, 3000], rng=rng(), coverage=0.05
        )  # fmt: skip
        assert found.bandwidth_m == 800
        assert not found.at_end
        assert found.hit_rate[800] == max(found.hit_rate.values())
        assert found.parameters["bandwidths_m"] == [200, 800, 3000]

    def test_it_says_when_a_bandwidth_beyond_may_be_better(self):
        found = bandwidth_by_backtest(steady(), CELLS, months=MONTHS, bandwidths_m=[400, 800], rng=rng())
        assert found.at_end

    def test_nothing_to_try_is_refused(self):
        with pytest.raises(ParameterError, match="no bandwidth to try"):
            bandwidth_by_backtest(steady(), CELLS, months=MONTHS, bandwidths_m=[], rng=rng())


class TestRefusals:
    @pytest.mark.parametrize(
        ("asked", "error", "said"),
        [
            ({"training_months": 40}, EmptyInputError, "each origin needs 40 months to train on, 20 of them with data"),
            ({"training_months": 0}, ParameterError, "0 is no number of months"),
            ({"step_months": 0}, ParameterError, "0 is no number of months"),
            ({"coverages": [0]}, ParameterError, "not shares"),
            ({"confidence": 1.0}, ParameterError, "not an error rate"),
            ({"known": [True]}, InputError, "1 marks for 30 months"),
            ({"methods": [even(), even()]}, ParameterError, "two have one name"),
            ({"methods": [last_months(24)]}, ParameterError, "needs a training period of 24 months"),
            ({"methods": [Method(name="n", title="n", forecast=len, needs_days=True)]}, ParameterError, "needs the days"),
            ({"methods": [Method(name="n", title="n", forecast=lambda _: [1.0])]}, InputError, "gave 1 risks for 600 cells"),
        ],
    )
    def test_what_cannot_be_measured_is_refused(self, asked, error, said):
        with pytest.raises(error, match=said):
            run(**asked)

    @pytest.mark.parametrize(
        ("counts", "months", "said"),
        [
            (np.zeros((600, 2)), MONTHS, r"counts of shape \(600, 2\)"),
            (np.full((600, 30), 0.5), MONTHS, "not whole numbers"),
            (np.zeros((600, 30)), MONTHS[::-1], "not in order"),
            (np.zeros((600, 2)), ["2022-01", "2022-03"], "without gaps"),
        ],
    )
    def test_tables_that_are_none_are_refused(self, counts, months, said):
        with pytest.raises(InputError, match=said):
            backtest(counts, CELLS, months=months, methods=[even()], rng=rng())

    def test_empty_test_periods_have_no_accuracy(self):
        with pytest.raises(EmptyInputError, match="no test period has an incident"):
            run(np.zeros((600, 30), dtype=int))
