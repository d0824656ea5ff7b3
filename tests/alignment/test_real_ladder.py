"""The ladder of 2017 and 2024 with the real sets, where they are beside the checkout."""

import geopandas as gpd
import pandas as pd
import pytest

from crimemap.alignment.ladder import ladder
from crimemap.alignment.overlap import overlap
from crimemap.alignment.vintages import changes
from tests.real_data import REAL_DATA, needs_real_data

pytestmark = [needs_real_data, pytest.mark.real_data]
BOUNDARIES = REAL_DATA / "boundaries"


def _read(name: str, code: str) -> gpd.GeoDataFrame:
    return gpd.read_file(BOUNDARIES / name).set_index(code)


@pytest.fixture(scope="module")
def csp17() -> gpd.GeoDataFrame:
    return _read("2017/csp17_bgc_from_lsoa11.gpkg", "CSP17CD")


@pytest.fixture(scope="module")
def lad17() -> gpd.GeoDataFrame:
    return _read("2017/lad17_bgc_from_lsoa11.gpkg", "LAD17CD")


def test_the_ladder_of_2017_is_as_officially_defined(csp17, lad17):
    """With the Met's command units of 2018, built by lookup; NA is a code of theirs."""
    of_borough = pd.read_csv(BOUNDARIES / "lookups" / "met_bcu_2018_to_lad.csv", keep_default_na=False)
    boroughs = lad17.assign(bcu=of_borough.set_index("lad_code")["bcu_code"].reindex(lad17.index)).dropna(subset=["bcu"])
    sets = {
        "lad": lad17,
        "county": _read("2017/ctyua17_bgc_from_lsoa11.gpkg", "CTYUA17CD"),
        "bcu": boroughs[["bcu", "geometry"]].dissolve("bcu"),
        "pfa": _read("2017/pfa17_bgc_from_lsoa11.gpkg", "PFA17CD"),
    }
    found = ladder({rung: overlap(csp17, frame) for rung, frame in sets.items()})
    whole = found.summary.loc["all"]
    assert whole[["csps", "lad_agree", "lad_several", "county_agree", "pfa_agree"]].tolist() == [314, 314, 15, 313, 314]
    crossing = found.rows[[agrees is False for agrees in found.rows["county_agrees"]]]
    assert csp17.loc[crossing.index, "CSP17NM"].tolist() == ["Cwm Taf"]
    assert whole[["bcus", "bcus_of_whole_csps", "bcu_covered", "bcu_agree"]].tolist() == [12, 12, 32, 32]
    assert "NA" in set(found.rows["bcu"])
    assert found.areas["bcu"]["outside"].sum() == pytest.approx(0, abs=1)


def test_command_units_of_the_metropolitan_police_are_whole_boroughs_together(lad17):
    of_borough = pd.read_csv(BOUNDARIES / "lookups" / "met_bcu_2018_to_lad.csv", keep_default_na=False).set_index("lad_code")
    of_borough = of_borough[of_borough.index != ""]
    boroughs = lad17.loc[of_borough.index]
    found = overlap(boroughs, boroughs.assign(bcu=of_borough["bcu_code"])[["bcu", "geometry"]].dissolve("bcu"))
    assert found.sources["best_match"].to_dict() == of_borough["bcu_code"].to_dict()
    assert set(found.sources["class"]) == {"nested"}
    assert found.targets["class"].to_dict() == dict.fromkeys(sorted(set(of_borough["bcu_code"])), "split")
    assert found.measures().nesting == pytest.approx(1.0, abs=1e-12)


def test_seven_districts_of_2024_hold_several_partnerships():
    csp = _read("2024/csp24_bgc_from_lsoa21.gpkg", "CSP24CD")
    lad = _read("2024/lad24_bgc_from_lsoa21.gpkg", "LAD24CD")
    found = overlap(csp, lad)
    several = found.targets["n_matches"][found.targets["n_matches"] > 1]
    assert several.rename(lad["LAD24NM"]).loc[["Cumberland", "Buckinghamshire"]].tolist() == [3, 4]
    assert len(several) == 7
    assert (found.targets.loc[several.index, "class"] == "split").sum() >= 6
    # Part of Bournemouth, Christchurch and Poole belongs to the partnership of Dorset, which so reaches into two districts.
    dorset = found.sources[csp["CSP24NM"] == "Dorset"].iloc[0]
    assert (dorset["n_matches"], dorset["class"]) == (2, "minor difference")


def test_partnerships_of_2020_are_those_of_2017(csp17):
    csp20 = _read("official/csp20_bgc_ew.gpkg", "CSP20CD")
    found = overlap(csp17, csp20)
    told = changes(found, old_names=csp17["CSP17NM"], new_names=csp20["CSP20NM"])
    assert set(told.events["kind"]) <= {"recoded", "renamed"}
    assert set(found.sources["class"]) <= {"coterminous", "minor difference"}
