"""
What a page says of an area's boundary: which areas of the other sets it is, lies in, is made of, or crosses.

Everything comes from the release's comparison of its boundary sets, so a page, the planner and the downloads say the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import pandas as pd

from crimemap.language import gettext, marked, ngettext
from crimemap.products.alignment_overlaps import Aligned, AlignedPair
from crimemap.products.alignment_planning import PLANNED_TYPES
from crimemap.products.context import SiteContext
from crimemap.products.frames import records
from crimemap.products.inputs import FORCE
from crimemap.products.listed import joined_names
from crimemap.products.names import area_type_inline, area_type_name, area_type_plural
from crimemap.products.wording import lower_first, number

__all__ = ["alignment_values"]

#: Sets that an area is held against, in the order of the table; a county is shown with unitary areas where there are such.
_RUNGS: Final = ("lad", "csp", "ctyua", "county", "bcu", "pfa")
#: Of these a page says so if the release has none: people ask for them.
_MISSED: Final = {"csp": ("bcu",), "bcu": ("csp",)}
#: Class to the short words of the table.
_CLASSES: Final = {
    "coterminous": marked("the same area"),
    "minor difference": marked("nearly the same area"),
    "nested": marked("lies wholly in it"),
    "split": marked("made of whole ones"),
    "many-to-many": marked("boundaries cross"),
    "not covered": marked("not known here"),
}
_SAME: Final = frozenset({"coterminous", "minor difference"})
#: Fewer people than this are a rounding of small areas that were divided.
_SOMEBODY: Final = 0.5

Part = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """How one area fits one other set."""

    kind: str
    fits: str
    parts: list[Part]
    people: float | None
    outside: float | None
    uncovered: float | None
    divided: float


def alignment_values(context: SiteContext, index: int, home: str) -> dict[str, Any]:
    """
    Give what the section says.

    Parameters
    ----------
    index
        The area's row in the cube.
    home
        The way to the root of the pages in the language that is spoken.

    Returns
    -------
    dict
        `fit`: None where the release does not compare boundary sets that the area is in; else `sentences`, `rows` (kind,
        parts, fit, outside), `note`, and `planner`, an address. A force has sentences alone: of all its partnerships.
    """
    aligned = context.aligned
    row = context.facts.cube.areas.iloc[index]
    if aligned is None:
        return {"fit": None}
    if row["area_type"] == FORCE:
        return {"fit": _of_force(aligned, str(row["force"]), home)}
    own = next((one for one in aligned.sets if one.area_type == row["area_type"]), None)
    codes = [] if own is None else own.frame.index[own.frame["area_id"] == index].tolist()
    if own is None or not codes:
        return {"fit": None}
    found = [_fit(context, aligned.pairs[own.set_id, other], codes[0], home) for other in _others(aligned, own.area_type)]
    if not found:
        return {"fit": None}
    return {
        "fit": {
            "sentences": [*_sentences(found), *_missing(aligned, own.area_type)],
            "rows": [_row(one) for one in found],
            "counts_people": any(one.people is not None for one in found),
            "note": _note(aligned, found),
            "planner": _planner(aligned, own.area_type, str(codes[0]), found, home),
        }
    }


def _others(aligned: Aligned, kind: str) -> list[str]:
    """Give the sets that areas of a type are held against."""
    of_type = {one.area_type: one.set_id for one in aligned.sets if one.area_type != kind}
    if "ctyua" in of_type or kind == "ctyua":
        of_type.pop("county", None)
    return [of_type[rung] for rung in _RUNGS if rung in of_type]


def _fit(context: SiteContext, pair: AlignedPair, code: str, home: str) -> _Fit:
    unit = pair.found.sources.loc[[code]].iloc[0].to_dict()
    pieces = pair.found.pieces
    pieces = pieces[(pieces["source"] == code) & ~pieces["sliver"]]
    known = "population" in pieces.columns
    pieces = pieces[["target", "area_m2", *(("population", "population_cut") if known else ())]]
    pieces = pieces.sort_values("population" if known else "area_m2", ascending=False, kind="stable")
    return _Fit(
        kind=pair.target.area_type,
        fits=str(unit.get("class_by_population", unit["class"])),
        parts=[_part(context, pair, piece, home) for piece in records(pieces)],
        people=float(unit["population"]) if known else None,
        outside=float(unit["population_outside"]) if known else None,
        uncovered=float(unit["population_uncovered"]) if known else None,
        divided=float(pieces["population_cut"].sum()) if known else 0.0,
    )


def _part(context: SiteContext, pair: AlignedPair, piece: dict[str, Any], home: str) -> Part:
    at = int(pair.target.frame["area_id"].loc[piece["target"]])
    return {
        "name": context.name(at),
        "href": f"{home}{context.address(at)}",
        "people": float(piece["population"]) if "population" in piece else None,
    }


def _sentences(found: list[_Fit]) -> Iterator[str]:
    same = [_named(one) for one in found if one.fits == "coterminous"]
    nearly = [_named(one) for one in found if one.fits == "minor difference"]
    inside = [_named(one) for one in found if one.fits == "nested"]
    if not same and not nearly:
        yield gettext("It is coterminous with no other kind of area: none has the same boundary.")
    if same:
        yield gettext("It is coterminous with {areas}: that means that they have the same boundary.").format(
            areas=joined_names(same)
        )
    if nearly:
        yield gettext("It is nearly the same area as {areas}.").format(areas=joined_names(nearly))
    if inside:
        yield gettext("All of it lies in {areas}.").format(areas=joined_names(inside))
    for one in found:
        names = joined_names([part["name"] for part in one.parts])
        kinds = lower_first(area_type_plural(one.kind))
        if one.fits == "split":
            yield gettext("It is made up of whole areas ({kinds}): {names}.").format(kinds=kinds, names=names)
        elif one.fits == "many-to-many":
            said = gettext("Its boundary crosses those of other areas ({kinds}): it has parts in {names}.")
            yield " ".join([said.format(kinds=kinds, names=names), _outside_words(one)]).strip()
        if one.fits != "not covered" and (one.uncovered or 0) >= _SOMEBODY:
            n = round(one.uncovered or 0)
            yield ngettext(
                "{n} person lives in a part of it for which this release has no such area ({kinds}).",
                "{n} people live in a part of it for which this release has no such area ({kinds}).",
                n,
            ).format(n=number(n), kinds=kinds)


def _named(one: _Fit) -> str:
    return f"{one.parts[0]['name']} ({area_type_inline(one.kind)})"


def _outside_words(one: _Fit) -> str:
    """Say how many people live outside the area in which most of them live; empty where that is nobody or not known."""
    if one.outside is None or one.people is None or one.outside < _SOMEBODY:
        return ""
    n = round(one.outside)
    return ngettext(
        "{n} of the {total} people who live here ({share}%) lives outside {area}.",
        "{n} of the {total} people who live here ({share}%) live outside {area}.",
        n,
    ).format(
        n=number(n),
        total=number(round(one.people)),
        share=f"{100 * one.outside / max(one.people, 1.0):.1f}",
        area=one.parts[0]["name"],
    )


def _missing(aligned: Aligned, kind: str) -> list[str]:
    held = {one.area_type for one in aligned.sets}
    said = gettext("This release has no boundaries of that kind ({kinds}), so we cannot say how they fit.")
    return [said.format(kinds=lower_first(area_type_plural(one))) for one in _MISSED.get(kind, ()) if one not in held]


def _row(one: _Fit) -> dict[str, Any]:
    crossing = one.fits == "many-to-many"
    counted = crossing and one.people is not None
    return {
        "kind": area_type_name(one.kind),
        "parts": [
            {**part, "people": number(round(part["people"])) if counted and len(one.parts) > 1 else ""} for part in one.parts
        ],
        "fit": gettext(_CLASSES[one.fits]),
        "sign": "same" if one.fits in _SAME else "unknown" if one.fits == "not covered" else "cross" if crossing else "in",
        "outside": _people_outside(one),
    }


def _people_outside(one: _Fit) -> str:
    """Give the people who live in another area than most; of whole areas that it is made of, nobody is outside."""
    if one.outside is None or one.fits == "not covered":
        return gettext("not known")
    outside = 0 if one.fits != "many-to-many" else round(one.outside)
    return number(outside) if outside else gettext("nobody")


def _note(aligned: Aligned, found: list[_Fit]) -> str:
    """Say where numbers of people come from, and how many were divided by land."""
    bricks = aligned.bricks
    if bricks is None or "population" not in bricks.vintages:
        return gettext("How many people live in each part is not known, so boundaries are compared by land.")
    said = gettext("People are counted by small areas, as of {year}.").format(year=bricks.vintages["population"])
    divided = max((round(one.divided) for one in found if one.fits == "many-to-many"), default=0)
    if divided < 1:
        return said
    more = ngettext(
        "{n} of them lives in a small area that a boundary cuts, and is shared out by land.",
        "{n} of them live in small areas that a boundary cuts, and are shared out by land.",
        divided,
    )
    return f"{said} {more.format(n=number(divided))}"


def _planner(aligned: Aligned, kind: str, code: str, found: list[_Fit], home: str) -> str:
    """Give the planner's address with this area chosen, beside the set that it fits worst; a command unit's partnerships."""
    of_type = {one.area_type: one.set_id for one in aligned.sets}
    if kind not in PLANNED_TYPES:
        units = next((of_type[one] for one in PLANNED_TYPES if one in of_type), "")
        asked = {"units": units, "targets": of_type[kind]} if units else {}
    else:
        order = [one.kind for one in found if one.fits == "many-to-many"]
        order += [one for one in ("bcu", "ctyua", "county", "pfa") if one in {fit.kind for fit in found}]
        asked = {"units": of_type[kind], "targets": of_type[(order or [found[0].kind])[0]], "choose": code}
    return f"{home}planner/index.html?{urlencode(asked)}" if asked else ""


def _of_force(aligned: Aligned, force: str, home: str) -> dict[str, Any] | None:
    """Say of all partnerships of a force, or else its districts, how they fit each other set."""
    of_type = {one.area_type: one for one in aligned.sets}
    own = next((of_type[kind] for kind in PLANNED_TYPES if kind in of_type), None)
    if own is None:
        return None
    codes = own.frame.index[own.frame["force"] == force]
    if codes.empty:
        return None
    rows = [
        {
            "kind": area_type_plural(aligned.pairs[own.set_id, other].target.area_type),
            "says": " ".join(_together(aligned.pairs[own.set_id, other].found.sources, codes)),
        }
        for other in _others(aligned, own.area_type)
    ]
    if not rows:
        return None
    target = next((of_type[kind].set_id for kind in ("bcu", "ctyua", "county", "lad") if kind in of_type), "")
    return {
        "force": True,
        "sentences": [
            gettext(
                "An area of this force ({kinds}) fits other boundaries where it is the same as one of their areas, lies in "
                "one, or is made up of whole ones."
            ).format(kinds=lower_first(area_type_plural(own.area_type)))
        ],
        "rows": rows,
        "note": _note(aligned, []),
        "planner": f"{home}planner/index.html?{urlencode({'units': own.set_id, 'targets': target})}" if target else "",
    }


def _together(units: pd.DataFrame, codes: "pd.Index[str]") -> Iterator[str]:
    """Say how many of some areas fit another set, and how many people live across the boundaries of those that do not."""
    own = units.loc[codes]
    fits = own["class_by_population"] if "class_by_population" in own.columns else own["class"]
    covered = own[fits != "not covered"]
    crossing = own[fits == "many-to-many"]
    fitting = len(covered) - len(crossing)
    if covered.empty:
        yield gettext("This release has none here.")
        return
    yield ngettext("{n} of {total} fits.", "{n} of {total} fit.", fitting).format(
        n=number(fitting), total=number(len(covered))
    )
    outside = round(float(crossing["population_outside"].sum())) if "population_outside" in crossing.columns else 0
    if outside:
        yield ngettext(
            "{n} person ({share}% of all) lives in another of them than most people of the same area.",
            "{n} people ({share}% of all) live in another of them than most people of the same area.",
            outside,
        ).format(n=number(outside), share=f"{100 * outside / max(float(covered['population'].sum()), 1.0):.1f}")
