"""Vector tiles: as other software reads them, cut alike for a release and for whoever asks, kept whole or not at all."""

import gzip
import json
import re
import shutil

import duckdb
import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.disclosure.audit import KnownPositions
from crimemap.errors import ReleaseError
from crimemap.products.audit import audit_release
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.layers.layer import Layer, Property
from crimemap.products.layers.making import layer_makers
from crimemap.products.manifest import MANIFEST
from crimemap.products.tiles import building
from crimemap.products.tiles.archive import TILES, TileArchive, archive_name, write_archive
from crimemap.products.tiles.building import kept_zooms
from crimemap.products.tiles.cutting import Cutter, empty_tile
from crimemap.products.tiles.encoding import Encoder
from crimemap.products.tiles.grid import STEPS, tile_box, tile_exists, tiles_within
from tests.products.county import county

LAYERS = ["csp", "csp-summaries", "hotspots", "lad", "neighbourhood", "neighbourhood-summaries", "pfa"]


def column(*values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def layer_of(shapes, **values):
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return Layer(
        id="made",
        title="Made",
        description="Made for a test.",
        properties=tuple(
            Property(name, kinds[type(next(v for v in given if v is not None))], "") for name, given in values.items()
        ),
        ids=[f"f{row}" for row in range(len(shapes))],
        values={name: column(*given) for name, given in values.items()},
        shapes=column(*shapes),
    )


def read(tile, name="made"):
    """Read a tile by software that is not ours, axes as they are in it."""
    return mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})[name]


def encoded(shapes, **values):
    layer = layer_of(shapes, **values)
    return read(Encoder(layer).tile(np.arange(len(shapes)), layer.shapes))


def shape_of(feature):
    return shapely.from_geojson(json.dumps(feature["geometry"]))


def layers_of_release(db):
    held = building._Database(db)
    return {name: maker(held) for name, maker in layer_makers(held).items()}


@pytest.fixture(scope="module")
def layers(built):
    with duckdb.connect(built.path / "release.duckdb", read_only=True) as db:
        return layers_of_release(db)


@pytest.fixture(scope="module")
def archives(built):
    return {path.stem: TileArchive(path) for path in (built.path / "site" / TILES).glob("*.pmtiles")}


def test_rings_are_written_as_others_read_them():
    ring = shapely.box(0, 0, 100, 100)
    holed = ring.difference(shapely.box(20, 20, 40, 60))
    parts = shapely.MultiPolygon([shapely.box(-64, -64, 0, 0), shapely.box(200, 300, 4160, 4160)])
    found = encoded([ring, holed, parts])
    assert found["extent"] == STEPS
    assert found["version"] == 2
    assert [one["id"] for one in found["features"]] == [1, 2, 3]
    for feature, shape in zip(found["features"], [ring, holed, parts], strict=True):
        assert shapely.equals(shape_of(feature), shape)
        # On the screen, where south is down, the outer ring runs clockwise.
        for polygon in shapely.get_parts(shape_of(feature)):
            assert polygon.exterior.is_ccw
            assert not any(hole.is_ccw for hole in polygon.interiors)


def test_values_keep_their_kinds_and_what_is_not_known_is_left_out():
    shapes = [shapely.box(x, 0, x + 10, 10) for x in range(0, 40, 10)]
    found = encoded(
        shapes,
        flag=[True, False, None, True],
        count=[1, 0, -3, 2**40],
        share=[1.0, 0.25, None, 1.0],
        name=["Ynys Môn", "", "1", None],
    )
    assert [one["properties"] for one in found["features"]] == [
        {"id": "f0", "flag": True, "count": 1, "share": 1.0, "name": "Ynys Môn"},
        {"id": "f1", "flag": False, "count": 0, "share": 0.25, "name": ""},
        {"id": "f2", "count": -3, "name": "1"},
        {"id": "f3", "flag": True, "count": 2**40, "share": 1.0},
    ]
    kinds = [type(value) for value in found["features"][0]["properties"].values()]
    assert kinds == [str, bool, int, float, str]


def test_a_value_of_no_kind_that_tiles_have_is_refused():
    layer = layer_of([shapely.box(0, 0, 1, 1)], what=["x"])
    layer.values["what"][0] = ("a", "pair")
    with pytest.raises(TypeError, match="no value of the kind tuple"):
        Encoder(layer)


@given(
    st.lists(
        st.lists(st.tuples(st.integers(-64, 4160), st.integers(-64, 4160)), min_size=1, max_size=9), min_size=1, max_size=6
    )
)
@settings(max_examples=60, deadline=None)
def test_whatever_the_polygons_they_come_back(outlines):
    shapes = [shapely.set_precision(shapely.MultiPoint(points).convex_hull, 1.0) for points in outlines]
    wanted = {f"f{row}": shape for row, shape in enumerate(shapes) if shape.area > 0}
    found = {one["properties"]["id"]: shape_of(one) for one in encoded(shapes)["features"]}
    assert found.keys() == wanted.keys()
    assert all(shapely.equals(found[name], shape) for name, shape in wanted.items())


def test_a_release_keeps_the_tiles_of_every_layer(built, archives, layers):
    assert sorted(archives) == LAYERS == sorted(layers)
    files = json.loads((built.path / MANIFEST).read_text())["files"]
    assert {f"site/{archive_name(name)}" for name in LAYERS} <= files.keys()


@pytest.mark.parametrize("name", LAYERS)
def test_what_is_kept_is_byte_for_byte_what_is_cut_when_asked(archives, layers, name):
    archive, layer = archives[name], layers[name]
    cutter = Cutter(layer)
    first, last = archive.zooms
    assert first == cutter.shallowest
    assert last == kept_zooms(cutter) - 1
    seen = 0
    for zoom in range(max(0, last - 3), last + 1):
        rows_and_columns = tiles_within(layer.bounds, zoom)
        # One tile more on each side than the layer meets: what does not show anything is not kept.
        for row in range(rows_and_columns[0] - 1, rows_and_columns[1] + 2):
            for col in range(rows_and_columns[2] - 1, rows_and_columns[3] + 2):
                if not tile_exists(zoom, row, col):
                    continue
                kept = archive.get(zoom, row, col)
                assert (kept or empty_tile(name)) == cutter.tile(zoom, row, col)
                seen += kept is not None
    assert seen > 3


def test_areas_of_a_tile_lie_where_they_are(archives, layers):
    layer, archive = layers["neighbourhood"], archives["neighbourhood"]
    zoom = archive.zooms[1]
    found = {}
    first_row, last_row, first_col, last_col = tiles_within(layer.bounds, zoom)
    for row in range(first_row, last_row + 1):
        for col in range(first_col, last_col + 1):
            west, _, east, north = tile_box(zoom, row, col)
            step = (east - west) / STEPS
            for one in read(gzip.decompress(archive.get(zoom, row, col)), "neighbourhood")["features"]:
                shape = shapely.transform(
                    shape_of(one), lambda xy, w=west, n=north, s=step: np.column_stack([w + xy[:, 0] * s, n - xy[:, 1] * s])
                )
                found.setdefault(one["properties"]["id"], []).append(
                    shape.intersection(shapely.box(*tile_box(zoom, row, col)))
                )
    assert sorted(found) == sorted(layer.ids)
    whole = Cutter(layer)._shapes
    for name, shape in zip(layer.ids, whole, strict=True):
        together = shapely.union_all(found[name])
        assert together.symmetric_difference(shape).area < 0.002 * shape.area


def test_a_layer_begins_everywhere_at_once_where_most_of_it_is_a_pixel_wide():
    # Web Mercator draws the north larger: by size alone, the north would begin a zoom before the south.
    places = [(x, y) for x in (-3.0, -1.0) for y in (50.0, 55.5)]
    wide = 16.2 * 360 / 2**8 / STEPS
    tall = wide * np.cos(np.radians(52.7))
    shapes = [shapely.box(x, y, x + wide / 2, y + tall) for x, y in places]
    assert tall / np.cos(np.radians(50.0)) < 16 * 360 / 2**8 / STEPS < tall / np.cos(np.radians(55.5))
    small, large = shapely.box(-2.0, 53.0, -2.0 + wide / 5, 53.001), shapely.box(-2.0, 51.0, -1.5, 51.5)
    cutter = Cutter(layer_of([*shapes, small, large]))
    assert cutter.shallowest == 8
    seen = {}
    for (zoom, _, _), tile in cutter.tiles(11, most=10_000):
        seen.setdefault(zoom, set()).update(one["properties"]["id"] for one in read(gzip.decompress(tile))["features"])
    assert seen == {zoom: {f"f{row}" for row in range(6)} for zoom in (8, 9, 10)}
    assert cutter.tile(7, *divmod(40 * 128 + 63, 128)) == empty_tile("made")


def test_no_zoom_is_begun_that_would_make_too_many_tiles():
    cutter = Cutter(layer_of([shapely.box(-2.0, 51.0, 0.0, 53.0)]))
    tiles = [tile for tile, _ in cutter.tiles(12, most=30)]
    assert 10 < len(tiles) <= 30
    deepest = max(zoom for zoom, _, _ in tiles)
    assert len([tile for tile, _ in cutter.tiles(deepest + 2, most=10_000)]) > 30


@pytest.mark.parametrize("teeth", [3, 40, 400])
def test_shapes_that_fold_on_whole_steps_stay_valid(teeth):
    along = np.linspace(-1.0, -0.99, 2 * teeth + 1)
    comb = shapely.Polygon([*zip(along, 52.0 + 0.003 * (np.arange(2 * teeth + 1) % 2), strict=True), (-0.99, 52.00001)])
    cutter = Cutter(layer_of([shapely.make_valid(comb)]))
    shown = 0
    for _, tile in cutter.tiles(13, most=10_000):
        for one in read(gzip.decompress(tile))["features"]:
            assert shapely.is_valid(shape_of(one))
            shown += 1
    assert shown > 3


def test_other_software_opens_an_archive(built, layers):
    path = built.path / "site" / archive_name("csp-summaries")
    told = pyogrio.read_info(path, layer="csp-summaries")
    assert told["driver"] == "PMTiles"
    frame = pyogrio.read_dataframe(path, layer="csp-summaries")
    layer = layers["csp-summaries"]
    assert {"id", *(prop.name for prop in layer.properties)} >= set(frame.columns) - {"geometry", "mvt_id"}
    by_code = frame.dissolve("area_code", aggfunc="first")
    assert dict(by_code["incidents"]) == dict(zip(layer.values["area_code"], layer.values["incidents"], strict=True))
    assert shapely.total_bounds(by_code.to_crs(4326).geometry.to_numpy()) == pytest.approx(layer.bounds, abs=1e-3)


def test_withheld_counts_are_in_no_tile(confidential):
    with duckdb.connect(confidential.path / "release.duckdb", read_only=True) as db:
        layer = layers_of_release(db)["neighbourhood-summaries"]
        withheld = set(
            db.execute(
                """SELECT area_code, offence_type FROM counts WHERE area_type = 'neighbourhood' AND status = 'suppressed'
                   AND month BETWEEN ? AND ? AND offence_type <> 'All'""",
                layer.months,
            ).fetchall()
        )
    assert len(withheld) > 5
    archive = TileArchive(confidential.path / "site" / archive_name("neighbourhood-summaries"))
    zoom = archive.zooms[1]
    first_row, last_row, first_col, last_col = tiles_within(layer.bounds, zoom)
    seen = set()
    for row in range(first_row, last_row + 1):
        for col in range(first_col, last_col + 1):
            for one in read(gzip.decompress(archive.get(zoom, row, col)), layer.id)["features"]:
                told = one["properties"]
                hidden = {re.sub(r"\W", "_", kind.lower()) for code, kind in withheld if code == told["area_code"]}
                assert hidden <= {prop.name for prop in layer.properties}
                assert not hidden & told.keys()
                seen.add(told["area_code"])
    assert {code for code, _ in withheld} <= seen


def test_a_large_archive_gives_every_tile(tmp_path):
    layer = layer_of([shapely.box(-1, 52, 0, 53)])
    rng = np.random.default_rng(3)
    placed = [(7, row, col) for row in range(128) for col in range(128) if (row + col) % 3]
    tiles = {tile: rng.bytes(int(size)) for tile, size in zip(placed, rng.integers(1, 2000, len(placed)), strict=True)}
    write_archive(tmp_path / "made.pmtiles", layer, tiles.items(), made_from="x")
    archive = TileArchive(tmp_path / "made.pmtiles")
    assert archive._header["leaf_directory_length"] > 0
    assert all(archive.get(*tile) == content for tile, content in tiles.items())
    assert archive.get(7, 0, 0) is None
    assert archive.get(8, 0, 0) is None


def test_no_archive_is_made_of_nothing(tmp_path):
    write_archive(tmp_path / "made.pmtiles", layer_of([shapely.box(-1, 52, 0, 53)]), [], made_from="x")
    assert not list(tmp_path.iterdir())
    assert kept_zooms(Cutter(layer_of([]))) == 0


@pytest.mark.parametrize(
    "damage", [lambda b: b[:0], lambda b: b[:200], lambda b: b"GIF89a" + b, lambda b: b[:7] + b"\x02" + b[8:]]
)
def test_what_is_no_archive_is_refused(built, tmp_path, damage):
    path = tmp_path / "hotspots.pmtiles"
    path.write_bytes(damage((built.path / "site" / archive_name("hotspots")).read_bytes()))
    with pytest.raises(ReleaseError, match="cannot be read"):
        TileArchive(path)


class _NotCut:
    def __init__(self, layer):
        raise AssertionError(f"{layer.id} was cut")


def test_tiles_of_the_same_layer_are_taken_from_the_release_before(built, tmp_path, monkeypatch):
    with duckdb.connect(built.path / "release.duckdb", read_only=True) as db:
        monkeypatch.setattr(building, "Cutter", _NotCut)
        building.write_tiles(db, tmp_path, earlier=built.path, progress=lambda _: None)
        for name in LAYERS:
            assert (tmp_path / archive_name(name)).read_bytes() == (built.path / "site" / archive_name(name)).read_bytes()
        with pytest.raises(AssertionError, match="was cut"):
            building.write_tiles(db, tmp_path, earlier=None, progress=lambda _: None)


def test_tiles_that_were_changed_or_are_of_another_layer_are_cut_again(built, tmp_path):
    earlier = shutil.copytree(built.path, tmp_path / built.release_id)
    changed = earlier / "site" / archive_name("csp")
    content = changed.read_bytes()
    changed.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    shutil.copyfile(earlier / "site" / archive_name("lad"), earlier / "site" / archive_name("pfa"))
    with duckdb.connect(built.path / "release.duckdb", read_only=True) as db:
        building.write_tiles(db, tmp_path / "site", earlier=earlier, progress=lambda _: None)
    for name in ("csp", "pfa"):
        made = (tmp_path / "site" / archive_name(name)).read_bytes()
        assert made == (built.path / "site" / archive_name(name)).read_bytes()


def test_a_build_that_is_interrupted_while_tiles_are_cut_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(building, "write_archive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build_release(county(), ReleaseOptions(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_private_column_in_tiles_stops_a_release(built, tmp_path):
    copy = shutil.copytree(built.path, tmp_path / built.release_id)
    known = KnownPositions(forbidden=frozenset(), map_points=frozenset())
    assert audit_release(copy, known) == []
    layer = layer_of([shapely.box(-1, 52, 0, 53)], crime_id=["abc"])
    write_archive(copy / "site" / archive_name("csp"), layer, Cutter(layer).tiles(9, most=100), made_from="x")
    assert [(one.rule, one.where) for one in audit_release(copy, known)] == [("columns", archive_name("csp"))]
