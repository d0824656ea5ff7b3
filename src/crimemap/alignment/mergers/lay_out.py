"""Boundary sets and bricks laid over one another, as a planning: the one way to make one, for commands and for releases."""

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from crimemap.alignment.intersect import Division, brick_shares
from crimemap.alignment.mergers.brick_borders import brick_borders
from crimemap.alignment.mergers.contiguity import Contiguity, contiguity
from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.reach import districts_reached
from crimemap.alignment.mergers.whereabouts import Around, Whereabouts, whereabouts
from crimemap.alignment.overlap import divide_bricks
from crimemap.alignment.shared import shared_areas
from crimemap.alignment.slivers import SliverRule, are_slivers
from crimemap.errors import EmptyInputError
from crimemap.language import Sentence, marked

__all__ = ["Counted", "lay_out"]

#: Share of a unit's land that bricks with numbers must cover for its people to be known, and below which that is said.
_KNOWN: Final = 0.25
_WHOLE: Final = 0.9

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counted:
    """
    Incidents that were counted.

    Attributes
    ----------
    counts
        Columns `unit`, `brick` (missing where it is not known), `incidents`.
    units
        Codes of the units that have data: with no row they have none, which is 0. Others are not counted.
    """

    counts: pd.DataFrame
    units: frozenset[str]


def lay_out(
    units: gpd.GeoDataFrame,
    targets: gpd.GeoDataFrame,
    bricks: gpd.GeoDataFrame,
    *,
    unit_type: str,
    target_type: str,
    unit_set: str,
    target_set: str,
    population_vintage: str | None = None,
    around: Around | None = None,
    incidents: Counted | None = None,
    slivers: SliverRule | None = None,
    neighbours: Contiguity | None = None,
    divided: tuple[Division, Division] | None = None,
    where: Whereabouts | None = None,
    borders: bool = False,
) -> Planning:
    """
    Lay units, targets and bricks over one another.

    Parameters
    ----------
    units, targets
        Polygons indexed by area code with `area_name`; EPSG:27700.
    bricks
        Small areas with `population` and, where known, `households` (missing where a brick has no number); EPSG:27700.
    around
        Districts, counties and police force areas, as far as they are known. Districts that are the units themselves need
        not be given: `unit_type` says `lad`.
    incidents
        What was counted; None where nothing was.
    slivers
        When a shared part is two drawings of one line.
    neighbours
        Of the units, where they are known already.
    divided, where
        The bricks divided over units and over targets, and in what units and bricks lie, for a caller that lays many sets
        over one another.
    borders
        Whether to find out which bricks border one another, by which units that are taken apart hang together.

    Returns
    -------
    Planning
        Bricks that no unit covers are left out; how many people live there is in its notes.

    Raises
    ------
    CrsError
        If a set has no coordinate reference system, or another one.
    InputError
        If a set is empty, has invalid shapes or repeated codes, or a number of people is negative.
    EmptyInputError
        If no brick lies in any unit.
    """
    by_units, by_targets = divided or (divide_bricks(bricks, units), divide_bricks(bricks, targets))
    shapes = np.asarray(bricks.geometry.array, dtype=object)
    unit_shapes, target_shapes = (np.asarray(frame.geometry.array, dtype=object) for frame in (units, targets))
    brick, i, j, share = brick_shares(by_units, by_targets)
    pieces = pd.DataFrame({"brick": brick, "i": i, "j": j, "share": share})
    people = bricks["population"].astype(float)
    homes = bricks["households"].astype(float) if "households" in bricks.columns else pd.Series(np.nan, index=bricks.index)
    pieces["population"] = people.fillna(0.0).to_numpy()[brick] * share
    pieces["households"] = (homes.fillna(0.0) if homes.notna().any() else homes).to_numpy()[brick] * share
    pieces["area_m2"] = shapely.area(shapes)[brick] * share
    pieces["cut_population"] = np.where(share < 1, pieces["population"], 0.0)
    inside = pieces["i"] >= 0
    if not inside.any():
        raise EmptyInputError(
            f"none of {len(bricks):,} bricks lies in any of {len(units):,} units",
            where="bricks",
            fix="Take small areas of the same part of the country.",
        )
    outside = float(pieces.loc[~inside & (pieces["j"] >= 0), "population"].sum())
    pieces = pieces[inside].reset_index(drop=True)
    pieces["sliver"] = _slivers(pieces, unit_shapes, target_shapes, slivers or SliverRule())
    land = shapely.area(unit_shapes)
    known = np.bincount(
        pieces["i"], weights=pieces["area_m2"] * people.notna().to_numpy()[pieces["brick"]], minlength=len(units)
    )
    covered = known / land
    where = where or whereabouts(units, bricks, around or Around(), unit_type=unit_type)
    table = _brick_table(pieces, bricks, units.index, targets.index, where)
    unit_rows = _unit_rows(units, table, where, known=covered >= _KNOWN)
    if incidents is not None:
        table, unit_rows["incidents"] = _with_incidents(table, units.index, incidents)
    bare = units.index[~units.index.isin(table["unit"])]
    if len(bare):
        table = pd.concat([table, _without_brick(table, bare).reindex(columns=table.columns)], ignore_index=True)
    target_rows = pd.DataFrame({"name": _names(targets)}, index=targets.index)
    target_rows["population"] = _summed(table["population"], table["target"], targets.index)
    return Planning(
        units=unit_rows,
        targets=target_rows,
        bricks=table,
        contiguity=contiguity(units) if neighbours is None else neighbours,
        unit_type=unit_type,
        target_type=target_type,
        unit_set=unit_set,
        target_set=target_set,
        population_vintage=population_vintage,
        districts=where.districts,
        forces=where.force_names,
        brick_borders=brick_borders(shapes, bricks.index) if borders else None,
        remarks=_remarks(unit_rows, table, covered, outside=outside, unit_set=unit_set, target_set=target_set),
    )


def _names(frame: gpd.GeoDataFrame) -> list[str]:
    return [name if isinstance(name, str) and name else str(code) for code, name in frame["area_name"].items()]


def _summed(value: "pd.Series[Any]", by: "pd.Series[Any]", index: "pd.Index[Any]") -> Floats:
    return np.asarray(value.groupby(by).sum().reindex(index, fill_value=0.0), dtype=np.float64)


def _slivers(
    pieces: pd.DataFrame, units: NDArray[np.object_], targets: NDArray[np.object_], rule: SliverRule
) -> NDArray[np.bool_]:
    """Say which pieces lie between two drawings of one line: their pair of unit and target shares no more than that."""
    i, j, area, perimeter = shared_areas(units, targets)
    pairs = pd.DataFrame({"i": i, "j": j, "width_m": 2 * area / perimeter})
    pairs["share_of_source"] = area / shapely.area(units)[i]
    pairs["share_of_target"] = area / shapely.area(targets)[j]
    people = pieces.groupby(["i", "j"], as_index=False)["population"].sum()
    pairs = pairs.merge(people, on=["i", "j"], how="left").fillna({"population": 0.0})
    kept = pairs.loc[~are_slivers(pairs, rule, ["population"]), ["i", "j"]]
    real = pd.MultiIndex.from_frame(pieces[["i", "j"]]).isin(pd.MultiIndex.from_frame(kept))
    return np.asarray((pieces["j"] >= 0).to_numpy() & ~real, dtype=np.bool_)


def _brick_table(
    pieces: pd.DataFrame, bricks: gpd.GeoDataFrame, units: "pd.Index[Any]", targets: "pd.Index[Any]", where: Whereabouts
) -> pd.DataFrame:
    middle = shapely.centroid(np.asarray(bricks.geometry.array, dtype=object))
    brick, i, j = pieces["brick"].to_numpy(), pieces["i"].to_numpy(), pieces["j"].to_numpy()
    target = targets.to_numpy(dtype=object)[j]
    target[j < 0] = None
    district = where.district_of_brick[brick]
    return pd.DataFrame(
        {
            "brick": bricks.index.to_numpy(dtype=object)[brick],
            "unit": units.to_numpy(dtype=object)[i],
            "target": target,
            "district": district,
            "county": where.county_of_brick[brick],
            "force": where.force_of_unit.to_numpy(dtype=object)[i],
            "easting": shapely.get_x(middle)[brick],
            "northing": shapely.get_y(middle)[brick],
            "population": pieces["population"].to_numpy(),
            "households": pieces["households"].to_numpy(),
            "cut_population": pieces["cut_population"].to_numpy(),
            "area_m2": pieces["area_m2"].to_numpy(),
            "sliver": pieces["sliver"].to_numpy(),
        }
    )


def _unit_rows(
    units: gpd.GeoDataFrame, table: pd.DataFrame, where: Whereabouts, *, known: NDArray[np.bool_]
) -> pd.DataFrame:
    rows = pd.DataFrame({"name": _names(units)}, index=units.index)
    for column in ("population", "households"):
        rows[column] = table.groupby("unit")[column].sum(min_count=1).reindex(units.index).where(known)
    rows["incidents"] = np.nan
    rows["area_m2"] = units.geometry.area
    rows["force"] = where.force_of_unit
    rows["county"] = where.county_of_unit
    reached = {} if where.units_are_districts else districts_reached(table["unit"], table)
    held = [(str(code),) if where.units_are_districts else tuple(reached.get(str(code), ())) for code in units.index]
    rows["districts"] = pd.Series(held, index=units.index, dtype=object)
    rows["country"] = where.country_of_unit
    rows["unitary"] = where.unitary_of_unit
    return rows


def _with_incidents(table: pd.DataFrame, units: "pd.Index[Any]", given: Counted) -> tuple[pd.DataFrame, Floats]:
    """Give incidents to the piece of their unit and brick with most people, or where there is none to their unit."""
    counts = given.counts[given.counts["unit"].isin(units)].groupby(["unit", "brick"], dropna=False)["incidents"].sum()
    ordered = table.sort_values("population", ascending=False, kind="stable").drop_duplicates(["unit", "brick"])
    place = pd.Series(ordered.index, index=pd.MultiIndex.from_frame(ordered[["unit", "brick"]]))
    row = place.reindex(counts.index)
    found = np.zeros(len(table))
    here = row.notna().to_numpy()
    found[row[here].astype(int).to_numpy()] = counts[here].to_numpy(dtype=np.float64)
    lost = counts[~here].groupby(level="unit").sum()
    made = table.assign(incidents=found)
    if len(lost):
        nowhere = _without_brick(made, lost.index).assign(incidents=lost.to_numpy(dtype=np.float64))
        made = pd.concat([made, nowhere[made.columns]], ignore_index=True)
    counted = made["unit"].isin(list(given.units))
    made["incidents"] = made["incidents"].where(counted)
    total = made.groupby("unit")["incidents"].sum(min_count=1).reindex(units)
    return made, np.asarray(total, dtype=np.float64)


def _without_brick(table: pd.DataFrame, units: "pd.Index[Any]") -> pd.DataFrame:
    """Make a row without people for each unit, for what has no brick."""
    force = table.drop_duplicates("unit").set_index("unit")["force"]
    made = pd.DataFrame({"unit": units.to_numpy(dtype=object), "force": force.reindex(units).to_numpy(dtype=object)})
    for column in ("brick", "target", "district", "county"):
        made[column] = pd.Series([None] * len(made), dtype=object)
    for column in ("population", "households", "cut_population", "area_m2"):
        made[column] = 0.0
    return made.assign(easting=np.nan, northing=np.nan, sliver=False)


_UNKNOWN: Final = marked(
    "{n} of {total} areas of {set} are not covered by small areas with people, first {first}: their people are not known, "
    "and they are not searched."
)
_PARTLY: Final = marked(
    "{n} areas of {set} are covered by small areas only in part, first {first}: some of their people may be missing."
)
_NO_TARGET: Final = marked("{people} people of {set} live where {other} has no area: they are no misfit.")
_NO_UNIT: Final = marked("{people} people of {set} live where {other} has no area: they are in no count.")


def _remarks(
    units: pd.DataFrame, table: pd.DataFrame, covered: Floats, *, outside: float, unit_set: str, target_set: str
) -> tuple[Sentence, ...]:
    told = []
    unknown = units.index[units["population"].isna()]
    if len(unknown):
        values = {"n": str(len(unknown)), "total": str(len(units)), "set": unit_set, "first": str(unknown[0])}
        told.append(Sentence(_UNKNOWN, values))
    partly = units.index[(covered >= _KNOWN) & (covered < _WHOLE)]
    if len(partly):
        told.append(Sentence(_PARTLY, {"n": str(len(partly)), "set": unit_set, "first": str(partly[0])}))
    bare = float(table.loc[table["target"].isna(), "population"].sum())
    if bare >= 1:
        told.append(Sentence(_NO_TARGET, {"people": f"{bare:,.0f}", "set": unit_set, "other": target_set}))
    if outside >= 1:
        told.append(Sentence(_NO_UNIT, {"people": f"{outside:,.0f}", "set": target_set, "other": unit_set}))
    return tuple(told)
