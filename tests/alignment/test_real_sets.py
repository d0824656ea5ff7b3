"""The real sets of 2017 and 2020, where they are beside the checkout."""

import geopandas as gpd
import numpy as np
import pytest

from crimemap.alignment.overlap import overlap
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


def test_fifteen_partnerships_of_2017_hold_several_districts_and_none_is_cut(csp17):
    lad = _read("2017/lad17_bgc_from_lsoa11.gpkg", "LAD17CD")
    found = overlap(csp17, lad)
    assert (found.sources["n_matches"] > 1).sum() == 15
    assert (found.targets["n_matches"] == 1).all()
    assert len(found.pieces) == 348
    assert found.targets["best_match"].to_dict() == lad["CSP17CD"].to_dict()


def test_one_partnership_of_2017_crosses_two_unitary_areas_and_none_a_force(csp17):
    upper = overlap(csp17, _read("2017/ctyua17_bgc_from_lsoa11.gpkg", "CTYUA17CD"))
    crossing = upper.sources.index[upper.sources["n_matches"] > 1]
    assert csp17.loc[crossing, "CSP17NM"].tolist() == ["Cwm Taf"]
    forces = overlap(csp17, _read("2017/pfa17_bgc_from_lsoa11.gpkg", "PFA17CD"))
    assert (forces.sources["n_matches"] == 1).all()


def test_another_generalisation_of_the_same_sets_shows_slivers_and_no_misfit(csp17, csp20):
    found = overlap(csp20, csp17)
    assert found.pieces["sliver"].sum() > 1000
    assert (found.sources["n_matches"] == 1).all()
    assert found.measures().v_measure == pytest.approx(1.0, abs=1e-12)
    assert found.sources["best_iou"].min() > 0.95
    shares = found.pieces.groupby("source")["share_of_source"].sum()
    assert (shares + found.sources["uncovered_share"]).to_numpy() == pytest.approx(np.ones(314), abs=1e-9)


@pytest.mark.slow
def test_areas_are_those_of_geopandas_overlay_to_a_billionth(csp20):
    lad = _read("2017/lad17_bgc_from_lsoa11.gpkg", "LAD17CD")
    found = overlap(lad, csp20).pieces.set_index(["source", "target"])["area_m2"]
    units, others = lad[["geometry"]].rename_axis("a").reset_index(), csp20[["geometry"]].rename_axis("b").reset_index()
    peer = gpd.overlay(units, others, keep_geom_type=False)
    peer = peer[peer.area > 0]
    expected = peer.assign(area=peer.area).groupby(["a", "b"])["area"].sum().reindex(found.index)
    assert len(found) == len(peer)
    assert (found - expected).abs().to_numpy() == pytest.approx(0, abs=1e-9 * found.max())
    large = expected > 1e6
    assert (found[large] / expected[large]).to_numpy() == pytest.approx(1, rel=1e-9)


@pytest.mark.slow
def test_people_of_bricks_are_those_of_the_official_lookup(csp17):
    bricks = _read("2017/lsoa11_bgc.gpkg", "LSOA11CD").rename(columns={"persons2011": "population"})
    lad = _read("2017/lad17_bgc_from_lsoa11.gpkg", "LAD17CD")
    found = overlap(lad, csp17, bricks=bricks)
    assert found.sources["population"].to_numpy() == pytest.approx(lad["persons2011"].to_numpy())
    assert found.targets["population"].to_numpy() == pytest.approx(csp17["persons2011"].to_numpy())
    assert found.bricks.loc["population", "cut"] == 0
