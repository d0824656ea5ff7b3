"""
The Mann-Kendall test of a trend, for many series at once, with ties and months without data.

Mann (1945, doi:10.2307/1907187) and Kendall (1975): S counts the pairs of periods in which the later value is higher, less
those in which it is lower. Without a trend its mean is 0 and its variance, with t_g values in the g-th group of ties::

    var(S) = (n (n - 1) (2 n + 5) - sum_g t_g (t_g - 1) (2 t_g + 5)) / 18
    z = (S - sign(S)) / sqrt(var(S))

The 1 taken off is the correction for S moving in steps of 2. Periods without data are left out of S and of n: a gap is no
value, and certainly not 0.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from crimemap.errors import InputError

__all__ = ["MannKendall", "mann_kendall"]

#: With fewer periods no series whatever would be significant at 5 %, so none is tested.
_FEWEST: Final = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MannKendall:
    """
    The trend of every series; each array has shape (n_series,).

    Attributes
    ----------
    s
        Pairs of periods that rise less those that fall.
    variance
        Of S without a trend, ties allowed for.
    z
        Standardised, corrected for continuity; 0 where there is nothing to compare.
    p_value
        Two-sided. 1 where all values are alike or fewer than 5 periods have data.
    n_periods
        Periods with data.
    """

    s: NDArray[np.int64]
    variance: Floats
    z: Floats
    p_value: Floats
    n_periods: NDArray[np.int64]


def mann_kendall(values: ArrayLike) -> MannKendall:
    """
    Test each series for a trend.

    Parameters
    ----------
    values
        Shape (n_series, n_periods), in the order of time. Not a number where there are no data.

    Raises
    ------
    InputError
        If the table is not one of series by periods, or a value is infinite.

    Examples
    --------
    >>> found = mann_kendall([[1, 2, 2, 3, 5, 8], [4, float("nan"), 4, 4, 4, 4]])
    >>> found.s.tolist(), found.z.round(4).tolist(), found.n_periods.tolist()
    ([14, 0], [2.4865, 0.0], [6, 5])
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 2:  # noqa: PLR2004 - series and periods
        raise InputError(f"a table of {x.ndim} dimensions", where="values", fix="Give series by periods.")
    if np.isinf(x).any():
        raise InputError("a value is infinite", where="values", fix="Leave out what is not known as not a number.")
    n = (~np.isnan(x)).sum(axis=1)
    s = np.zeros(len(x), dtype=np.int64)
    for later in range(1, x.shape[1]):
        # A comparison with what is not known is neither higher nor lower.
        s += (x[:, [later]] > x[:, :later]).sum(axis=1) - (x[:, [later]] < x[:, :later]).sum(axis=1)
    variance = (n * (n - 1) * (2 * n + 5) - _ties(x)) / 18
    tested = (variance > 0) & (n >= _FEWEST)
    z = np.zeros(len(x))
    z[tested] = (s - np.sign(s))[tested] / np.sqrt(variance[tested])
    p = np.ones(len(x))
    p[tested] = np.minimum(2 * ndtr(-np.abs(z[tested])), 1.0)
    return MannKendall(s=s, variance=np.maximum(variance, 0.0), z=z, p_value=p, n_periods=n)


def _ties(x: Floats) -> Floats:
    """Sum t (t - 1) (2 t + 5) over the groups of equal values of each series."""
    ascending = np.sort(x, axis=1)  # what is not known comes last and equals nothing
    total = np.zeros(len(x))
    run = np.ones(len(x))
    for k in range(1, x.shape[1] + 1):
        same = ascending[:, k] == ascending[:, k - 1] if k < x.shape[1] else np.zeros(len(x), dtype=bool)
        total += np.where(same, 0.0, run * (run - 1) * (2 * run + 5))
        run = np.where(same, run + 1, 1.0)
    return total
