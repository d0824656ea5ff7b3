"""
A report on a proposed merger that a planner can take to a board, from the document that scoring gives.

It says what is proposed, why, where, who must agree, what it might save and cost, and how sure all of that is. It is one
file that carries everything it shows, for the web and for print, in the language that is spoken.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

import geopandas as gpd
import pandas as pd
from markupsafe import Markup

import crimemap
from crimemap.alignment.classes import CLASSES
from crimemap.language import ENGLISH, gettext, language, marked
from crimemap.periods import month_name
from crimemap.products import merger_figures as figures
from crimemap.products import merger_words as words
from crimemap.products.fit_map import class_key, fit_map
from crimemap.products.listed import joined_names, listed_words
from crimemap.products.rendering import environment

__all__ = ["merger_report"]

Row = Mapping[str, Any]

_CLASS_WORDS: Final = {
    "coterminous": marked("the area and its match are the same"),
    "minor difference": marked("nearly the same"),
    "nested": marked("lies in one larger area"),
    "split": marked("made of several whole areas"),
    "many-to-many": marked("lines cross"),
    "not covered": marked("nothing to compare with"),
}
_OBJECTIVES: Final = {
    "misfit": marked("people misplaced"),
    "not_coterminous": marked("people who live in an area that is not coterminous"),
}
_SHOWN: Final = 60
#: What a page's language is called in its markup.
_TAGS: Final = {ENGLISH: "en-GB"}


def merger_report(
    score: Row,
    *,
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    targets: gpd.GeoDataFrame | None,
    made: date,
    sources: Sequence[str],
    search: Row | None = None,
    incidents_months: tuple[str, str] | None = None,
    release: str | None = None,
) -> str:
    """
    Write a report.

    Parameters
    ----------
    score
        The document of a score, as docs/json/mergers.md describes it, in the language that is spoken.
    before, after
        Shapes of the units by code, EPSG:27700; units of the document that have no shape are left out of the maps.
    targets
        Shapes of what the units are held against; None to draw the units alone.
    made
        When.
    sources
        Attributions, a sentence each, in English.
    search
        The document of the search that found the proposal, if one did, in the language that is spoken.
    incidents_months
        First and last month of the incidents counted.
    release
        The release of the site that the figures are of, if they are of one.

    Returns
    -------
    str
        A whole HTML document.
    """
    units, target_words = words.set_words(score["units"]), words.set_words(score["targets"])
    changed = set(score["changed"])
    rows_before = [row for row in score["before"] if row["code"] in changed]
    rows_after = [row for row in score["after"] if row["code"] in changed]
    name = score["scenario"].get("name") or words.name_of(score)
    shown = _near(before, after, score, changed)
    drawn = [
        _map(shapes, score[when], changed, targets, when=when, title=title, extent=_bounds(shown))
        for shapes, when, title in zip(
            shown,
            ("before", "after"),
            (gettext("How each area fits, before"), gettext("How each area fits, after")),
            strict=True,
        )
    ]
    law = [words.law_row(one, score) for one in score["law"] if one["route"] != "none needed" or len(one["members"]) > 1]
    values = {
        "lang": _TAGS.get(language(), language()),
        "title": name or words.titled(listed_words([units, target_words])),
        "kicker": words.titled(gettext("{units} against {targets}").format(units=units, targets=target_words)),
        "lead": words.lead(score, units, target_words),
        "made": f"{made.day} {month_name(f'{made:%Y-%m}')}",
        "version": crimemap.__version__,
        "style": _style(),
        "short": list(words.short(score, law, search)),
        "steps": list(words.steps(score)),
        "map_before": drawn[0],
        "map_after": drawn[1],
        "undrawn": len(score["after"]) - int(after.geometry.reindex([row["code"] for row in score["after"]]).notna().sum()),
        "n_before": len(score["before"]),
        "n_after": len(score["after"]),
        "count_words": lambda n: gettext("{n} {units}").format(n=f"{n:,}", units=units),
        "key": [(class_key(one, f"k{k}"), gettext(one), gettext(_CLASS_WORDS[one])) for k, one in enumerate(CLASSES)],
        "target_lines": targets is not None,
        "unit_words": units,
        "target_words": target_words,
        "summary": list(figures.summary(score["summary"])),
        "unit_tables": [(gettext("Before"), rows_before[:_SHOWN]), (gettext("After"), rows_after[:_SHOWN])],
        "force_lines": list(words.force_lines(rows_after or score["after"])),
        "left_out": max(len(rows_before), len(rows_after)) - _SHOWN,
        "with_incidents": any(row["incidents"] is not None for row in (*rows_before, *rows_after)),
        "incidents_months": incidents_months,
        "spread": [figures.spread_row(row, rows_after) for row in score["spread"]],
        "spread_note": figures.spread_note(score["spread_limits"]),
        "law": law,
        "pounds": figures.pounds,
        "savings": figures.savings_rows(score["savings"]),
        "front": _front(search),
        "objective_words": _objective_words(search),
        "uncertainty": list(words.uncertainty(score, search)),
        "thresholds": list(figures.thresholds(score["thresholds"])),
        "sources": list(sources),
        "release": release,
    }
    return environment().get_template("merger_report.html").render(**values)


@cache
def _style() -> str:
    return (files("crimemap.products") / "templates" / "merger_report.css").read_text(encoding="utf-8")


def _near(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, score: Row, changed: set[str]
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Keep what lies around the areas that change; everything where nothing does."""
    touched = pd.concat([before[before.index.isin(changed)], after[after.index.isin(changed)]]).geometry
    known = [row["code"] for row in score["before"]], [row["code"] for row in score["after"]]
    frames = [
        frame[frame.index.isin(codes) & frame.geometry.notna()] for frame, codes in zip((before, after), known, strict=True)
    ]
    if not len(touched):
        return frames[0], frames[1]
    west, south, east, north = touched.total_bounds.tolist()
    wide = max(east - west, north - south) * 0.6
    shown = [frame.cx[west - wide : east + wide, south - wide : north + wide] for frame in frames]
    return shown[0], shown[1]


def _bounds(shown: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]) -> tuple[float, float, float, float]:
    west, south, east, north = pd.concat([frame.geometry for frame in shown]).total_bounds.tolist()
    return west, south, east, north


def _map(
    shapes: gpd.GeoDataFrame,
    rows: Sequence[Row],
    changed: set[str],
    targets: gpd.GeoDataFrame | None,
    *,
    when: str,
    title: str,
    extent: tuple[float, float, float, float],
) -> Markup:
    told = {row["code"]: row for row in rows}
    areas = gpd.GeoDataFrame(
        {
            "name": [told[code]["name"] or code for code in shapes.index],
            "class": [told[code]["class"] for code in shapes.index],
            "changed": [code in changed for code in shapes.index],
        },
        geometry=shapes.geometry.to_numpy(),
        crs=shapes.crs,
    )
    heavy = joined_names(areas.loc[areas["changed"], "name"].astype(str).tolist()[:_SHOWN]) or gettext("none")
    described = gettext("A map of {n} areas by class; the tables have the same facts. Changed: {areas}.")
    return fit_map(
        areas,
        title=title,
        description=described.format(n=len(areas), areas=heavy),
        map_id=f"map-{when}",
        lines=targets,
        extent=extent,
        width=340,
        tallest=420,
    )


def _objective_words(search: Row | None) -> str:
    if search is None:
        return ""
    words_of = _OBJECTIVES[search["objective"]]
    return gettext(words_of)


def _front(search: Row | None) -> Sequence[Row]:
    return [] if search is None or search["front"] is None else search["front"]["rows"]
