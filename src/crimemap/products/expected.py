"""What a page says of the months of its chart: the range expected of each, and which were outside it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from crimemap.analysis.over_time.trend import FEWEST_INCIDENTS, FEWEST_MONTHS, expected_range
from crimemap.periods import month_name
from crimemap.products.facts import MonthCount

__all__ = ["ExpectedMonths", "expected_months", "listed_words"]

_LATEST: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedMonths:
    """
    The ranges of a series of months.

    Attributes
    ----------
    ranges
        Month to smallest and largest number expected; only months of the latest twelve that have a number.
    above, below
        Months outside their range.
    sentences
        The same for readers, or why there is no range.
    """

    ranges: dict[str, tuple[int, int]]
    above: list[str]
    below: list[str]
    sentences: list[str]


def listed_words(words: list[str]) -> str:
    """
    Join words as a sentence does.

    Examples
    --------
    >>> listed_words(["May", "June", "July"]), listed_words(["May"])
    ('May, June and July', 'May')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def expected_months(months: list[MonthCount]) -> ExpectedMonths:
    """
    Work out the range of each of the latest twelve months of a published series.

    Parameters
    ----------
    months
        In order, every month present. Only published counts enter. A month that is withheld is a small one, so a range from
        the others would be too high: a series with one among its earlier months gets none.
    """
    earlier, latest = months[:-_LATEST], months[-_LATEST:]
    if any(one.status == "suppressed" for one in earlier):
        return _without("Some earlier months are not shown")
    known = np.array([one.incidents is not None for one in months], dtype=bool)
    found = expected_range(np.array([one.incidents or 0 for one in months], dtype=np.int64), known, latest=_LATEST)
    if found.months < FEWEST_MONTHS:
        held = f"{found.months} month{'' if found.months == 1 else 's'}"
        return _without(f"That takes {FEWEST_MONTHS} months before the latest 12, and there {_is(found.months)} {held}")
    if not found.known:
        return _without(
            f"That takes {FEWEST_INCIDENTS} incidents before the latest 12 months, and there were {found.incidents}"
        )
    ranges = {
        one.month: (int(low), int(high))
        for one, low, high in zip(latest, found.low, found.high, strict=True)
        if one.incidents is not None
    }
    above = [one.month for one in latest if one.incidents is not None and one.incidents > ranges[one.month][1]]
    below = [one.month for one in latest if one.incidents is not None and one.incidents < ranges[one.month][0]]
    return ExpectedMonths(ranges=ranges, above=above, below=below, sentences=_sentences(ranges, above, below))


def _is(n: int) -> str:
    return "is" if n == 1 else "are"


def _without(why: str) -> ExpectedMonths:
    said = f"We cannot say which months had more or fewer than expected. {why}."
    return ExpectedMonths(ranges={}, above=[], below=[], sentences=[said])


def _sentences(ranges: dict[str, tuple[int, int]], above: list[str], below: list[str]) -> list[str]:
    if not ranges:
        return []
    said = []
    if above:
        said.append(f"More than expected in {listed_words([month_name(one) for one in above])}.")
    if below:
        said.append(f"Fewer than expected in {listed_words([month_name(one) for one in below])}.")
    if not said:
        every = "All of the latest 12 months" if len(ranges) == _LATEST else "All of the latest months that we have"
        said.append(f"{every} had about as many as expected.")
    return said
