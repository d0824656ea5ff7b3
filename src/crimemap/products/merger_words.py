"""
The sentences of a report on a merger, from the document that scoring gives.

Numbers of people are rounded to whole ones, a number that is not known is said so, and a saving is a range or nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from crimemap.products.names import AREA_TYPE_NAMES

__all__ = [
    "force_lines", "law_row", "lead", "listed", "name_of", "pounds", "savings_rows", "set_words", "short", "spread_note",
    "spread_row", "steps", "summary", "thresholds", "uncertainty",
]  # fmt: skip

Row = Mapping[str, Any]

#: Measures in the order of the table, in words; the others of the document are for programs.
_MEASURES: Final = {
    "n_units": "Areas",
    "misfit": "People misplaced, all areas together",
    "n_coterminous": "Areas that are coterminous",
    "people_coterminous": "People who live in a coterminous area",
    "n_minor_difference": "Areas with a minor difference",
    "n_nested": "Areas nested in a larger one",
    "people_nested": "People who live in a nested area",
    "n_split": "Areas made of several whole ones",
    "n_many_to_many": "Areas where lines cross",
    "people_many_to_many": "People who live where lines cross",
    "nesting": "Share of people who live in their area's best match",
    "v_measure": "V-measure (1: the sets are the same)",
    "variation_of_information": "Variation of information, bits (0: the same)",
}
_LIMITS: Final = {
    "population": "people",
    "area_km2": "area",
    "n_districts": "districts",
    "distance_km": "distance",
}
_FLAGS: Final = {
    "cross_force": "more than one police area",
    "split_county": "a county is split",
    "not_contiguous": "not contiguous",
    "wales": "an area in Wales",
    "part_of_a_district": "part of a district",
}
#: How many areas with people across a force's line are named.
_ACROSS: Final = 5
_MINUS: Final = "\N{MINUS SIGN}"


def set_words(set_id: str) -> str:
    """
    Say a set in words.

    Examples
    --------
    >>> set_words("csp-2017")
    'community safety partnerships (2017)'
    """
    kind, _, vintage = set_id.split(",", maxsplit=1)[0].strip().partition("-")
    words = AREA_TYPE_NAMES[kind][1] if kind in AREA_TYPE_NAMES else kind
    words = words if words[:2].isupper() else words[:1].lower() + words[1:]
    return f"{words} ({vintage})" if vintage else words


def unit_names(score: Row) -> dict[str, str]:
    return {row["code"]: row["name"] or row["code"] for row in (*score["before"], *score["after"])}


def name_of(score: Row) -> str:
    """Name a proposal that was not named: a single merger by what it joins, anything else not at all."""
    merged = score["scenario"]["merge"]
    names = unit_names(score)
    if len(merged) == 1 and not score["scenario"]["split"] and not score["scenario"]["move"]:
        return "Merging " + listed(names.get(unit, unit) for unit in merged[0]["units"])
    return ""


def listed(words: Iterable[str]) -> str:
    """
    Join words as a sentence does.

    Examples
    --------
    >>> listed(["A", "B", "C"])
    'A, B and C'
    """
    every = list(words)
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} and {every[-1]}" if every else ""


def _figure(score: Row, measure: str) -> Row:
    empty = {"before": None, "after": None, "change": None, "unit": ""}
    return next((row for row in score["summary"] if row["measure"] == measure), empty)


def _people(value: float | None) -> str:
    return "an unknown number of" if value is None else f"{round(value):,}"


def lead(score: Row, units: str, targets: str) -> str:
    """Say the one thing that a board should read."""
    misfit = _figure(score, "misfit")
    if not score["changed"]:
        return f"How well {units} fit {targets} today: {_people(misfit['before'])} people are misplaced."
    if _people(misfit["before"]) == _people(misfit["after"]):
        return (
            f"The proposal would leave the number of people misplaced between {units} and {targets} as it is: "
            f"{_people(misfit['after'])}."
        )
    return (
        f"The proposal would take the number of people misplaced between {units} and {targets} from "
        f"{_people(misfit['before'])} to {_people(misfit['after'])}."
    )


def short(score: Row, law: Sequence[Row], search: Row | None) -> Iterable[str]:
    """Say what matters in a few sentences."""
    same, live = _figure(score, "n_coterminous"), _figure(score, "people_coterminous")
    if same["before"] is not None:
        yield (
            f"Coterminous areas: {round(same['before']):,} before, {round(same['after']):,} after; "
            f"{_people(live['before'])} people live in one before, {_people(live['after'])} after."
        )
    if score["people_moved"]:
        yield f"{_people(score['people_moved'])} people would change to another area."
    elif score["changed"]:
        yield "No area is taken apart: each goes on whole, by itself or joined with others."
    for one in law:
        yield f"{one['name']}: {one['n_parties']} bodies must agree." + (
            f" Note: {listed(one['short_flags'])}." if one["short_flags"] else ""
        )
    yield score["uncertainty"]["says"]
    if search is not None:
        yield search["says"]


def steps(score: Row) -> Iterable[str]:
    """Say what is proposed, a sentence for each step, in the order in which steps are taken."""
    names = unit_names(score)
    scenario = score["scenario"]
    for split in scenario["split"]:
        into = listed(piece.get("name") or piece["code"] for piece in split["into"])
        yield f"Split {names.get(split['unit'], split['unit'])}: {into} would stand apart."
    came_from = {row["brick"]: row["from"] for row in score["moved_bricks"]}
    for move in scenario["move"]:
        left = dict.fromkeys(came_from[brick] for brick in move["bricks"] if brick in came_from)
        source = f" of {listed(names.get(unit, unit) for unit in left)}" if left else ""
        n = len(move["bricks"])
        yield f"Move {n:,} small {'area' if n == 1 else 'areas'}{source} to {names.get(move['to'], move['to'])}."
    for merge in scenario["merge"]:
        parts = [names.get(unit, unit) for unit in merge["units"]]
        made = merge.get("name") or merge["code"]
        own_name = made not in (merge["code"], " + ".join(parts))
        yield f"Join {listed(parts)}" + (f" as “{made}”." if own_name else ".")


def force_lines(rows: Iterable[Row], *, most: int = _ACROSS) -> Iterable[str]:
    """
    Name the areas whose misfit lies across a police force's line, where no merger within the force can mend it.

    Parameters
    ----------
    rows
        Areas of a document, before or after.
    most
        How many are named; the others are counted.

    Examples
    --------
    >>> row = {"name": "Hart", "code": "E1", "best_match_name": "North", "best_match": "N", "beyond_force_line": 1200.4}
    >>> next(iter(force_lines([row]))).split(";")[0]
    'Hart: of the people of North who live outside it, 1,200 live under another police force'
    """
    across = sorted((row for row in rows if (row["beyond_force_line"] or 0) >= 1), key=lambda row: -row["beyond_force_line"])
    for row in across[:most]:
        match = row["best_match_name"] or row["best_match"]
        yield (
            f"{row['name'] or row['code']}: of the people of {match} who live outside it, "
            f"{_people(row['beyond_force_line'])} live under another police force; no merger within the force reaches them."
        )
    if len(across) > most:
        yield f"The same holds, with fewer people, for {len(across) - most:,} more."


def _number(value: float | None, unit: str, *, signed: bool = False) -> str:
    if value is None:
        return "-"
    digits = 0 if unit in ("people", "units") else 3
    sign = "+" if signed and round(value, digits) > 0 else ""
    return f"{sign}{value + 0.0:,.{digits}f}".replace("-", _MINUS)


def summary(rows: Sequence[Row]) -> Iterable[Row]:
    """Choose the measures that a board reads, in words."""
    found = {row["measure"]: row for row in rows}
    for measure, words in _MEASURES.items():
        row = found.get(measure)
        if row is not None:
            unit = row["unit"]
            yield {
                "words": words,
                "before": _number(row["before"], unit),
                "after": _number(row["after"], unit),
                "change": _number(row["change"], unit, signed=True),
            }


def spread_row(row: Row, rows: Sequence[Row]) -> Row:
    """Name an area and the limits that it passes."""
    names = {one["code"]: one["name"] or one["code"] for one in rows}
    beyond = listed(_LIMITS.get(name, name) for name in row["beyond"])
    return {**row, "name": names.get(row["unit"], row["unit"]), "beyond_words": beyond or "none"}


def spread_note(limits: Row) -> str:
    """Say which limits were set."""
    units = {
        "population": "{:,.0f} people",
        "area_km2": "{:,.0f} km²",
        "n_districts": "{:,.0f} districts",
        "distance_km": "{:g} km to the farthest resident",
    }
    given = [units[name].format(value) for name, value in limits.items() if value is not None and name in units]
    return f"Limits set: {listed(given)}." if given else "No limits were set: what is too remote is for the planner to say."


def law_row(one: Row, score: Row) -> Row:
    """Say who must agree to one partnership, and what a lawyer should look at."""
    parties = [
        f"{party['kind']}: {party['name']}" if party.get("name") else f"{party['kind']}: to be looked up"
        for party in one["parties"]
    ]
    return {
        "name": unit_names(score).get(one["unit"], one["unit"]),
        "parties": [f"{text[:1].upper()}{text[1:]}" for text in parties],
        "n_parties": len(parties),
        "flags": [flag["says"] for flag in one["flags"]],
        "short_flags": [_FLAGS[flag["flag"]] for flag in one["flags"] if flag["flag"] in _FLAGS],
    }


def pounds(low: float, high: float) -> str:
    """
    Say a range of money.

    Examples
    --------
    >>> pounds(1000, 25000.4)
    '£1,000 to £25,000'
    """
    return f"£{round(low):,} to £{round(high):,}".replace("£-", f"{_MINUS}£")


def _years(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} years"


def savings_rows(found: Row | None) -> Row | None:
    """Say savings as ranges with what was assumed; nothing where nothing was."""
    if found is None:
        return None
    assumed = found["assumptions"]
    money = {"running_cost": "a partnership costs {} a year", "transition": "transition of each partnership in a merger: {}",
             "disaggregation": "taking services apart, each time: {}"}  # fmt: skip
    lines = [words.format(pounds(*_ends(assumed[name]))) for name, words in money.items()]
    low, high = _ends(assumed["share_saved"])
    lines.insert(1, f"{100 * low:g}% to {100 * high:g}% of it is saved when it is absorbed")
    return {
        "years": assumed["years"],
        "rows": [
            ("Saved every year", pounds(found["annual_low"], found["annual_high"])),
            ("Spent once", pounds(found["one_off_low"], found["one_off_high"])),
            (f"Net over {assumed['years']} years", pounds(found["net_low"], found["net_high"])),
            (
                "Pays back after",
                f"{_years(found['pays_back_years_soonest'])} at best, {_years(found['pays_back_years_latest'])} at worst",
            ),
        ],
        "assumed": [f"{text[:1].upper()}{text[1:]}." for text in lines]
        + [f"Source of the assumptions: {assumed['source']}."],
    }


def _ends(value: Any) -> tuple[float, float]:
    return (value["low"], value["high"]) if isinstance(value, Mapping) else (value[0], value[1])


def uncertainty(score: Row, search: Row | None) -> Iterable[str]:
    """Say how far the figures can be trusted."""
    yield score["uncertainty"]["says"]
    if score["population_vintage"]:
        vintage = score["population_vintage"]
        yield f"People are those of {vintage}; they have moved since, and numbers in small areas are estimates."
    yield "Best matches are by where most people live. A moor counts for little, a tower block for much."
    yield from score["notes"]
    if search is not None:
        yield search["says"]


def thresholds(given: Row) -> Iterable[str]:
    """Say from where an area is called what."""
    yield f"Coterminous: area and match share {100 * given['coterminous']:g}% or more of what either has."
    yield f"Minor difference: {100 * given['minor']:g}% or more."
    yield f"Nested: {100 * given['nested']:g}% or more of it lies in one area."
