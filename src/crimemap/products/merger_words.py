"""
The sentences of a report on a merger, from the document that scoring gives, in the language that is spoken.

Numbers of people are rounded to whole ones, and a number that is not known is said so.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from crimemap.language import gettext, marked, ngettext
from crimemap.products.listed import joined_names, listed_words
from crimemap.products.names import AREA_TYPE_NAMES, area_type_plural
from crimemap.products.wording import lower_first

__all__ = [
    "force_lines", "law_row", "lead", "name_of", "set_words", "short", "steps", "titled", "uncertainty", "unit_names",
]  # fmt: skip

Row = Mapping[str, Any]

_FLAGS: Final = {
    "cross_force": marked("more than one police area"),
    "split_county": marked("a county is split"),
    "not_contiguous": marked("not contiguous"),
    "wales": marked("an area in Wales"),
    "part_of_a_district": marked("part of a district"),
}
#: How many areas with people across a force's line are named.
_ACROSS: Final = 5


def set_words(set_id: str) -> str:
    """
    Say a set in words.

    Examples
    --------
    >>> set_words("csp-2017")
    'community safety partnerships (2017)'
    """
    kind, _, vintage = set_id.split(",", maxsplit=1)[0].strip().partition("-")
    words = lower_first(area_type_plural(kind) if kind in AREA_TYPE_NAMES else kind)
    return f"{words} ({vintage})" if vintage else words


def titled(text: str) -> str:
    """
    Begin a line with a capital letter.

    Examples
    --------
    >>> titled("county council: Wendleshire")
    'County council: Wendleshire'
    """
    return f"{text[:1].upper()}{text[1:]}"


def unit_names(score: Row) -> dict[str, str]:
    """Name the units of a document, before and after, by code."""
    return {row["code"]: row["name"] or row["code"] for row in (*score["before"], *score["after"])}


def name_of(score: Row) -> str:
    """Name a proposal that was not named: a single merger by what it joins, anything else not at all."""
    merged = score["scenario"]["merge"]
    names = unit_names(score)
    if len(merged) == 1 and not score["scenario"]["split"] and not score["scenario"]["move"]:
        return gettext("Merging {areas}").format(areas=joined_names([names.get(unit, unit) for unit in merged[0]["units"]]))
    return ""


def _figure(score: Row, measure: str) -> Row:
    empty = {"before": None, "after": None, "change": None, "unit": ""}
    return next((row for row in score["summary"] if row["measure"] == measure), empty)


def _people(value: float | None) -> str:
    return gettext("an unknown number of") if value is None else f"{round(value):,}"


def lead(score: Row, units: str, targets: str) -> str:
    """Say the one thing that a board should read."""
    misfit = _figure(score, "misfit")
    before, after = _people(misfit["before"]), _people(misfit["after"])
    if not score["changed"]:
        said = gettext("How well {units} fit {targets} today: {before} people are misplaced.")
    elif before == after:
        said = gettext(
            "The proposal would leave the number of people misplaced between {units} and {targets} as it is: {after}."
        )
    else:
        said = gettext(
            "The proposal would take the number of people misplaced between {units} and {targets} from {before} to {after}."
        )
    return said.format(units=units, targets=targets, before=before, after=after)


def short(score: Row, law: Sequence[Row], search: Row | None) -> Iterable[str]:
    """Say what matters in a few sentences."""
    same, live = _figure(score, "n_coterminous"), _figure(score, "people_coterminous")
    if same["before"] is not None:
        yield gettext(
            "Coterminous areas: {areas_before} before, {areas_after} after; {people_before} people live in one before, "
            "{people_after} after."
        ).format(
            areas_before=f"{round(same['before']):,}",
            areas_after=f"{round(same['after']):,}",
            people_before=_people(live["before"]),
            people_after=_people(live["after"]),
        )
    if score["people_moved"]:
        yield gettext("{people} people would change to another area.").format(people=_people(score["people_moved"]))
    elif score["changed"]:
        yield gettext("No area is taken apart: each goes on whole, by itself or joined with others.")
    for one in law:
        said = gettext("{name}: {n} bodies must agree.")
        if one["short_flags"]:
            said = gettext("{name}: {n} bodies must agree. Note: {flags}.")
        yield said.format(name=one["name"], n=one["n_parties"], flags=listed_words(one["short_flags"]))
    yield score["uncertainty"]["says"]
    if search is not None:
        yield search["says"]


def steps(score: Row) -> Iterable[str]:
    """Say what is proposed, a sentence for each step, in the order in which steps are taken."""
    names = unit_names(score)
    scenario = score["scenario"]
    for split in scenario["split"]:
        into = joined_names([piece.get("name") or piece["code"] for piece in split["into"]])
        unit = names.get(split["unit"], split["unit"])
        yield gettext("Split {area}: {parts} would stand apart.").format(area=unit, parts=into)
    came_from = {row["brick"]: row["from"] for row in score["moved_bricks"]}
    for move in scenario["move"]:
        left = dict.fromkeys(came_from[brick] for brick in move["bricks"] if brick in came_from)
        n = len(move["bricks"])
        if left:
            said = ngettext("Move {n} small area of {areas} to {to}.", "Move {n} small areas of {areas} to {to}.", n)
        else:
            said = ngettext("Move {n} small area to {to}.", "Move {n} small areas to {to}.", n)
        left_names = joined_names([names.get(unit, unit) for unit in left])
        yield said.format(n=f"{n:,}", areas=left_names, to=names.get(move["to"], move["to"]))
    for merge in scenario["merge"]:
        parts = [names.get(unit, unit) for unit in merge["units"]]
        made = merge.get("name") or merge["code"]
        own_name = made not in (merge["code"], " + ".join(parts))
        said = gettext("Join {areas} as “{name}”.") if own_name else gettext("Join {areas}.")
        yield said.format(areas=joined_names(parts), name=made)


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
        yield gettext(
            "{area}: of the people of {match} who live outside it, {people} live under another police force; no merger "
            "within the force reaches them."
        ).format(area=row["name"] or row["code"], match=match, people=_people(row["beyond_force_line"]))
    if len(across) > most:
        yield gettext("The same holds, with fewer people, for {n} more.").format(n=f"{len(across) - most:,}")


def law_row(one: Row, score: Row) -> Row:
    """Say who must agree to one partnership, and what a lawyer should look at."""
    parties = [
        gettext("{role}: {name}").format(role=party["label"], name=party["name"])
        if party["name"]
        else gettext("{role}: to be looked up").format(role=party["label"])
        for party in one["parties"]
    ]
    return {
        "name": unit_names(score).get(one["unit"], one["unit"]),
        "parties": [titled(text) for text in parties],
        "n_parties": len(parties),
        "flags": [flag["says"] for flag in one["flags"]],
        "short_flags": [gettext(short) for short in filter(None, (_FLAGS.get(flag["flag"]) for flag in one["flags"]))],
    }


def uncertainty(score: Row, search: Row | None) -> Iterable[str]:
    """Say how far the figures can be trusted."""
    yield score["uncertainty"]["says"]
    if score["population_vintage"]:
        yield gettext("People are those of {year}; they have moved since, and numbers in small areas are estimates.").format(
            year=score["population_vintage"]
        )
    yield gettext("Best matches are by where most people live. A moor counts for little, a tower block for much.")
    yield from score["notes"]
    if search is not None:
        yield search["says"]
