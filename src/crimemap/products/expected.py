"""What a page says of the months of its chart: the range expected of each, and which were outside it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from crimemap.analysis.over_time.trend import FEWEST_INCIDENTS, FEWEST_MONTHS, expected_range
from crimemap.language import gettext, ngettext
from crimemap.periods import month_name
from crimemap.products.facts import MonthCount
from crimemap.products.listed import listed_words

__all__ = ["ExpectedMonths", "expected_months"]

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
        return _without(gettext("Some earlier months are not shown."))
    known = np.array([one.incidents is not None for one in months], dtype=bool)
    found = expected_range(np.array([one.incidents or 0 for one in months], dtype=np.int64), known, latest=_LATEST)
    if found.months < FEWEST_MONTHS:
        return _without(
            ngettext(
                "That takes {needed} months before the latest 12, and there is {n} month.",
                "That takes {needed} months before the latest 12, and there are {n} months.",
                found.months,
            ).format(needed=FEWEST_MONTHS, n=found.months)
        )
    if not found.known:
        return _without(
            ngettext(
                "That takes {needed} incidents before the latest 12 months, and there was {n}.",
                "That takes {needed} incidents before the latest 12 months, and there were {n}.",
                found.incidents,
            ).format(needed=FEWEST_INCIDENTS, n=found.incidents)
        )
    ranges = {
        one.month: (int(low), int(high))
        for one, low, high in zip(latest, found.low, found.high, strict=True)
        if one.incidents is not None
    }
    above = [one.month for one in latest if one.incidents is not None and one.incidents > ranges[one.month][1]]
    below = [one.month for one in latest if one.incidents is not None and one.incidents < ranges[one.month][0]]
    return ExpectedMonths(ranges=ranges, above=above, below=below, sentences=_sentences(ranges, above, below))


def _without(why: str) -> ExpectedMonths:
    said = gettext("We cannot say which months had more or fewer than expected.")
    return ExpectedMonths(ranges={}, above=[], below=[], sentences=[f"{said} {why}"])


def _sentences(ranges: dict[str, tuple[int, int]], above: list[str], below: list[str]) -> list[str]:
    if not ranges:
        return []
    said = []
    if above:
        told = ngettext("More than expected in {months}.", "More than expected in {months}.", len(above))
        said.append(told.format(months=listed_words([month_name(one) for one in above])))
    if below:
        told = ngettext("Fewer than expected in {months}.", "Fewer than expected in {months}.", len(below))
        said.append(told.format(months=listed_words([month_name(one) for one in below])))
    if not said and len(ranges) == _LATEST:
        said.append(gettext("All of the latest 12 months had about as many as expected."))
    elif not said:
        said.append(gettext("All of the latest months that we have had about as many as expected."))
    return said
