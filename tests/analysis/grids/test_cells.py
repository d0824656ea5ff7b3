import h3.api.numpy_int as h3_int
import numpy as np
import pytest
import shapely

from crimemap.analysis.grids.cells import cell_neighbours, cells_of, cover, locate, parse_cells
from crimemap.analysis.grids.neighbours import distance_neighbours
from crimemap.crs import to_national_grid, to_wgs84
from crimemap.errors import CrsError, EmptyInputError, GeometryError, InputError, ParameterError

AREA = shapely.Point(530_000, 180_000).buffer(2500)
KINDS = ["h3:9", "200m", "0.25km"]


@pytest.mark.parametrize("written", KINDS)
def test_both_kinds_cover_the_study_area_and_hold_every_position_in_it(written):
    kind = parse_cells(written)
    cells = cover(AREA, kind)
    rng = np.random.default_rng(1)
    x, y = rng.uniform(527_500, 532_500, 500), rng.uniform(177_500, 182_500, 500)
    inside = shapely.contains_xy(AREA, x, y)
    lon, lat = to_wgs84(x[inside], y[inside])
    found = locate(kind, longitude=lon, latitude=lat, easting=x[inside], northing=y[inside])
    at = np.searchsorted(cells.key, found)
    assert (cells.key[at] == found).all()
    assert cells.area_inside_m2.sum() == pytest.approx(AREA.area, rel=1e-3)
    assert shapely.contains_xy(shapely.buffer(cells.polygons(at), 0.01), x[inside], y[inside]).all()


@pytest.mark.parametrize("written", KINDS)
def test_names_are_unique_and_centres_lie_in_their_cells(written):
    cells = cover(AREA, parse_cells(written))
    assert len(set(cells.names)) == len(cells)
    x, y = cells.centres()
    lon, lat = cells.centres_in_degrees()
    assert (locate(cells.kind, longitude=lon, latitude=lat, easting=x, northing=y) == cells.key).all()


@pytest.mark.parametrize("written", KINDS)
def test_cells_given_again_are_the_same_cells(written):
    cells = cover(AREA, parse_cells(written))
    again = cells_of(np.concatenate([cells.key[::-1], cells.key]), cells.kind)
    assert (again.key == cells.key).all()
    assert again.names == cells.names


def test_squares_west_and_south_of_the_origin_keep_their_place():
    kind = parse_cells("100m")
    key = locate(kind, longitude=[], latitude=[], easting=[-150.0, 250.0, -1.0], northing=[-50.0, 50.0, 1_000.0])
    assert cells_of(key, kind).names == ["E-200N-100", "E200N0", "E-100N1000"]


@pytest.mark.parametrize("ring", [1, 2])
def test_neighbours_of_squares_are_those_of_the_definition(ring):
    cells = cover(AREA, parse_cells("500m"))
    found = cell_neighbours(cells, ring=ring).toarray()
    x, y = (axis / 500 for axis in cells.centres())
    steps = np.maximum(np.abs(np.subtract.outer(x, x)), np.abs(np.subtract.outer(y, y)))
    assert (found == (steps <= ring + 0.1)).all()


def test_neighbours_of_hexagons_are_those_of_the_definition():
    cells = cover(AREA, parse_cells("h3:8"))
    found = cell_neighbours(cells, ring=2, include_self=False).toarray()
    for i, disk in enumerate(h3_int.grid_disk(cell, 2) for cell in cells.key.tolist()):
        expected = np.isin(cells.key, disk)
        expected[i] = False
        assert (found[i] == expected).all()


def test_neighbours_by_distance_are_those_of_the_definition():
    cells = cover(AREA, parse_cells("500m"))
    x, y = cells.centres()
    apart = np.hypot(np.subtract.outer(x, x), np.subtract.outer(y, y))
    for own in (True, False):
        found = cell_neighbours(cells, graph="distance", distance_m=1000.0, include_self=own).toarray()
        assert (found == ((apart <= 1000.0) & (own | ~np.eye(len(cells), dtype=bool)))).all()


def test_coarser_and_finer_kinds_are_the_next_ones():
    assert (str(parse_cells("h3:9").coarser), str(parse_cells("h3:9").finer)) == ("h3:8", "h3:10")
    assert (str(parse_cells("200m").coarser), str(parse_cells("200m").finer)) == ("400m", "100m")
    assert parse_cells("h3:4").coarser is None, "h3:3 is larger than a force"
    assert parse_cells("h3:15").finer is None


@pytest.mark.parametrize("text", ["", "h3", "h3:", "h3:-1", "9", "200", "200mm", "-5m", "1e3m", "nanm", "h3:9m"])
def test_other_kinds_of_cells_are_refused(text):
    with pytest.raises(ParameterError, match="no kind of cells"):
        parse_cells(text)


def test_cells_that_cannot_be_are_refused_with_the_reason():
    with pytest.raises(ParameterError, match="16 is not an H3 resolution"):
        parse_cells("h3:16")
    with pytest.raises(ParameterError, match="without a side"):
        parse_cells("0m")
    with pytest.raises(ParameterError, match="more than 50,000,000"):
        cover(AREA, parse_cells("0.01m"))
    with pytest.raises(EmptyInputError, match="no square"):
        cells_of([], parse_cells("100m"))


@pytest.mark.parametrize("written", ["h3:7", "10km"])
def test_a_study_area_smaller_than_a_cell_is_one_cell(written):
    one = cover(shapely.box(530_010, 180_010, 530_020, 180_020), parse_cells(written))
    assert len(one) == 1
    assert one.area_inside_m2 == pytest.approx([100.0], rel=1e-3)


def test_distances_without_a_pair_or_with_too_many_are_refused():
    with pytest.raises(ParameterError, match="no point has another within 5 m"):
        distance_neighbours([1000, 1010], [1000, 1000], distance_m=5)
    with pytest.raises(ParameterError, match="not a length"):
        distance_neighbours([1000, 1010], [1000, 1000], distance_m=0)
    with pytest.raises(InputError, match="degrees"):
        distance_neighbours([0.1, 0.2], [51.5, 51.6], distance_m=10)
    same = np.full(30_000, 1000.0)
    with pytest.raises(ParameterError, match="Take a shorter distance"):
        distance_neighbours(same, same, distance_m=1)


@pytest.mark.parametrize("written", KINDS)
@pytest.mark.parametrize(
    ("area", "error", "said"),
    [
        (shapely.box(-0.2, 51.4, 0.1, 51.6), CrsError, "degrees"),
        (shapely.box(600_000, 6_800_000, 610_000, 6_810_000), InputError, "beyond the National Grid"),
        (shapely.box(530_000, 180_000, 2e6, 181_000), InputError, "beyond the National Grid"),
        (shapely.Polygon(), EmptyInputError, "empty"),
        (shapely.LineString([(530_000, 180_000), (531_000, 180_000)]), GeometryError, "not every area is a polygon"),
        (
            shapely.Polygon([(530_000, 180_000), (531_000, 181_000), (531_000, 180_000), (530_000, 181_000)]),
            GeometryError,
            "not valid",
        ),
    ],
)
def test_a_study_area_that_cannot_be_covered_is_refused_with_the_reason(written, area, error, said):
    with pytest.raises(error, match=said):
        cover(area, parse_cells(written))


@pytest.mark.parametrize("written", KINDS)
def test_positions_that_are_not_numbers_are_refused(written):
    with pytest.raises(InputError, match="not finite"):
        locate(parse_cells(written), longitude=[np.nan], latitude=[51.0], easting=[np.nan], northing=[180_000.0])


@pytest.mark.parametrize("written", KINDS)
def test_longitude_and_latitude_swapped_lie_in_no_cell(written):
    cells = cover(AREA, parse_cells(written))
    lon, lat = to_wgs84([530_000.0], [180_000.0])
    x, y = to_national_grid(lat, lon)
    key = locate(cells.kind, longitude=lat, latitude=lon, easting=x, northing=y)
    assert not np.isin(key, cells.key).any()
