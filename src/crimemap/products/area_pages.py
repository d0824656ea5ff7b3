"""What the templates of neighbourhood and area pages are given."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from crimemap.language import gettext, marked, ngettext
from crimemap.periods import Period, month_after, month_name
from crimemap.products.alignment_facts import alignment_values
from crimemap.products.area_lists import area_lists
from crimemap.products.areas_below import areas_below
from crimemap.products.charts import monthly_chart
from crimemap.products.comparison_section import comparison_values
from crimemap.products.context import SiteContext, site_name
from crimemap.products.expected import expected_months
from crimemap.products.facts import AreaFacts, MonthCount, Total, TypeFacts
from crimemap.products.frames import records
from crimemap.products.inputs import FORCE
from crimemap.products.names import (
    area_folder,
    area_type_inline,
    area_type_name,
    area_type_plural,
    safe_segment,
    street_name,
)
from crimemap.products.page_languages import ways
from crimemap.products.small_charts_section import type_charts
from crimemap.products.teams import described_team
from crimemap.products.wording import during_words, number, place_words, rate_words, summary, where_words

__all__ = ["area_values", "neighbourhood_values"]

_STREETS = 15
_HOTSPOTS = 15
_MOST_RUNS = 6
_CONTENTS: Final = (
    ("what", marked("What happens here")),
    ("months", marked("Month by month")),
    ("where", marked("Where")),
    ("outcomes", marked("What happened to reports")),
    ("similar", marked("Compared with similar areas")),
    ("team", marked("Your policing team")),
    ("messages", marked("Messages from your team")),
    ("priorities", marked("What the team is working on")),
    ("events", marked("Meetings and events")),
    ("accuracy", marked("How exact this is")),
    ("follow", marked("Keep up to date")),
    ("downloads", marked("Downloads")),
)
_AREA_CONTENTS: Final = (
    ("what", marked("What was recorded")),
    ("months", marked("Month by month")),
    ("where", marked("Where: hotspots")),
)
_FIT: Final = ("fit", marked("How boundaries fit"))
_AREA_CONTENTS_AFTER: Final = (
    ("outcomes", marked("What happened to reports")),
    ("accuracy", marked("How exact this is")),
    ("follow", marked("Keep up to date")),
    ("downloads", marked("Downloads")),
)


def _spoken(contents: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(anchor, gettext(words)) for anchor, words in contents]


def _crumbs(context: SiteContext, home: str, force: str, name: str, *, with_force: bool) -> list[dict[str, str]]:
    crumbs = [{"text": site_name(), "href": f"{home}index.html"}]
    if with_force and force in context.force_names:
        href = f"{home}{context.force_address(force)}"
        crumbs.append({"text": context.force_names[force], "href": href})
    return [*crumbs, {"text": name}]


def _extra(facts: AreaFacts) -> list[tuple[str, str]]:
    """Give residents, and incidents per 1,000 of them."""
    if not facts.population:
        return []
    of = facts.population_vintage
    label = gettext("residents ({year})").format(year=of) if of else gettext("residents")
    rows = [(label, number(facts.population))]
    rate = rate_words(facts)
    if rate and of:
        said = gettext("incidents for every 1,000 residents ({year}) in 12 months ({range} allowing for chance)")
        rows.append((said.format(year=of, range=rate[1]), rate[0]))
    elif rate:
        said = gettext("incidents for every 1,000 residents in 12 months ({range} allowing for chance)")
        rows.append((said.format(range=rate[1]), rate[0]))
    return rows


def _outcomes(context: SiteContext, index: int) -> list[dict[str, Any]]:
    found = context.facts.outcomes.get(index)
    return [] if found is None else records(found)


def _nothing(force: str, code: str, name: str, period: Period) -> AreaFacts:
    """Give the facts of a neighbourhood without a boundary: none."""
    none = Total(incidents=0, months=12, no_data=12, suppressed=0)
    total = TypeFacts(offence_type="All", now=none, before=none, compared_now=0, compared_before=0, pairs=0, verdict=-1)
    months: list[MonthCount] = []
    return AreaFacts(
        index=-1,
        area_type="neighbourhood",
        area_code=code,
        area_name=name,
        force=force,
        vintage="",
        period=period,
        total=total,
        types=[],
        months=months,
        population=None,
        population_vintage="",
    )


def neighbourhood_values(context: SiteContext, team: dict[str, Any], index: int | None) -> dict[str, Any]:
    """
    Give what a neighbourhood's page says.

    Parameters
    ----------
    team
        The neighbourhood as data.police.uk describes it.
    index
        Its row in the cube; None if it has no boundary, so nothing can be counted in it.
    """
    force, code, name = str(team["force"]), str(team["id"]), str(team["name"])
    folder = area_folder("neighbourhood", code, force)
    home, root = ways(folder)
    data = f"{root}data/{folder}/"
    values: dict[str, Any] = {
        "title": gettext("Recorded crime in {area}, {force}").format(area=name, force=context.force_names[force]),
        "source": context.source_words(force),
        "force_name": context.force_names[force],
        "crumbs": _crumbs(context, home, force, name, with_force=True),
        "team": described_team(team),
        "trends": [context.priorities[force].of(code, i) for i in range(len(team.get("priorities") or []))],
        "located": context.facts.located.get(force),
        "data": data,
    }
    if index is None:
        facts = _nothing(force, code, name, context.facts.periods[force])
        said = [gettext("This neighbourhood has no boundary in this release, so incidents cannot be counted for it.")]
        shown_anchors = ("team", "messages", "priorities", "events", "accuracy", "follow")
        contents = _spoken(pair for pair in _CONTENTS if pair[0] in shown_anchors)
        return {**values, "facts": facts, "summary": said, "has_counts": False, "contents": contents, "description": said[0]}
    facts = context.facts.area(index)
    said = summary(facts)
    streets = context.facts.streets.get(index)
    rows = [] if streets is None else records(streets.head(_STREETS))
    for row in rows:
        row["name"] = street_name(str(row["street"]))
    hot = context.hotspot_tables.get(force)
    n_hot = 0 if hot is None else int((hot["area"] == index).sum())
    return {
        **values,
        "facts": facts,
        "summary": said,
        "description": said[0],
        "has_counts": True,
        "contents": _spoken(_CONTENTS),
        "extra_facts": _extra(facts),
        "rated": rate_words(facts) is not None,
        "coverage": _coverage_words(facts),
        **_months(facts),
        "streets": rows,
        "more_streets": max(0, (0 if streets is None else len(streets)) - _STREETS),
        "hotspot_words": _hotspot_words(n_hot, name),
        "outcomes": _outcomes(context, index),
        **comparison_values(context, index, home),
        "files": [
            (f"{data}counts.csv", gettext("Counts by month and type (CSV)")),
            (f"{data}streets.csv", gettext("Map points with incidents, latest 12 months (CSV)")),
            (f"{data}points.geojson", gettext("Map points with incidents, latest 12 months (GeoJSON)")),
            (f"{data}boundary.geojson", gettext("Boundary (GeoJSON)")),
            (f"{data}hotspots.geojson", gettext("Hexagons here and nearby (GeoJSON)")),
            (f"{data}density.geojson", gettext("Density of incidents as contours (GeoJSON)")),
        ],
    }


def _months(facts: AreaFacts) -> dict[str, Any]:
    """Give the chart of months with what is expected of them."""
    expected, title = expected_months(facts.months), _chart_title(facts)
    return {
        "chart": monthly_chart(facts.months, chart_id="trend", title=title, expected=expected.ranges),
        "chart_title": title,
        "expected": expected,
    }


def _chart_title(facts: AreaFacts) -> str:
    return gettext("Incidents recorded {where} by month, {first} to {last}").format(
        where=where_words(facts), first=month_name(facts.months[0].month), last=month_name(facts.months[-1].month)
    )


def _hotspot_words(n_hot: int, place: str) -> str:
    if n_hot == 0:
        said = gettext("No hexagon in {place} is a hotspot: nowhere were more incidents recorded than chance would explain.")
    else:
        said = ngettext(
            "{n} hexagon in {place} is a hotspot: more incidents were recorded in and around it than chance would explain.",
            "{n} hexagons in {place} are hotspots: they and those around them have more incidents than chance would "
            "explain.",
            n_hot,
        )
    return said.format(n=n_hot, place=place)


def _what_hotspots_say(facts: AreaFacts) -> str:
    return gettext(
        "A hotspot says where incidents were recorded {when}, not how likely anyone is to be a victim: busy places have "
        "many visitors."
    ).format(when=during_words(facts.period))


def _hot_rows(context: SiteContext, index: int, home: str) -> tuple[int, list[dict[str, Any]]]:
    """Give the number of hotspots in an area, and the busiest with their street and neighbourhood."""
    row = context.facts.cube.areas.iloc[index]
    hot = context.hotspot_tables.get(str(row["force"]))
    if hot is None or hot.empty:
        return 0, []
    if row["area_type"] != FORCE:
        hot = hot[[index in areas for areas in hot["areas"]]]
    rows = []
    for one in records(hot.head(_HOTSPOTS)):
        at = int(one["area"])
        rows.append(
            {
                "street": street_name(one["street"]),
                "incidents": int(one["incidents"]),
                "area": context.name(at) if at >= 0 else "",
                "href": f"{home}{context.address(at)}" if at >= 0 else "",
            }
        )
    return len(hot), rows


def _runs(facts: AreaFacts) -> list[str]:
    """Name the months without data, those that follow each other together."""
    missing = [one.month for one in facts.months if one.status == "no_data"]
    runs: list[list[str]] = []
    for month in missing:
        if runs and month_after(runs[-1][-1]) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    between = gettext("{first} to {last}")
    return [
        month_name(run[0]) if len(run) == 1 else between.format(first=month_name(run[0]), last=month_name(run[-1]))
        for run in runs
    ]


def _coverage_words(facts: AreaFacts) -> str:
    runs = _runs(facts)
    if not runs:
        return ""
    missing = sum(one.status == "no_data" for one in facts.months)
    named, more = ", ".join(runs[:_MOST_RUNS]), len(runs) - _MOST_RUNS
    if more > 0:
        said = ngettext(
            "There is no data for {missing} of {total} months: {months} and {n} more gap.",
            "There is no data for {missing} of {total} months: {months} and {n} more gaps.",
            more,
        )
    else:
        said = gettext("There is no data for {missing} of {total} months: {months}.")
    said = said.format(missing=missing, total=len(facts.months), months=named, n=more)
    return " ".join([said, gettext("They are gaps in the chart, not zeros.")])


def area_values(context: SiteContext, index: int) -> dict[str, Any]:
    """
    Give what the page of a force, partnership, district or other area says.

    Parameters
    ----------
    index
        The area's row in the cube.
    """
    facts = context.facts.area(index)
    name = context.name(index)
    facts = _renamed(facts, name)
    folder = context.folder(index)
    home, root = ways(folder)
    force = facts.force
    is_force = facts.area_type == FORCE
    force_data = f"{root}data/forces/{safe_segment(force)}/"
    data = f"{root}data/{folder}/"
    n_hot, hot_rows = _hot_rows(context, index, home)
    fit = alignment_values(context, index, home)["fit"]
    # The section of boundaries says what an area lies in, and how.
    lists = [one for one in area_lists(context, index, home) if one.anchor != "around" or fit is None or "force" in fit]
    files = [(f"{data}counts.csv", gettext("Counts by month and type (CSV)"))]
    kinds = set(context.inputs.areas.loc[context.inputs.areas["force"] == force, "area_type"])
    if is_force:
        if force in context.hotspots:
            files += [
                (f"{force_data}hotspots.csv", gettext("Hexagons and hotspots (CSV)")),
                (f"{force_data}hotspots.geojson", gettext("Hexagons and hotspots (GeoJSON)")),
            ]
        files += [
            (f"{force_data}boundaries-{kind}.geojson", gettext("{what} (GeoJSON)").format(what=area_type_plural(kind)))
            for kind in sorted(kinds)
        ]
    else:
        files += [
            (f"{data}streets.csv", gettext("Map points with incidents, latest 12 months (CSV)")),
            (f"{data}boundary.geojson", gettext("Boundary (GeoJSON)")),
            (f"{data}hotspots.geojson", gettext("Hexagons here and nearby (GeoJSON)")),
            (f"{data}density.geojson", gettext("Density of incidents as contours (GeoJSON)")),
        ]
    said = summary(facts)
    saved = f"{root}maps/{safe_segment(force)}.html" if force in context.hotspots and is_force else ""
    return {
        "title": gettext("Crime recorded by {force}").format(force=name)
        if is_force
        else gettext("Recorded crime in {area}, {type}").format(area=name, type=area_type_inline(facts.area_type)),
        "source": context.source_words(force),
        "description": said[0],
        "type_name": area_type_name(facts.area_type),
        "force_name": context.force_names[force],
        "crumbs": _crumbs(context, home, force, name, with_force=not is_force),
        "facts": facts,
        "summary": said,
        "extra_facts": _extra(facts),
        "rated": rate_words(facts) is not None,
        "coverage": _coverage_words(facts),
        "contents": [
            *_spoken(_AREA_CONTENTS),
            *((one.anchor, one.heading) for one in lists),
            *(_spoken([_FIT]) if fit else []),
            *_spoken(_AREA_CONTENTS_AFTER),
        ],
        **_months(facts),
        "hotspots": hot_rows,
        "fit": fit,
        "hotspot_area_type": context.hotspot_area_type(force),
        "place": place_words(facts),
        "hotspot_words": f"{_hotspot_words(n_hot, place_words(facts))} {_what_hotspots_say(facts)}",
        "saved_map": saved,
        "lists": lists,
        "type_charts": type_charts(context, facts),
        "below": areas_below(context, facts, lists),
        "outcomes": _outcomes(context, index),
        **comparison_values(context, index, home),
        "located": context.facts.located.get(force),
        "files": files,
    }


def _renamed(facts: AreaFacts, name: str) -> AreaFacts:
    return replace(facts, area_name=name)
