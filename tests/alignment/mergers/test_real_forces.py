"""The partnerships of 2017, all forces."""

import geopandas as gpd
import pandas as pd
import pytest

from crimemap.alignment.mergers.contiguity import contiguity
from crimemap.alignment.mergers.limits import Limits
from crimemap.alignment.mergers.misfit import Fit
from crimemap.alignment.mergers.problem import Problem
from crimemap.alignment.mergers.search import search
from crimemap.errors import InfeasibleError
from tests.real_data import REAL_DATA, needs_real_data

pytestmark = [needs_real_data, pytest.mark.real_data]

METROPOLITAN = "E23000001"


@pytest.fixture(scope="module")
def country():
    """Partnerships with neighbours, people by upper-tier authority (in London by police BCU), force and county."""
    folder = REAL_DATA / "boundaries"
    units = gpd.read_file(folder / "2017" / "csp17_bgc_from_lsoa11.gpkg").set_index("CSP17CD")
    bricks = pd.read_csv(
        folder / "2017" / "lookup_lsoa11_lad17_csp17_pfa17_ctyua17_pop2011.csv",
        usecols=["LAD17CD", "CSP17CD", "CTYUA17CD", "persons2011"],
    )
    # "NA" is the code of the Met's North Area, not a missing value.
    bcu = pd.read_csv(folder / "lookups" / "met_bcu_2018_to_lad.csv", keep_default_na=False)
    of_borough = dict(zip(bcu["lad_code"], bcu["bcu_code"], strict=True))
    bricks["target"] = bricks["LAD17CD"].map(of_borough).fillna(bricks["CTYUA17CD"])
    table = bricks.pivot_table(index="CSP17CD", columns="target", values="persons2011", aggfunc="sum", fill_value=0)
    table = table.reindex(units.index)
    upper = bricks.groupby("CSP17CD")["CTYUA17CD"].agg(lambda codes: codes.mode()[0])
    return {
        "bcu": bcu,
        "names": units["CSP17NM"],
        "given": {
            "fit": Fit.from_matrix(table.to_numpy(dtype=float), table.index, table.columns),
            "contiguity": contiguity(units),
            "population": units["persons2011"].astype(float).to_dict(),
            "force": units["PFA17CD"].to_dict(),
            "county": {code: (name if name.startswith("E10") else None) for code, name in upper.items()},
        },
    }


def test_all_forty_three_forces_are_proved_optimal(country):
    given = country["given"]
    found = search(Problem(**given), most_ties=0)
    assert found.status == "optimal"
    assert found.bound == found.people
    assert {given["force"][part.units[0]] for part in found.parts} == set(given["force"].values())
    assert len(set(given["force"].values())) == 43
    assert sorted(unit for group in found.groups for unit in group) == sorted(given["force"])
    for group in found.groups:
        assert len({given["force"][unit] for unit in group}) == 1


def test_only_cwm_taf_cannot_be_mended_by_merging(country):
    found = search(Problem(**country["given"]), most_ties=0)
    differs = found.table[~found.table["coterminous"]]
    names = {country["names"][unit] for group in differs["members"] for unit in group}
    assert names == {"Cwm Taf"}  # it covers Merthyr Tydfil and Rhondda Cynon Taf, two unitary authorities
    assert found.people == differs["misfit"].sum() > 0


def test_the_boroughs_of_london_become_its_twelve_command_units(country):
    force = country["given"]["force"]
    units = tuple(unit for unit, code in force.items() if code == METROPOLITAN)
    found = search(Problem(**country["given"], units=units))
    assert (found.status, found.people) == ("optimal", 0)
    assert set(found.table["best_match"]) == set(country["bcu"]["bcu_code"])
    assert "NA" in set(found.table["best_match"])


def test_few_changes_are_spent_where_they_help_most(country):
    given = country["given"]
    units = tuple(unit for unit, code in given["force"].items() if code in {"E23000023", "E23000024", "E23000025"})
    free = search(Problem(**given, units=units), most_ties=0)
    few = search(Problem(**given, units=units, limits=Limits(max_changes=3)), most_ties=0)
    none = search(Problem(**given, units=units, limits=Limits(max_changes=0)), most_ties=0)
    assert (few.status, few.n_changes, none.n_changes) == ("optimal", 3, 0)
    assert free.people < few.people < none.people


def test_an_island_that_must_grow_needs_a_link(country):
    with pytest.raises(InfeasibleError, match="borders nothing to join"):
        search(Problem(**country["given"], limits=Limits(min_population=100_000)))
