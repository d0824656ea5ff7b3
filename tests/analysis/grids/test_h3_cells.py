import h3
import numpy as np
import pytest
import shapely
from pyproj import Geod

from crimemap.analysis.grids.grid import (
    count_in_cells,
    h3_areas_m2,
    h3_cells,
    h3_cells_of,
    h3_index,
    h3_neighbours,
    h3_polygons,
)
from crimemap.crs import to_wgs84
from crimemap.errors import CrsError, EmptyInputError, GeometryError, InputError, ParameterError

SQUARE = shapely.box(530_000, 180_000, 534_000, 183_000)
RING = shapely.Point(530_000, 180_000).buffer(3000).difference(shapely.Point(530_000, 180_000).buffer(2000))


@pytest.mark.parametrize("resolution", [4, 5, 7, 8, 9, 10])
@pytest.mark.parametrize("study_area", [SQUARE, RING], ids=["square", "ring with a hole"])
def test_every_point_of_the_study_area_lies_in_a_cell_of_the_grid(study_area, resolution):
    cells = h3_cells(study_area, resolution=resolution)
    rng = np.random.default_rng(1)
    west, south, east, north = study_area.bounds
    x, y = rng.uniform(west, east, 4000), rng.uniform(south, north, 4000)
    inside = shapely.contains_xy(study_area, x, y)
    found = count_in_cells(cells.cell, h3_index(*to_wgs84(x[inside], y[inside]), resolution=resolution))
    assert (found.inside, found.outside) == (inside.sum(), 0)


@pytest.mark.parametrize("study_area", [SQUARE, RING], ids=["square", "ring with a hole"])
def test_areas_inside_add_up_to_the_study_area_on_the_ground(study_area):
    cells = h3_cells(study_area, resolution=9)
    lon, lat = to_wgs84(*shapely.get_coordinates(study_area).T)
    outline = shapely.transform(study_area, lambda _: np.column_stack([lon, lat]))
    ground = abs(Geod(ellps="WGS84").geometry_area_perimeter(shapely.geometry.polygon.orient(outline))[0])
    assert cells.area_inside_m2.sum() == pytest.approx(ground, rel=2e-6)
    assert (cells.area_inside_m2 > 0).all()
    assert (cells.area_inside_m2 <= cells.area_m2).all()


def test_areas_are_those_of_the_ellipsoid_not_of_h3s_sphere():
    cells = h3_cells(SQUARE, resolution=8)
    spherical = np.array([h3.cell_area(name, unit="m^2") for name in cells.names])
    ratio = spherical / cells.area_m2
    assert 0.995 < ratio.min() <= ratio.max() < 0.998


def test_cells_of_the_south_and_the_north_differ_in_area():
    south, north = h3_areas_m2(h3_index([-5.2, -1.6], [50.0, 55.7], resolution=9))
    assert max(south, north) / min(south, north) > 1.05


def test_a_cell_is_drawn_where_its_points_are():
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(-0.2, 0.1, 300), rng.uniform(51.4, 51.6, 300)
    drawn = h3_polygons(h3_index(lon, lat, resolution=9), degrees=True)
    assert shapely.distance(drawn, shapely.points(lon, lat)).max() < 1e-9


def test_a_study_area_smaller_than_a_cell_is_one_cell_with_that_area():
    cells = h3_cells(shapely.box(530_000, 180_000, 530_010, 180_010), resolution=5)
    assert len(cells) == 1
    assert cells.area_inside_m2[0] == pytest.approx(100, rel=1e-3)


def test_islands_are_covered_apart():
    islands = shapely.MultiPolygon(
        [shapely.box(530_000, 180_000, 531_000, 181_000), shapely.box(560_000, 180_000, 561_000, 181_000)]
    )
    both = h3_cells(islands, resolution=9)
    apart = [h3_cells(part, resolution=9) for part in islands.geoms]
    assert both.cell.tolist() == sorted(apart[0].cell.tolist() + apart[1].cell.tolist())


def test_neighbours_are_symmetric_and_as_many_as_h3_says():
    cells = h3_cells(SQUARE, resolution=9)
    for ring in (1, 2):
        matrix = h3_neighbours(cells, ring=ring, include_self=False)
        assert (matrix != matrix.T).nnz == 0
        assert matrix.diagonal().sum() == 0
        name = cells.names[len(cells) // 2]
        inside = set(h3.grid_disk(name, ring)) & set(cells.names) - {name}
        assert matrix.sum(axis=1)[len(cells) // 2] == len(inside)


def test_a_cell_without_neighbours_has_itself_or_nobody():
    cells = h3_cells(shapely.box(530_000, 180_000, 530_010, 180_010), resolution=5)
    assert h3_neighbours(cells).toarray().tolist() == [[1.0]]
    assert h3_neighbours(cells, include_self=False).toarray().tolist() == [[0.0]]


def test_given_cells_are_whole_and_counted_once():
    cells = h3_cells_of(h3_index([-0.1, -0.1, 0.1], [51.5, 51.5, 51.5], resolution=9))
    assert len(cells) == 2
    assert (cells.area_inside_m2 == cells.area_m2).all()


@pytest.mark.parametrize(
    ("study_area", "error", "said"),
    [
        (shapely.box(-1, 51, 0, 52), CrsError, "look like degrees"),
        (shapely.Point(530_000, 180_000), GeometryError, "not every area is a polygon"),
        (shapely.Polygon(), EmptyInputError, "empty"),
        (shapely.Polygon([(500_000, 0), (501_000, 1000), (501_000, 0), (500_000, 1000)]), GeometryError, "not valid"),
        (shapely.box(3_000_000, 2_000_000, 3_001_000, 2_001_000), InputError, "beyond the National Grid"),
    ],
)
def test_a_study_area_that_cannot_be_used_is_refused_with_the_reason(study_area, error, said):
    with pytest.raises(error, match=said):
        h3_cells(study_area, resolution=9)


def test_too_many_cells_are_refused_before_they_are_made():
    with pytest.raises(ParameterError, match="more than 20,000,000 cells"):
        h3_cells(shapely.box(300_000, 100_000, 600_000, 500_000), resolution=12)


@pytest.mark.parametrize("resolution", [0, 1, 2, 3])
def test_cells_larger_than_any_force_are_refused_and_not_said_to_be_empty(resolution):
    with pytest.raises(ParameterError, match="larger than a force's area"):
        h3_cells(SQUARE, resolution=resolution)


def test_the_coarsest_cells_cover_their_study_area():
    cells = h3_cells(shapely.box(300_000, 100_000, 600_000, 500_000), resolution=4)
    assert cells.area_inside_m2.sum() == pytest.approx(300e3 * 400e3, rel=1e-3)


@pytest.mark.parametrize("resolution", [-1, 16])
def test_there_are_sixteen_resolutions(resolution):
    with pytest.raises(ParameterError, match="not an H3 resolution"):
        h3_index([0.0], [51.0], resolution=resolution)


def test_positions_that_are_not_finite_are_refused_by_number():
    with pytest.raises(InputError, match="1 of 2 positions are not finite"):
        h3_index([0.0, np.nan], [51.0, 51.0], resolution=9)


def test_values_that_are_no_cells_and_mixed_resolutions_are_refused():
    with pytest.raises(InputError, match="not every value is an H3 cell"):
        h3_cells_of([12])
    mixed = [*h3_index([0.0], [51.0], resolution=9), *h3_index([0.0], [51.0], resolution=8)]
    with pytest.raises(InputError, match="2 resolutions"):
        h3_cells_of(mixed)
