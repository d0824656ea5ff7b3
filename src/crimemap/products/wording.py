"""
Plain words for numbers: reading age nine to eleven, and never a claim that the numbers do not carry.

A change is called one only where `analysis.change` found it; everything else is "no clear change" or "too few to say".
"""

from typing import Final

from crimemap.analysis.counts import poisson_interval
from crimemap.analysis.over_time.change import LESS, MORE, NO_CLEAR_CHANGE
from crimemap.language import gettext, ngettext
from crimemap.offences import ANTI_SOCIAL_BEHAVIOUR, offence_name
from crimemap.periods import Period, month_after, month_name
from crimemap.products.facts import CANNOT_COMPARE, AreaFacts, Total, TypeFacts, changed
from crimemap.products.inputs import FORCE
from crimemap.products.listed import listed_words

__all__ = [
    "CHANGE_CLASSES",
    "change_words",
    "during_words",
    "lower_first",
    "number",
    "offence_words",
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


def offence_words(offence_type: str) -> str:
    """
    Write an offence type in the middle of a sentence of the language that is spoken.

    Examples
    --------
    >>> offence_words("Vehicle crime")
    'vehicle crime'
    """
    return lower_first(offence_name(offence_type))


def period_words(period: Period) -> str:
    """
    Name a period as people say it.

    Examples
    --------
    >>> period_words(Period("2024-01", "2025-01")), period_words(Period("2024-12", "2025-01"))
    ('the 12 months to December 2024', 'December 2024')
    """
    last = month_name(month_after(period.end, -1))
    return last if len(period) == 1 else gettext("the {n} months to {month}").format(n=len(period), month=last)


def during_words(period: Period) -> str:
    """
    Say when something was: a period after "recorded".

    Examples
    --------
    >>> during_words(Period("2024-01", "2025-01")), during_words(Period("2024-12", "2025-01"))
    ('in the 12 months to December 2024', 'in December 2024')
    """
    last = month_name(month_after(period.end, -1))
    if len(period) == 1:
        return gettext("in {month}").format(month=last)
    return gettext("in the {n} months to {month}").format(n=len(period), month=last)


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
        return gettext("no data")
    if total.suppressed and not total.incidents:
        return gettext("not shown")
    if total.suppressed:
        return gettext("at least {n}").format(n=number(total.incidents))
    return number(total.incidents)


def change_words(one: TypeFacts) -> str:
    """Give the verdict on the two years in two or three words."""
    if one.verdict == CANNOT_COMPARE:
        return gettext("cannot compare")
    if one.verdict == MORE:
        return gettext("more")
    if one.verdict == LESS:
        return gettext("fewer")
    return gettext("no clear change") if one.verdict == NO_CLEAR_CHANGE else gettext("too few to say")


def where_words(facts: AreaFacts) -> str:
    """Say where, or for a police force by whom, incidents were recorded."""
    if facts.area_type == FORCE:
        return gettext("by {force}").format(force=facts.area_name)
    return gettext("in {area}").format(area=facts.area_name)


def place_words(facts: AreaFacts) -> str:
    """Name the place: a police force is none, its area is."""
    if facts.area_type == FORCE:
        return gettext("the area of {force}").format(force=facts.area_name)
    return facts.area_name


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
    ends = {"low": _rounded(float(low[0]) * per), "high": _rounded(float(high[0]) * per)}
    return _rounded(facts.total.now.incidents * per), gettext("{low} to {high}").format(**ends)


def _opening(facts: AreaFacts) -> str:
    total, held = facts.total.now, facts.total.now.months - facts.total.now.no_data
    where, when, n = where_words(facts), during_words(facts.period), total.incidents
    if not held:
        return gettext("There is no data for {name} for {period}.").format(
            name=facts.area_name, period=period_words(facts.period)
        )
    if n == 0 and total.suppressed:
        return gettext("The numbers for {name} {when} are too small to be shown.").format(name=facts.area_name, when=when)
    if n == 0 and total.no_data:
        return ngettext(
            "No incidents were recorded {where} {when} in the {n} month that we have data for.",
            "No incidents were recorded {where} {when} in the {n} months that we have data for.",
            held,
        ).format(where=where, when=when, n=held)
    if n == 0:
        return gettext("No incidents were recorded {where} {when}.").format(where=where, when=when)
    if total.suppressed:
        said = ngettext(
            "At least {n} incident was recorded {where} {when}.", "At least {n} incidents were recorded {where} {when}.", n
        )
    else:
        said = ngettext("{n} incident was recorded {where} {when}.", "{n} incidents were recorded {where} {when}.", n)
    said = said.format(n=number(n), where=where, when=when)
    return f"{said} {_missing(total.no_data)}" if total.no_data else said


def _missing(n: int) -> str:
    return ngettext(
        "Data for {n} of these months is missing, so the real number is higher.",
        "Data for {n} of these months are missing, so the real number is higher.",
        n,
    ).format(n=n)


def _comparison(facts: AreaFacts) -> str:
    one = facts.total
    if one.verdict == CANNOT_COMPARE:
        return gettext("We do not have enough months of data to compare with the year before.")
    if one.pairs == one.now.months:
        numbers = gettext("({now}, and {before} the year before)")
    else:
        numbers = ngettext(
            "({now}, and {before} the year before, comparing the {n} month that we have for both years)",
            "({now}, and {before} the year before, comparing the {n} months that we have for both years)",
            one.pairs,
        )
    numbers = numbers.format(now=number(one.compared_now), before=number(one.compared_before), n=one.pairs)
    if one.verdict == MORE:
        said = gettext("That is more than the year before, and more than chance would explain {numbers}.")
    elif one.verdict == LESS:
        said = gettext("That is fewer than the year before, and the fall is larger than chance would explain {numbers}.")
    elif one.verdict == NO_CLEAR_CHANGE:
        said = gettext("There is no clear change from the year before {numbers}.")
    else:
        said = gettext("The numbers are too small to say whether that is a change from the year before {numbers}.")
    return said.format(numbers=numbers)


def _most(facts: AreaFacts) -> str:
    if any(one.now.suppressed for one in (*facts.types, facts.total)):
        return ""
    most = [one for one in facts.types if one.now.incidents][:_MOST_NAMED]
    if len(most) < 2 or not facts.total.now.incidents:  # noqa: PLR2004 - one type needs no list
        return ""
    shares = [
        gettext("{type} ({share}%)").format(
            type=offence_words(one.offence_type), share=f"{100 * one.now.incidents / facts.total.now.incidents:.0f}"
        )
        for one in most
    ]
    return gettext("Most often recorded: {types}.").format(types=listed_words(shares))


def _changes(facts: AreaFacts) -> str:
    found = changed(facts)[: 2 * _MOST_NAMED]
    rose = [one for one in found if one.verdict == MORE][:_MOST_NAMED]
    fell = [one for one in found if one.verdict == LESS][:_MOST_NAMED]
    said = []
    if rose:
        said.append(gettext("{types} rose by more than chance would explain.").format(types=_from_to(rose)))
    if fell:
        said.append(gettext("{types} fell by more than chance would explain.").format(types=_from_to(fell)))
    return " ".join(f"{one[:1].upper()}{one[1:]}" for one in said)


def _from_to(changes: list[TypeFacts]) -> str:
    named = [
        gettext("{type} ({before} to {now})").format(
            type=offence_words(one.offence_type), before=number(one.compared_before), now=number(one.compared_now)
        )
        for one in changes
    ]
    return listed_words(named)


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
    also = gettext("Incidents are crimes and anti-social behaviour.") if ANTI_SOCIAL_BEHAVIOUR in names else ""
    rest = " ".join(one for one in (_most(facts), also) if one)
    return [one for one in (opening, _changes(facts), rest) if one]
