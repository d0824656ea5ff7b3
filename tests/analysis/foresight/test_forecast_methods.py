import dataclasses

import numpy as np
import pytest
import shapely

from crimemap.analysis.density.kde import kernel_density
from crimemap.analysis.density.kernels import KERNELS, kernel_shape
from crimemap.analysis.foresight.baselines import last_months
from crimemap.analysis.foresight.forecast import ForecastCells, History, Incidents, forecast_cells
from crimemap.analysis.foresight.forecast_kernels import smooth_cells
from crimemap.analysis.foresight.forecast_methods import (
    decayed,
    default_baselines,
    gistar_score,
    kernel_smoothed,
    methods_named,
)
from crimemap.analysis.grids.grid import grid_squares, h3_cells, h3_centres, square_neighbours
from crimemap.analysis.hotspots.gistar import gistar
from crimemap.crs import to_national_grid
from crimemap.errors import InputError, ParameterError
from crimemap.periods import months_between

SQUARES = grid_squares(shapely.box(500_000, 200_000, 506_000, 204_000), cell_size_m=200)
CELLS = forecast_cells(
    SQUARES.area_inside_m2,
    easting=SQUARES.easting,
    northing=SQUARES.northing,
    neighbours=lambda ring: square_neighbours(SQUARES, ring=ring),
    population=np.arange(len(SQUARES)),
)


def history(counts=None, *, months=12, test_months=1, cells: ForecastCells = CELLS) -> History:
    if counts is None:
        counts = np.random.default_rng(1).poisson(0.2, (len(cells), months))
    names = months_between("2023-01", "2026-01")
    return History(
        counts=counts,
        months=tuple(names[:months]),
        test_months=tuple(names[months : months + test_months]),
        cells=cells,
        rng=np.random.default_rng(1),
    )


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("bandwidth", [250.0, 900.0])
def test_smoothing_squares_is_the_kernel_density_of_incidents_at_their_centres(kernel, bandwidth):
    counts = np.random.default_rng(2).poisson(0.3, len(SQUARES))
    surface = kernel_density(
        SQUARES.easting,
        SQUARES.northing,
        bandwidth_m=bandwidth,
        cell_size_m=200,
        kernel=kernel,
        weights=counts,
        extent=(500_000, 200_000, 506_000, 204_000),
    )
    found = smooth_cells(counts, SQUARES.easting, SQUARES.northing, bandwidth_m=bandwidth, kernel=kernel)
    expected = surface.density_per_km2.ravel()
    assert found == pytest.approx(expected, abs=1e-9 * expected.max())


def test_smoothing_hexagons_is_the_sum_of_kernels_written_out():
    cells = h3_cells(shapely.box(530_000, 180_000, 533_000, 182_000), resolution=9)
    x, y = to_national_grid(*h3_centres(cells.cell))
    counts = np.random.default_rng(3).poisson(1.0, len(cells))
    square = ((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2) / 700.0**2
    expected = np.clip(1 - square, 0, None) ** 2 @ counts * kernel_shape("quartic").peak / 0.7**2
    assert smooth_cells(counts, x, y, bandwidth_m=700.0) == pytest.approx(expected, rel=1e-12)


def test_smoothing_refuses_what_is_not_a_number_for_each_cell():
    with pytest.raises(InputError, match="no value or no finite one"):
        smooth_cells([1.0, np.nan], [5e5, 6e5], [2e5, 2e5], bandwidth_m=500)


class TestWhatMethodsExpect:
    def test_the_last_months_are_a_mean_for_each_month_of_the_test(self):
        counts = np.zeros((len(CELLS), 12), dtype=np.int64)
        counts[5, -3:] = [2, 4, 3]
        risk = last_months(3).forecast(history(counts, test_months=2))
        assert risk[5] * CELLS.area_m2[5] / 1e6 == pytest.approx(6.0)
        assert np.count_nonzero(risk) == 1

    def test_the_season_is_the_same_months_of_last_year(self):
        counts = np.zeros((len(CELLS), 14), dtype=np.int64)
        counts[7, 2:4] = [5, 1]
        risk = methods_named("season")[0].forecast(history(counts, months=14, test_months=2))
        assert risk[7] * CELLS.area_m2[7] / 1e6 == pytest.approx(6.0)

    def test_the_season_needs_a_year(self):
        with pytest.raises(ParameterError, match="same months of last year"):
            methods_named("season")[0].forecast(history(months=6))

    def test_residents_and_area_share_out_the_expected_number(self):
        past = history()
        for name in ("population", "area", "last:12"):
            risk = methods_named(name)[0].forecast(past)
            assert risk @ CELLS.area_m2 / 1e6 == pytest.approx(past.counts.sum() / 12)

    def test_residents_have_to_be_known(self):
        with pytest.raises(ParameterError, match="how many people"):
            methods_named("population")[0].forecast(history(cells=forecast_cells(CELLS.area_m2)))

    def test_a_month_counts_half_of_one_that_is_a_half_life_later(self):
        counts = np.zeros((len(CELLS), 12), dtype=np.int64)
        counts[3, 11], counts[4, 7] = 1, 1
        risk = decayed(half_life_months=4).forecast(history(counts))
        assert risk[3] == pytest.approx(2 * risk[4])

    def test_counts_that_never_change_are_expected_to_go_on_whatever_the_half_life(self):
        counts = np.repeat(np.random.default_rng(1).poisson(1, (len(CELLS), 1)), 12, axis=1)
        risk = decayed(half_life_months=2).forecast(history(counts))
        assert risk * CELLS.area_m2 / 1e6 == pytest.approx(counts[:, 0])

    def test_gistar_ranks_by_its_z(self):
        past = history()
        expected = gistar(past.counts.sum(axis=1), square_neighbours(SQUARES, ring=2), test="normal").z
        assert (gistar_score(ring=2).forecast(past) == expected).all()

    def test_density_can_be_of_the_last_months_alone(self):
        past = history()
        short = kernel_smoothed(bandwidth_m=500, months=2).forecast(past)
        x, y = CELLS.centres()
        assert short == pytest.approx(smooth_cells(past.counts[:, -2:].sum(axis=1), x, y, bandwidth_m=500) / 2)

    def test_promap_adds_up_what_recent_incidents_leave_behind_on_the_first_day_of_the_test(self):
        days = np.array(["2023-12-31", "2023-12-01", "2023-06-01"], dtype="datetime64[D]")
        near = Incidents(easting=np.full(3, SQUARES.easting[8]), northing=np.full(3, SQUARES.northing[8]), day=days)
        risk = methods_named("promap:400:60")[0].forecast(dataclasses.replace(history(), incidents=near))
        assert risk[8] == pytest.approx(1 + 1 / (1 + 30.5 // 7)), "half a day ago, four weeks ago, too long ago"
        assert risk[9] == pytest.approx(risk[8] / (1 + 200 // 25))

    def test_promap_needs_days(self):
        with pytest.raises(ParameterError, match="days of incidents are not known"):
            methods_named("promap:400:60")[0].forecast(history())

    def test_lots_are_drawn_anew_from_the_seed_given(self):
        method = methods_named("random")[0]
        assert (method.forecast(history()) == method.forecast(history())).all()


class TestRefusals:
    def test_a_bandwidth_narrower_than_a_cell_sees_nothing_but_the_cell(self):
        with pytest.raises(ParameterError, match="smaller than a cell, which is some 200 m wide"):
            kernel_smoothed(bandwidth_m=150).forecast(history())

    def test_months_that_are_not_in_the_training_period_cannot_be_counted(self):
        with pytest.raises(ParameterError, match="last 3 months are wanted of a training period of 2"):
            last_months(3).forecast(history(months=2))

    def test_methods_say_what_they_need_of_the_cells(self):
        bare = history(cells=forecast_cells(CELLS.area_m2))
        for name, said in (("kde:quartic:500", "centres"), ("gistar:1", "neighbours")):
            with pytest.raises(ParameterError, match=said):
                methods_named(name)[0].forecast(bare)

    @pytest.mark.parametrize(
        "text",
        [
            "", "magic", "kde", "kde:quartic", "kde:round:500", "kde:quartic:0", "kde:quartic:nan", "kde:quartic:inf",
            "gistar:0", "gistar:11", "gistar:1.5", "last:0", "last:x", "last:1e400", "decay:-1", "season,season",
        ],
    )  # fmt: skip
    def test_what_is_no_method_is_refused(self, text):
        with pytest.raises(ParameterError):
            methods_named(text)

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"area_m2": [0.0]}, "not above 0"),
            ({"area_m2": []}, "not above 0"),
            ({"area_m2": [1.0], "easting": [5e5, 6e5], "northing": [2e5, 2e5]}, "2 centres for 1 cells"),
            ({"area_m2": [1.0], "population": [-1.0]}, "people of a cell"),
        ],
    )
    def test_cells_that_are_none_are_refused(self, given, said):
        with pytest.raises(InputError, match=said):
            forecast_cells(**given)


def test_baselines_are_those_that_the_training_period_allows():
    assert [method.name for method in default_baselines(training_months=12)] == [
        "last:1", "last:3", "last:12", "season", "area", "random",
    ]  # fmt: skip
    assert [method.name for method in default_baselines(training_months=6, people=True)] == [
        "last:1", "last:3", "last:6", "population", "area", "random",
    ]  # fmt: skip


def test_names_lead_back_to_the_methods_they_stand_for():
    text = "last:3,season,area,random,population,kde:gaussian:500,kde:quartic:250:6,gistar:2,promap:300:28,decay:3"
    text += ",decay:2.5:quartic:400"
    methods = methods_named(text)
    assert ",".join(method.name for method in methods) == text
    assert [method.name for method in methods if method.baseline] == ["last:3", "season", "area", "random", "population"]
