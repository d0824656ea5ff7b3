"""What merger planners work on, kept in a release and read from it again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from crimemap.alignment.mergers.contiguity import Contiguity, contiguity
from crimemap.alignment.mergers.lay_out import Counted, lay_out
from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.whereabouts import Around, whereabouts
from crimemap.errors import NotFoundError
from crimemap.language import Sentence
from crimemap.products.alignment_bricks import read_borders
from crimemap.products.alignment_overlaps import Aligned
from crimemap.products.alignment_sets import AlignedSet

__all__ = ["PLANNED_TYPES", "plannings", "read_planning", "write_planning"]

#: Areas that can be merged.
PLANNED_TYPES: Final = ("csp", "lad")
_KEY: Final = "unit_set = $units AND target_set = $targets"
_LISTS: Final = ("districts", "forces")


def plannings(aligned: Aligned, places: pd.DataFrame, place_areas: pd.DataFrame) -> Iterator[Planning]:
    """
    Give what a planner works on for partnerships and for districts, against every other set; none without people.

    Parameters
    ----------
    places
        place_id, easting, northing.
    place_areas
        place_id, area_id: one row for each area that a place lies in.
    """
    bricks = aligned.bricks
    if bricks is None or "population" not in bricks.vintages:
        return
    of_type = {one.area_type: one.frame for one in aligned.sets}
    around = Around(
        districts=of_type.get("lad"), counties=of_type.get("ctyua", of_type.get("county")), forces=of_type.get("pfa")
    )
    counted = _counted(aligned, bricks.frame, places)
    for units in aligned.sets:
        if units.area_type not in PLANNED_TYPES:
            continue
        near = contiguity(units.frame)
        where = whereabouts(units.frame, bricks.frame, around, unit_type=units.area_type)
        incidents = None if counted is None else _of_units(counted, units, aligned, place_areas)
        for targets in aligned.sets:
            if targets.set_id != units.set_id:
                yield lay_out(
                    units.frame,
                    targets.frame,
                    bricks.frame,
                    unit_type=units.area_type,
                    target_type=targets.area_type,
                    unit_set=units.set_id,
                    target_set=targets.set_id,
                    population_vintage=bricks.vintages["population"],
                    incidents=incidents,
                    neighbours=near,
                    divided=(aligned.divisions[units.set_id], aligned.divisions[targets.set_id]),
                    where=where,
                )


def _counted(aligned: Aligned, bricks: gpd.GeoDataFrame, places: pd.DataFrame) -> pd.DataFrame | None:
    """Give incidents by place, with the brick of each place; None where nothing was counted."""
    if not aligned.counts.forces:
        return None
    table = aligned.counts.by_place.rename("incidents").rename_axis("place_id").reset_index()
    where = table.merge(places[["place_id", "easting", "northing"]], on="place_id", how="left")
    point, brick = shapely.STRtree(np.asarray(bricks.geometry.array, dtype=object)).query(
        shapely.points(where["easting"], where["northing"]), predicate="intersects"
    )
    point, first = np.unique(point, return_index=True)
    table["brick"] = pd.Series(bricks.index.to_numpy(dtype=object)[brick[first]], index=point).reindex(table.index)
    return table


def _of_units(counted: pd.DataFrame, units: AlignedSet, aligned: Aligned, place_areas: pd.DataFrame) -> Counted:
    unit = counted["place_id"].map(units.areas_of(place_areas, aligned.counts.by_place.index))
    known = units.frame.index[units.frame["force"].isin(aligned.counts.forces)]
    table = pd.DataFrame({"unit": unit, "brick": counted["brick"], "incidents": counted["incidents"]})
    return Counted(counts=table[unit.isin(known)], units=frozenset(known))


def write_planning(db: duckdb.DuckDBPyConnection, planning: Planning, *, told: bytes) -> None:
    """
    Put what a planner works on into the tables of a release.

    Parameters
    ----------
    told
        The document that describes it, as it is served.
    """
    key = {"unit_set": planning.unit_set, "target_set": planning.target_set}
    about = key | {
        "unit_type": planning.unit_type,
        "target_type": planning.target_type,
        "population_vintage": planning.population_vintage,
        "gap_m": planning.contiguity.gap_m,
        "shortest_m": planning.contiguity.shortest_m,
        "forces": json.dumps(dict(planning.forces), ensure_ascii=False),
        "notes": json.dumps([asdict(one) for one in planning.remarks], ensure_ascii=False),
        "document": told,
    }
    _insert(db, "planning", pd.DataFrame([about]), {})
    _insert(db, "planning_units", planning.units.rename_axis("code").reset_index(), key)
    _insert(db, "planning_targets", planning.targets.rename_axis("code").reset_index(), key)
    _insert(db, "planning_bricks", planning.bricks, key)
    _insert(db, "planning_borders", planning.contiguity.edges, key)
    if planning.districts is not None:
        _insert(db, "planning_districts", planning.districts.rename_axis("code").reset_index(), key)


def _insert(db: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame, key: Mapping[str, str]) -> None:
    if not len(rows):
        return
    given = rows.assign(**key)
    if table == "planning_bricks" and "incidents" not in given.columns:
        given["incidents"] = np.nan
    columns = [str(row[0]) for row in db.execute(f"DESCRIBE {table}").fetchall()]
    for name in _LISTS:
        if name in given.columns and table != "planning":
            given[name] = [list(codes) for codes in given[name]]
    db.register("rows_given", given[columns])
    db.execute(f"INSERT INTO {table} SELECT {', '.join(columns)} FROM rows_given")  # noqa: S608 - names of ours
    db.unregister("rows_given")


def read_planning(db: duckdb.DuckDBPyConnection, units: str, targets: str) -> Planning:
    """
    Read what a planner works on.

    Parameters
    ----------
    db
        An open release.
    units, targets
        Identifiers of the sets.

    Raises
    ------
    NotFoundError
        If the release has no planning for these sets.
    """
    about = _read(db, "planning", units, targets)
    if about.empty:
        raise NotFoundError(
            "mergers cannot be planned with these sets", where="units, targets", fix="See the sets that can be planned with."
        )
    one = about.iloc[0]
    tables = {name: _read(db, f"planning_{name}", units, targets) for name in ("units", "targets", "bricks", "borders")}
    districts = _read(db, "planning_districts", units, targets)
    own = tables["units"].set_index("code").rename_axis("unit")
    if tables["bricks"]["incidents"].isna().all():
        del tables["bricks"]["incidents"]
    near = Contiguity(
        units=tuple(own.index), edges=tables["borders"], gap_m=float(one["gap_m"]), shortest_m=float(one["shortest_m"])
    )
    return Planning(
        units=own,
        targets=tables["targets"].set_index("code").rename_axis("target"),
        bricks=tables["bricks"],
        contiguity=near,
        unit_type=str(one["unit_type"]),
        target_type=str(one["target_type"]),
        unit_set=units,
        target_set=targets,
        population_vintage=one["population_vintage"],
        districts=districts.set_index("code").rename_axis("district") if len(districts) else None,
        forces=json.loads(one["forces"]),
        remarks=tuple(_remark(said) for said in json.loads(one["notes"])),
        brick_borders=read_borders(db),
    )


def _remark(said: str | Mapping[str, Any]) -> Sentence:
    """Read a sentence; an older release has them worded, in English."""
    return Sentence(said) if isinstance(said, str) else Sentence(said["text"], said["values"])


def _read(db: duckdb.DuckDBPyConnection, table: str, units: str, targets: str) -> pd.DataFrame:
    """Read rows in the order in which they were written, with None for text that is missing."""
    found = db.execute(
        f"SELECT * EXCLUDE (unit_set, target_set) FROM {table} WHERE {_KEY} ORDER BY rowid",  # noqa: S608 - names of ours
        {"units": units, "targets": targets},
    ).df()
    for name in found.columns:
        if table != "planning" and name in _LISTS:
            found[name] = pd.Series([tuple(codes) for codes in found[name]], dtype=object, index=found.index)
        elif not pd.api.types.is_numeric_dtype(found[name]):
            found[name] = pd.Series(found[name].astype(object)).where(found[name].notna(), None)
    return found
