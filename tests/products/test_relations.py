"""What areas of a release share, found once when it is built."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from crimemap.products.alignment_overlaps import align
from crimemap.products.alignment_sets import OpenCounts, aligned_sets
from crimemap.products.relations import area_relations
from tests.products.county import county

NOBODY = OpenCounts(months=(), by_place=pd.Series(dtype="int64"), forces=frozenset(), left_out={})


def related(inputs):
    sets = aligned_sets(inputs)
    aligned = align(sets, inputs.bricks, NOBODY, inputs.place_areas) if len(sets) > 1 else None
    found = area_relations(inputs, aligned)
    names = inputs.areas["area_type"] + " " + inputs.areas["area_code"]
    return found.assign(one=found["area_id"].map(names), other=found["other_id"].map(names))


@pytest.fixture(scope="module")
def relations():
    return related(county())


def row(relations, one, other):
    found = relations[(relations["one"] == one) & (relations["other"] == other)]
    assert len(found) == 1
    return found.iloc[0]


def test_every_pair_is_there_once(relations):
    assert (relations["area_id"] < relations["other_id"]).all()
    assert not relations.duplicated(["area_id", "other_id"]).any()


def test_shares_are_of_the_area_that_they_stand_under(relations):
    force_and_district = row(relations, "pfa E23000099", "lad E07000901")
    assert (force_and_district["share_of_area"], force_and_district["share_of_other"]) == (0.5, 1.0)
    district_and_neighbourhood = row(relations, "lad E07000901", "neighbourhood N01")
    assert district_and_neighbourhood["share_of_area"] == pytest.approx(1 / 6)
    assert district_and_neighbourhood["share_of_other"] == 1.0
    assert district_and_neighbourhood["population_share_of_other"] == 1.0
    same = row(relations, "lad E07000901", "csp E22000901")
    assert (same["share_of_area"], same["share_of_other"], same["kind"]) == (1.0, 1.0, "overlap")


def test_people_are_those_of_the_bricks(relations):
    inputs = county()
    people = inputs.bricks.frame["population"].sum()
    half = row(relations, "pfa E23000099", "lad E07000901")
    west = shapely.box(400_000, 250_000, 403_000, 254_500)
    inside = inputs.bricks.frame[inputs.bricks.frame.representative_point().within(west)]["population"].sum()
    assert half["population"] == pytest.approx(inside)
    assert half["population_share_of_area"] == pytest.approx(inside / people)


def test_neighbours_of_one_set_touch_and_corners_do_not(relations):
    assert row(relations, "neighbourhood N01", "neighbourhood N02")["shared_m"] == pytest.approx(1_500, abs=20)
    assert row(relations, "lad E07000901", "lad E07000902")["kind"] == "touch"
    corner = relations[(relations["one"] == "neighbourhood N01") & (relations["other"] == "neighbourhood N06")]
    assert corner.empty


def test_areas_of_different_sets_touch_along_a_common_line(relations):
    beside = row(relations, "lad E07000902", "csp E22000901")
    assert (beside["kind"], beside["shared_m"]) == ("touch", pytest.approx(4_500))
    assert pd.isna(beside["area_m2"])


def test_two_drawings_of_one_line_are_a_sliver():
    inputs = county()
    areas = inputs.areas.copy()
    east = areas.index[(areas["area_type"] == "csp") & (areas["area_code"] == "E22000902")][0]
    areas.loc[east, "geometry"] = shapely.box(402_995, 250_000, 406_000, 254_500)
    found = row(related(replace(inputs, areas=areas)), "lad E07000901", "csp E22000902")
    assert (found["kind"], bool(found["sliver"])) == ("overlap", True)
    assert 0 < found["share_of_area"] < 0.002


def test_without_people_shares_are_of_ground_only():
    found = related(replace(county(), bricks=None))
    assert found["population"].isna().all()
    assert found["share_of_area"].notna().any()


def test_one_set_alone_has_neighbours_only():
    inputs = county()
    only = inputs.areas[inputs.areas["area_type"] == "neighbourhood"]
    found = related(replace(inputs, areas=gpd.GeoDataFrame(only)))
    assert found["kind"].unique().tolist() == ["touch"]
    assert len(found) == 17, "three rows of four squares have 9 + 8 common sides"
