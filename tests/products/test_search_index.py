"""Sharing out names among small files, and finding them there again."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.products.search_index import SearchArea, SearchStreet, text_of, write_names
from crimemap.products.search_near import CELLS_A_DEGREE, STEPS_A_CELL, write_near
from crimemap.products.search_postcodes import write_postcodes
from crimemap.products.search_query import SearchFiles
from crimemap.products.search_ranking import Wording, rated
from crimemap.products.search_words import edits, fold

ASHBY = SearchArea(kind="csp", name="Ashby", within="West Demoshire Police", folder="areas/csp/E1", force="west")


def ward(name, within="Ashby, West Demoshire Police"):
    return SearchArea(
        kind="neighbourhood", name=name, within=within, folder=f"forces/west/neighbourhoods/{name}", force="west"
    )


def written(folder, areas, streets, **sizes):
    index = write_names(areas, streets, folder, **sizes) | {"postcodes": [], "cells": []}
    (folder / "index.json").write_text(text_of(index), encoding="utf-8")
    return SearchFiles(folder)


def street(name, *areas):
    return SearchStreet(name=name, areas=areas or (ASHBY,))


@pytest.mark.parametrize(
    ("typed", "published"),
    [
        ("st marys rd", "Saint Mary's Road"),
        ("ST. MARY\u2019S ROAD", "St Mary's Rd"),
        ("high street", "High St"),
        ("high stre", "High Street"),
        ("ynys mon", "Ynys Môn"),
        ("stoke on trent", "Stoke-on-Trent"),
        ("harbour and quay", "Harbour & Quay"),
        ("quay harbour", "Harbour & Quay"),
        ("hig", "High Street"),
    ],
)
def test_a_name_is_found_however_it_is_written(tmp_path, typed, published):
    found = written(tmp_path, [ward("Elsewhere")], [street(published)]).find(typed)
    assert [one.name for one in found.results] == [published]
    assert (found.status, found.meant) == ("names", "")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cadriff", "cardiff"),
        ("ardiff", "cardiff"),
        ("cardif bay", None),
        ("xardiff", "cardiff"),
        ("cradiff", "cardiff"),
        ("cardifff", "cardiff"),
        ("cathedrl", "cathedral"),
        ("cathderal", "cathedral"),
    ],
)
def test_a_misspelt_name_is_found_and_said(tmp_path, typed, meant):
    files = written(tmp_path, [ward("Cardiff"), ward("Bay")], [street("Cathedral Close")])
    found = files.find(typed)
    assert found.results
    assert found.meant == (meant or "")


def test_what_is_nowhere_is_not_found(tmp_path):
    found = written(tmp_path, [ward("Cardiff")], []).find("wolverhampton")
    assert (found.status, found.results, found.total) == ("none", [], 0)


@pytest.mark.parametrize("typed", ["", " ", "a", "-", "'", "a b"])
def test_too_little_to_search_for_is_said_to_be_so(tmp_path, typed):
    assert written(tmp_path, [ward("Ab")], []).find(typed).status == "short"


def test_where_no_name_has_all_words_those_with_some_are_given(tmp_path):
    found = written(tmp_path, [ward("Cardiff"), ward("Bath")], []).find("cardiff bath")
    assert (found.status, found.total) == ("some", 2)


def test_a_street_in_many_areas_is_listed_with_each_and_a_place_narrows_it(tmp_path):
    wards = [ward(f"Ward {n}", within=f"Town {n % 5}, West Police") for n in range(30)]
    files = written(tmp_path, wards, [street("High Street", *wards)], most_places=4)
    assert (tmp_path / "s-0.json").is_file()
    assert files.find("high street").total == 30
    narrowed = files.find("high street town 3")
    assert narrowed.total == 6
    assert all("Town 3" in one.within for one in narrowed.results)


def test_the_name_itself_comes_before_names_that_hold_it(tmp_path):
    files = written(tmp_path, [ward("Church"), ASHBY], [street("Church Street"), street("Old Church Lane")])
    assert [one.name for one in files.find("church").results] == ["Church", "Church Street", "Old Church Lane"]


WORDS = st.sampled_from(["ab", "abc", "abcd", "b", "ba", "é", "st", "saint", "street", "o'b", "zz9", "aé"])
NAMES = st.lists(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=25)


@settings(max_examples=60, deadline=None)
@given(names=NAMES, asked=st.lists(WORDS, min_size=1, max_size=3), most=st.integers(150, 900), cut=st.integers(1, 4))
def test_a_search_finds_what_looking_at_every_name_would_find(tmp_path_factory, names, asked, most, cut):
    areas = [ward(f"{name} {n}") for n, name in enumerate(names[::2])]
    streets = [street(name, *(areas[:3] or [ASHBY])) for name in sorted(set(names[1::2]))]
    files = written(tmp_path_factory.mktemp("index"), areas, streets, most_bytes=most, most_places=cut)
    words = fold(" ".join(asked))[:6]
    found = files._matching(words, 10_000, least=len(words))
    everything = [(one, Wording.of(one.kind, one.name, around=one.within, folder=one.folder)) for one in areas]
    everything += [
        (one, Wording.of("street", one.name, around=f"{place.name}, {place.within}", folder=place.folder))
        for one in streets
        for place in one.areas
    ]
    expected = sorted(score for _, wording in everything if (score := rated(words, wording, least=len(words))))
    got = [(one.name, one.within, one.folder) for one in found.results]
    if not found.more:
        assert got == [score[4:] for score in expected]
    else:
        assert set(got) <= {score[4:] for score in expected}


@settings(max_examples=60, deadline=None)
@given(names=NAMES, most=st.integers(150, 600))
def test_the_file_of_a_word_has_every_name_with_it_unless_it_is_said_to_be_cut(tmp_path_factory, names, most):
    folder = tmp_path_factory.mktemp("index")
    streets = [street(name) for name in sorted(set(names))]
    files = written(folder, [], streets, most_bytes=most)
    for one in streets:
        for word in fold(one.name):
            held = files._files_of(word)
            listed = {name for key in held for name, _ in json.loads((folder / f"n-{key}.json").read_text())["streets"]}
            assert held
            assert one.name in listed or not all(held.values())


def test_no_file_is_larger_than_allowed_and_what_matters_most_stays_where_one_is_cut(tmp_path):
    streets = [street(f"Cab{a}{b} Way") for a in "abcdefgh" for b in "abcdefgh"]
    files = written(tmp_path, [ward("Cabin"), ASHBY], streets, most_bytes=1_000)
    assert max(path.stat().st_size for path in tmp_path.glob("n-*.json")) <= 1_000
    assert {"c", "ca", "cab"} <= files._cut
    assert files.find("ca").results[0].name == "Cabin", "an area comes before streets"
    assert files.find("ca").more
    assert files.find("cabgh way").total == 1


def test_names_that_all_begin_alike_do_not_split_a_file_for_ever(tmp_path):
    files = written(tmp_path, [ward(f"Llanfairpwllgwyngyll {n:03d}") for n in range(60)], [], most_bytes=700)
    assert max(map(len, files._cut)) <= 13
    assert files.find("llanfairpwllgwyngyll 042").results[0].name.endswith("042")


def test_hostile_names_stay_text_and_name_no_file(tmp_path):
    name = '../../<script>alert("1")</script>'
    files = written(tmp_path / "search", [], [street(name)])
    assert files.find("script alert").results[0].name == name
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {
        "index.json", "n-1.json", "n-a.json", "n-s.json", "w-a.json", "w-s.json", "v-t.json",
    }  # fmt: skip


def test_the_same_entries_in_any_order_give_the_same_files(tmp_path):
    streets = [street(name) for name in ("Mill Lane", "Abbey Road", "Mill Road", "Mîll Way")]
    written(tmp_path / "a", [ASHBY, ward("Mill")], streets, most_bytes=300)
    written(tmp_path / "b", [ward("Mill"), ASHBY], streets[::-1], most_bytes=300)
    assert {p.name: p.read_bytes() for p in (tmp_path / "a").iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "b").iterdir()
    }


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_edits_are_those_of_the_definition(one, other):
    @cache
    def distance(i, j):
        if not i or not j:
            return i + j
        found = min(distance(i - 1, j) + 1, distance(i, j - 1) + 1, distance(i - 1, j - 1) + (one[i - 1] != other[j - 1]))
        if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            found = min(found, distance(i - 2, j - 2) + 1)
        return found

    assert edits(one, other) == distance(len(one), len(other))


@pytest.fixture
def postal(tmp_path):
    areas = {0: ASHBY, 1: ward("Mill"), 2: ward("Quay")}
    codes = [("ZZ1 1AA", 1), ("ZZ1 1AB", 1), ("ZZ1 1AD", 2), ("ZZ1 2AA", 2), ("ZZ10 1AA", 0), ("YY9 9ZZ", 9)]
    outwards = write_postcodes(pd.DataFrame(codes, columns=["postcode", "area_id"]), areas, tmp_path)
    index = write_names(areas.values(), [], tmp_path) | {"postcodes": outwards, "cells": []}
    (tmp_path / "index.json").write_text(text_of(index), encoding="utf-8")
    return SearchFiles(tmp_path)


@pytest.mark.parametrize(
    ("typed", "name"),
    [("ZZ1 1AA", "Mill"), ("zz11ab", "Mill"), ("  zz1  1ad ", "Quay"), ("ZZ12AA", "Quay"), ("ZZ10 IAA", "Ashby")],
)
def test_a_postcode_leads_to_one_page_however_it_is_typed(postal, typed, name):
    found = postal.find(typed)
    assert (found.status, [one.name for one in found.results]) == ("postcode", [name])


@pytest.mark.parametrize(
    ("typed", "names"),
    [("zz1", ["Mill", "Quay"]), ("ZZ1 1", ["Mill", "Quay"]), ("ZZ1 2A", ["Quay"]), ("zz101", ["Ashby"])],
)
def test_part_of_a_postcode_lists_its_areas_most_postcodes_first(postal, typed, names):
    found = postal.find(typed)
    assert (found.status, [one.name for one in found.results]) == ("postcodes", names)


def test_the_letters_of_a_postcode_list_what_begins_so(postal):
    assert [one.name for one in postal.find("zz").results] == ["ZZ1", "ZZ10"]


@pytest.mark.parametrize(("typed", "near"), [("ZZ1 1ZZ", 2), ("ZZ1 9ZZ", 2), ("YY9 9ZZ", 0), ("CF10 1AA", 0)])
def test_a_postcode_that_is_not_known_is_said_to_be_so_with_what_is_near(postal, typed, near):
    found = postal.find(typed)
    assert (found.status, found.total) == ("unknown postcode", near)


def test_every_postcode_of_a_large_file_leads_to_its_area_and_takes_two_or_three_bytes(tmp_path):
    rng = np.random.default_rng(3)
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    codes = [f"ZZ{o} {s}{a}{b}" for o in range(1, 6) for s in range(10) for a in letters for b in letters[:10]]
    frame = pd.DataFrame({"postcode": codes, "area_id": rng.integers(0, 20, len(codes))})
    areas = {n: ward(f"Ward {n}") for n in range(20)}
    index = write_names(areas.values(), [], tmp_path) | {"postcodes": write_postcodes(frame, areas, tmp_path), "cells": []}
    (tmp_path / "index.json").write_text(text_of(index), encoding="utf-8")
    files = SearchFiles(tmp_path)
    for code, area in frame.sample(300, random_state=1).itertuples(index=False):
        assert files.find(code).results[0].name == f"Ward {area}"
    assert sum(path.stat().st_size for path in tmp_path.glob("p-*.json")) / len(codes) < 4


def _inside(x, y, rings):
    crossings = 0
    for ring in rings:
        points = list(zip(ring[::2], ring[1::2], strict=True))
        for (ax, ay), (bx, by) in zip(points, [points[-1], *points[:-1]], strict=True):
            crossings += (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax
    return crossings % 2 == 1


def test_a_position_is_in_the_area_whose_outline_holds_it_across_cells_holes_and_parts(tmp_path):
    ring = shapely.Point(-1.99, 52.15).buffer(0.12, quad_segs=6)
    hole = shapely.Point(-1.99, 52.15).buffer(0.03, quad_segs=3)
    island = shapely.box(-1.7, 52.3, -1.68, 52.33)
    shapes = np.array([shapely.union(shapely.difference(ring, hole), island), hole], dtype=object)
    cells = write_near(shapes, [ASHBY, ward("Hole")], tmp_path)
    rng = np.random.default_rng(5)
    for longitude, latitude in rng.uniform((-2.2, 51.9), (-1.6, 52.4), (400, 2)):
        point = shapely.Point(longitude, latitude)
        if min(shape.boundary.distance(point) for shape in shapes) < 3 / CELLS_A_DEGREE / STEPS_A_CELL:
            continue
        expected = [name for name, shape in zip(("Ashby", "Hole"), shapes, strict=True) if shape.contains(point)]
        column, row = (longitude + 180) * CELLS_A_DEGREE, (latitude + 90) * CELLS_A_DEGREE
        cell = f"{int(column)}-{int(row)}"
        found = []
        if cell in cells:
            held = json.loads((tmp_path / f"g-{cell}.json").read_text())
            x, y = (column % 1) * STEPS_A_CELL, (row % 1) * STEPS_A_CELL
            found = [held["areas"][at][0] for at, rings in held["rings"] if _inside(x, y, rings)]
        assert found == expected
