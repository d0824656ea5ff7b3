import geopandas as gpd
import pytest

from crimemap.areas import store as store_module
from crimemap.areas.catalogue import area_type, set_id_of
from crimemap.areas.model import BoundarySetInfo, Repair
from crimemap.areas.store import AreaStore, content_of
from crimemap.errors import NotFoundError, ParameterError, UnreadableFileError
from crimemap.workspace import Workspace
from tests.areas.made import frame_of, square


def info_of(frame, *, kind="csp", vintage="2017", force=None, **more) -> BoundarySetInfo:
    found = area_type(kind)
    fields = {
        "set_id": set_id_of(kind, vintage, force),
        "area_type": kind,
        "vintage": vintage,
        "force": force,
        "n_areas": len(frame),
        "source_file": "csp.gpkg",
        "sha256": "0" * 64,
        "content": content_of(frame),
        "publisher": found.publisher,
        "licence": found.licence,
        "attribution": found.attribution,
        "added_at": "2026-01-01T00:00:00+00:00",
    }
    return BoundarySetInfo(**(fields | more))


@pytest.fixture
def store(tmp_path) -> AreaStore:
    return AreaStore(Workspace(tmp_path / "workspace").create())


def test_what_is_written_is_read_back_the_same(store):
    frame = frame_of([square(0, 0), square(1, 0)])
    info = info_of(frame, repairs=(Repair(area_code="E22000001", what="made valid", change_m2=0.5),), notes=("A note.",))
    assert store.write(info, frame)
    held = store.read("csp-2017")
    assert held.info == info
    assert list(held.frame.columns) == ["area_name", "area_m2", "geometry"]
    assert held.frame.index.name == "area_code"
    assert held.frame.crs.to_epsg() == 27700
    assert held.frame.geometry.geom_equals_exact(frame.geometry, tolerance=0).all()


def test_na_survives_being_stored(store):
    frame = frame_of([square(0, 0), square(1, 0)], ["EA", "NA"])
    store.write(info_of(frame, kind="bcu", vintage="2018"), frame)
    assert store.read("bcu-2018").frame.index.tolist() == ["EA", "NA"]


def test_the_same_again_changes_nothing_and_other_shapes_replace(store):
    frame = frame_of([square(0, 0), square(1, 0)])
    assert store.write(info_of(frame), frame)
    files = {path.name: path.stat().st_mtime_ns for path in store.workspace.areas.iterdir()}
    assert not store.write(info_of(frame, added_at="2027-01-01T00:00:00+00:00"), frame)
    assert {path.name: path.stat().st_mtime_ns for path in store.workspace.areas.iterdir()} == files
    other = frame_of([square(0, 0), square(2, 0)])
    assert store.write(info_of(other), other)
    assert store.read("csp-2017").frame.geometry.iloc[1].equals(square(2, 0))
    assert len(list(store.workspace.areas.iterdir())) == 2


def test_new_terms_for_the_same_shapes_are_kept(store):
    frame = frame_of([square(0, 0)])
    store.write(info_of(frame), frame)
    assert store.write(info_of(frame, licence="None"), frame)
    assert store.info("csp-2017").licence == "None"


def test_an_interruption_before_the_last_step_leaves_the_old_set(store, monkeypatch):
    old, new = frame_of([square(0, 0)]), frame_of([square(5, 0)])
    store.write(info_of(old), old)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(store_module, "write_json", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.write(info_of(new), new)
    assert store.read("csp-2017").frame.geometry.iloc[0].equals(square(0, 0))
    monkeypatch.undo()
    newest = frame_of([square(7, 0)])
    assert store.write(info_of(newest), newest)
    assert store.read("csp-2017").frame.geometry.iloc[0].equals(square(7, 0))
    assert len(list(store.workspace.areas.iterdir())) == 2  # what was interrupted is cleared away


def test_half_a_file_is_never_left_behind(store, monkeypatch):
    frame = frame_of([square(0, 0)])

    def full_disk(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gpd.GeoDataFrame, "to_parquet", full_disk)
    with pytest.raises(OSError, match="No space"):
        store.write(info_of(frame), frame)
    assert list(store.workspace.areas.iterdir()) == []


def test_a_type_alone_names_a_set_where_there_is_one(store):
    frame = frame_of([square(0, 0)])
    store.write(info_of(frame), frame)
    assert store.resolve("csp").set_id == "csp-2017"
    store.write(info_of(frame, vintage="2024"), frame)
    assert store.resolve("csp-2024").vintage == "2024"
    with pytest.raises(ParameterError, match=r"2 sets of this type.*csp-2017, csp-2024"):
        store.resolve("csp")
    with pytest.raises(NotFoundError, match=r"no such boundary set.*csp-2017, csp-2024"):
        store.resolve("pfa")


def test_a_workspace_without_sets_says_how_to_add_one(store):
    assert store.sets() == []
    with pytest.raises(NotFoundError, match="crimemap areas add"):
        store.read("csp-2017")


def test_damage_is_said_with_the_remedy(store):
    frame = frame_of([square(0, 0)])
    store.write(info_of(frame), frame)
    next(store.workspace.areas.glob("*.parquet")).write_bytes(b"PAR1 but not really")
    with pytest.raises(UnreadableFileError, match=r"damaged or gone.*Add the set again"):
        store.read("csp-2017")
    (store.workspace.areas / "csp-2017.json").write_text("{}")
    with pytest.raises(UnreadableFileError, match="damaged"):
        store.sets()


def test_a_removed_set_is_gone(store):
    frame = frame_of([square(0, 0)])
    store.write(info_of(frame), frame)
    store.remove("csp-2017")
    assert list(store.workspace.areas.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("csp", "17", None), "'17' is not a vintage"),
        (("borough", "2017", None), "'borough' is not an area type"),
        (("neighbourhood", "2021", None), "belong to a police force"),
        (("bcu", "2018", "../x"), "is not a force"),
    ],
)
def test_what_cannot_name_a_set_is_refused(arguments, said):
    with pytest.raises(ParameterError, match=said):
        set_id_of(*arguments)
