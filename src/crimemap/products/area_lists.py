"""Lists of areas on a page: short ones as they are, long ones in groups that open, by district or by the alphabet."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from crimemap.language import gettext
from crimemap.products.context import SiteContext
from crimemap.products.inputs import FORCE
from crimemap.products.names import area_type_inline, area_type_plural

__all__ = ["LONGEST_LIST", "Link", "LinkList", "area_lists", "by_alphabet"]

#: More links than this are put into groups.
LONGEST_LIST: Final = 40
_IN_GROUP: Final = 20
#: A place with more areas than this is cut by the alphabet too: each group may be a page.
_LARGEST_PLACE: Final = 250

Link = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkList:
    """
    A heading, its anchor, and links: either in `links`, or named groups of them in `groups`.

    `by_place` says whether groups are places, not stretches of the alphabet. A link's `row` is the area's in the cube.
    """

    heading: str
    anchor: str
    links: list[Link] = field(default_factory=list)
    groups: list[tuple[str, list[Link]]] = field(default_factory=list)
    by_place: bool = False


def by_alphabet(links: list[Link]) -> list[tuple[str, list[Link]]]:
    """
    Cut a sorted list into equal groups, named after their first and last.

    Examples
    --------
    >>> [name for name, _ in by_alphabet([{"name": f"Ward {i:02d}"} for i in range(50)])]
    ['Ward 00 to Ward 16', 'Ward 17 to Ward 33', 'Ward 34 to Ward 49']
    """
    parts = np.array_split(np.arange(len(links)), -(-len(links) // _IN_GROUP))
    groups = [[links[i] for i in part.tolist()] for part in parts]
    return [(gettext("{first} to {last}").format(first=group[0]["name"], last=group[-1]["name"]), group) for group in groups]


def _in_parts(name: str, links: list[Link]) -> list[tuple[str, list[Link]]]:
    """Cut what a place has into parts that are small enough, named after their first and last."""
    if len(links) <= _LARGEST_PLACE:
        return [(name, links)]
    said = gettext("{place}, {first} to {last}")
    parts = np.array_split(np.arange(len(links)), -(-len(links) // _LARGEST_PLACE))
    return [
        (
            said.format(place=name, first=links[part[0]]["name"], last=links[part[-1]]["name"]),
            [links[i] for i in part.tolist()],
        )
        for part in parts
    ]


def _by_parent(context: SiteContext, force: str, child: str, rows: list[int]) -> dict[str, list[int]]:
    """Group rows by the district they lie in, else by the partnership; one group if none is known."""
    codes = context.facts.cube.areas["area_code"]
    elsewhere = gettext("Elsewhere")
    for parent in ("lad", "csp"):
        found: dict[str, list[int]] = {}
        for at in rows:
            around = dict(context.parents.get((force, child, str(codes.iloc[at])), []))
            index = context.rows.get((force, parent, around.get(parent, "")))
            found.setdefault(elsewhere if index is None else context.name(index), []).append(at)
        if len(found) > 1:
            return dict(sorted(found.items(), key=lambda pair: (pair[0] == elsewhere, pair[0])))
    return {"": rows}


def area_lists(context: SiteContext, index: int, home: str) -> list[LinkList]:
    """
    List the areas inside an area, and those around it, with links.

    Parameters
    ----------
    index
        The area's row in the cube.
    home
        The way from its page to the root of the pages in its language.
    """
    areas = context.facts.cube.areas
    row = areas.iloc[index]
    force, kind, code = str(row["force"]), str(row["area_type"]), str(row["area_code"])

    def links(rows: list[int]) -> list[Link]:
        made = [{"name": context.name(at), "href": f"{home}{context.address(at)}", "row": str(at)} for at in rows]
        return sorted(made, key=lambda one: one["name"])

    lists = []
    for child in ("csp", "bcu", "county", "ctyua", "lad", "neighbourhood"):
        own = np.flatnonzero(((areas["area_type"] == child) & (areas["force"] == force)).to_numpy()).tolist()
        if kind not in {FORCE, "pfa"}:
            own = [
                at
                for at in own
                if child != kind
                and (kind, code) in context.parents.get((force, child, str(areas["area_code"].iloc[at])), [])
            ]
        if own:
            lists.append(_list(context, force, child, own, links))
    around = [
        context.rows[force, parent, parent_code]
        for parent, parent_code in context.parents.get((force, kind, code), [])
        if (force, parent, parent_code) in context.rows
    ]
    if around:
        lists.append(LinkList(heading=gettext("This area lies in"), anchor="around", links=_typed(context, around, links)))
    return lists


def _typed(context: SiteContext, rows: list[int], links: Callable[[list[int]], list[Link]]) -> list[Link]:
    """Say of what type each area is: a district and its partnership often share a name."""
    kinds = context.facts.cube.areas["area_type"]
    return [{**links([at])[0], "note": area_type_inline(str(kinds.iloc[at]))} for at in rows]


def _list(
    context: SiteContext, force: str, child: str, rows: list[int], links: Callable[[list[int]], list[Link]]
) -> LinkList:
    heading, anchor = area_type_plural(child), f"list-{child}"
    if len(rows) <= LONGEST_LIST:
        return LinkList(heading=heading, anchor=anchor, links=links(rows))
    grouped = _by_parent(context, force, child, rows)
    if len(grouped) == 1:
        return LinkList(heading=heading, anchor=anchor, groups=by_alphabet(links(rows)))
    places = [part for name, some in grouped.items() for part in _in_parts(name, links(some))]
    return LinkList(heading=heading, anchor=anchor, groups=places, by_place=True)
