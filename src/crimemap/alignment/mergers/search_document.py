"""What a search found, as a sentence and as the document of docs/json/mergers.md."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from crimemap.alignment.mergers.groups import WORD
from crimemap.alignment.mergers.rules import rules
from crimemap.alignment.mergers.scored import scenario_document
from crimemap.alignment.mergers.uncertainty import savings_document, uncertainty
from crimemap.language import gettext, marked
from crimemap.records import plain, records

if TYPE_CHECKING:
    from crimemap.alignment.mergers.options import SearchOptions
    from crimemap.alignment.mergers.planning import Planning
    from crimemap.alignment.mergers.searched import Searched

__all__ = ["document", "sentence", "wording"]

#: What units are called in a sentence, by their type.
_UNITS: Final = {"csp": marked("partnerships"), "lad": marked("districts")}


def sentence(found: "Searched") -> str:
    """Say in one sentence what the best grouping does, and how sure that is."""
    return gettext("{does}; {sure}.").format(does=_does(found), sure=_sure(found))


def _does(found: "Searched") -> str:
    result, counted = found.result, _counted(found.options)
    units = gettext(_UNITS.get(found.planning.unit_type, marked("areas")))
    merged = [len(group) for group in result.groups if len(group) > 1]
    people = f"{result.people:,.0f}"
    if not merged:
        said = gettext("Leaving all {total} {units} as they are leaves {people} {counted}")
        return said.format(total=len(result.groups), units=units, people=people, counted=counted)
    said = gettext("Joining {n} of {total} {units} into {groups} leaves {people} {counted} instead of {before}")
    return said.format(
        n=sum(merged),
        total=sum(map(len, result.groups)),
        units=units,
        groups=len(merged),
        people=people,
        counted=counted,
        before=f"{found.before_people:,.0f}",
    )


def _sure(found: "Searched") -> str:
    result = found.result
    if found.proved:
        quick = any(part.method == "column generation" and len(part.units) > WORD for part in result.parts)
        if quick:
            return gettext(
                "it is proved that no grouping within the limits fits better, though one with fewer mergers might fit as "
                "well"
            )
        return gettext("it is proved that no grouping within the limits fits better")
    if result.status == "time_limit":
        said = gettext(
            "this is the best that was found when the time was up and it is not proved: another grouping might leave as few "
            "as {bound}, {gap} fewer"
        )
    else:
        said = gettext(
            "this is the best that was found when it was called off and it is not proved: another grouping might leave as "
            "few as {bound}, {gap} fewer"
        )
    return said.format(bound=f"{result.bound:,.0f}", gap=f"{result.gap_people:,.0f}")


def _counted(options: "SearchOptions") -> str:
    if options.objective == "misfit":
        if options.accept_nesting:
            return gettext("people outside the area that their group fits best")
        return gettext("people out of fit")
    if options.accept_nesting:
        return gettext("people in groups that are neither coterminous nor nested")
    return gettext("people in groups that are not coterminous")


def _merged(groups: Sequence[Sequence[str]], planning: "Planning") -> list[list[str]]:
    place = {str(code): k for k, code in enumerate(planning.units.index)}
    return sorted((list(group) for group in groups if len(group) > 1), key=lambda group: place[group[0]])


def _ties(found: "Searched") -> list[dict[str, Any]]:
    """Give other groupings that fit as well: each part's others, with the best of the rest of the map."""
    made = []
    for part in found.result.parts:
        rest = [group for one in found.result.parts if one is not part for group in one.groups]
        made += [{"merge": _merged([*rest, *tie], found.planning)} for tie in part.ties]
    return made


def wording(found: "Searched") -> dict[str, Any]:
    """Write those fields of the document that hold sentences, in the language that is spoken."""
    searched = [unit for group in found.result.groups for unit in group]
    bricks = found.planning.bricks
    return {
        "says": sentence(found),
        "law": list(found.law),
        "rules": rules(),
        "savings": savings_document(found.model, found.savings),
        "uncertainty": uncertainty(bricks[bricks["unit"].isin(searched)]),
        "left_out": [{**one, "why": gettext(why)} for one in found.left_out for why in (one["why"],)],
        "notes": list(found.planning.notes),
    }


def document(found: "Searched") -> dict[str, Any]:
    """Write everything that a search found, in the language that is spoken."""
    result, planning, options, said = found.result, found.planning, found.options, wording(found)
    return {
        "units": planning.unit_set,
        "targets": planning.target_set,
        "population_vintage": planning.population_vintage,
        "status": result.status,
        "objective": options.objective,
        "people": result.people,
        "before_people": found.before_people,
        "bound": result.bound,
        "gap": result.gap_people,
        "mergers": result.n_changes,
        "proved": found.proved,
        "says": said["says"],
        "groups": records(found.groups),
        "ties": _ties(found),
        "ties_complete": all(part.ties_complete for part in result.parts),
        "front": _front(found),
        "law": said["law"],
        "rules": said["rules"],
        "spread": records(found.spread),
        "spread_limits": plain(asdict(options.spread)),
        "savings": said["savings"],
        "scenario": scenario_document(found.scenario),
        "thresholds": asdict(options.classes) | {"tolerance": options.tolerance},
        "uncertainty": said["uncertainty"],
        "parameters": plain(found.parameters),
        "parts": [
            {
                "units": len(part.units),
                "first_unit": part.units[0],
                "status": part.status,
                "method": part.method,
                "people": part.people,
                "bound": part.bound,
                "groups_seen": part.n_groups_seen,
            }
            for part in result.parts
        ],
        "islands": planning.contiguity.islands,
        "left_out": said["left_out"],
        "notes": said["notes"],
    }


def _front(searched: "Searched") -> dict[str, Any] | None:
    found = searched.front
    if found is None:
        return None
    rows = [
        {
            "n_partnerships": int(row["n_partnerships"]),
            "n_changes": int(row["n_changes"]),
            "people": float(row["people"]),
            "net_low": plain(row.get("net_low")),
            "net_high": plain(row.get("net_high")),
            "efficient": bool(row["efficient"]),
            "merge": _merged(grouping, searched.planning),
        }
        for row, grouping in zip(found.table.to_dict("records"), found.groupings, strict=True)
    ]
    return {"rows": rows, "proved": found.proved, "complete": found.complete, "status": found.status or "optimal"}
