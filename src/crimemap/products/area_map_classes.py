"""Classes of a map of areas: few, in round numbers, the same for every area of a type in a release."""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.language import gettext

__all__ = ["area_breaks", "class_of", "class_ranges"]

_MOST: Final = 5
_FEWEST: Final = 3
_STEPS: Final = (1, 2, 5, 10)
_ROUND: Final = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
#: Values under this are shown with one decimal, so their classes end at tenths.
_EXACT_BELOW: Final = 10


def _rounded(value: float) -> float:
    """
    Give the nearest round number.

    Examples
    --------
    >>> _rounded(83.0), _rounded(0.47), _rounded(1)
    (80.0, 0.5, 1.0)
    """
    power = 10.0 ** np.floor(np.log10(value))
    found = min((*_ROUND, 10), key=lambda step: abs(step * power - value)) * power
    return float(np.round(found, 1)) or 0.1


def area_breaks(values: NDArray[np.float64]) -> list[float]:
    """
    Choose the ends of up to five classes: with about as many areas in each, or equally wide where most areas are alike.

    Parameters
    ----------
    values
        Shape (n,). Rates or counts; those that are not numbers, and zeros, are left out.

    Returns
    -------
    list[float]
        Ends between classes, rising: the first class is below the first end. Empty where all values are alike.

    Examples
    --------
    >>> area_breaks(np.array([12.0, 31, 38, 52, 61, 88, 140, np.nan]))
    [30.0, 40.0, 60.0, 80.0]
    >>> area_breaks(np.array([81.0, 84, 85, 85, 85, 155])), area_breaks(np.array([5.0, 5.0]))
    ([100.0, 120.0, 140.0], [])
    """
    known = values[np.isfinite(values) & (values > 0)]
    if known.size < 2 or _shown(known.min()) == _shown(known.max()):  # noqa: PLR2004 - two can be told apart
        return []
    low, high = float(known.min()), float(known.max())
    cuts = np.quantile(known, np.arange(1, _MOST) / _MOST)
    equal = sorted({one for one in (_rounded(float(cut)) for cut in cuts) if low < one <= high})
    return equal if len(equal) >= _FEWEST else _evenly(low, high)


def _evenly(low: float, high: float) -> list[float]:
    """Give round ends of equally wide classes."""
    width = (high - low) / _MOST
    power = 10.0 ** np.floor(np.log10(width))
    step = max(next(one for one in _STEPS if one * power >= width) * power, 0.1)
    first = np.floor(low / step) + 1
    ends = [float(np.round(step * k, 1)) for k in np.arange(first, np.floor(high / step) + 1)]
    return [one for one in ends if low < one <= high]


def _shown(value: float) -> float:
    """Round as the table shows it, so that a number is in the class in which a reader would look for it."""
    return round(value, 1) if value < _EXACT_BELOW else float(round(value))


def class_of(value: float, breaks: list[float]) -> str:
    """
    Give the class of a value: "0" for none at all, else "1" to "5", from light to dark.

    Examples
    --------
    >>> [class_of(value, [30.0, 60.0]) for value in (0, 29.4, 29.6, 75)]
    ['0', '1', '3', '5']
    """
    if value == 0:
        return "0"
    n = len(breaks) + 1
    at = int(np.searchsorted(breaks, _shown(value), side="right"))
    # Fewer classes spread over the same ramp.
    return str(1 + round(at * (_MOST - 1) / max(n - 1, 1))) if n > 1 else "3"


def class_ranges(breaks: list[float]) -> list[tuple[str, str]]:
    """
    Give the classes and their words, from the lowest.

    Examples
    --------
    >>> class_ranges([8.0, 30.0, 60.0])
    [('1', 'under 8'), ('2', '8 to 29'), ('4', '30 to 59'), ('5', '60 or more')]
    """
    if not breaks:
        return [("3", gettext("all about the same"))]
    found = [(class_of(breaks[0] / 2, breaks), gettext("under {high}").format(high=_told(breaks[0])))]
    for low, high in pairwise(breaks):
        last = high - (0.1 if high <= _EXACT_BELOW else 1)
        words = (
            _told(low) if _told(low) == _told(last) else gettext("{low} to {high}").format(low=_told(low), high=_told(last))
        )
        found.append((class_of(low, breaks), words))
    return [*found, (class_of(breaks[-1], breaks), gettext("{low} or more").format(low=_told(breaks[-1])))]


def _told(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")
