"""Class breaks for maps: few, stated, and in round numbers."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["RAMP", "class_breaks", "class_words"]

#: One hue, even steps in lightness; the same in `static/js/scale.js`.
RAMP = ("#c9e1ea", "#94c3d5", "#5a9eb9", "#2b7694", "#0d4b64")

_ROUND = (1, 2, 5)


def _round_down(value: float) -> int:
    power = 10 ** (len(str(int(value))) - 1)
    return int(max(step * power for step in _ROUND if step * power <= max(int(value), 1)))


def class_breaks(counts: ArrayLike) -> list[int]:
    """
    Choose at most five classes for counts of one and more: the lower end of each.

    The ends are rounded down to 1, 2 or 5 times a power of ten at the 50th, 80th, 95th and 99th centile, so most cells are
    light and the few busiest stand out.

    Parameters
    ----------
    counts
        Shape (n,). Whole numbers; zeros are left out.

    Examples
    --------
    >>> class_breaks([1, 1, 2, 3, 4, 8, 12, 20, 60, 150])
    [1, 2, 20, 100]
    >>> class_breaks([0, 0])
    [1]
    """
    values = np.asarray(counts)
    values = values[values > 0]
    if not values.size:
        return [1]
    cuts = np.quantile(values, [0.5, 0.8, 0.95, 0.99], method="inverted_cdf")
    return sorted({1, *(_round_down(float(cut)) for cut in cuts)})


def class_words(breaks: list[int]) -> list[str]:
    """
    Write classes for a legend.

    Examples
    --------
    >>> class_words([1, 2, 10])
    ['1', '2 to 9', '10 or more']
    """
    words = []
    for low, high in zip(breaks, [*breaks[1:], None], strict=True):
        words.append(f"{low:,} or more" if high is None else f"{low:,}" if high - low == 1 else f"{low:,} to {high - 1:,}")
    return words
