"""What the templates of neighbourhood and area pages are given."""

from dataclasses import replace
from typing import Any, Final

from crimemap.periods import Period, month_after, month_name
from crimemap.products.area_lists import area_lists
from crimemap.products.charts import monthly_chart
from crimemap.products.classes import class_breaks
from crimemap.products.context import SiteContext, site_name
from crimemap.products.expected import expected_months
from crimemap.products.facts import AreaFacts, MonthCount, Total, TypeFacts
from crimemap.products.frames import records
from crimemap.products.inputs import FORCE
from crimemap.products.names import AREA_TYPE_NAMES, area_folder, safe_segment, street_name
from crimemap.products.page_languages import ways
from crimemap.products.teams import described_team
from crimemap.products.wording import number, period_words, place_words, rate_words, summary, where_words

__all__ = ["area_values", "neighbourhood_values"]

_STREETS = 15
_HOTSPOTS = 15
_MOST_RUNS = 6
_CONTENTS: Final = (
    ("what", "What happens here"),
    ("months", "Month by month"),
    ("where", "Where"),
    ("outcomes", "What happened to reports"),
    ("team", "Your policing team"),
    ("priorities", "What the team is working on"),
    ("events", "Meetings and events"),
    ("accuracy", "How exact this is"),
    ("downloads", "Downloads"),
)
_AREA_CONTENTS: Final = (("what", "What was recorded"), ("months", "Month by month"), ("where", "Where: hotspots"))
_AREA_CONTENTS_AFTER: Final = (
    ("outcomes", "What happened to reports"),
    ("accuracy", "How exact this is"),
    ("downloads", "Downloads"),
)


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
    of = f" ({facts.population_vintage})" if facts.population_vintage else ""
    rows = [(f"residents{of}", number(facts.population))]
    rate = rate_words(facts)
    if rate:
        rows.append((f"incidents for every 1,000 residents{of} in 12 months ({rate[1]} allowing for chance)", rate[0]))
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
        "title": f"Recorded crime in {name}, {context.force_names[force]}",
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
        said = ["This neighbourhood has no boundary in this release, so incidents cannot be counted for it."]
        shown_anchors = ("team", "priorities", "events", "accuracy")
        contents = [pair for pair in _CONTENTS if pair[0] in shown_anchors]
        return {**values, "facts": facts, "summary": said, "has_counts": False, "contents": contents, "description": said[0]}
    facts = context.facts.area(index)
    said = summary(facts)
    streets = context.facts.streets.get(index)
    rows = [] if streets is None else records(streets.head(_STREETS))
    for row in rows:
        row["name"] = street_name(str(row["street"]))
    hot = context.hotspot_tables.get(force)
    n_hot = 0 if hot is None else int((hot["area"] == index).sum())
    layers = {
        "boundary": f"{data}boundary.geojson",
        "points": f"{data}points.geojson",
        "hexagons": f"{data}hotspots.geojson",
        "context": f"{root}data/forces/{safe_segment(force)}/boundaries-neighbourhood.geojson",
    }
    return {
        **values,
        "facts": facts,
        "summary": said,
        "description": said[0],
        "has_counts": True,
        "has_map": True,
        "contents": _CONTENTS,
        "extra_facts": _extra(facts),
        "rated": rate_words(facts) is not None,
        "coverage": _coverage_words(facts),
        **_months(facts),
        "layers": layers,
        "only_hot": index in context.only_hot,
        "breaks": _breaks(context, force),
        "streets": rows,
        "more_streets": max(0, (0 if streets is None else len(streets)) - _STREETS),
        "hotspot_words": _hotspot_words(n_hot, name),
        "outcomes": _outcomes(context, index),
        "files": [
            (f"{data}counts.csv", "Counts by month and type (CSV)"),
            (f"{data}streets.csv", "Map points with incidents, latest 12 months (CSV)"),
            (f"{data}points.geojson", "Map points with incidents, latest 12 months (GeoJSON)"),
            (f"{data}boundary.geojson", "Boundary (GeoJSON)"),
            (f"{data}hotspots.geojson", "Hexagons here and nearby (GeoJSON)"),
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
    span = f"{month_name(facts.months[0].month)} to {month_name(facts.months[-1].month)}"
    return f"Incidents recorded {where_words(facts)} by month, {span}"


def _breaks(context: SiteContext, force: str) -> list[int]:
    found = context.hotspots.get(force)
    return [] if found is None else class_breaks(found.table["incidents"].to_numpy())


def _hotspot_words(n_hot: int, name: str) -> str:
    if n_hot == 0:
        return f"No hexagon in {name} is a hotspot: nowhere were more incidents recorded than chance would explain."
    if n_hot == 1:
        return (
            f"One hexagon in {name} is a hotspot: more incidents were recorded in and around it than chance would explain."
        )
    return (
        f"{n_hot} hexagons in {name} are hotspots: they and those around them have more incidents than chance would explain."
    )


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
    return [month_name(run[0]) if len(run) == 1 else f"{month_name(run[0])} to {month_name(run[-1])}" for run in runs]


def _coverage_words(facts: AreaFacts) -> str:
    runs = _runs(facts)
    if not runs:
        return ""
    missing = sum(one.status == "no_data" for one in facts.months)
    more = f" and {len(runs) - _MOST_RUNS} more gaps" if len(runs) > _MOST_RUNS else ""
    said = f"There is no data for {missing} of {len(facts.months)} months: {', '.join(runs[:_MOST_RUNS])}{more}."
    return f"{said} They are gaps in the chart, not zeros."


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
    lists = area_lists(context, index, home)
    files = [(f"{data}counts.csv", "Counts by month and type (CSV)")]
    layers: dict[str, str] = {}
    kinds = set(context.inputs.areas.loc[context.inputs.areas["force"] == force, "area_type"])
    context_kind = next((kind for kind in ("neighbourhood", "csp", "lad") if kind in kinds), None)
    if context_kind:
        layers["context"] = f"{force_data}boundaries-{context_kind}.geojson"
    if is_force:
        if force in context.hotspots:
            layers["hexagons"] = f"{force_data}map.geojson"
            files += [
                (f"{force_data}hotspots.csv", "Hexagons and hotspots (CSV)"),
                (f"{force_data}hotspots.geojson", "Hexagons and hotspots (GeoJSON)"),
            ]
        if "pfa" in kinds:
            layers["boundary"] = f"{force_data}boundaries-pfa.geojson"
        files += [
            (f"{force_data}boundaries-{kind}.geojson", f"{AREA_TYPE_NAMES[kind][1]} (GeoJSON)") for kind in sorted(kinds)
        ]
    else:
        layers |= {"boundary": f"{data}boundary.geojson", "hexagons": f"{data}hotspots.geojson"}
        files += [
            (f"{data}streets.csv", "Map points with incidents, latest 12 months (CSV)"),
            (f"{data}boundary.geojson", "Boundary (GeoJSON)"),
            (
                f"{data}hotspots.geojson",
                f"{'Hotspots' if index in context.only_hot else 'Hexagons'} here and nearby (GeoJSON)",
            ),
        ]
    said = summary(facts)
    saved = (
        f"{root}maps/{safe_segment(force)}.html"
        if force in context.hotspots and (is_force or index in context.only_hot)
        else ""
    )
    return {
        "title": f"Crime recorded by {name}"
        if is_force
        else f"Recorded crime in {name}, {AREA_TYPE_NAMES[facts.area_type][0].lower()}",
        "source": context.source_words(force),
        "description": said[0],
        "type_name": AREA_TYPE_NAMES[facts.area_type][0],
        "force_name": context.force_names[force],
        "crumbs": _crumbs(context, home, force, name, with_force=not is_force),
        "facts": facts,
        "summary": said,
        "extra_facts": _extra(facts),
        "rated": rate_words(facts) is not None,
        "coverage": _coverage_words(facts),
        "contents": [*_AREA_CONTENTS, *((one.anchor, one.heading) for one in lists), *_AREA_CONTENTS_AFTER],
        **_months(facts),
        "has_map": bool(layers),
        "layers": layers,
        "breaks": _breaks(context, force),
        "hotspots": hot_rows,
        "hotspot_area_type": context.hotspot_area_type(force),
        "only_hot": index in context.only_hot,
        "place": place_words(facts),
        "hotspot_words": f"{_hotspot_words(n_hot, place_words(facts))} A hotspot says where incidents were recorded in "
        f"{period_words(facts.period)}, not how likely anyone is to be a victim: busy places have many visitors.",
        "saved_map": saved,
        "lists": lists,
        "outcomes": _outcomes(context, index),
        "located": context.facts.located.get(force),
        "files": files,
    }


def _renamed(facts: AreaFacts, name: str) -> AreaFacts:
    return replace(facts, area_name=name)
