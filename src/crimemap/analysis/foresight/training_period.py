"""
Which months of a training period have data, and whether they are enough to learn from.

A month without data is not a month without crime: methods do not see it, and what they expect is by the months that they
see. At least half of a training period has to be there, and it may not begin before the first month that has data. A test
period has to be there whole: nothing can be measured against months of which nothing is known.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["fewest_months", "months_to_learn_from"]


def fewest_months(training_months: int) -> int:
    """
    Give how many months of a training period have to have data.

    Examples
    --------
    >>> [fewest_months(n) for n in (1, 2, 3, 12)]
    [1, 1, 2, 6]
    """
    return (training_months + 1) // 2


def months_to_learn_from(known: NDArray[np.bool_], start: int, training_months: int) -> NDArray[np.intp] | None:
    """
    Find the months before a test that have data.

    Parameters
    ----------
    known
        Shape (n_months,). False where a month has no data.
    start
        Index of the first test month.
    training_months
        Length of the training period.

    Returns
    -------
    ndarray of int or None
        Their indexes, ascending; None where they are fewer than `fewest_months`, or the period begins before the first month
        that has data.

    Examples
    --------
    >>> known = np.array([True, True, False, True])
    >>> months_to_learn_from(known, 3, 3).tolist(), months_to_learn_from(known, 3, 1)
    ([0, 1], None)
    """
    first = start - training_months
    if first < 0 or not known[: first + 1].any():
        return None
    held = first + np.flatnonzero(known[first:start])
    return held if held.size >= fewest_months(training_months) else None
