"""How proposals and searches are told: what changes, how it fits, who must agree, what it may cost, how sure it is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from crimemap.cli.shared import say, table

__all__ = ["show_score", "show_search"]

_SHOWN: Final = 30
_MEASURES: Final = {
    "n_units": "units",
    "misfit": "people out of fit",
    "outside_area": "of them, living outside their unit's best match",
    "not_coterminous": "people in units that are not coterminous",
    "people_coterminous": "people in coterminous units",
    "people_minor_difference": "people in units with a minor difference",
    "people_nested": "people in nested units",
    "people_split": "people in units of several whole areas",
    "people_many_to_many": "people in units that cut across areas",
    "people_not_covered": "people in units that no area covers",
    "v_measure": "V-measure",
    "variation_of_information": "variation of information (bits)",
    "nesting": "nesting",
}


def show_score(said: Mapping[str, Any]) -> None:
    """Tell a proposal."""
    say(f"{said['scenario']['name'] or 'The proposal'}: {said['units']} against {said['targets']}.")
    lines = [
        [_MEASURES[row["measure"]], *(_figure(row[name], row["unit"]) for name in ("before", "after", "change"))]
        for row in said["summary"]
        if row["measure"] in _MEASURES and (row["before"] or row["after"])
    ]
    table("The whole", ["measure", "before", "after", "change"], lines, numeric=("before", "after", "change"))
    changed = [row for row in said["after"] if row["changed"]]
    gone = {row["code"] for row in said["before"]} - {row["code"] for row in said["after"]}
    old = [row for row in said["before"] if row["changed"]]
    _units("Changed units as they are", old)
    _units("Changed units as they would be", changed)
    _show_force_lines(said["after"])
    say(f"{len(changed)} units are new or changed, {len(gone)} are gone; {said['people_moved']:,.0f} people change unit.")
    left = len(said["moved_bricks"]) + said["moved_bricks_left_out"]
    if left:
        say(f"{left:,} small areas move; --json lists them.")
    _show_rest(said)


def show_search(said: Mapping[str, Any]) -> None:
    """Tell what a search found."""
    say(f"{said['units']} against {said['targets']}.")
    say(said["says"])
    merged = [row for row in said["groups"] if row["merged"]]
    lines = [
        [
            "\n".join(f"{code}  {name}" for code, name in zip(row["members"], row["names"], strict=True)),
            row["best_match_name"] or "none",
            _people(row["population"]),
            row["class"],
            _people(row["outside_area"]),
            _people(row["outside_group"]),
        ]
        for row in merged[:_SHOWN]
    ]
    if lines:
        heads = ["join", "fits", "people", "class", "live outside it", "missing from it"]
        table("Mergers", heads, lines, numeric=("people", "live outside it", "missing from it"))
    if len(merged) > _SHOWN:
        say(f"{len(merged) - _SHOWN:,} more; --output or --json gives all.")
    _show_force_lines(said["groups"])
    kinds: dict[str, int] = {}
    for row in said["groups"]:
        kinds[row["class"]] = kinds.get(row["class"], 0) + 1
    say(f"Of {len(said['groups'])} units then: {', '.join(f'{n:,} {kind}' for kind, n in sorted(kinds.items()))}.")
    if said["ties"]:
        more = "" if said["ties_complete"] else ", and perhaps more"
        say(f"{len(said['ties'])} other groupings fit as well{more}; --json lists them.")
    if said["front"] is not None:
        _show_front(said["front"])
    for one in said["left_out"][:5]:
        say(f"{one['code']} {one['name']} was not searched: {one['why']}.")
    if len(said["left_out"]) > 5:  # noqa: PLR2004 - as many as are shown
        say(f"{len(said['left_out']) - 5} more were not searched; --json lists them.")
    if said["islands"]:
        names = {code: name for row in said["groups"] for code, name in zip(row["members"], row["names"], strict=True)}
        alone = ", ".join(f"{code} {names.get(code, '')}".strip() for code in said["islands"][:10])
        say(f"Without a neighbour: {alone}. Give --link for bridges and ferries.")
    _show_rest(said)


def _show_force_lines(rows: Sequence[Mapping[str, Any]]) -> None:
    from crimemap.products.merger_words import force_lines

    for line in force_lines(rows):
        say(line)


def _show_front(front: Mapping[str, Any]) -> None:
    money = any(row["net_low"] is not None for row in front["rows"])
    lines = [
        [
            row["n_partnerships"],
            _people(row["people"]),
            *([f"{_pounds(row['net_low'])} to {_pounds(row['net_high'])}"] if money else []),
            "yes" if row["efficient"] else "",
        ]
        for row in front["rows"]
    ]
    heads = ["partnerships", "people", *(["net savings"] if money else []), "worth a look"]
    if lines:
        table("The best for every number of partnerships", heads, lines[:_SHOWN], numeric=("partnerships", "people"))
    if len(lines) > _SHOWN:
        say(f"{len(lines) - _SHOWN:,} more; --json gives all.")
    say("Each row is proved." if front["proved"] else f"Not every row is proved ({front['status'].replace('_', ' ')}).")
    if money and not front["complete"]:
        say("Some trades of fit against savings were left out.")


def _units(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    counted = any(row["incidents"] is not None for row in rows)
    lines = [
        [
            row["code"],
            row["name"],
            _people(row["population"]),
            *([_people(row["incidents"])] if counted else []),
            row["best_match_name"] or "none",
            _percent(row["share_of_unit"]),
            _percent(row["share_of_match"]),
            row["class"],
            _people(row["misfit"]),
        ]
        for row in rows[:_SHOWN]
    ]
    heads = ["code", "name", "people", *(["incidents"] if counted else []), "best match", "of it", "of the match", "class"]
    heads += ["misfit"]
    table(title, heads, lines, numeric=("people", "incidents", "of it", "of the match", "misfit"))
    if len(rows) > _SHOWN:
        say(f"{len(rows) - _SHOWN:,} more; --output or --json gives all.")


def _show_rest(said: Mapping[str, Any]) -> None:
    """Tell the law, size and spread, savings, and what is only estimated."""
    for one in said["law"][:_SHOWN]:
        say(f"Law, {one['unit']}:")
        for flag in one["flags"]:
            say(f"  {flag['says']}")
        named = [party for party in one["parties"] if party["name"] is not None]
        kinds: dict[str, list[str]] = {}
        for party in named:
            kinds.setdefault(party["kind"], []).append(party["name"])
        if kinds:
            say("  Parties: " + "; ".join(f"{kind} {', '.join(names)}" for kind, names in kinds.items()) + ".")
    if said["law"]:
        say("This is a checklist for a lawyer, not legal advice.")
    lines = [
        [
            one["unit"],
            _people(one["population"]),
            f"{one['area_km2']:,.1f}" if one["area_km2"] is not None else "-",
            one["n_districts"],
            f"{one['distance_km']:,.1f}" if one["distance_km"] is not None else "-",
            ", ".join(one["beyond"]).replace("_", " "),
        ]
        for one in said["spread"][:_SHOWN]
    ]
    if lines:
        heads = ["unit", "people", "km²", "districts", "farthest resident, km", "beyond the limit of"]
        table("Local focus", heads, lines, numeric=heads[1:5])
    if said["savings"] is not None:
        saved = said["savings"]
        say(saved["says"])
        say(
            f"A year {_pounds(saved['annual_low'])} to {_pounds(saved['annual_high'])} saved; once "
            f"{_pounds(saved['one_off_low'])} to {_pounds(saved['one_off_high'])} spent."
        )
    say(said["uncertainty"]["says"])
    for note in said["notes"]:
        say(note)
    counted = said["incidents"]
    if counted is not None:
        period = counted["selection"]["period"]
        say(
            f"Incidents from {period['first_month']} to {period['last_month']}: {counted['selected']:,}, of them "
            f"{counted['counted']:,} in units, {counted['without_position']:,} without a position."
        )
        if counted["units_with_some_months"] or counted["units_without_data"]:
            say(
                f"{counted['units_with_some_months']} units have data of a part of these months only, "
                f"{counted['units_without_data']} of none: no count, which is not 0."
            )
        if counted["selection"]["confidential"]:
            say("Confidential sources were used: this is not for publication.")


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if unit in {"people", "units"} else f"{value:,.4f}"


def _people(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _pounds(value: float) -> str:
    return f"-£{-value:,.0f}" if value < 0 else f"£{value:,.0f}"
