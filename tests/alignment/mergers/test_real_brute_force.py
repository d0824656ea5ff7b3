"""
Real forces of 2024, held against every division of their partnerships, tried without the search's code.

Bricks of 2011 do not nest in areas of 2024, so that some are cut. On the same tables both must give the same answer: those
of the planning, in which a cut brick is divided by area, and tables in which each goes whole to where most of it lies.
"""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest

from crimemap.alignment.mergers.lay_out import lay_out
from crimemap.alignment.mergers.options import SearchOptions
from crimemap.alignment.mergers.searched import plan_search
from crimemap.alignment.mergers.whereabouts import Around
from tests.real_data import REAL_DATA, needs_real_data

pytestmark = [needs_real_data, pytest.mark.real_data]

FOLDER = REAL_DATA / "boundaries"
FORCES = {
    "E23000002": "Cumbria", "E23000016": "West Mercia", "E23000017": "Warwickshire", "E23000019": "Nottinghamshire",
    "E23000023": "Cambridgeshire", "E23000025": "Suffolk", "E23000035": "Devon & Cornwall", "E23000037": "Gloucestershire",
    "E23000039": "Dorset", "W15000003": "South Wales",
}  # fmt: skip


def read(name, code):
    frame = gpd.read_file(FOLDER / "2024" / f"{name}24_bgc_from_lsoa21.gpkg").set_index(f"{code}24CD")
    return frame.rename(columns={f"{code}24NM": "area_name"})


@pytest.fixture(scope="module")
def planning():
    bricks = gpd.read_file(FOLDER / "2017" / "lsoa11_bgc.gpkg", columns=["LSOA11CD", "PFA17CD", "persons2011"])
    bricks = bricks[bricks["PFA17CD"].isin(FORCES)].set_index("LSOA11CD").rename(columns={"persons2011": "population"})
    units = read("csp", "CSP")
    return lay_out(
        units[units["PFA24CD"].isin(FORCES)],
        read("lad", "LAD"),
        bricks,
        unit_type="csp",
        target_type="lad",
        unit_set="csp-2024",
        target_set="lad-2024",
        around=Around(forces=read("pfa", "PFA")),
    )


def whole(planning):
    """Give each brick whole to the unit and to the target in which most of it lies."""
    bricks = planning.bricks[planning.bricks["brick"].notna()]
    first = (
        bricks.assign(target=bricks["target"].fillna(""))
        .groupby(["brick", "unit", "target"], as_index=False)["area_m2"]
        .sum()
    )
    most = first.sort_values("area_m2", kind="stable").drop_duplicates("brick", keep="last").set_index("brick")
    made = bricks.sort_values("area_m2", kind="stable").drop_duplicates("brick", keep="last").set_index("brick")
    made["population"] = bricks.groupby("brick")["population"].sum()
    made["unit"], made["target"] = most["unit"], most["target"].where(most["target"] != "", None)
    made["sliver"], made["cut_population"] = False, 0.0
    return replace(planning, bricks=made.reset_index()[list(planning.bricks.columns)])


def least(planning, units):
    """
    Give the least misfit of any division of units into connected groups, by trying every subset of them.

    The best division of a set of units is the best of: a connected group that holds its first unit, and the best division of
    the rest.
    """
    counted = planning.bricks[planning.bricks["target"].notna() & ~planning.bricks["sliver"]]
    people = counted.pivot_table(index="unit", columns="target", values="population", aggfunc="sum", fill_value=0.0)
    of_target = people.sum(axis=0).to_numpy()
    matrix = people.reindex(units, fill_value=0.0).to_numpy()
    n = len(units)
    place = {code: k for k, code in enumerate(units)}
    near = np.zeros(n, dtype=np.int64)
    for a, b in planning.contiguity.edges[["unit", "neighbour"]].itertuples(index=False):
        if a in place and b in place:
            near[place[a]] |= 1 << place[b]
            near[place[b]] |= 1 << place[a]
    cost = {}
    for group in range(1, 1 << n):
        reached = group & -group
        while True:
            wider = reached
            for k in range(n):
                if reached >> k & 1:
                    wider |= int(near[k]) & group
            if wider == reached:
                break
            reached = wider
        if reached != group:
            continue
        inside = matrix[[k for k in range(n) if group >> k & 1]].sum(axis=0)
        if inside.sum() == 0:
            cost[group] = 0.0
            continue
        best = max(range(len(inside)), key=lambda t: (inside[t], -of_target[t], -t))
        cost[group] = inside.sum() + of_target[best] - 2 * inside[best]
    best_of = np.zeros(1 << n)
    for chosen in range(1, 1 << n):
        first, found = chosen & -chosen, np.inf
        group = chosen
        while group:
            if group & first and group in cost:
                found = min(found, cost[group] + best_of[chosen ^ group])
            group = (group - 1) & chosen
        best_of[chosen] = found
    return float(best_of[-1])


def units_of(planning, force):
    return [str(code) for code in planning.units.index[planning.units["force"] == force]]


def searched(planning, force):
    found = plan_search(planning, options=SearchOptions.from_mapping({"forces": [force]})).to_json()
    assert found["proved"]
    return found["people"]


@pytest.mark.parametrize("force", FORCES, ids=FORCES.values())
def test_no_division_fits_better_whether_cut_bricks_are_divided_or_given_whole(planning, force):
    units = units_of(planning, force)
    assert 2 < len(units) < 10
    for tables in (planning, whole(planning)):
        assert searched(tables, force) == pytest.approx(least(tables, units), abs=1e-3)


def test_bricks_given_whole_make_another_misfit_so_that_the_tables_must_be_the_same(planning):
    """What a table of whole bricks says is neither better nor worse: it is of other people."""
    other = whole(planning)
    off = {force: least(planning, units_of(planning, force)) - least(other, units_of(other, force)) for force in FORCES}
    people = planning.units.groupby("force")["population"].sum()
    assert max(off.values()) > 1 > -1 > min(off.values())
    assert max(abs(value) / people[force] for force, value in off.items()) < 1e-3
