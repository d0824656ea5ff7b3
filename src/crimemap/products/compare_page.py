"""The page that sets two to four areas side by side, and the small files that it reads, of each area and each force."""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from crimemap.analysis.over_time.change import LESS, MORE, NO_CLEAR_CHANGE
from crimemap.language import ENGLISH, gettext, language
from crimemap.offences import offence_name
from crimemap.periods import Period, month_after, month_name
from crimemap.products.context import SiteContext
from crimemap.products.cube import COUNTED, SUPPRESSED
from crimemap.products.facts import CANNOT_COMPARE, AreaFacts, Total, TypeFacts
from crimemap.products.inputs import FORCE
from crimemap.products.names import safe_segment

__all__ = ["compare_values", "write_compare_files"]

#: The order of area types in lists.
_TYPES: Final = ("neighbourhood", "csp", "lad", "bcu", "county", "ctyua", "pfa", FORCE)
_FORMAT: Final = 1
_VERDICTS: Final = {MORE: "more", LESS: "fewer", NO_CLEAR_CHANGE: "no_clear_change", CANNOT_COMPARE: "cannot_compare"}


def compare_values(context: SiteContext) -> dict[str, Any]:
    """Give what the page says; the areas come from files, when somebody asks for them."""
    forces = [
        {
            "name": context.force_names[one["id"]],
            "list": f"data/forces/{safe_segment(one['id'])}/areas.json",
            "counts": f"data/forces/{safe_segment(one['id'])}/counts.csv",
            "href": context.force_address(one["id"]),
        }
        for one in context.inputs.forces
        if one["id"] in context.facts.periods
    ]
    return {
        "title": gettext("Compare areas"),
        "description": gettext(
            "Put two to four areas side by side: recorded incidents, rates with their intervals, and change."
        ),
        "page": "compare",
        # Which forces have pages in this language; links to areas of others lead to English ones.
        "spoken": "" if language() == ENGLISH else " ".join(sorted(context.languages[language()])),
        "names": _names(context) if language() != ENGLISH else "",
        "forces": sorted(forces, key=lambda one: one["name"]),
    }


def _names(context: SiteContext) -> str:
    """
    Give the script what the files that it reads have in English, as JSON: names of types, and of months.

    Browsers do not all know a small language's months.
    """
    types = {name: offence_name(name) for name in context.facts.cube.offence_types}
    months = [month_name(f"2000-{month:02d}").removesuffix(" 2000") for month in range(1, 13)]
    return json.dumps({"types": types, "months": months}, ensure_ascii=False)


def write_compare_files(context: SiteContext, site: Path) -> None:
    """
    Write `compare.json` of every area, and `areas.json` of every force.

    Parameters
    ----------
    site
        The site's root; an area's file goes to the same folder below `data/` as its other files.
    """
    listed: dict[str, list[dict[str, str]]] = {force: [] for force in context.facts.periods}
    areas = context.facts.cube.areas
    for index, (kind, force) in enumerate(zip(areas["area_type"], areas["force"], strict=True)):
        if force not in context.facts.periods:
            continue
        folder = context.folder(index)
        described = _described(context, index, folder)
        _write(site / "data" / folder / "compare.json", described)
        listed[force].append({"folder": folder, "name": described["name"], "type": str(kind)})
    for force, some in listed.items():
        some.sort(key=lambda one: (_TYPES.index(one["type"]) if one["type"] in _TYPES else len(_TYPES), one["name"]))
        _write(site / "data" / "forces" / safe_segment(force) / "areas.json", {"format": _FORMAT, "areas": some})


def _write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def _described(context: SiteContext, index: int, folder: str) -> dict[str, Any]:
    """Put an area's published numbers together; a number that is not shown is not here either."""
    facts = context.facts.area(index)
    people = float(context.comparisons.people[index])
    kinds = {name: k for k, name in enumerate(context.facts.cube.offence_types)}
    return {
        "format": _FORMAT,
        "folder": folder,
        "name": context.name(index),
        "type": facts.area_type,
        "code": facts.area_code,
        "force": facts.force,
        "period": _months(facts.period),
        "people": None if np.isnan(people) else round(people),
        "people_of": facts.population_vintage,
        "months": [one.month for one in facts.months],
        "types": [
            _type(context, facts, index, one, kinds[one.offence_type])
            for one in sorted((facts.total, *facts.types), key=lambda one: -kinds[one.offence_type])
        ],
    }


def _months(period: Period) -> dict[str, str]:
    return {"from": period.start, "to": month_after(period.end, -1)}


def _type(context: SiteContext, facts: AreaFacts, index: int, one: TypeFacts, kind: int) -> dict[str, Any]:
    compared = context.comparisons
    rates = (float(values[index, kind]) for values in (compared.rate, compared.low, compared.high))
    rate, low, high = (None if np.isnan(value) else round(value, 3) for value in rates)
    values, status = context.facts.cube.incidents[index, :, kind], context.facts.cube.status[index, :, kind]
    return {
        "name": one.offence_type,
        "now": _total(one.now),
        "before": _total(one.before),
        "compared": {"now": one.compared_now, "before": one.compared_before, "months": one.pairs},
        "verdict": _VERDICTS.get(one.verdict, "too_few"),
        "base": compared.base[kind],
        "rate": rate,
        "low": low,
        "high": high,
        "series": [int(v) if s == COUNTED else None for v, s in zip(values.tolist(), status.tolist(), strict=True)],
        "not_shown": [facts.months[m].month for m in np.flatnonzero(status == SUPPRESSED).tolist()],
    }


def _total(total: Total) -> dict[str, int]:
    return {
        "incidents": total.incidents,
        "months": total.months,
        "no_data": total.no_data,
        "not_shown": total.suppressed,
    }
