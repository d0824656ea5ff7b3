"""
Do the verdicts on change hold up? The wording of pages, tried on months whose sequel is known.

Four questions, none of which needs the truth:

* **Persistence.** A verdict is given as if the months after it did not exist, and then looked at: the months that
  followed, set against the same calendar months of the last year that lies before the verdict's own months. *More* held up
  where there were again more, *less* where there were again fewer, *no clear change* where the same test finds none either.
  How often series without a clear change lay above is the share to hold the first against: by luck alone it is about half.
* **Halves.** Each incident is given to one of two halves by the toss of a coin, which leaves two counts whose chance errors
  are independent where incidents are. Verdicts of the one are held against the direction of the other.
* **Claims without a change.** The two months of each pair are swapped by the toss of a coin. That leaves season and
  over-dispersion as they are and takes away every change between the years; what is claimed then is claimed falsely.
* **Ranges.** How often the latest months lay in the range that earlier months gave them.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.over_time.change import LESS, MORE, NO_CLEAR_CHANGE, compare_years
from crimemap.analysis.over_time.trend import expected_ranges
from crimemap.analysis.significance import require_alpha
from crimemap.errors import InputError, ParameterError

__all__ = [
    "ClaimsWithoutChange",
    "Halves",
    "RangesThatHeld",
    "VerdictsThatHeld",
    "claims_without_change",
    "ranges_that_held",
    "verdicts_of_halves",
    "verdicts_that_held",
    "window_for",
]

_YEAR: Final = 12
_SHORTEST: Final = 6
#: Pairs of months after a verdict that say whether it held.
_FEWEST_AFTER: Final = 3

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictsThatHeld:
    """
    Verdicts and what came of them, counted over series.

    Attributes
    ----------
    window
        Months on each side of a verdict, and after it.
    verdicts
        How many times the latest month was set back to give verdicts.
    more, more_held, less, less_held
        Verdicts of a change that could be followed up, and those that held up.
    same, same_held, same_above
        The same of "no clear change"; of them, series that had more in the months after than in those before.
    alpha
        The rate that verdicts keep to.
    """

    window: int
    verdicts: int
    more: int
    more_held: int
    less: int
    less_held: int
    same: int
    same_held: int
    same_above: int
    alpha: float

    @property
    def parameters(self) -> dict[str, Any]:
        """Give what the verdicts were made with."""
        return {"window": self.window, "verdicts": self.verdicts, "alpha": self.alpha}


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """Verdicts of one half of the incidents, and how many of them the other half's direction bore out."""

    more: int
    more_borne_out: int
    less: int
    less_borne_out: int
    rounds: int
    alpha: float

    @property
    def parameters(self) -> dict[str, Any]:
        """Give what the verdicts were made with."""
        return {"rounds": self.rounds, "alpha": self.alpha}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsWithoutChange:
    """Series with enough to test, claims of a change among them, rounds with any claim; summed over rounds."""

    tested: int
    claims: int
    p_at_most_alpha: int
    rounds_with_claims: int
    rounds: int
    alpha: float

    @property
    def parameters(self) -> dict[str, Any]:
        """Give what the claims were made with."""
        return {"rounds": self.rounds, "alpha": self.alpha}


@dataclass(frozen=True, slots=True, kw_only=True)
class RangesThatHeld:
    """Series with a range and all their latest months known; those wholly inside; and the same of single months."""

    series: int
    series_inside: int
    months: int
    months_inside: int
    confidence: float

    @property
    def parameters(self) -> dict[str, Any]:
        """Give what the ranges were made with."""
        return {"confidence": self.confidence}


def window_for(months: int) -> int:
    """
    Give the longest window that so many months can be back-tested with; 0 if there are too few.

    A year needs three, half a year two.

    Examples
    --------
    >>> [window_for(n) for n in (48, 36, 35, 24, 23)]
    [12, 12, 6, 6, 0]
    """
    if months >= 3 * _YEAR:
        return _YEAR
    return _SHORTEST if months >= 2 * _YEAR else 0


def verdicts_that_held(counts: ArrayLike, known: ArrayLike, *, window: int = _YEAR, alpha: float = 0.05) -> VerdictsThatHeld:
    """
    Give verdicts as of earlier months, and look at what followed.

    Parameters
    ----------
    counts
        Shape (n, m). Incidents of months in a row.
    known
        Shape (n, m). True where a month has a count.
    window
        Months in each of the two periods that a verdict compares, and after it: 12, or 6 where history is short.
    alpha
        False discovery rate of the verdicts of one moment.

    Raises
    ------
    InputError
        If shapes differ.
    ParameterError
        If `window` is neither 6 nor 12.

    Examples
    --------
    Shoplifting doubled and stayed; burglary did neither.

    >>> series = [[20] * 12 + [40] * 24, [20] * 36]
    >>> found = verdicts_that_held(series, np.ones((2, 36)))
    >>> found.more, found.more_held, found.same, found.same_held
    (1, 1, 1, 1)
    """
    values, use = _series(counts, known)
    if window not in {_SHORTEST, _YEAR}:
        raise ParameterError(f"a window of {window} months", where="window", fix="Take 12, or 6 where history is short.")
    require_alpha(alpha)
    tally = dict.fromkeys(("more", "more_held", "less", "less_held", "same", "same_held", "same_above"), 0)
    # As many whole years back as lie before the verdict's own months.
    back = _YEAR * -(-2 * window // _YEAR)
    moments = range(values.shape[1] - window, max(back, _YEAR + window) - 1, -window)
    for now in moments:
        first = compare_years(*_pair(values, use, now - window, window, _YEAR), alpha=alpha)
        after, before, usable = _pair(values, use, now, window, back)
        then = compare_years(after, before, usable, alpha=alpha)
        followed = then.pairs >= _FEWEST_AFTER
        above = then.now > then.before
        changed = np.isin(then.verdict, (MORE, LESS))
        for name, verdict, held in (
            ("more", MORE, above),
            ("less", LESS, then.now < then.before),
            ("same", NO_CLEAR_CHANGE, ~changed),
        ):
            said = (first.verdict == verdict) & followed
            tally[name] += int(said.sum())
            tally[f"{name}_held"] += int((said & held).sum())
        tally["same_above"] += int(((first.verdict == NO_CLEAR_CHANGE) & followed & above).sum())
    return VerdictsThatHeld(window=window, verdicts=len(moments), alpha=alpha, **tally)


def verdicts_of_halves(
    now: ArrayLike,
    before: ArrayLike,
    usable: ArrayLike,
    *,
    rng: np.random.Generator,
    rounds: int = 1,
    alpha: float = 0.05,
) -> Halves:
    """
    Give verdicts on half of the incidents, and ask the other half.

    Parameters
    ----------
    now, before, usable
        Shape (n, k), as `compare_years` takes them.
    rng
        Tosses the coins.
    rounds
        How often.
    alpha
        False discovery rate of each round's verdicts.

    Examples
    --------
    >>> found = verdicts_of_halves([[60] * 12], [[20] * 12], np.ones((1, 12)), rng=np.random.default_rng(1))
    >>> found.more, found.more_borne_out
    (1, 1)
    """
    latest, earlier, use = np.asarray(now, np.int64), np.asarray(before, np.int64), np.asarray(usable, dtype=bool)
    said = {MORE: 0, LESS: 0}
    held = {MORE: 0, LESS: 0}
    for _ in range(_rounds(rounds)):
        a, b = rng.binomial(np.where(use, latest, 0), 0.5), rng.binomial(np.where(use, earlier, 0), 0.5)
        verdict = compare_years(a, b, use, alpha=alpha).verdict
        other = np.where(use, (latest - a) - (earlier - b), 0).sum(axis=1)
        for kind, agrees in ((MORE, other > 0), (LESS, other < 0)):
            said[kind] += int((verdict == kind).sum())
            held[kind] += int(((verdict == kind) & agrees).sum())
    return Halves(
        more=said[MORE],
        more_borne_out=held[MORE],
        less=said[LESS],
        less_borne_out=held[LESS],
        rounds=rounds,
        alpha=alpha,
    )


def claims_without_change(
    now: ArrayLike,
    before: ArrayLike,
    usable: ArrayLike,
    *,
    rng: np.random.Generator,
    rounds: int = 1,
    alpha: float = 0.05,
) -> ClaimsWithoutChange:
    """
    Count what is claimed when the months of each pair are swapped at random, so that nothing has changed.

    Parameters
    ----------
    now, before, usable
        Shape (n, k), as `compare_years` takes them.
    rng
        Tosses the coins; all series share them, as areas share a month's weather.
    rounds
        How often.
    alpha
        False discovery rate of each round's verdicts.

    Examples
    --------
    >>> found = claims_without_change([[60] * 12], [[20] * 12], np.ones((1, 12)), rng=np.random.default_rng(1), rounds=20)
    >>> found.tested, found.claims
    (20, 0)
    """
    latest, earlier, use = np.asarray(now, np.int64), np.asarray(before, np.int64), np.asarray(usable, dtype=bool)
    tested = claims = small = rounds_with = 0
    for _ in range(_rounds(rounds)):
        swap = rng.random(latest.shape[-1]) < 0.5  # noqa: PLR2004 - a coin
        found = compare_years(np.where(swap, earlier, latest), np.where(swap, latest, earlier), use, alpha=alpha)
        enough = np.isin(found.verdict, (MORE, LESS, NO_CLEAR_CHANGE))
        claimed = int(np.isin(found.verdict, (MORE, LESS)).sum())
        tested, claims = tested + int(enough.sum()), claims + claimed
        small += int((found.p_value[enough] <= alpha).sum())
        rounds_with += claimed > 0
    return ClaimsWithoutChange(
        tested=tested, claims=claims, p_at_most_alpha=small, rounds_with_claims=rounds_with, rounds=rounds, alpha=alpha
    )


def ranges_that_held(
    counts: ArrayLike, known: ArrayLike, *, latest: int = _YEAR, confidence: float = 0.95
) -> RangesThatHeld:
    """
    Count the series whose latest months all lay in the range that the months before gave them.

    Parameters
    ----------
    counts, known, latest, confidence
        As `expected_ranges` takes them.

    Examples
    --------
    >>> found = ranges_that_held([[40] * 36, [40] * 35 + [90]], np.ones((2, 36)))
    >>> found.series, found.series_inside, found.months, found.months_inside
    (2, 1, 24, 23)
    """
    values, use = _series(counts, known)
    found = expected_ranges(values, use, latest=latest, confidence=confidence)
    recent, seen = values[:, -latest:], use[:, -latest:] & found.known[:, None]
    # A series shorter than the latest months has no month before them, so no range: what there is of it is not judged.
    low, high = found.low[:, -recent.shape[1] :], found.high[:, -recent.shape[1] :]
    inside = (recent >= low) & (recent <= high)
    whole = seen.all(axis=1)
    return RangesThatHeld(
        series=int(whole.sum()),
        series_inside=int((whole & inside.all(axis=1)).sum()),
        months=int(seen.sum()),
        months_inside=int((seen & inside).sum()),
        confidence=confidence,
    )


def _rounds(rounds: int) -> int:
    if rounds < 1:
        raise ParameterError(f"{rounds} rounds are none", where="rounds", fix="Give 1 or more.")
    return rounds


def _series(counts: ArrayLike, known: ArrayLike) -> tuple[Ints, Bools]:
    values, use = np.asarray(counts, dtype=np.int64), np.asarray(known, dtype=bool)
    if values.ndim != 2 or values.shape != use.shape:  # noqa: PLR2004 - two axes
        raise InputError(f"shapes {values.shape} and {use.shape} of counts and known differ or are no series")
    return values, use


def _pair(values: Ints, use: Bools, start: int, window: int, back: int) -> tuple[Ints, Ints, Bools]:
    """Give the months of a window, those so far back, and where both are known."""
    now, before = slice(start, start + window), slice(start - back, start - back + window)
    return values[:, now], values[:, before], use[:, now] & use[:, before]
