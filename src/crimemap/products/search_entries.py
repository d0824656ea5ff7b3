"""
Everything of a release that can be searched for, and the folder `search` that holds it.

It has the names of areas with pages, the street names of published map points, outlines of areas, and which postcode leads
to which page. It has no position of anything.
"""

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from crimemap.language import ENGLISH, LANGUAGES, speaking
from crimemap.products.context import SiteContext
from crimemap.products.database import degrees
from crimemap.products.frames import records
from crimemap.products.inputs import FORCE
from crimemap.products.names import area_folder
from crimemap.products.search_index import INDEX, SearchArea, SearchStreet, text_of, write_names
from crimemap.products.search_near import TOLERANCE_M, write_near
from crimemap.products.search_postcodes import write_postcodes

__all__ = ["LOCAL_TYPES", "search_areas", "search_streets", "write_search"]

#: From the smallest on: the area that a street, a postcode or a position leads to.
LOCAL_TYPES = ("neighbourhood", "lad", "csp", "ctyua", "bcu", "county", "pfa")
_AROUND = ("lad", "csp", "ctyua", "county")
_NAMELESS = frozenset({"", "No Location", "No name given"})


def write_search(context: SiteContext, site: Path) -> None:
    """Write the search files of a release into `search` below its site."""
    folder = site / "search"
    folder.mkdir(parents=True, exist_ok=True)
    areas = search_areas(context)
    unbounded = [one for key, one in areas.items() if isinstance(key, str)]
    by_row = {key: one for key, one in areas.items() if isinstance(key, int)}
    index: dict[str, Any] = write_names([*by_row.values(), *unbounded], search_streets(context, by_row), folder)
    postcodes = context.inputs.postcodes
    index["postcodes"] = [] if postcodes is None else write_postcodes(postcodes.frame, by_row, folder)
    index["cells"] = _near(context, by_row, folder)
    (folder / INDEX).write_text(text_of(index), encoding="utf-8")


def search_areas(context: SiteContext) -> dict[int | str, SearchArea]:
    """Give the areas that have a page, by their row in the cube, neighbourhoods without a boundary by their folder."""
    found: dict[int | str, SearchArea] = {}
    for index, row in enumerate(records(context.facts.cube.areas)):
        if row["force"] not in context.facts.periods:
            continue
        kind, code, force = str(row["area_type"]), str(row["area_code"]), str(row["force"])
        found[index] = SearchArea(
            kind=kind,
            name=context.name(index),
            within=_within(context, kind, code, force),
            folder=context.folder(index),
            force=force,
            also=_in_other_languages(context, force) if kind == FORCE else "",
        )
    folders = {one.folder for one in found.values()}
    for team in context.inputs.neighbourhoods:
        folder = area_folder("neighbourhood", str(team["id"]), team["force"])
        if team["force"] in context.facts.periods and folder not in folders:
            force = team["force"]
            found[folder] = SearchArea(
                kind="neighbourhood",
                name=str(team["name"]),
                within=context.force_names[force],
                folder=folder,
                force=force,
            )
    return found


def _within(context: SiteContext, kind: str, code: str, force: str) -> str:
    """Name the district or partnership around an area, and its force."""
    if kind == FORCE:
        return ""
    around = dict(context.parents.get((force, kind, code), ()))
    names = [
        context.name(row)
        for parent in _AROUND
        if parent in around and (row := context.rows.get((force, parent, around[parent]))) is not None
    ]
    return ", ".join([*names[:1], context.force_names[force]])


def _in_other_languages(context: SiteContext, force: str) -> str:
    """Give a force's names in the languages that it has another in."""
    names = []
    for code in LANGUAGES:
        with speaking(code):
            names.append(context.force_names[force])
    with speaking(ENGLISH):
        own = context.force_names[force]
    return " ".join(sorted({*names} - {own}))


def search_streets(context: SiteContext, areas: dict[int, SearchArea]) -> list[SearchStreet]:
    """Give the names of published map points, each with the smallest areas that such points lie in."""
    held: dict[str, set[SearchArea]] = {}
    types = context.facts.cube.areas["area_type"].to_numpy()
    located: set[int] = set()
    for kind in (*LOCAL_TYPES, FORCE):
        of_this_kind: set[int] = set()
        for index in np.flatnonzero(types == kind).tolist():
            streets = context.facts.streets.get(index)
            if streets is None or index not in areas:
                continue
            new = streets[~streets["place_id"].isin(located)]
            of_this_kind.update(int(one) for one in new["place_id"])
            for name in {_street(str(one)) for one in new["street"].unique()} - _NAMELESS:
                held.setdefault(name, set()).add(areas[index])
        located |= of_this_kind
    return [SearchStreet(name=name, areas=tuple(sorted(some, key=_by_name))) for name, some in held.items()]


def _by_name(one: SearchArea) -> tuple[str, str, str]:
    return one.within, one.name, one.folder


def _street(location: str) -> str:
    return location.removeprefix("On or near").strip()


def _near(context: SiteContext, areas: dict[int, SearchArea], folder: Path) -> list[str]:
    """Write outlines of each force's smallest areas."""
    given = context.inputs.areas
    rows: list[int] = []
    for force in context.facts.periods:
        own = given.index[(given["force"] == force).to_numpy()]
        kinds = given.loc[own, "area_type"]
        kind = next((one for one in LOCAL_TYPES if (kinds == one).any()), None)
        rows += [int(at) for at in own[(kinds == kind).to_numpy()] if int(at) in areas]
    if not rows:
        return []
    shapes = given.geometry.loc[rows].to_numpy()
    simple = shapely.coverage_simplify(shapes, TOLERANCE_M)
    sound = shapely.is_valid(simple) & ~shapely.is_empty(simple)
    return write_near(degrees(np.where(sound, simple, shapes)), [areas[row] for row in rows], folder)
