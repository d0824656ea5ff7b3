"""
Measures of how well two partitions of one area agree.

All are functions of a matrix M whose entry [i, j] is what source unit i shares with target unit j: area, people, households
or incidents. N is its sum, H an entropy in bits of its row sums (source), its column sums (target) or its entries (joint).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, issparse

from crimemap.errors import EmptyInputError, InputError

__all__ = ["Measures", "measures"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measures:
    """
    Agreement of two partitions.

    Attributes
    ----------
    homogeneity
        I / H(source): 1 where every target unit lies within one source unit (Rosenberg and Hirschberg 2007).
    completeness
        I / H(target): 1 where every source unit lies within one target unit.
    v_measure
        Weighted harmonic mean of the two.
    variation_of_information
        2 H(source, target) - H(source) - H(target), bits; 0 where they are equal (Meila 2007,
        doi:10.1016/j.jmva.2006.11.013).
    normalised_variation_of_information
        The same over H(source, target), between 0 and 1.
    mapcurves
        The larger of the two sides (Hargrove, Hoffman and Hessburg 2006, doi:10.1007/s10109-006-0025-x).
    mapcurves_source, mapcurves_target
        Area under the curve of each side's units.
    nesting
        Sum over source units of the largest share, over N: 1 where every source unit lies within one target unit.
    nesting_of_source, nesting_of_target
        Shape (n_source,), (n_target,). The largest share of each unit; not a number where a unit shares nothing.
    best_iou_of_source
        Shape (n_source,). Intersection over union with the target unit of the largest share.
    """

    homogeneity: float
    completeness: float
    v_measure: float
    variation_of_information: float
    normalised_variation_of_information: float
    mapcurves: float
    mapcurves_source: float
    mapcurves_target: float
    nesting: float
    nesting_of_source: Floats
    nesting_of_target: Floats
    best_iou_of_source: Floats

    def to_dict(self) -> dict[str, float]:
        """Give the figures of the pair as a whole."""
        return {
            "homogeneity": self.homogeneity,
            "completeness": self.completeness,
            "v_measure": self.v_measure,
            "variation_of_information": self.variation_of_information,
            "normalised_variation_of_information": self.normalised_variation_of_information,
            "mapcurves": self.mapcurves,
            "nesting": self.nesting,
        }


def _entropy(weights: Floats) -> float:
    """Entropy in bits of weights that sum to anything."""
    some = weights[weights > 0]
    share = some / some.sum()
    return float(max(-(share * np.log2(share)).sum(), 0.0))


def _curve(goodness: Floats) -> float:
    """Area under the Mapcurves polyline of one side: share of units that fit at least as well as x."""
    ordered = np.minimum(np.sort(goodness), 1.0)
    n = ordered.size
    height = 1.0 - np.arange(n) / (n - 1) if n > 1 else np.ones(1)
    x = np.concatenate([[0.0], ordered, [1.0]])
    y = np.concatenate([[1.0], height, [0.0]])
    return float(np.trapezoid(y, x))


def measures(matrix: ArrayLike | coo_array, *, beta: float = 1.0) -> Measures:
    """
    Measure the agreement of two partitions from what their units share.

    Parameters
    ----------
    matrix
        Shape (n_source, n_target), dense or sparse, 0 or more; after slivers were taken out. Units that share nothing count
        for nothing.
    beta
        Weight of completeness against homogeneity in the V-measure.

    Returns
    -------
    Measures

    Raises
    ------
    InputError
        If an entry is negative or not finite.
    EmptyInputError
        If nothing is shared at all.

    Examples
    --------
    >>> found = measures([[13, 3, 4], [0, 16, 4], [4, 0, 16], [0, 4, 16]])
    >>> round(found.v_measure, 6), round(found.mapcurves, 6), found.nesting
    (0.361231, 0.611464, 0.7625)
    """
    m = coo_array(matrix if issparse(matrix) else np.asarray(matrix)).astype(np.float64)
    if not np.isfinite(m.data).all() or (m.data < 0).any():
        raise InputError("what two units share is negative or not finite", where="matrix", fix="Give areas or counts.")
    m.sum_duplicates()
    m.eliminate_zeros()
    total = float(m.data.sum())
    if total <= 0:
        raise EmptyInputError("the two sets share nothing", where="matrix", fix="Check that they cover the same country.")
    row, column = m.coords
    value: Floats = np.asarray(m.data, dtype=np.float64)
    n_source, n_target = m.shape
    of_source = np.bincount(row, weights=value, minlength=n_source).astype(np.float64)
    of_target = np.bincount(column, weights=value, minlength=n_target).astype(np.float64)
    h_source, h_target, h_joint = _entropy(of_source), _entropy(of_target), _entropy(value)
    mutual = max(h_source + h_target - h_joint, 0.0)
    homogeneity = min(mutual / h_source, 1.0) if h_source else 1.0
    completeness = min(mutual / h_target, 1.0) if h_target else 1.0
    below = beta * homogeneity + completeness
    variation = max(2 * h_joint - h_source - h_target, 0.0)
    fit = value**2 / (of_source[row] * of_target[column])
    fit_of_source = np.bincount(row, weights=fit, minlength=n_source).astype(np.float64)
    fit_of_target = np.bincount(column, weights=fit, minlength=n_target).astype(np.float64)
    source_side, target_side = _curve(fit_of_source[of_source > 0]), _curve(fit_of_target[of_target > 0])
    largest_of_source, largest_of_target = np.zeros(n_source), np.zeros(n_target)
    np.maximum.at(largest_of_source, row, value)
    np.maximum.at(largest_of_target, column, value)
    best_iou = np.full(n_source, np.nan)
    best = value == largest_of_source[row]
    iou = value / (of_source[row] + of_target[column] - value)
    best = np.flatnonzero(best)[::-1]  # of equal shares the first target is the best, so it is written last
    best_iou[row[best]] = iou[best]
    with np.errstate(invalid="ignore"):
        nesting_of_source, nesting_of_target = largest_of_source / of_source, largest_of_target / of_target
    return Measures(
        homogeneity=homogeneity,
        completeness=completeness,
        v_measure=(1 + beta) * homogeneity * completeness / below if below else 0.0,
        variation_of_information=variation,
        normalised_variation_of_information=variation / h_joint if h_joint else 0.0,
        mapcurves=max(source_side, target_side),
        mapcurves_source=source_side,
        mapcurves_target=target_side,
        nesting=float(largest_of_source.sum() / total),
        nesting_of_source=nesting_of_source,
        nesting_of_target=nesting_of_target,
        best_iou_of_source=best_iou,
    )
