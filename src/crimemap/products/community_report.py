"""
The report to the community: what an area's page says, as a document for paper, notice boards and meetings.

It is one HTML document that carries everything it shows, from the values that the page was made from. `pdf_of` prints it.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from babel.dates import get_month_names
from markupsafe import Markup, escape

import crimemap
from crimemap.language import gettext, language
from crimemap.products.context import SiteContext
from crimemap.products.facts import AreaFacts
from crimemap.products.rendering import environment
from crimemap.products.report_chart import printed_chart
from crimemap.products.report_map import map_key, report_map
from crimemap.products.report_shapes import ReportShapes
from crimemap.products.wording import change_words, number, period_words, place_words, where_words

__all__ = ["REPORTED_TYPES", "community_report"]

#: The areas that have a report.
REPORTED_TYPES: Final = frozenset({"neighbourhood", "csp"})
_LOCALES: Final = {"en": "en_GB", "cy": "cy"}
_TAGS: Final = {"en": "en-GB"}


def community_report(context: SiteContext, values: Mapping[str, Any], shapes: ReportShapes) -> str:
    """
    Write the report of an area.

    Parameters
    ----------
    values
        What the area's page was made from.
    shapes
        What maps are drawn from.

    Returns
    -------
    str
        A whole HTML document in the language that is spoken.
    """
    facts: AreaFacts = values["facts"]
    counted = bool(values.get("has_counts", True))
    of_neighbourhood = facts.area_type == "neighbourhood"
    drawn = _map(facts, shapes) if counted else {"map": Markup(""), "map_key": [], "map_title": "", "rows": []}
    given = {
        **values,
        **drawn,
        "title": gettext("Report to the community: {place}").format(place=facts.area_name),
        "lang": _TAGS.get(language(), language()),
        "language": language(),
        "site": context.site,
        "style": _style(),
        "counted": counted,
        "of_neighbourhood": of_neighbourhood,
        "confidential": context.confidential,
        "printed_chart": printed_chart(str(values.get("chart") or "")),
        "years": _years(facts),
        "chart_key": _chart_key(facts, values.get("expected")),
        "rated": bool(values.get("rated")),
        "extra_facts": values.get("extra_facts", []),
        "team": values.get("team"),
        "change_words": change_words,
        "period_words": period_words,
        "where_words": where_words,
        "site_address": context.options.site_address,
        "version": crimemap.__version__,
    }
    return environment().get_template("community_report.html").render(**given)


@cache
def _style() -> Markup:
    text = (files("crimemap.products") / "templates" / "community_report.css").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - our own file


def _map(facts: AreaFacts, shapes: ReportShapes) -> dict[str, Any]:
    contents, rows = shapes.contents(facts.index)
    what = {"place": place_words(facts), "period": period_words(facts.period)}
    n_hot = int(contents.hot.sum())
    title = gettext("Map of recorded incidents in {place}, {period}.").format(**what)
    seen = [title]
    if len(contents.hexagons):
        seen.append(
            gettext("Hexagons are darker where more incidents were recorded; {n} in and around it are hotspots.").format(
                n=number(n_hot)
            )
        )
    if rows:
        seen.append(gettext("The numbered places are in the table that follows."))
    if facts.area_type == "neighbourhood":
        numbered, dotted = gettext("map point in the table"), gettext("other map points: larger with more incidents")
    else:
        numbered, dotted = gettext("hotspot in the table"), ""
    plain = any(not one.label for one in contents.places)
    return {
        "map": report_map(contents, title=" ".join(seen)),
        "map_title": title.rstrip("."),
        "map_key": map_key(contents, numbered=numbered if rows else "", dotted=dotted if plain else ""),
        "map_only_hot": contents.only_hot,
        "rows": rows,
    }


def _years(facts: AreaFacts) -> dict[str, Any]:
    """Arrange months as a table: a row for each month of the year, a column for each year."""
    years = sorted({one.month[:4] for one in facts.months})
    held = {one.month: one for one in facts.months}
    names = get_month_names("wide", locale=_LOCALES[language()])
    rows = [(names[k], [held.get(f"{year}-{k:02d}") for year in years]) for k in range(1, 13)]
    return {"years": years, "rows": rows if years else []}


def _chart_key(facts: AreaFacts, expected: Any) -> list[tuple[Markup, str]]:
    """List what the chart's colours and patterns mean, those alone that it has."""
    pictures = {
        "bar": '<rect width="18" height="14" fill="#1f6079"/>',
        "band": '<rect width="18" height="14" fill="#e3d9ea"/><path d="M0 1h18M0 13h18" stroke="#5f3d78" stroke-width="2"/>',
        "before": '<rect width="18" height="14" fill="#6798ac"/>',
        "no_data": '<rect x=".5" y=".5" width="17" height="13" fill="#fff" stroke="#767676"/>'
        '<path d="M0 14 14 0M6 14 18 3" stroke="#767676" stroke-width="2"/>',
        "suppressed": '<rect x=".5" y=".5" width="17" height="13" fill="#fff" stroke="#767676"/>'
        '<path d="M4 4h1M10 4h1M15 4h1M4 10h1M10 10h1M15 10h1" stroke="#767676" stroke-width="2"/>',
    }
    held = {one.status for one in facts.months}
    shown = [("bar", gettext("latest 12 months"))]
    if expected is not None and expected.ranges:
        shown.append(("band", gettext("expected if nothing had changed")))
    if any(one.incidents is not None for one in facts.months[:-12]):
        shown.append(("before", gettext("earlier")))
    if "no_data" in held:
        shown.append(("no_data", gettext("no data")))
    if "suppressed" in held:
        shown.append(("suppressed", gettext("not shown, to protect people")))
    key = escape(gettext("Key"))  # in PDF/UA no picture is without words
    opening = f'<svg viewBox="0 0 18 14" width="18" height="14" focusable="false"><title>{key}</title>'
    return [(Markup(f"{opening}{pictures[kind]}</svg>"), words) for kind, words in shown]  # noqa: S704 - our own drawing
