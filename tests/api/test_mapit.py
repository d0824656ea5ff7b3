"""Areas as MapIt answers, and how much they share."""

import json
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from api.public import create_app
from api.store.mapit import MapItAreas, in_generations
from crimemap.crs import to_wgs84
from crimemap.products.layers.areas import Area, Areas
from crimemap.settings import PublicSettings
from tests.api.client import InProcess
from tests.products.county import county

U = "/mapit"
#: A position in the first neighbourhood: metres, and degrees.
METRES = (400_700, 250_600)
DEGREES = tuple(round(float(value[0]), 7) for value in to_wgs84([METRES[0]], [METRES[1]]))
GRID = f"27700/{METRES[0]},{METRES[1]}"
NAME_KEYS = {
    "id", "name", "parent_area", "type", "type_name", "country", "country_name", "generation_low", "generation_high",
    "codes", "all_names",
}  # fmt: skip


def get(lookups: InProcess, path: str) -> dict:
    answer = lookups.get(U + path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def named(areas: dict) -> set[tuple[str, str]]:
    return {(one["type"], one["name"]) for one in areas.values()}


HERE = {("PFA", "West Demoshire"), ("LAD", "Ashby"), ("CSP", "Ashby"), ("NEIGHBOURHOOD", "Harbour & Quay")}


@pytest.mark.parametrize(
    "path",
    [
        f"/point/{GRID}",
        f"/point/4326/{DEGREES[0]},{DEGREES[1]}",
        f"/point/latlon/{DEGREES[1]},{DEGREES[0]}",
        f"/point/osgb/{METRES[0]},{METRES[1]}.json",
    ],
)
def test_a_position_lies_in_its_areas_however_it_is_written(lookups: InProcess, path: str) -> None:
    found = get(lookups, path)
    assert named(found) == HERE
    assert all(one.keys() >= NAME_KEYS for one in found.values())
    assert {str(one["id"]) for one in found.values()} == set(found), "each under its number"


def test_a_box_may_hold_what_an_outline_does_not(lookups: InProcess) -> None:
    inside, box = get(lookups, f"/point/{GRID}"), get(lookups, f"/point/{GRID}/box")
    assert named(inside) <= named(box)
    for elsewhere in ("27700/1000,1000", "4326/999,52", "4326/-0.00001,5e-06", "27700/9999999,9999999"):
        assert get(lookups, f"/point/{elsewhere}") == {}
        assert lookups.get(f"{U}/nearest/{elsewhere}").status_code == 404


def test_what_is_found_can_be_narrowed(lookups: InProcess) -> None:
    assert named(get(lookups, f"/point/{GRID}?type=CSP,lad")) == {("CSP", "Ashby"), ("LAD", "Ashby")}
    assert named(get(lookups, f"/point/{GRID}?country=W")) == set()
    district = next(iter(get(lookups, "/areas/Ash?type=LAD")))
    assert named(get(lookups, f"/point/{GRID}?within={district}&type=NEIGHBOURHOOD")) == {
        ("NEIGHBOURHOOD", "Harbour & Quay")
    }
    assert get(lookups, f"/point/{GRID}?generation=199900") == {}


def test_a_postcode_has_its_place_its_areas_and_its_council(lookups: InProcess) -> None:
    found = get(lookups, "/postcode/zz11aa")
    assert (found["postcode"], found["coordsyst"]) == ("ZZ1 1AA", "G")
    assert named(found["areas"]) == HERE
    council, police = found["shortcuts"]["council"], found["shortcuts"]["police"]
    assert found["areas"][str(council)]["type"] == "LAD"
    assert found["areas"][str(police)]["type"] == "PFA"
    near = get(lookups, f"/nearest/27700/{found['easting']},{found['northing']}")["postcode"]
    assert (near["postcode"], near["distance"]) == ("ZZ1 1AA", 0)
    assert get(lookups, f"/point/4326/{found['wgs84_lon']},{found['wgs84_lat']}") == found["areas"]


def test_part_of_a_postcode_has_a_mean_place(lookups: InProcess) -> None:
    found = get(lookups, "/postcode/partial/zz10")
    assert found == get(lookups, "/postcode/partial/ZZ10 1AA")
    outcode = lookups.get("/postcodesio/outcodes/ZZ10").json()["result"]
    assert (found["easting"], found["northing"]) == (outcode["eastings"], outcode["northings"])


def test_an_area_is_found_by_its_number_and_by_its_code(lookups: InProcess) -> None:
    by_code = get(lookups, "/area/E22000901")
    assert by_code["codes"] == {"gss": "E22000901"}
    assert (by_code["type_name"], by_code["country_name"], by_code["all_names"]) == (
        "Community safety partnership", "England", {},
    )  # fmt: skip
    assert get(lookups, f"/area/{by_code['id']}") == by_code
    assert get(lookups, f"/area/{by_code['id']}.json") == by_code
    assert get(lookups, "/code/gss/E22000901") == by_code
    local = get(lookups, "/code/police/west-demoshire:N01")
    assert (local["name"], local["codes"]["police"]) == ("Harbour & Quay", "west-demoshire:N01")


def test_areas_lie_in_one_another(lookups: InProcess) -> None:
    district = get(lookups, "/area/E07000901")
    below = get(lookups, "/area/E07000901/children?type=NEIGHBOURHOOD")
    areas = county().areas
    west = areas.geometry[areas["area_code"] == "E07000901"].iloc[0]
    inside = areas[(areas["area_type"] == "neighbourhood") & areas.representative_point().within(west)]
    assert {one["name"] for one in below.values()} == set(inside["area_name"])
    assert {one["parent_area"] for one in below.values()} == {district["id"]}
    assert get(lookups, "/area/E07000901/children?type=PFA") == {}


def shares(areas: dict, kind: str) -> dict[str, tuple]:
    return {
        one["name"]: (one["share_of_this"], one["share_of_other"], one["sliver"])
        for one in areas.values()
        if one["type"] == kind
    }


def test_who_holds_whom_and_by_how_much(lookups: InProcess) -> None:
    covers = get(lookups, "/area/E07000901/covers")
    assert shares(covers, "CSP") == {"Ashby": (1.0, 1.0, False)}
    neighbourhoods = shares(covers, "NEIGHBOURHOOD")
    assert len(neighbourhoods) == 6
    assert neighbourhoods["Harbour & Quay"] == (pytest.approx(1 / 6), 1.0, False)
    covered = get(lookups, "/area/E07000901/covered")
    assert shares(covered, "PFA") == {"West Demoshire": (1.0, 0.5, False)}
    force = next(one for one in covered.values() if one["type"] == "PFA")
    people = county().bricks.frame["population"].sum()
    in_west = county().bricks.frame[county().bricks.frame.representative_point().x < 403_000]["population"].sum()
    assert force["population_share"] == 1.0
    assert force["population_share_of_other"] == pytest.approx(in_west / people)


def test_neighbours_touch_and_share_no_ground(lookups: InProcess) -> None:
    touches = get(lookups, "/area/E07000901/touches")
    assert shares(touches, "LAD") == {"Brook": (0.0, 0.0, False)}
    assert shares(touches, "CSP") == {"Brook": (0.0, 0.0, False)}, "of another set, along the same line"
    assert len(shares(touches, "NEIGHBOURHOOD")) == 3
    assert get(lookups, "/area/E07000901/overlaps") == {}


def test_relations_are_those_that_computing_them_anew_finds(lookups: InProcess) -> None:
    areas = county().areas
    one = areas.index[areas["area_code"] == "E07000901"][0]
    others = areas.drop(one)
    this = areas.geometry[one]
    found = {kind: named(get(lookups, f"/area/E07000901/{kind}")) for kind in ("touches", "covers", "covered", "intersects")}
    names = list(zip(others["area_type"].str.upper(), others["area_name"], strict=True))

    def keep(test: object) -> set:
        return {name for name, yes in zip(names, np.asarray(test), strict=True) if yes}

    line = shapely.length(shapely.intersection(others.geometry.to_numpy(), this)) > 0
    assert found["touches"] == keep(others.touches(this) & line), "meeting at a corner is no border"
    assert found["covers"] == keep(others.covered_by(this))
    assert found["covered"] == keep(others.covers(this))
    assert found["intersects"] == keep(others.intersects(this) & line)


@pytest.mark.parametrize(("path", "grid"), [("/area/E07000901.geojson", 4326), ("/area/27700/E07000901.geojson", 27700)])
def test_an_outline_is_the_areas(lookups: InProcess, path: str, grid: int) -> None:
    areas = county().areas
    expected = areas.geometry[areas["area_code"] == "E07000901"].iloc[0]
    found = shape(get(lookups, path))
    if grid == 4326:
        west, south, east, north = found.bounds
        e, n = to_wgs84([expected.bounds[0]], [expected.bounds[1]])
        assert (west, south) == (pytest.approx(float(e[0]), abs=1e-4), pytest.approx(float(n[0]), abs=1e-4))
        assert east > west
        assert north > south
    else:
        assert found.symmetric_difference(expected).area / expected.area < 1e-3


def test_an_outline_comes_as_kml_and_as_text(lookups: InProcess) -> None:
    local = get(lookups, "/code/police/west-demoshire:N02")["id"]
    kml = lookups.get(f"{U}/area/{local}.kml")
    assert kml.headers["content-type"].startswith("application/vnd.google-earth.kml+xml")
    name = ET.fromstring(kml.text).find(".//{http://www.opengis.net/kml/2.2}name")  # noqa: S314 - our own
    assert name is not None
    assert name.text == '<b>St Mary\'s</b> "East"', "names are escaped"
    text = lookups.get(f"{U}/area/{local}.wkt")
    assert text.headers["content-type"].startswith("text/plain")
    assert shapely.from_wkt(text.text).area == pytest.approx(1_500**2, rel=1e-3)


def test_an_outline_can_be_simplified_but_not_away(lookups: InProcess) -> None:
    path = f"{U}/area/27700/E23000099.wkt"
    full, simple = (shapely.from_wkt(lookups.get(path + query).text) for query in ("", "?simplify_tolerance=50"))
    assert shapely.get_num_coordinates(simple) <= shapely.get_num_coordinates(full)
    for query, status in (("9999999", 404), ("1e9", 400), ("-1", 400), ("nan", 400), ("x", 400)):
        answer = lookups.get(f"{path}?simplify_tolerance={query}")
        assert (answer.status_code, answer.json()["code"]) == (status, status), query


def test_an_area_is_measured_in_metres_and_in_degrees(lookups: InProcess) -> None:
    found = get(lookups, "/area/E07000901/geometry")
    assert found["area"] == pytest.approx(3_000 * 4_500, rel=1e-3)
    assert (found["min_e"], found["max_n"]) == (pytest.approx(400_000, abs=1), pytest.approx(254_500, abs=1))
    assert (found["parts"], found["srid_en"]) == (1, 27700)
    assert found["min_lon"] < found["centre_lon"] < found["max_lon"]
    number = get(lookups, "/area/E07000901")["id"]
    assert get(lookups, f"/areas/{number},7/geometry") == {str(number): found}


def test_areas_are_listed_by_number_by_type_and_by_name(lookups: InProcess) -> None:
    csps = get(lookups, "/areas/CSP")
    assert named(csps) == {("CSP", "Ashby"), ("CSP", "Brook")}
    assert get(lookups, f"/areas/{','.join(csps)},5") == csps
    assert get(lookups, "/areas/LAD,CSP").keys() > csps.keys()
    assert named(get(lookups, "/areas/har")) == {("NEIGHBOURHOOD", "Harbour & Quay")}
    assert named(get(lookups, "/areas/BROOK")) == {("LAD", "Brook"), ("CSP", "Brook")}, "capitals that are no type"
    assert named(get(lookups, "/areas/Bro?type=LAD")) == {("LAD", "Brook")}
    assert get(lookups, "/areas/nowhere") == {}


def test_types_and_generations_are_told(lookups: InProcess) -> None:
    types = get(lookups, "/types")
    assert types["NEIGHBOURHOOD"] == {"code": "NEIGHBOURHOOD", "description": "Police neighbourhood", "areas": 12}
    before, generation = get(lookups, "/generations").values()
    assert (generation["id"], generation["active"], generation["description"]) == (202400, True, "Boundaries of 2024")
    assert (before["id"], before["description"]) == (201700, "Boundaries of 2017")
    assert get(lookups, "/area/E07000901")["generation_low"] == 202400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/area/E99999999", 404),
        ("/area/99999999999999999999999", 404),
        ("/area/E07000901/nothing", 404),
        ("/area/E07000901.pdf", 404),
        ("/area/3857/E07000901.geojson", 400),
        ("/area/27700/E07000901.kml", 404),
        ("/area/E07000901?generation=x", 400),
        ("/areas/" + ",".join(map(str, range(101))), 400),
        ("/point/4326/x,y", 400),
        ("/point/4326/1", 400),
        ("/point/4326/nan,52", 400),
        ("/point/4326/1,52;1,52", 400),
        ("/point/27700/1e300,1e300", 400),
        ("/point/9999/1,2", 400),
        ("/nearest/4326/-8,50", 404),
        ("/postcode/nonsense", 400),
        ("/postcode/ZZ9 9ZZ", 404),
        ("/postcode/partial/!", 400),
        ("/postcode/partial/QQ9", 404),
        ("/code/gss/N01", 404),
        ("/nothing", 404),
        ("", 404),
    ],
)
def test_what_cannot_be_answered_is_said_in_its_shape(lookups: InProcess, path: str, status: int) -> None:
    answer = lookups.get(U + path)
    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert answer.json()["error"]


def test_numbers_of_areas_do_not_change_from_release_to_release(lookups: InProcess) -> None:
    assert {one["name"]: one["id"] for one in get(lookups, "/areas/CSP").values()} == {
        "Ashby": 838747334,
        "Brook": 574752102,
    }


def test_a_release_that_is_older_than_relations_says_so(client: InProcess) -> None:
    answer = client.get(f"{U}/area/NM01/overlaps")
    assert answer.status_code == 404
    assert "built before" in answer.json()["error"]
    assert client.get(f"{U}/area/NM01").json()["name"]
    assert client.get(f"{U}/point/4326/-1.55,52.45").json()


def test_look_ups_are_limited_like_the_other_surfaces(lookups_release: object) -> None:
    made = InProcess(
        create_app(PublicSettings(releases=lookups_release, rate_limit_per_second=1, rate_limit_burst=2), clock=lambda: 0.0)
    )
    try:
        answers = [made.get(path) for path in (f"{U}/types", "/postcodesio/postcodes/ZZ1 1AA", f"{U}/types")]
        refused = made.get("/postcodesio/postcodes/ZZ1 1AA")
    finally:
        made.close()
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert (answers[2].json()["code"], answers[2].headers["retry-after"]) == (429, "1")
    assert refused.json()["status"] == 429
    assert "no-store" in refused.headers["cache-control"]


def test_an_address_that_is_too_long_is_400_in_its_shape(lookups: InProcess) -> None:
    long = "9," * 2_200
    assert lookups.get(f"{U}/areas/{long}").json()["code"] == 400
    assert lookups.get(f"/postcodesio/postcodes?q={long}").json()["status"] == 400


class Opened:
    """As much of an open release as numbering areas takes."""

    def __init__(self, areas: list[Area]) -> None:
        self.areas = Areas(areas)
        self.earlier_areas: list[Area] = []


def area(kind: str, vintage: str, code: str, force: str | None = None) -> Area:
    return Area(area_type=kind, vintage=vintage, area_code=code, area_name=code, force=force)


def test_an_area_is_of_the_generations_until_the_next_set_of_its_type() -> None:
    made = MapItAreas(
        Opened(
            [
                area("csp", "2017", "E22000001"), area("csp", "2024", "E22000002"), area("lad", "2021", "E07000001"),
                area("neighbourhood", "2023", "N1", "a"), area("neighbourhood", "2024-05", "N1", "b"),
            ]
        )  # type: ignore[arg-type]
    )  # fmt: skip
    assert made.generations == [201700, 202100, 202300, 202400, 202405]
    spans = {(one.area.area_type, one.area.vintage): (one.generation_low, one.generation_high) for one in made.all}
    assert spans["csp", "2017"] == (201700, 202300)
    assert spans["csp", "2024"] == (202400, 202405)
    assert spans["lad", "2021"] == (202100, 202405)
    assert spans["neighbourhood", "2023"] == (202300, 202405), "another force's set does not end it"
    then = in_generations(made.all, generation=202100)
    assert {one.area.area_code for one in then} == {"E22000001", "E07000001"}
    assert len(in_generations(made.all, generation=202405, least=-1)) == 5
    assert {one.area.vintage for one in in_generations(made.all, generation=202405, least=201700, most=202300)} == {"2017"}


def test_answers_are_json(lookups: InProcess) -> None:
    assert json.loads(lookups.get(f"{U}/area/E07000901.geojson").text)["type"] in ("Polygon", "MultiPolygon")


def test_an_earlier_generation_is_there_and_says_what_became_of_it(lookups: InProcess) -> None:
    assert lookups.get(f"{U}/area/E22000900").status_code == 404, "it is no more"
    old = get(lookups, "/area/E22000900?generation=201700")
    assert (old["name"], old["generation_low"], old["generation_high"]) == ("Old Demoshire", 201700, 201700)
    assert named(get(lookups, f"/point/{GRID}?type=CSP")) == {("CSP", "Ashby")}
    assert named(get(lookups, f"/point/{GRID}?type=CSP&generation=201700")) == {("CSP", "Old Demoshire")}
    became = get(lookups, f"/area/{old['id']}/covers?type=CSP")
    assert shares(became, "CSP") == {"Ashby": (0.5, 1.0, False), "Brook": (0.5, 1.0, False)}
    people = {one["name"]: one["population_share"] for one in became.values()}
    assert sum(people.values()) == pytest.approx(1.0)
    assert people["Ashby"] != people["Brook"]
    was = get(lookups, "/area/E22000901/covered?type=CSP&min_generation=-1")
    assert {one["id"] for one in was.values()} == {old["id"]}
    assert get(lookups, "/area/E22000901/covered?type=CSP") == {}
    assert shape(get(lookups, f"/area/27700/{old['id']}.geojson")).area == pytest.approx(6_000 * 4_500, rel=1e-3)
    assert "Old Demoshire" not in lookups.get("/v1/areas/csp").text, "look-ups only"
