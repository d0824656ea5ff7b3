"""The first page, and the page of search results before anybody has searched."""

from typing import Any, Final

import numpy as np

from crimemap.language import gettext, language
from crimemap.products.context import SiteContext
from crimemap.products.facts import CANNOT_COMPARE
from crimemap.products.inputs import FORCE
from crimemap.products.names import area_type_plural
from crimemap.products.wording import change_words, shown

__all__ = ["home_values", "search_values"]

_BROWSED: Final = ("csp", "bcu", "county", "ctyua", "lad")


def home_values(context: SiteContext) -> dict[str, Any]:
    """Give what the first page says: figures of each force, and links to every area but neighbourhoods."""
    return {
        "title": gettext("Find an area"),
        "description": gettext("Recorded crime and anti-social behaviour, hotspots and policing teams by area."),
        "page": "home",
        "forces": _forces(context),
        "forces_here": forces_here(context),
        "has_near": len(context.inputs.areas) > 0,
        "browse": [(area_type_plural(kind), groups) for kind in _BROWSED if (groups := _groups(context, kind))],
    }


def search_values(context: SiteContext) -> dict[str, Any]:
    """Give what the page of results says."""
    return {
        "title": gettext("Search"),
        "description": gettext("Find an area by postcode, street, place, neighbourhood, partnership, district or force."),
        "page": "search",
        "forces_here": forces_here(context),
    }


def forces_here(context: SiteContext) -> list[str]:
    """List the forces whose pages are written in the language that is spoken."""
    return sorted(context.languages[language()])


def _forces(context: SiteContext) -> list[dict[str, Any]]:
    rows = []
    latest = context.inputs.latest_by_force()
    for slug, name in context.force_names.items():
        index = context.rows.get((slug, FORCE, slug))
        if index is None or slug not in context.facts.periods:
            continue
        total = context.facts.area(index).total
        rows.append(
            {
                "name": name,
                "href": context.force_address(slug),
                "in_english": slug not in context.languages[language()],
                "total": shown(total.now),
                "change": change_words(total),
                "cannot_compare": total.verdict == CANNOT_COMPARE,
                "latest": latest[slug],
            }
        )
    return rows


def _groups(context: SiteContext, kind: str) -> list[tuple[str, list[dict[str, str]]]]:
    """Give each force's areas of a type as links."""
    areas = context.facts.cube.areas
    groups = []
    for slug, name in sorted(context.force_names.items(), key=lambda pair: pair[1]):
        own = np.flatnonzero(((areas["area_type"] == kind) & (areas["force"] == slug)).to_numpy()).tolist()
        links = [{"name": context.name(index), "href": context.address(index)} for index in own]
        if links:
            groups.append((name, sorted(links, key=lambda one: one["name"])))
    return groups
