"""The areas of a release: which sets, which of their areas belong to the forces published, and what is known about them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from crimemap.areas.model import BoundarySet, BoundarySetInfo
from crimemap.areas.people import MEASURES, people_of
from crimemap.areas.store import AreaStore
from crimemap.crs import NATIONAL_GRID, to_wgs84
from crimemap.errors import NotFoundError
from crimemap.forces import FORCES, force_by_area_code
from crimemap.pipeline.release_sets import newest_sets
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

__all__ = ["GatheredAreas", "gather_areas"]

_COLUMNS = [
    "area_type", "vintage", "area_code", "area_name", "force", "area_m2", "population", "population_vintage", "households",
    "geometry",
]  # fmt: skip
#: Where no police force areas are held: the least share of a force's incidents that makes an area its own.
_LEAST_SHARE = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredAreas:
    """Areas, what lies in them, and the sets they come from."""

    frame: gpd.GeoDataFrame
    place_areas: pd.DataFrame
    parents: pd.DataFrame
    sets: list[dict[str, Any]]
    neighbourhoods: list[dict[str, Any]]


def gather_areas(
    db: "duckdb.DuckDBPyConnection",
    workspace: Workspace,
    *,
    names: Mapping[str, str],
    places: pd.DataFrame,
    incidents: str,
    neighbourhoods: list[dict[str, Any]],
) -> GatheredAreas:
    """
    Read the areas that the release publishes.

    Parameters
    ----------
    names
        Slug to name of the forces published.
    places
        The release's places.
    incidents
        Name of the view of the release's incidents.
    neighbourhoods
        Teams and the rest, each with `force`; areas without one get the least that a page needs.
    """
    store = AreaStore(workspace)
    sets = [info for info in newest_sets(workspace) if info.force is None or info.force in names]
    frames, kept_sets = [], []
    located = db.execute(
        f"""SELECT a.set_id, a.area_code, i.force, count(*) AS n FROM {incidents} i
            JOIN place_areas a USING (place_id) GROUP BY ALL"""  # noqa: S608 - a name of ours
    ).df()
    force_areas: gpd.GeoDataFrame | None = None
    read_once = cache(store.read)
    for info in sets:
        frame = store.read(info.set_id).frame.copy()
        here = located[located["set_id"] == info.set_id]
        if info.area_type == "pfa":
            frame["force"] = _force_of_pfa(frame, here, names)
            force_areas = frame[frame["force"].notna()]
        elif info.force is not None:
            frame["force"] = info.force
        else:
            frame["force"] = _force_of_areas(frame, here, force_areas)
        frame = frame[frame["force"].isin(names)]
        if frame.empty:
            continue
        kept_sets.append(info)
        frames.append(_described(store, info, frame, read_once))
    frame = _joined(frames)
    return GatheredAreas(
        frame=frame,
        place_areas=_place_areas(db, frame, places),
        parents=_parents(frame),
        sets=[_set_described(info) for info in kept_sets],
        neighbourhoods=_complete(neighbourhoods, frame),
    )


def _force_of_pfa(frame: gpd.GeoDataFrame, located: pd.DataFrame, names: Mapping[str, str]) -> list[str | None]:
    """Give the force of each police force area: by its code, or for one that is not on the register by its incidents."""
    found = {code: force_by_area_code(str(code)) for code in frame.index}
    unknown = located[located["force"].isin([slug for slug in names if slug not in FORCES])]
    most = unknown.sort_values("n", ascending=False).drop_duplicates("force")
    for code, force in zip(most["area_code"], most["force"], strict=True):
        if found.get(code) not in names:
            found[code] = force
    return [found[code] for code in frame.index]


def _force_of_areas(
    frame: gpd.GeoDataFrame, located: pd.DataFrame, force_areas: gpd.GeoDataFrame | None
) -> "pd.Series[str]":
    """Give each area the force in whose area most of it lies; without force areas, the one with most incidents there."""
    if force_areas is not None and len(force_areas):
        tree = shapely.STRtree(force_areas.geometry.to_numpy())
        pairs = tree.query(frame.geometry.to_numpy(), predicate="intersects")
        shapes, forces = frame.geometry.to_numpy()[pairs[0]], force_areas.geometry.to_numpy()[pairs[1]]
        point = shapely.point_on_surface(shapes)
        inside = shapely.covers(forces, point)
        found = pd.Series(force_areas["force"].to_numpy()[pairs[1]][inside], index=frame.index[pairs[0][inside]])
        return found[~found.index.duplicated()].reindex(frame.index)
    share = located["n"] / located.groupby("force")["n"].transform("sum")
    most = located[share >= _LEAST_SHARE].sort_values("n", ascending=False).drop_duplicates("area_code")
    return pd.Series(most["force"].to_numpy(), index=most["area_code"]).reindex(frame.index)


def _described(
    store: AreaStore, info: BoundarySetInfo, frame: gpd.GeoDataFrame, read: Callable[[str], BoundarySet]
) -> gpd.GeoDataFrame:
    for measure in MEASURES:
        number, vintage = _people(store, BoundarySet(info, frame), measure, read)
        frame = frame.assign(**{measure: number, f"{measure}_vintage": vintage})
    frame = frame.rename_axis("area_code").reset_index()
    frame["area_type"], frame["vintage"] = info.area_type, info.vintage
    return frame[_COLUMNS]


def _people(
    store: AreaStore, boundaries: BoundarySet, measure: str, read: Callable[[str], BoundarySet]
) -> tuple["pd.Series[Any]", str]:
    """Give people or households by area, given or summed from LSOAs, and of when; missing where no LSOA lies in an area."""
    try:
        held = people_of(store, boundaries, measure, read=read)
    except NotFoundError:
        return pd.Series(pd.NA, index=boundaries.frame.index, dtype="Int64"), ""
    known = held.by_area.round()
    return known.where(known > 0).astype("Int64"), held.vintage


def _joined(frames: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    if not frames:
        empty = {name: pd.Series(dtype="object") for name in _COLUMNS if name != "geometry"}
        return gpd.GeoDataFrame(empty, geometry=[], crs=NATIONAL_GRID).rename_axis("area_id")
    joined = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=NATIONAL_GRID)
    return joined.rename_axis("area_id")


def _place_areas(db: "duckdb.DuckDBPyConnection", frame: gpd.GeoDataFrame, places: pd.DataFrame) -> pd.DataFrame:
    keys = pd.DataFrame(frame[["area_type", "vintage", "area_code", "force"]]).reset_index()
    own = keys["area_type"] + "-" + keys["vintage"]
    keys = pd.concat([keys.assign(set_id=own), keys.assign(set_id=own + "-" + keys["force"])], ignore_index=True)
    keys[["set_id", "area_code"]] = keys[["set_id", "area_code"]].astype("str")
    db.register("keys_given", keys[["area_id", "set_id", "area_code"]])
    db.register("published_places", places[["place_id"]])
    return db.execute(
        """SELECT DISTINCT a.place_id, k.area_id FROM place_areas a
           JOIN keys_given k USING (set_id, area_code) JOIN published_places p USING (place_id)
           ORDER BY k.area_id, a.place_id"""
    ).df()


def _parents(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Say which area holds most of which: by an inner point, for every pair of published types that nests."""
    pairs = [
        ("neighbourhood", "lad"), ("neighbourhood", "csp"), ("neighbourhood", "bcu"), ("neighbourhood", "pfa"),
        ("lad", "csp"), ("lad", "county"), ("lad", "ctyua"), ("lad", "bcu"), ("lad", "pfa"),
        ("csp", "county"), ("csp", "pfa"), ("bcu", "pfa"), ("county", "pfa"), ("ctyua", "pfa"),
    ]  # fmt: skip
    rows = []
    for child_type, parent_type in pairs:
        children, parents = frame[frame["area_type"] == child_type], frame[frame["area_type"] == parent_type]
        if children.empty or parents.empty:
            continue
        points = shapely.point_on_surface(children.geometry.to_numpy())
        child, parent = shapely.STRtree(parents.geometry.to_numpy()).query(points, predicate="intersects")
        found = pd.DataFrame(
            {
                "child_type": child_type,
                "child_code": children["area_code"].to_numpy()[child],
                "parent_type": parent_type,
                "parent_code": parents["area_code"].to_numpy()[parent],
                "vintage": parents["vintage"].to_numpy()[parent],
                "force": children["force"].to_numpy()[child],
                "child": child,
            }
        )
        rows.append(found.drop_duplicates("child").drop(columns="child"))
    columns = ["child_type", "child_code", "parent_type", "parent_code", "vintage", "force"]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns, dtype="str")


def _set_described(info: BoundarySetInfo) -> dict[str, Any]:
    """Describe a set; its source by name, never by path."""
    return {
        "area_type": info.area_type,
        "vintage": info.vintage,
        "force": info.force,
        "n_areas": info.n_areas,
        "source_file": info.source_file.replace("\\", "/").rsplit("/", 1)[-1],
        "sha256": info.sha256,
        "publisher": info.publisher,
        "licence": info.licence,
        "attribution": info.attribution,
    }


def _complete(neighbourhoods: list[dict[str, Any]], frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Add the neighbourhoods of which only the boundary is known, and centres where they are missing."""
    bounded = frame[frame["area_type"] == "neighbourhood"]
    points = shapely.point_on_surface(bounded.geometry.to_numpy())
    lon, lat = to_wgs84(shapely.get_x(points), shapely.get_y(points))
    centres = {
        (force, code): {"latitude": f"{y:.6f}", "longitude": f"{x:.6f}"}
        for force, code, x, y in zip(bounded["force"], bounded["area_code"], lon, lat, strict=True)
    }
    told = {(one["force"], str(one["id"])) for one in neighbourhoods}
    people = dict(zip(zip(bounded["force"], bounded["area_code"], strict=True), bounded["population"], strict=True))
    rows = [
        {**one, "centre": one.get("centre") or centres.get((one["force"], str(one["id"]))) or {}} for one in neighbourhoods
    ]
    for force, code, name in zip(bounded["force"], bounded["area_code"], bounded["area_name"], strict=True):
        if (force, code) not in told:
            rows.append({"force": force, "id": code, "name": name, "centre": centres[force, code]})
    for row in rows:
        known = people.get((row["force"], str(row["id"])))
        if not int(row.get("population") or 0) and known is not None and not pd.isna(known):
            row["population"] = str(int(known))
    return sorted(rows, key=lambda row: (row["force"], str(row["name"]), str(row["id"])))
