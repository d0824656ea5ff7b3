"""Pages of the areas inside an area, for those too many for its own page: maps and a table of all the wards of a force."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from crimemap.language import gettext
from crimemap.products.area_lists import LinkList, area_lists
from crimemap.products.areas_below import INSIDE, BelowRow, areas_section, drawn_lists, in_parts, part_way
from crimemap.products.context import SiteContext, site_name
from crimemap.products.facts import AreaFacts
from crimemap.products.inputs import FORCE
from crimemap.products.names import area_type_plural
from crimemap.products.page_languages import ways
from crimemap.products.wording import place_words

__all__ = ["InsidePage", "inside_pages"]


class InsidePage(NamedTuple):
    """A page to write: its folder, whose it is, and what it says."""

    folder: str
    force: str
    values: dict[str, Any]


def inside_pages(context: SiteContext, forces: Collection[str]) -> Iterator[InsidePage]:
    """
    Give the pages in the language that is spoken.

    Parameters
    ----------
    forces
        Those that have pages in it.
    """
    areas = context.facts.cube.areas
    large = areas["area_type"].ne("neighbourhood") & areas["force"].isin(forces)
    for index in np.flatnonzero(large.to_numpy()).tolist():
        # These pages are two folders deeper than the area's own, and so are the ways from them.
        home = ways(f"{context.folder(index)}/{INSIDE}/x")[0]
        facts = None
        for kind, one, apart in drawn_lists(context, area_lists(context, index, home)):
            if apart:
                facts = facts or replace(context.facts.area(index), area_name=context.name(index))
                folder = f"{context.folder(index)}/{INSIDE}/{kind}"
                values = _values(context, facts, kind, one, folder)
                if in_parts(one):
                    yield from _in_parts(folder, facts.force, values, one)
                else:
                    yield InsidePage(folder, facts.force, values)


def _in_parts(folder: str, force: str, values: dict[str, Any], one: LinkList) -> Iterator[InsidePage]:
    """Give a page with the maps and the names of the groups, and a page with the table of each group."""
    inside = values["inside"]
    groups = list(enumerate(inside["groups"], start=1))
    parts = [(name, part_way(one, k), len(rows)) for k, (name, rows) in groups]
    yield InsidePage(folder, force, {**values, "inside": {**inside, "groups": []}, "parts": parts})
    for k, (name, rows) in groups:
        heading = gettext("{whole}: {part}").format(whole=values["heading"], part=name)
        *crumbs, last = [_deeper(crumb) for crumb in values["crumbs"]]
        own = {
            **values,
            "title": heading,
            "heading": heading,
            "description": gettext("Maps and figures of recorded crime: {what}.").format(what=heading),
            "crumbs": [*crumbs, {**last, "href": "../index.html"}, {"text": name}],
            "inside": {**inside, "maps": [], "groups": [("", [_row_deeper(row) for row in rows])], "caption": heading},
            "back": f"../{values['back']}",
        }
        yield InsidePage(f"{folder}/{k}", force, own)


def _deeper(crumb: dict[str, str]) -> dict[str, str]:
    return {**crumb, "href": f"../{crumb['href']}"} if "href" in crumb else crumb


def _row_deeper(row: BelowRow) -> BelowRow:
    return replace(row, href=f"../{row.href}")


def _values(context: SiteContext, facts: AreaFacts, kind: str, one: LinkList, folder: str) -> dict[str, Any]:
    home, _ = ways(folder)
    force = facts.force
    name = context.name(facts.index)
    crumbs = [{"text": site_name(), "href": f"{home}index.html"}]
    if facts.area_type != FORCE:
        crumbs.append({"text": context.force_names[force], "href": f"{home}{context.force_address(force)}"})
    crumbs.append({"text": name, "href": f"{home}{context.address(facts.index)}"})
    title = gettext("{kinds} in {place}").format(kinds=area_type_plural(kind), place=place_words(facts))
    return {
        "title": title,
        "heading": title,
        "description": gettext("Maps and figures of recorded crime: {what}.").format(what=title),
        "crumbs": [*crumbs, {"text": area_type_plural(kind)}],
        "source": context.source_words(force),
        "inside": areas_section(context, facts, kind, one, folder=folder),
        "back": f"{home}{context.address(facts.index)}",
        "back_to": name,
    }
