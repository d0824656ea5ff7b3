"""How the wording of a release fares on the release's own past: figures for the page about the data, worked out at build."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.over_time.verdict_backtest import (
    ClaimsWithoutChange,
    Halves,
    RangesThatHeld,
    VerdictsThatHeld,
    claims_without_change,
    ranges_that_held,
    verdicts_of_halves,
    verdicts_that_held,
    window_for,
)
from crimemap.language import gettext
from crimemap.periods import month_after, month_index
from crimemap.products.cube import COUNTED, SUPPRESSED
from crimemap.products.facts import SiteFacts

__all__ = ["VerdictRecord", "record_verdicts", "record_words"]

#: The same release has the same figures, whenever it is built.
_SEED: Final = 1_995
_ROUNDS: Final = 20
_YEAR: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRecord:
    """
    What came of the wording; None where there is too little history.

    `months` are the months that every force of the release has at least, no data included.
    """

    months: int
    held: VerdictsThatHeld | None
    halves: Halves | None
    without_change: ClaimsWithoutChange | None
    ranges: RangesThatHeld | None


def record_verdicts(facts: SiteFacts) -> VerdictRecord:
    """
    Back-test the wording on every area and offence type of a release, from published counts alone.

    Series with a number that is not shown are left out: their withheld months are the small ones.
    """
    ends = [month_index(one.end) - month_index(facts.cube.months[0]) for one in facts.periods.values()]
    months = min(ends, default=0)
    if not months:
        return VerdictRecord(months=0, held=None, halves=None, without_change=None, ranges=None)
    parts = [_series(facts, force, months) for force in facts.periods]
    values, known = (np.concatenate(some) for some in zip(*parts, strict=True))
    # An area that a release holds as two types of the same shape is one series, not two witnesses.
    order = np.unique(np.column_stack([values, known]), axis=0, return_index=True)[1]
    values, known = values[np.sort(order)], known[np.sort(order)]
    window = window_for(months)
    held = verdicts_that_held(values, known, window=window) if window else None
    halves, without = None, None
    if months >= 2 * _YEAR:
        now, before = values[:, -_YEAR:], values[:, -2 * _YEAR : -_YEAR]
        usable = known[:, -_YEAR:] & known[:, -2 * _YEAR : -_YEAR]
        halves = verdicts_of_halves(now, before, usable, rng=np.random.default_rng(_SEED), rounds=_ROUNDS)
        without = claims_without_change(now, before, usable, rng=np.random.default_rng(_SEED), rounds=_ROUNDS)
    ranges = ranges_that_held(values, known)
    return VerdictRecord(
        months=months,
        held=held,
        halves=halves if halves and halves.more + halves.less else None,
        without_change=without if without and without.tested else None,
        ranges=ranges if ranges.series else None,
    )


def _series(facts: SiteFacts, force: str, months: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Give a force's latest months, a row for each area and offence type."""
    cube, rows = facts.cube, facts.rows_of_force[force]
    end = month_index(month_after(facts.periods[force].end, -1)) - month_index(cube.months[0]) + 1
    values = cube.incidents[rows, end - months : end].transpose(0, 2, 1).reshape(-1, months)
    status = cube.status[rows, end - months : end].transpose(0, 2, 1).reshape(-1, months)
    open_ = ~(status == SUPPRESSED).any(axis=1)
    return values[open_].astype(np.int64), (status == COUNTED)[open_]


def _percent(part: int, whole: int) -> str:
    """Give a share in whole hundredths, and never 0 or 100 for what is not."""
    share = 100 * part / whole
    if 0 < share < 1:
        return gettext("under 1%")
    return gettext("over 99%") if 99 < share < 100 else f"{share:.0f}%"  # noqa: PLR2004 - hundredths


def record_words(record: VerdictRecord) -> list[str]:
    """
    Say in sentences how the wording fared, every figure from the record.

    Returns
    -------
    list[str]
        Never empty: too little history is said to be.
    """
    said = []
    held = record.held
    if held is None:
        said.append(
            gettext(
                "Whether what we said held up cannot be told yet: that takes 24 months of data, and this release has {n}."
            ).format(n=record.months)
        )
    else:
        said += _held_words(held)
    if record.halves:
        one = record.halves
        said.append(
            gettext(
                "We also split the incidents of the latest two years into two halves at random and tested one. "
                "Where that half said “more” or “fewer”, the other half moved the same way {share} of the time."
            ).format(share=_percent(one.more_borne_out + one.less_borne_out, one.more + one.less))
        )
    if record.without_change:
        none = record.without_change
        said.append(
            gettext(
                "We swapped the months of the two years at random, so that nothing had changed between them, {rounds} "
                "times. Of {tested} comparisons, {claims} were then said to have changed ({share})."
            ).format(
                rounds=none.rounds,
                tested=f"{none.tested:,}",
                claims=f"{none.claims:,}",
                share=_percent(none.claims, none.tested),
            )
        )
    if record.ranges:
        inside = record.ranges
        said.append(
            gettext(
                "We worked out an expected range for {n} areas and offence types. {inside} of them had all of their latest "
                "12 months inside it ({share}); of single months {months} were inside. If nothing had changed anywhere, "
                "about 95% of the areas and types would have all 12 inside."
            ).format(
                n=f"{inside.series:,}",
                inside=f"{inside.series_inside:,}",
                share=_percent(inside.series_inside, inside.series),
                months=_percent(inside.months_inside, inside.months),
            )
        )
    return said


def _held_words(held: VerdictsThatHeld) -> list[str]:
    opening = (
        gettext(
            "We gave the verdicts of a year ago again, from the data of that time alone, and looked at the 12 months since."
        )
        if held.window == _YEAR
        else gettext(
            "There is too little history to test 12 months. So we gave verdicts on half years, from the data of that time "
            "alone, and looked at the 6 months that followed."
        )
    )
    said = [opening]
    if held.more:
        said.append(
            gettext("Of {n} said to have risen, {held} were still higher than before ({share}).").format(
                n=f"{held.more:,}", held=f"{held.more_held:,}", share=_percent(held.more_held, held.more)
            )
        )
    else:
        said.append(gettext("None was said to have risen."))
    if held.less:
        said.append(
            gettext("Of {n} said to have fallen, {held} were still lower than before ({share}).").format(
                n=f"{held.less:,}", held=f"{held.less_held:,}", share=_percent(held.less_held, held.less)
            )
        )
    else:
        said.append(gettext("None was said to have fallen."))
    if held.same:
        said.append(
            gettext(
                "Of {n} said to have no clear change, {held} had none afterwards either ({share}); {above} of them were "
                "higher, where chance alone would give about half."
            ).format(
                n=f"{held.same:,}",
                held=f"{held.same_held:,}",
                share=_percent(held.same_held, held.same),
                above=_percent(held.same_above, held.same),
            )
        )
    return [" ".join(said)]
