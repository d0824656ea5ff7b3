"""
Many tests at once: how p-values become decisions.

A map of 60,000 cells at 5 % gives 3,000 hot cells by chance. Benjamini and Hochberg (1995,
doi:10.1111/j.2517-6161.1995.tb02031.x) bound the share of false ones among those called hot when tests are independent or
positively related, as those of overlapping neighbourhoods are; Benjamini and Yekutieli (2001, doi:10.1214/aos/1013699998)
bound it under any dependence; Bonferroni bounds the chance of a single false one.
"""

from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.errors import InputError, ParameterError

__all__ = ["CORRECTIONS", "Correction", "adjusted_p_values", "require_alpha"]

Correction = Literal["benjamini-hochberg", "benjamini-yekutieli", "bonferroni", "none"]
CORRECTIONS: Final[tuple[Correction, ...]] = get_args(Correction)


def require_alpha(alpha: float) -> float:
    """
    Insist on a rate between 0 and 1.

    Raises
    ------
    ParameterError
        If it is not.
    """
    if not 0 < alpha < 1:
        raise ParameterError(
            f"{alpha} is not an error rate", where="alpha", fix="Give a number above 0 and below 1, such as 0.05."
        )
    return alpha


def adjusted_p_values(p_values: ArrayLike, *, correction: Correction = "benjamini-hochberg") -> NDArray[np.float64]:
    """
    Adjust p-values so that comparing them with the wanted rate controls that rate over all tests.

    Parameters
    ----------
    p_values
        Shape (n,). Between 0 and 1. Cells that were not tested are not numbers: they are left so and do not count as tests.
    correction
        `benjamini-hochberg` or `benjamini-yekutieli` (q-values: false discovery rate), `bonferroni` (family-wise error), or
        `none`.

    Returns
    -------
    ndarray of float64
        Shape (n,). At most 1, in the order of the p-values.

    Raises
    ------
    InputError
        If a value is below 0 or above 1.
    ParameterError
        If there is no such correction.

    Examples
    --------
    >>> adjusted_p_values([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    >>> adjusted_p_values([0.01, 0.04, 0.03, 0.5], correction="bonferroni").round(4).tolist()
    [0.04, 0.16, 0.12, 1.0]
    """
    if correction not in CORRECTIONS:
        raise ParameterError(
            f"{correction!r} is no correction", where="correction", fix=f"Take one of: {', '.join(CORRECTIONS)}."
        )
    given = np.asarray(p_values, dtype=np.float64).ravel()
    tested = ~np.isnan(given)
    p = given[tested]
    outside = int(((p < 0) | (p > 1)).sum())
    if outside:
        raise InputError(f"{outside} of {given.size} p-values are not between 0 and 1", where="p_values")
    adjusted = given.copy()
    adjusted[tested] = _adjust(p, correction)
    return adjusted


def _adjust(p: NDArray[np.float64], correction: Correction) -> NDArray[np.float64]:
    n = p.size
    if correction == "none" or not n:
        return p
    if correction == "bonferroni":
        return np.minimum(p * n, 1.0)
    order = np.argsort(p, kind="stable")
    rank = np.arange(1, n + 1)
    factor = n * (1.0 / rank).sum() if correction == "benjamini-yekutieli" else float(n)
    steps = np.minimum.accumulate((p[order] * (factor / rank))[::-1])[::-1]
    adjusted = np.empty(n, dtype=np.float64)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted
