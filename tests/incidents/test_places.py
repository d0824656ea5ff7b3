"""Places: each position once, in the right spot and cell."""

import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.crs import to_national_grid
from crimemap.errors import InputError, ParameterError
from crimemap.incidents.places import H3_RESOLUTIONS, PlaceStore
from crimemap.workspace import Workspace


@pytest.fixture
def places(tmp_path):
    return PlaceStore(Workspace(tmp_path).create())


def test_a_position_is_one_place_however_often_it_comes(places):
    first = places.add([-1.5, -1.4, -1.5], [52.0, 52.0, 52.0])
    again = places.add([-1.4, -1.3], [52.0, 52.0])
    assert first[0] == first[2] != first[1]
    assert again[0] == first[1]
    assert sorted({*first.tolist(), *again.tolist()}) == [1, 2, 3]
    assert places.read()["place_id"].to_pylist() == [1, 2, 3]
    assert len(places.part_files()) == 2


def test_nothing_new_writes_nothing(places):
    places.add([-1.5], [52.0])
    before = places.part_files()
    places.add([-1.5], [52.0])
    assert places.part_files() == before


def test_positions_are_told_apart_by_the_sixth_decimal(places):
    assert places.add([-1.5, -1.500001, -1.5000001], [52.0, 52.0, 52.0]).tolist() == [2, 1, 2]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(-9_000_000, 2_000_000), st.integers(49_000_000, 61_000_000)), min_size=1, max_size=40))
def test_every_place_reads_back_as_the_position_it_was_added_with(tmp_path_factory, positions):
    store = PlaceStore(Workspace(tmp_path_factory.mktemp("w")).create())
    lon, lat = (np.array(each) / 1e6 for each in zip(*positions, strict=True))
    half = len(positions) // 2
    numbers = np.concatenate([store.add(lon[:half], lat[:half]), store.add(lon[half:], lat[half:])])
    table = store.read().to_pandas().set_index("place_id")
    assert table.index.is_unique
    assert table.loc[numbers, "longitude"].to_list() == lon.tolist()
    assert table.loc[numbers, "latitude"].to_list() == lat.tolist()


def test_places_carry_their_grid_position_and_the_cells_that_hold_them(places):
    rng = np.random.default_rng(7)
    lon, lat = np.round(rng.uniform(-5, 1, 200), 6), np.round(rng.uniform(50, 55, 200), 6)
    places.add(lon, lat)
    table = places.read().to_pandas()
    east, north = to_national_grid(table["longitude"], table["latitude"])
    np.testing.assert_array_equal(table["easting"], east)
    np.testing.assert_array_equal(table["northing"], north)
    for resolution in H3_RESOLUTIONS:
        cells = [h3.latlng_to_cell(y, x, resolution) for x, y in zip(table["longitude"], table["latitude"], strict=True)]
        assert [h3.int_to_str(cell) for cell in table[f"h3_{resolution}"].tolist()] == cells


def test_only_what_is_new_is_read_and_assigned(places):
    places.add([-1.5, -1.4], [52.0, 52.0])
    assert places.assigned_up_to("csp-2017") == 0
    places.write_areas("csp-2017", [1, 2], ["E22000001", None])
    assert places.assigned_up_to("csp-2017") == 2
    places.add([-1.3], [52.0])
    assert places.read(after_place_id=2)["place_id"].to_pylist() == [3]
    places.write_areas("csp-2017", [3], [None])
    assert places.assigned_up_to("csp-2017") == 3
    places.drop_areas("csp-2017")
    assert places.assigned_up_to("csp-2017") == 0


def test_what_is_not_a_position_or_a_set_is_refused(places):
    with pytest.raises(InputError, match="finite"):
        places.add([np.nan], [52.0])
    with pytest.raises(InputError, match="finite"):
        places.add([1.0, 2.0], [52.0])
    with pytest.raises(ParameterError, match="not the name of a boundary set"):
        places.write_areas("../escape", [1], ["x"])
