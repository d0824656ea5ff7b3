import numpy as np
import pytest

from crimemap.areas.store import AreaStore
from crimemap.errors import ConflictError, CrimemapError, EmptyInputError, GeometryError, NotFoundError, ParameterError
from crimemap.incidents.places import PlaceStore
from crimemap.pipeline import places as places_module
from crimemap.pipeline.areas import add_areas, list_areas, remove_areas, show_areas
from crimemap.pipeline.building import build_areas, check_areas
from crimemap.pipeline.lookups import add_lookup, add_statistics
from crimemap.pipeline.places import update_place_areas
from crimemap.workspace import Workspace
from tests.areas.made import EAST, NORTH, code, squares, write
from tests.real_data import REAL_DATA, needs_real_data

BOUNDARIES = REAL_DATA / "boundaries"


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def add(workspace, path, kind="csp", vintage="2017", **options):
    return add_areas(workspace, path, area_type=kind, vintage=vintage, **options)


def add_places(workspace, *positions):
    """Add places at the middle of squares (column, row)."""
    from crimemap.crs import to_wgs84

    x = EAST + 1000.0 * np.array([column for column, _ in positions]) + 500.0
    y = NORTH + 1000.0 * np.array([row for _, row in positions]) + 500.0
    with workspace.writing():
        return PlaceStore(workspace).add(*to_wgs84(x, y))


def areas_of_places(workspace, set_id="csp-2017") -> dict[int, str]:
    import pyarrow.parquet as pq

    tables = [pq.read_table(path).to_pylist() for path in PlaceStore(workspace).area_files(set_id)]
    return {row["place_id"]: row["area_code"] for rows in tables for row in rows}


def test_adding_a_set_assigns_the_places_that_are_there(workspace, tmp_path):
    ids = add_places(workspace, (0, 0), (2, 1), (50, 50))
    result = add(workspace, write(squares(), tmp_path / "csp.gpkg"))
    assert result["places_looked_up"] == 3
    assert areas_of_places(workspace) == {int(ids[0]): code(1), int(ids[1]): code(6)}


def test_only_new_places_are_looked_up(workspace, tmp_path):
    add_places(workspace, (0, 0))
    add(workspace, write(squares(), tmp_path / "csp.gpkg"))
    (new,) = add_places(workspace, (1, 0))
    with workspace.writing():
        assert update_place_areas(workspace) == {"csp-2017": 1}
        assert update_place_areas(workspace) == {"csp-2017": 0}
    assert areas_of_places(workspace)[int(new)] == code(2)


def test_places_that_lie_in_no_area_are_not_looked_up_again(workspace, tmp_path):
    add_places(workspace, (50, 50))
    add(workspace, write(squares(), tmp_path / "csp.gpkg"))
    with workspace.writing():
        assert update_place_areas(workspace) == {"csp-2017": 0}


def test_the_same_file_again_changes_nothing(workspace, tmp_path):
    add_places(workspace, (0, 0))
    path = write(squares(), tmp_path / "csp.gpkg")
    assert add(workspace, path)["changed"]
    files = {path: path.stat().st_mtime_ns for path in workspace.root.rglob("*") if path.is_file()}
    again = add(workspace, path)
    assert (again["changed"], again["places_looked_up"], again["replaced"]) == (False, 0, None)
    assert {path: path.stat().st_mtime_ns for path in workspace.root.rglob("*") if path.is_file()} == files


def test_new_shapes_for_a_set_assign_every_place_anew(workspace, tmp_path):
    (place,) = add_places(workspace, (0, 0))
    add(workspace, write(squares(), tmp_path / "old.gpkg"))
    moved = squares()
    moved["CSP17CD"] = list(reversed(moved["CSP17CD"]))
    result = add(workspace, write(moved, tmp_path / "new.gpkg"))
    assert (result["replaced"], result["places_looked_up"]) == ("old.gpkg", 1)
    assert areas_of_places(workspace) == {int(place): code(6)}


def test_an_interruption_between_set_and_places_is_made_good_by_the_next_run(workspace, tmp_path, monkeypatch):
    (place,) = add_places(workspace, (0, 0))
    add(workspace, write(squares(), tmp_path / "old.gpkg"))
    moved = squares()
    moved["CSP17CD"] = list(reversed(moved["CSP17CD"]))

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(PlaceStore, "write_areas", interrupted)
    with pytest.raises(KeyboardInterrupt):
        add(workspace, write(moved, tmp_path / "new.gpkg"))
    monkeypatch.undo()
    with workspace.writing():
        assert update_place_areas(workspace) == {"csp-2017": 1}
    assert areas_of_places(workspace) == {int(place): code(6)}


def test_removing_a_set_forgets_its_places(workspace, tmp_path):
    add_places(workspace, (0, 0))
    path = write(squares(), tmp_path / "csp.gpkg")
    add(workspace, path)
    assert remove_areas(workspace, "csp-2017") == {"removed": "csp-2017"}
    assert areas_of_places(workspace) == {}
    assert list_areas(workspace) == {"sets": []}
    assert add(workspace, path)["places_looked_up"] == 1


def test_a_refusal_changes_nothing(workspace, tmp_path):
    add(workspace, write(squares(), tmp_path / "csp.gpkg"))
    before = {path: path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()}
    france = squares().set_geometry(squares().geometry.translate(0, -600_000))
    with pytest.raises(GeometryError, match="another country"):
        add(workspace, write(france, tmp_path / "france.gpkg"))
    (tmp_path / "cut.gpkg").write_bytes((tmp_path / "csp.gpkg").read_bytes()[:5000])
    with pytest.raises(CrimemapError):
        add(workspace, tmp_path / "cut.gpkg")
    assert {path: path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()} == before


def test_a_refusal_leaves_no_workspace_behind(workspace, tmp_path):
    with pytest.raises(NotFoundError):
        add(workspace, tmp_path / "none.gpkg")
    assert not workspace.root.exists()


def test_two_writers_at_once_are_kept_apart(workspace, tmp_path):
    path = write(squares(), tmp_path / "csp.gpkg")
    with workspace.writing(), pytest.raises(ConflictError, match="another crimemap command"):
        add(workspace, path)


def test_areas_inside_an_area_of_another_set_can_be_added_alone(workspace, tmp_path):
    districts = squares(2, 1, prefix="E23", columns_named=("PFA17CD", "PFA17NM"))
    add(workspace, write(districts, tmp_path / "pfa.gpkg"), "pfa")
    wards = write(squares(3, 1, prefix="W05", columns_named=("WD21CD", "WD21NM")), tmp_path / "wards.gpkg")
    options = {"kind": "neighbourhood", "vintage": "2021", "force": "demoshire"}
    result = add(workspace, wards, **options, within=f"pfa:{code(1, 'E23')}")
    assert result["set_id"] == "neighbourhood-2021-demoshire"
    assert result["n_areas"] == 1
    with pytest.raises(NotFoundError, match="no area 'E23000009' in this set"):
        add(workspace, wards, **options, within="pfa-2017:E23000009")
    with pytest.raises(ParameterError, match="SET:CODE"):
        add(workspace, wards, **options, within="pfa-2017")


def test_listed_areas_can_be_added_alone(workspace, tmp_path):
    path = write(squares(), tmp_path / "csp.gpkg")
    (tmp_path / "codes.csv").write_text(f"code,x\n{code(2)},1\n{code(3)},1\n")
    assert add(workspace, path, only=f"{tmp_path / 'codes.csv'}:code")["n_areas"] == 2
    with pytest.raises(ParameterError, match=r"no column 'y'.*code, x"):
        add(workspace, path, only=f"{tmp_path / 'codes.csv'}:y")
    with pytest.raises(ParameterError, match="FILE:COLUMN"):
        add(workspace, path, only="codes.csv")
    (tmp_path / "other.csv").write_text("code\nE22999999\n")
    with pytest.raises(EmptyInputError, match="not in the list of codes"):
        add(workspace, path, only=f"{tmp_path / 'other.csv'}:code")


def test_a_set_is_built_from_another_by_a_file_or_by_the_workspace_s_lookup(workspace, tmp_path):
    lads = squares(3, 1, prefix="E07", columns_named=("LAD17CD", "LAD17NM"))
    add(workspace, write(lads, tmp_path / "lad.gpkg"), "lad")
    lookup = tmp_path / "lookup.csv"
    lookup.write_text("LAD17CD,CSP17CD,CSP17NM\nE07000001,E22000001,One\nE07000002,E22000001,One\nE07000003,E22000002,Two\n")
    by_file = build_areas(workspace, "csp", from_set="lad", lookup=lookup)
    assert (by_file["set_id"], by_file["n_areas"], by_file["built_from"]) == ("csp-2017", 2, "lad-2017")
    assert [area["area_m2"] for area in show_areas(workspace, "csp")["areas"]] == [2e6, 1e6]
    with pytest.raises(NotFoundError, match="no lookup from lad to csp"):
        build_areas(workspace, "csp", from_set="lad", vintage="2018")
    add_lookup(workspace, lookup, child="lad", parent="csp", vintage="2017")
    by_store = build_areas(workspace, "csp", from_set="lad")
    assert by_store["content"] == by_file["content"]
    found = check_areas(workspace, "lad", parent="csp")
    assert (found["clean"], found["nesting"]["nested"], found["nesting"]["not_nested"]) == (True, 3, 0)
    with pytest.raises(ParameterError, match="cannot be built from itself"):
        build_areas(workspace, "lad", from_set="lad-2017", lookup=lookup)


def test_a_damaged_record_of_assigned_places_is_said(workspace, tmp_path):
    add(workspace, write(squares(), tmp_path / "csp.gpkg"))
    (workspace.places / places_module._RECORD).write_text("{")
    with workspace.writing(), pytest.raises(CrimemapError, match="damaged"):
        update_place_areas(workspace)


@needs_real_data
@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "kind", "vintage", "n_areas"),
    [
        ("2017/lad17_bgc_from_lsoa11.gpkg", "lad", "2017", 348),
        ("2017/csp17_bgc_from_lsoa11.gpkg", "csp", "2017", 314),
        ("2017/ctyua17_bgc_from_lsoa11.gpkg", "ctyua", "2017", 174),
        ("2017/pfa17_bgc_from_lsoa11.gpkg", "pfa", "2017", 43),
        ("2024/lad24_bgc_from_lsoa21.gpkg", "lad", "2024", 318),
        ("2024/utla24_bgc_from_lsoa21.gpkg", "ctyua", "2024", 175),
        ("official/csp20_bgc_ew.gpkg", "csp", "2020", 314),
        ("official/pfa20_bgc.gpkg", "pfa", "2020", 43),
        ("official/cty21_bgc.gpkg", "county", "2021", 24),
        ("official/lad17_bgc_ew.gpkg", "lad", "2017", 348),
        ("small/csp17_simplified250m.geojson", "csp", "2017", 314),
    ],
)
def test_real_sets_are_added_whole(workspace, file, kind, vintage, n_areas):
    result = add(workspace, BOUNDARIES / file, kind, vintage)
    assert result["n_areas"] == n_areas
    assert AreaStore(workspace).read(result["set_id"]).frame.geometry.is_valid.all()


@needs_real_data
@pytest.mark.real_data
def test_met_bcus_are_built_and_north_area_is_one_of_them(workspace):
    add(workspace, BOUNDARIES / "2017/lad17_bgc_from_lsoa11.gpkg", "lad")
    add(workspace, BOUNDARIES / "2017/pfa17_bgc_from_lsoa11.gpkg", "pfa")
    built = build_areas(
        workspace,
        "bcu",
        from_set="lad-2017",
        lookup=BOUNDARIES / "lookups/met_bcu_2018_to_lad.csv",
        vintage="2018",
        force="metropolitan",
    )
    assert (built["set_id"], built["n_areas"], len(built["only_in_set"])) == ("bcu-2018-metropolitan", 12, 316)
    frame = AreaStore(workspace).read("bcu-2018-metropolitan").frame
    assert frame.loc["NA", "area_name"] == "North Area Command Unit"
    found = check_areas(workspace, "bcu", parent="pfa")
    assert (found["clean"], found["overlaps"]["count"], found["nesting"]["not_nested"]) == (True, 0, 0)
    metropolitan = AreaStore(workspace).read("pfa-2017").frame.loc["E23000001", "area_m2"]
    assert frame["area_m2"].sum() == pytest.approx(metropolitan, rel=1e-9)


@needs_real_data
@pytest.mark.real_data
def test_wards_become_the_neighbourhoods_of_south_wales(workspace):
    from crimemap.areas.neighbourhoods import NeighbourhoodStore

    add(workspace, BOUNDARIES / "2017/pfa17_bgc_from_lsoa11.gpkg", "pfa")
    result = add(
        workspace,
        REAL_DATA / "neighbourhoods/boundaries_wards21.gpkg",
        "neighbourhood",
        "2021",
        force="south-wales",
        within="pfa-2017:W15000003",
    )
    assert result["n_areas"] == 232
    held = NeighbourhoodStore(workspace).neighbourhoods("south-wales")
    assert len(held) == 232
    assert all(one["id"].startswith("W05") and one["centre"] for one in held)


@needs_real_data
@pytest.mark.real_data
def test_a_whole_kingdom_of_wards_is_reduced_to_england_and_wales(workspace):
    result = add(workspace, REAL_DATA / "neighbourhoods/boundaries_wards21.gpkg", "ward", "2021")
    assert result["n_areas"] == 7026 + 852
    assert "816 areas outside England and Wales were left out." in result["notes"]


@needs_real_data
@pytest.mark.real_data
def test_real_lookups_and_population_are_added(workspace):
    several = add_lookup(
        workspace, BOUNDARIES / "lookups/lookup_ltla24_csp24_pfa24.csv", child="lad", parent="csp", vintage="2024"
    )
    assert len(several["several_parents"]) == 7
    file = BOUNDARIES / "2017/lookup_lsoa11_lad17_csp17_pfa17_ctyua17_pop2011.csv"
    people = add_statistics(workspace, file, area="lsoa:LSOA11CD", population="persons2011", vintage="2011")
    assert people["statistics"][0]["total"] == 56_075_912.0
