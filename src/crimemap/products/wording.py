"""
Plain words for numbers. British English, reading age nine to eleven, and never a claim that the numbers do not carry.

A change is called one only where `analysis.change` found it; everything else is "no clear change" or "too few to say".
"""

from typing import Final

from crimemap.analysis.counts import poisson_interval
from crimemap.analysis.over_time.change import LESS, MORE, NO_CLEAR_CHANGE
from crimemap.offences import ANTI_SOCIAL_BEHAVIOUR
from crimemap.periods import Period, month_after, month_name
from crimemap.products.facts import CANNOT_COMPARE, AreaFacts, Total, TypeFacts, changed
from crimemap.products.inputs import FORCE

__all__ = [
    "CHANGE_CLASSES",
    "change_words",
    "lower_first",
    "number",
    "period_words",
    "place_words",
    "rate_words",
    "shown",
    "summary",
    "where_words",
]

#: Verdict to the CSS class that carries its sign.
CHANGE_CLASSES: Final = {MORE: "more", LESS: "less", NO_CLEAR_CHANGE: "same"}
_MOST_NAMED = 3
#: Rates under this are written with one decimal.
_EXACT_BELOW = 10


def number(value: int) -> str:
    """
    Write a whole number.

    Examples
    --------
    >>> number(12345)
    '12,345'
    """
    return f"{value:,}"


def lower_first(name: str) -> str:
    """
    Write an offence type in the middle of a sentence.

    Examples
    --------
    >>> lower_first("Vehicle crime"), lower_first("ABH")
    ('vehicle crime', 'ABH')
    """
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def period_words(period: Period) -> str:
    """
    Write a period as people say it.

    Examples
    --------
    >>> period_words(Period("2024-01", "2025-01")), period_words(Period("2024-12", "2025-01"))
    ('the 12 months to December 2024', 'December 2024')
    """
    last = month_name(month_after(period.end, -1))
    return last if len(period) == 1 else f"the {len(period)} months to {last}"


def shown(total: Total) -> str:
    """
    Write a sum so that zero, no data and withheld are told apart.

    Examples
    --------
    >>> from dataclasses import replace
    >>> year = Total(incidents=0, months=12, no_data=0, suppressed=0)
    >>> shown(year), shown(replace(year, no_data=12))
    ('0', 'no data')
    >>> shown(replace(year, incidents=37, suppressed=2)), shown(replace(year, suppressed=2))
    ('at least 37', 'not shown')
    """
    if total.no_data >= total.months:
        return "no data"
    if total.suppressed:
        return f"at least {number(total.incidents)}" if total.incidents else "not shown"
    return number(total.incidents)


def change_words(one: TypeFacts) -> str:
    """Give the verdict on the two years in two or three words."""
    if one.verdict == CANNOT_COMPARE:
        return "cannot compare"
    return {MORE: "more", LESS: "fewer", NO_CLEAR_CHANGE: "no clear change"}.get(one.verdict, "too few to say")


def _incidents(n: int) -> str:
    return f"{number(n)} incident{'' if n == 1 else 's'}"


def where_words(facts: AreaFacts) -> str:
    """Say where, or for a police force by whom, incidents were recorded."""
    return f"by {facts.area_name}" if facts.area_type == FORCE else f"in {facts.area_name}"


def place_words(facts: AreaFacts) -> str:
    """Name the place: a police force is none, its area is."""
    return f"the area of {facts.area_name}" if facts.area_type == FORCE else facts.area_name


def _rounded(rate: float) -> str:
    return f"{rate:.1f}" if rate < _EXACT_BELOW else f"{rate:,.0f}"


def rate_words(facts: AreaFacts) -> tuple[str, str] | None:
    """
    Give the latest year's incidents per 1,000 residents and their 95 % interval (exact, Poisson).

    Returns
    -------
    tuple or None
        Rate and interval in words; None where residents are not known or a month is missing or withheld: the rate of part
        of a year would read as that of a year.
    """
    if not facts.population or not facts.total.now.exact:
        return None
    low, high = poisson_interval([facts.total.now.incidents])
    per = 1000 / facts.population
    return _rounded(facts.total.now.incidents * per), f"{_rounded(float(low[0]) * per)} to {_rounded(float(high[0]) * per)}"


def _opening(facts: AreaFacts) -> str:
    total, when = facts.total.now, period_words(facts.period)
    if total.no_data >= total.months:
        return f"There is no data for {facts.area_name} for {when}."
    if total.incidents == 0 and total.suppressed:
        return f"The numbers for {facts.area_name} in {when} are too small to be shown."
    if total.incidents == 0:
        held = f" in the {total.months - total.no_data} months that we have data for" if total.no_data else ""
        return f"No incidents were recorded {where_words(facts)} in {when}{held}."
    amount = f"At least {_incidents(total.incidents)}" if total.suppressed else _incidents(total.incidents)
    was = "was" if total.incidents == 1 else "were"
    said = f"{amount} {was} recorded {where_words(facts)} in {when}."
    missing = total.no_data
    if missing:
        said += (
            f" Data for {missing} of these months {'is' if missing == 1 else 'are'} missing, so the real number is higher."
        )
    return said


def _comparison(facts: AreaFacts) -> str:
    one = facts.total
    if one.verdict == CANNOT_COMPARE:
        return "We do not have enough months of data to compare with the year before."
    basis = "" if one.pairs == one.now.months else f", comparing the {one.pairs} months that we have for both years"
    pair = f"({number(one.compared_now)}, and {number(one.compared_before)} the year before{basis})"
    if one.verdict == MORE:
        return f"That is more than the year before, and more than chance would explain {pair}."
    if one.verdict == LESS:
        return f"That is fewer than the year before, and the fall is larger than chance would explain {pair}."
    if one.verdict == NO_CLEAR_CHANGE:
        return f"There is no clear change from the year before {pair}."
    return f"The numbers are too small to say whether that is a change from the year before {pair}."


def _most(facts: AreaFacts) -> str:
    if any(one.now.suppressed for one in (*facts.types, facts.total)):
        return ""
    most = [one for one in facts.types if one.now.incidents][:_MOST_NAMED]
    if len(most) < 2 or not facts.total.now.incidents:  # noqa: PLR2004 - one type needs no list
        return ""
    share = [f"{lower_first(one.offence_type)} ({100 * one.now.incidents / facts.total.now.incidents:.0f}%)" for one in most]
    return f"Most often recorded: {', '.join(share[:-1])} and {share[-1]}."


def _changes(facts: AreaFacts) -> str:
    found = changed(facts)[: 2 * _MOST_NAMED]
    rose = [one for one in found if one.verdict == MORE][:_MOST_NAMED]
    fell = [one for one in found if one.verdict == LESS][:_MOST_NAMED]
    parts = []
    for verb, some in (("rose", rose), ("fell", fell)):
        if some:
            names = [
                f"{lower_first(one.offence_type)} ({number(one.compared_before)} to {number(one.compared_now)})"
                for one in some
            ]
            listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
            parts.append(f"{listed[:1].upper()}{listed[1:]} {verb} by more than chance would explain.")
    return " ".join(parts)


def summary(facts: AreaFacts) -> list[str]:
    """
    Say in a few sentences what was recorded, whether it changed, and what it mostly was.

    Returns
    -------
    list[str]
        Paragraphs of plain text.
    """
    opening = _opening(facts)
    if facts.total.now.no_data < facts.total.now.months:
        opening = f"{opening} {_comparison(facts)}"
    names = {one.offence_type for one in facts.types if one.now.incidents}
    also = "Incidents are crimes and anti-social behaviour." if ANTI_SOCIAL_BEHAVIOUR in names else ""
    rest = " ".join(one for one in (_most(facts), also) if one)
    return [one for one in (opening, _changes(facts), rest) if one]
