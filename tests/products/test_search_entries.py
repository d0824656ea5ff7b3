"""What of a release can be searched for, and that it is nothing that the release does not publish anyway."""

import csv
import gzip
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import shapely

from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.search_query import SearchFiles
from tests.products.searchable import STREETS, searchable_county


@pytest.fixture(scope="module")
def searchable(tmp_path_factory):
    return build_release(searchable_county(), ReleaseOptions(), tmp_path_factory.mktemp("searchable"))


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    return build_release(searchable_county("confidential"), ReleaseOptions(), tmp_path_factory.mktemp("secret"))


@pytest.fixture(scope="module")
def files(searchable):
    return SearchFiles(searchable.path / "site" / "search")


@pytest.mark.parametrize(
    ("typed", "name", "kind"),
    [
        ("west demoshire police", "West Demoshire Police", "force"),
        ("ashby", "Ashby", "csp"),
        ("llanfair", "Llanfair", "neighbourhood"),
        ("no boundary", "No boundary", "neighbourhood"),
        ("maes y mor", "Maes-y-Môr", "street"),
        ("zz1 1ab", "Harbour & Quay", "neighbourhood"),
        ("alert script", '<script>alert("1")</script> Way', "street"),
    ],
)
def test_areas_streets_and_postcodes_are_found(files, searchable, typed, name, kind):
    found = files.find(typed)
    assert (found.results[0].name, found.results[0].kind) == (name, kind)
    assert all((searchable.path / "site" / one.folder / "index.html").is_file() for one in found.results)


def test_every_street_of_every_neighbourhood_leads_to_it_and_to_no_other(files, searchable):
    site = searchable.path / "site"
    expected = {}
    for path in (site / "data").rglob("neighbourhoods/*/streets.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                name = row["street"].removeprefix("On or near").strip()
                expected.setdefault(name, set()).add(path.parent.relative_to(site / "data").as_posix())
    assert set(expected) == {*STREETS, "Street 8", "Street 9", "Street 10"}
    for name, folders in expected.items():
        found = files.find(name, most=1_000)
        assert {one.folder for one in found.results if one.name == name} == folders


def test_a_postcode_leads_to_a_page_and_its_file_has_no_position(searchable):
    made = searchable_county()
    files = SearchFiles(searchable.path / "site" / "search")
    for code, area in made.postcodes.frame[["postcode", "area_id"]].itertuples(index=False):
        found = files.find(code)
        assert (found.status, found.results[0].name) == ("postcode", made.areas["area_name"][area])
    assert "Contains Royal Mail data" in (searchable.path / "site" / "index.html").read_text("utf-8")
    assert searchable.manifest["postcodes"]["rows"] == len(made.postcodes.frame)


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from (key, *_texts(one))


@pytest.mark.parametrize("kind", ["open", "confidential"])
def test_an_attacker_finds_nothing_in_the_index_but_published_names(searchable, secret, kind):
    site = (secret if kind == "confidential" else searchable).path / "site"
    streets = set()
    for path in (site / "data").rglob("streets.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            streets |= {row["street"].removeprefix("On or near").strip() for row in csv.DictReader(file)}
    made = searchable_county(kind)
    areas = {*made.areas["area_name"], "West Demoshire Police", "No boundary"}
    named, streets_listed = set(), set()
    for path in (site / "search").glob("[ns]-*.json"):
        held = json.loads(path.read_text("utf-8"))
        assert set(held) <= {"areas", "found", "streets"}
        named |= {row[0] for row in held["areas"]}
        assert all((site / row[3] / "index.html").is_file() for row in held["areas"])
        streets_listed |= {name for name, _ in held.get("streets", [])}
        assert not re.search(r"\d\.\d", path.read_text("utf-8")), "nothing that could be a coordinate"
    assert named <= areas
    assert streets_listed == streets
    words = {word for path in (site / "search").glob("[wv]-*.json") for word in json.loads(path.read_text()).split()[::2]}
    said = " ".join(sorted({*areas, *streets})).lower().replace("ô", "o").replace("'", "")
    assert all(word in said or word in {"st", "saint", "street"} for word in words)


def test_streets_with_withheld_incidents_only_are_not_in_the_index(secret):
    """The source names a street of its own; its few incidents are suppressed, so its name is not published either."""
    made = searchable_county("confidential")
    rows = made.incidents.copy()
    rows.loc[rows["location"].str.startswith("On or near"), "location"] = "On or near Mill Lane"
    one = rows.index[(rows["place_id"] == 45) & (rows["month"] == made.latest_month)][:1]
    keep = (rows["place_id"] != 45).fillna(value=True) | rows.index.isin(one)
    rows.loc[one, ["location", "offence_type"]] = "On or near Whistleblower Way", "Robbery"
    made = replace(made, incidents=rows[keep].reset_index(drop=True))
    built = build_release(made, ReleaseOptions(), secret.path.parent / "apart")
    published = "".join(path.read_text("utf-8") for path in (built.path / "site" / "data").rglob("streets.csv"))
    indexed = "".join(path.read_text("utf-8") for path in (built.path / "site" / "search").glob("*.json"))
    assert "Whistleblower" not in published, "the one incident there is withheld"
    assert "whistleblower" not in indexed.lower()
    assert "Mill Lane" in indexed


def test_near_me_gives_the_neighbourhood_of_almost_every_point(searchable):
    made = searchable_county()
    inner = made.areas[made.areas["area_type"] == "neighbourhood"]
    index = json.loads((searchable.path / "site" / "search" / "index.json").read_text("utf-8"))
    for row in made.places.sample(40, random_state=4).itertuples(index=False):
        column, line = (row.longitude + 180) * 10, (row.latitude + 90) * 10
        assert f"{int(column)}-{int(line)}" in index["cells"]
        held = json.loads((searchable.path / "site" / "search" / f"g-{int(column)}-{int(line)}.json").read_text("utf-8"))
        x, y = (column % 1) * 1_000, (line % 1) * 1_000
        found = [
            held["areas"][at][0]
            for at, rings in held["rings"]
            if shapely.Polygon(np.reshape(rings[0], (-1, 2))).contains(shapely.Point(x, y))
        ]
        expected = inner["area_name"][inner.contains(shapely.Point(row.easting, row.northing))].tolist()
        near = inner.boundary.distance(shapely.Point(row.easting, row.northing)).min() < 30
        assert found == expected or near


def test_a_search_loads_little(searchable):
    folder = searchable.path / "site" / "search"
    sizes = {path.stem: len(gzip.compress(path.read_bytes())) for path in folder.glob("*.json")}
    for typed in ("ashby", "ahsby", "mill lane ashby", "zz1 1aa", "zzyzx", "saint marys road harbour quay"):
        files = SearchFiles(folder)
        files.find(typed)
        assert sum(sizes[name] for name in files._held) < 20_000


def test_a_release_without_postcodes_or_areas_has_a_search_all_the_same(tmp_path):
    made = searchable_county()
    bare = replace(
        made,
        postcodes=None,
        areas=made.areas.iloc[:0],
        place_areas=made.place_areas.iloc[:0],
        area_parents=made.area_parents.iloc[:0],
        neighbourhoods=[],
        boundary_sets=[],
        bricks=None,
    )
    built = build_release(bare, ReleaseOptions(), tmp_path)
    files = SearchFiles(built.path / "site" / "search")
    assert files.find("west").results[0].kind == "force"
    assert files.find("mill lane").results[0].within == "West Demoshire Police"
    assert files.find("zz1 1aa").status == "unknown postcode"
    assert "data-near" not in (built.path / "site" / "index.html").read_text("utf-8")
