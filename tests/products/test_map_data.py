"""What maps read: the published rows, no more and no less, whichever month and type is chosen."""

import json

import duckdb
import h3
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from crimemap.crs import to_national_grid
from crimemap.disclosure.audit import audit_text, position_key
from crimemap.products.map_codes import code_numbers, code_series, code_signed
from crimemap.products.map_counts import MapCounts
from crimemap.products.map_density import density_contours
from crimemap.products.names import area_folder
from tests.products.county import FORCE, MISSING, MONTHS, TYPES, county
from tests.products.map_reading import decoded, numbers, rings, signed


def maps_of(release):
    """Give every area's type, code and map."""
    with duckdb.connect(release.path / "release.duckdb", read_only=True) as db:
        areas = db.execute("SELECT area_type, area_code, force FROM areas ORDER BY ALL").fetchall()
    return [
        (
            kind,
            code,
            json.loads((release.path / "site/data" / area_folder(kind, code, force) / "map.json").read_text("utf-8")),
        )
        for kind, code, force in [*areas, ("force", FORCE, FORCE)]
    ]


def published(release, kind, code):
    """Give the rows of the release's database in an area: place_id, month, type, n."""
    with duckdb.connect(release.path / "release.duckdb", read_only=True) as db:
        rows = db.execute(
            """SELECT place_id, month, k.name AS type, count(*) AS n FROM incidents i JOIN categories k ON k.url = i.category
               WHERE place_id IS NOT NULL GROUP BY ALL ORDER BY ALL"""
        ).df()
        if kind == "force":
            return rows
        inside = db.execute("SELECT place_id FROM place_areas WHERE area_type = ? AND area_code = ?", [kind, code]).df()
    return rows[rows["place_id"].isin(inside["place_id"])].reset_index(drop=True)


def counted(file):
    found = decoded(file, len(file["types"]))
    return pd.DataFrame(
        {
            "place_id": np.array(file["ids"], dtype=np.int64)[found["unit"]],
            "month": np.array(file["months"])[found["month"]],
            "type": np.array(file["types"])[found["type"]],
            "n": found["n"],
        }
    ).sort_values(["place_id", "month", "type"], ignore_index=True)


@pytest.mark.parametrize("which", ["built", "confidential"])
def test_every_map_holds_the_published_rows_with_a_map_point_and_nothing_else(which, request):
    release = request.getfixturevalue(which)
    for kind, code, file in maps_of(release):
        expected = published(release, kind, code)
        pd.testing.assert_frame_equal(counted(file), expected, check_dtype=False, obj=f"{kind} {code}")


def test_where_numbers_are_held_back_no_choice_of_type_and_months_counts_anything(confidential):
    held_back = 0
    for kind, code, file in maps_of(confidential):
        found = decoded(file, len(file["types"]))
        sums = np.zeros((len(file["types"]), len(file["months"])), dtype=int)
        np.add.at(sums, (found["type"], found["month"]), found["n"])
        status = np.array([list(row) for row in file["status"]])
        assert not sums[status[:-1] == "2"].any(), (kind, code)
        assert not sums[status[:-1] == "1"].any(), (kind, code)
        held_back += int((status == "2").sum())
    assert held_back > 0


def test_no_map_lets_a_held_back_number_be_worked_out_from_the_total(confidential):
    """The published total of a month less what the map shows of the other types must not be the number held back."""
    with duckdb.connect(confidential.path / "release.duckdb", read_only=True) as db:
        told = db.execute("SELECT area_type, area_code, month, incidents FROM counts WHERE offence_type = 'All'").df()
    totals = {(t, c, m): n for t, c, m, n in told.itertuples(index=False)}
    for kind, code, file in maps_of(confidential):
        if kind == "force":
            continue  # its total also has incidents without a location
        found = decoded(file, len(file["types"]))
        status = np.array([list(row) for row in file["status"]])
        for m, month in enumerate(file["months"]):
            if "2" not in status[:-1, m]:
                continue
            total = totals[kind, code, month]
            seen = int(found.loc[found["month"] == m, "n"].sum())
            hidden = int((status[:-1, m] == "2").sum())
            assert pd.isna(total) or hidden > 1 or total - seen == 0 or total - seen >= 5, (kind, code, month)


def test_a_month_without_data_is_no_data_and_not_zero(built):
    for _, _, file in maps_of(built):
        assert {row[MONTHS.index(MISSING)] for row in file["status"]} == {"1"}
        assert sum(row.count("1") for row in file["status"]) == len(file["types"]) + 1
        assert len(file["status"]) == len(file["types"]) + 1 == len(TYPES) + 1


def test_units_stand_at_their_map_points_and_have_their_names(built):
    with duckdb.connect(built.path / "release.duckdb", read_only=True) as db:
        places = db.execute("SELECT place_id, longitude, latitude, street FROM places").df().set_index("place_id")
    for _, _, file in maps_of(built):
        told = places.loc[file["ids"]]
        assert file["at"] == told[["longitude", "latitude"]].to_numpy().ravel().tolist()
        names = [file["names"][k] for k in file["name"]]
        assert names == told["street"].str.removeprefix("On or near ").tolist()
        assert len(set(file["names"])) == len(file["names"])


def test_the_audit_can_read_the_positions_of_a_map(built):
    text = (built.path / "site/data" / area_folder("neighbourhood", "N01", FORCE) / "map.json").read_text("utf-8")
    first = json.loads(text)["at"][:2]
    assert audit_text("map.json", text, {position_key(*first)})
    assert not audit_text("map.json", text, {position_key(-1.5, 52.5)})


def test_hexagons_have_the_corners_that_h3_gives_them_and_the_hotspots_that_were_found(built):
    found = pd.read_csv(built.path / f"site/data/forces/{FORCE}/hotspots.csv")
    hot = set(found.loc[found["hotspot"], "cell"])
    places = county().places.set_index("place_id")
    for _, _, file in maps_of(built):
        corners = rings(file)
        assert len(file["cell"]) == len(file["ids"])
        of_cell = dict(zip(file["cell"], file["ids"], strict=True))
        assert sorted(of_cell) == list(range(len(corners)))
        for number, ring in enumerate(corners):
            cell = f"{int(places.loc[of_cell[number], 'cell']):x}"
            true = np.array([(x, y) for y, x in h3.cell_to_boundary(cell)])
            away = np.abs(np.array(ring)[:, None, :] - true[None, :, :]).max(axis=2).min(axis=0)
            assert away.max() < 2.1e-5
            assert (number in file["hexagons"]["hot"]) == (cell in hot)
    assert hot


def test_classes_are_the_same_for_all_areas_of_a_force_and_for_each_month(built):
    maps = maps_of(built)
    assert len({json.dumps(file["breaks"]) for _, _, file in maps}) == 1
    breaks = maps[0][2]["breaks"]
    assert set(breaks) == {"1", "12"}
    for lists in breaks.values():
        assert len(lists) == len(TYPES) + 1
        assert all(one[0] == 1 and one == sorted(set(one)) and len(one) <= 5 for one in lists)
    assert max(breaks["1"][-1]) < max(breaks["12"][-1])


def test_an_area_without_incidents_has_a_map_of_nothing(built):
    _, _, file = next(one for one in maps_of(built) if one[:2] == ("neighbourhood", "N12"))
    assert (file["ids"], file["counts"], file["hexagons"]) == ([], "", {"at": [], "corners": "", "hot": []})
    assert file["grid"]["corners"]
    contours = built.path / "site/data" / area_folder("neighbourhood", "N12", FORCE) / "density.geojson"
    assert all(one["geometry"]["type"] == "MultiPolygon" for one in json.loads(contours.read_text("utf-8"))["features"])


def test_contours_nest_lie_in_their_area_and_hold_the_busiest_place(built):
    site = built.path / "site/data"
    for kind, code in (("force", FORCE), ("lad", "E07000901"), ("neighbourhood", "N01")):
        folder = site / area_folder(kind, code, FORCE)
        features = json.loads((folder / "density.geojson").read_text("utf-8"))["features"]
        shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in features]
        levels = [one["properties"]["from_per_km2"] for one in features]
        assert levels == sorted(levels)
        assert [one["properties"]["class"] for one in features] == list(range(len(features)))
        for inner, outer in zip(shapes[1:], shapes, strict=False):
            assert inner.difference(outer.buffer(3e-4)).area == 0
        busiest = shapely.Point(*county().places[["longitude", "latitude"]].iloc[5])
        assert shapes[-1].buffer(2e-4).contains(busiest)
        if kind != "force":
            ground = shapely.from_geojson(json.dumps(json.loads((folder / "boundary.geojson").read_text("utf-8"))))
            assert shapes[0].difference(shapely.buffer(ground, 3e-4)).area == 0


def test_points_too_far_apart_for_a_surface_have_no_contours():
    points = pd.DataFrame({"easting": [100_000.0, 60_000_000.0], "northing": [0.0, 60_000_000.0], "n": [1, 1]})
    assert density_contours(points) is None
    assert density_contours(points.iloc[:0]) is None


def test_labels_stand_in_the_areas_that_they_name(built):
    labels = json.loads((built.path / f"site/data/forces/{FORCE}/labels.json").read_text("utf-8"))
    areas = county().areas
    for label in labels:
        own = areas[(areas["area_type"] == label["type"]) & (areas["area_name"] == label["name"])]
        at = shapely.Point(*(float(v) for v in to_national_grid(*label["at"])))
        assert own.geometry.iloc[0].contains(at)
    assert [one["km2"] for one in labels] == sorted((one["km2"] for one in labels), reverse=True)
    assert len({one["name"] for one in labels}) == len(labels)


def test_the_grid_is_the_national_grid(built):
    for _, _, file in maps_of(built):
        corners = np.array(file["grid"]["corners"]).reshape(-1, 2)
        east, north = to_national_grid(corners[:, 0], corners[:, 1])
        step = file["grid"]["step"]
        assert np.abs(east - np.round(east / step) * step).max() < 3
        assert np.abs(north - np.round(north / step) * step).max() < 3
        assert len(corners) % file["grid"]["columns"] == 0


def test_a_map_point_of_two_forces_counts_for_each_what_it_recorded_and_for_an_area_both():
    rows = pd.DataFrame(
        {"place_id": [1, 1, 1, 2], "force": ["east", "east", "west", "west"], "key": [0, 3, 3, 1], "n": [1, 2, 4, 1]}
    )
    places = pd.DataFrame({"cell": np.array([10, 11], dtype=np.uint64)}, index=pd.Index([1, 2], name="place_id"))
    counts = MapCounts(months=["2025-01", "2025-02"], offence_types=["A", "B"], rows=rows, places=places)

    def read(texts):
        return [
            list(decoded({"counts": one}, 2)[["month", "type", "n"]].itertuples(index=False, name=None)) for one in texts
        ]

    assert read(counts.series(np.array([1, 2]))) == [[(0, 0, 1), (1, 1, 6)], [(0, 1, 1)]]
    assert read(counts.series_of_force("east", np.array([1]))) == [[(0, 0, 1), (1, 1, 2)]]
    assert read(counts.series_of_force("west", np.array([1, 2]))) == [[(1, 1, 4)], [(0, 1, 1)]]


@given(st.lists(st.integers(0, 10**7)))
def test_numbers_are_read_as_they_were_written(values):
    assert numbers(code_numbers(values)) == values


@given(st.lists(st.integers(-(10**6), 10**6)))
def test_numbers_of_either_sign_are_read_as_they_were_written(values):
    assert signed(numbers(code_signed(values))) == values


@given(st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 800)), st.integers(1, 5_000), min_size=1))
def test_series_are_read_as_they_were_written(counts):
    rows = sorted((unit, key, n) for (unit, key), n in counts.items())
    unit, key, n = (np.array(column) for column in zip(*rows, strict=True))
    made = code_series(unit, key, n)
    for one, text in made.items():
        found = decoded({"counts": text}, 1)
        assert list(zip(found["month"], found["n"], strict=True)) == [(k, m) for u, k, m in rows if u == one]
