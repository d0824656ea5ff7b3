"""Other drawings of the real sets: another scale, a set that lacks Wales, another coast. None is to look like misfit."""

import geopandas as gpd
import pytest

from crimemap.alignment.cautions import cautions
from crimemap.alignment.overlap import SliverRule, overlap
from tests.real_data import REAL_DATA, needs_real_data

pytestmark = [needs_real_data, pytest.mark.real_data]
BOUNDARIES = REAL_DATA / "boundaries"


def _read(name: str, code: str) -> gpd.GeoDataFrame:
    return gpd.read_file(BOUNDARIES / name).set_index(code)


@pytest.fixture(scope="module")
def csp17() -> gpd.GeoDataFrame:
    return _read("2017/csp17_bgc_from_lsoa11.gpkg", "CSP17CD")


@pytest.fixture(scope="module")
def csp20() -> gpd.GeoDataFrame:
    return _read("official/csp20_bgc_ew.gpkg", "CSP20CD")


def test_partnerships_of_2020_lie_in_their_forces_of_2020(csp20):
    found = overlap(csp20, _read("official/pfa20_bgc.gpkg", "PFA20CD"))
    assert found.sources["best_match"].to_dict() == csp20["PFA20CD"].to_dict()
    assert found.sources["best_share"].min() > 0.9994
    assert (found.sources["n_matches"] == 1).all()


def test_official_districts_and_counties_fit_official_partnerships(csp20):
    districts = overlap(csp20, _read("official/lad17_bgc_ew.gpkg", "LAD17CD"))
    assert districts.sources["class"].value_counts().to_dict() == {"coterminous": 299, "split": 15}
    counties = overlap(csp20, _read("official/cty21_bgc.gpkg", "CTY21CD"))
    assert counties.sources["class"].value_counts().to_dict() == {"not covered": 157, "nested": 155, "coterminous": 2}
    assert counties.targets["class"].value_counts().to_dict() == {"split": 22, "coterminous": 2}


def test_official_partnerships_are_one_with_those_dissolved_from_small_areas(csp17, csp20):
    found = overlap(csp20, csp17)
    assert set(found.sources["class"]) == {"coterminous"}
    assert found.pieces["sliver"].sum() > 1000


def test_a_set_simplified_to_250_metres_is_said_to_be_beyond_the_rule_rather_than_passed_as_equal(csp17):
    small = _read("small/csp17_simplified250m.geojson", "CSP17CD").to_crs(27700)
    found = overlap(csp17, small)
    assert found.measures().v_measure < 0.999
    assert (found.sources["class"] != "coterminous").sum() > 200
    (told,) = [sentence for sentence in cautions(found, source="csp", target="small") if "wider than the rule's" in sentence]
    assert int(told.split()[0]) > 500
    # A rule made for that scale finds one set drawn twice.
    wide = overlap(csp17, small, slivers=SliverRule(width_m=300.0))
    assert set(wide.sources["class"]) == {"coterminous"}
    assert not any("wider" in sentence for sentence in cautions(wide, source="csp", target="small"))


def test_a_set_that_lacks_wales_leaves_it_uncovered_and_fits(csp17, csp20):
    found = overlap(csp17, csp20[~csp20.index.str.startswith("W")])
    welsh = found.sources.index.str.startswith("W")
    assert welsh.sum() == 21
    assert set(found.sources["class"][welsh]) == {"not covered"}
    assert set(found.sources["class"][~welsh]) == {"coterminous"}
    assert found.measures().v_measure == pytest.approx(1.0, abs=1e-12)


def test_a_coast_drawn_at_low_water_and_up_the_rivers_is_uncovered_and_no_misfit(csp17):
    """The south-west, and the same areas with a strip of two kilometres of sea, estuaries closed, cut from one another."""
    land = csp17[csp17["PFA17CD"] == "E23000035"]
    near = csp17[csp17.intersects(land.union_all().envelope)]
    sea = land.geometry.buffer(2000, quad_segs=2).difference(near.union_all())
    drawn, taken = [], None
    for shape, strip in zip(land.geometry, sea, strict=True):
        wet = strip if taken is None else strip.difference(taken)
        taken = wet if taken is None else taken.union(wet)
        drawn.append(shape.union(wet))
    tidal = gpd.GeoDataFrame(geometry=drawn, index=land.index, crs=land.crs)
    found = overlap(tidal, land)
    assert found.sources["uncovered_share"].max() > 0.1
    assert set(found.sources["class"]) == set(found.targets["class"]) == {"coterminous"}
    assert found.measures().v_measure == pytest.approx(1.0, abs=1e-9)
    assert cautions(found, source="tidal", target="land")
