"""
Which areas are alike: nearest neighbours by stated features, each on a scale that outliers do not set.

A number such as people per km² enters as its logarithm, less the median, over 1.4826 times the median absolute deviation
(the standard deviation where it is normal; Rousseeuw and Croux 1993, doi:10.1080/01621459.1993.10476408). A mix, such as
the shares of offence types, enters as the square roots of its shares, whose Euclidean distance is Hellinger's; they are
scaled so that two areas are on average as far apart in the mix as in one number. Distance is Euclidean over all of them,
so each feature weighs the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from crimemap.errors import InputError, ParameterError

__all__ = ["FEWEST_AREAS", "SimilarAreas", "similar_areas"]

#: Fewer areas than this have no similar ones among them: nearly every area would be like every other.
FEWEST_AREAS: Final = 8
#: Incidents of the common mix that are added to those of an area, so that one with few has nearly the common mix.
_BORROWED: Final = 50.0
_TO_SD: Final = 1.4826

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimilarAreas:
    """
    The areas most like each area.

    Attributes
    ----------
    neighbours
        Shape (n, k). Positions of the most similar areas, the most similar first; -1 where an area cannot be compared.
    distance
        Shape (n, k). Not a number where there is none.
    compared
        Areas with every feature.
    k
        How many each has; 0 if there are too few areas.
    features
        Names of the numbers; `mix` last if there was one.
    """

    neighbours: Ints
    distance: Floats
    compared: int
    k: int
    features: tuple[str, ...]

    @property
    def parameters(self) -> dict[str, Any]:
        """Give what the areas were compared by."""
        return {"k": self.k, "features": list(self.features), "compared": self.compared}


def similar_areas(numbers: Mapping[str, ArrayLike], mix: ArrayLike | None = None, *, k: int = 15) -> SimilarAreas:
    """
    Find the areas most like each area.

    Parameters
    ----------
    numbers
        Name to values, shape (n,): above 0, such as people and people per km². An area for which one is not a number, 0 or
        less is compared with none, and none with it.
    mix
        Shape (n, types). Counts of what an area's mix consists of; an area with none has the common mix.
    k
        How many at most. Never more than half of the other areas: the similar ones must differ from all.

    Raises
    ------
    InputError
        If there are no numbers, or lengths differ, or a count of the mix is negative.
    ParameterError
        If `k` is below 1.

    Examples
    --------
    Two towns of three areas and a village among ten.

    >>> found = similar_areas({"people": [100, 110, 120, 900, 950, 1000, 5000, 40, 500, 480]}, k=2)
    >>> found.neighbours[[0, 3, 8]].tolist()
    [[1, 2], [4, 5], [9, 3]]
    """
    if k < 1:
        raise ParameterError(f"{k} similar areas are none", where="k", fix="Give 1 or more; 15 is usual.")
    if not numbers:
        raise InputError("there are no numbers to compare areas by", where="numbers")
    table = [np.asarray(values, dtype=np.float64).ravel() for values in numbers.values()]
    n = table[0].size
    counts = None if mix is None else np.asarray(mix, dtype=np.float64)
    if any(one.size != n for one in table) or (counts is not None and (counts.ndim != 2 or len(counts) != n)):  # noqa: PLR2004 - two axes
        raise InputError(
            "features are of different numbers of areas", where="numbers", fix="Give each area a value of each."
        )
    if counts is not None and (counts < 0).any():
        raise InputError("a count of the mix is negative", where="mix", fix="Count incidents; 0 is the least.")
    names = (*numbers, *([] if counts is None else ["mix"]))
    with np.errstate(invalid="ignore"):
        complete = np.flatnonzero(np.all([np.isfinite(one) & (one > 0) for one in table], axis=0))
    size = complete.size
    wanted = min(k, max((size - 1) // 2, 0)) if size >= FEWEST_AREAS else 0
    neighbours, distance = np.full((n, wanted), -1, dtype=np.int64), np.full((n, wanted), np.nan)
    if wanted:
        columns = [_scaled(np.log(one[complete]))[:, None] for one in table]
        if counts is not None and counts.shape[1]:
            columns.append(_scaled_mix(counts[complete]))
        points = np.concatenate(columns, axis=1)
        far, near = cKDTree(points).query(points, k=min(size, _few(wanted)))
        neighbours[complete], distance[complete] = _nearest(np.asarray(near), np.asarray(far), complete, wanted)
    return SimilarAreas(neighbours=neighbours, distance=distance, compared=size, k=wanted, features=names)


def _few(wanted: int) -> int:
    """Ask for some more than wanted, so that ties can be broken by position and not by how the tree was built."""
    return 2 * wanted + 2


def _nearest(near: Ints, far: Floats, complete: Ints, wanted: int) -> tuple[Ints, Floats]:
    itself = near == np.arange(len(near))[:, None]
    # Rounding, so that distances that are equal but for the last digit tie; then the earlier area first.
    order = np.lexsort((near, np.where(itself, np.inf, np.round(far, 9))), axis=1)[:, :wanted]
    return complete[np.take_along_axis(near, order, axis=1)], np.take_along_axis(far, order, axis=1)


def _scaled(values: Floats) -> Floats:
    middle = np.median(values)
    spread = _TO_SD * np.median(np.abs(values - middle))
    if spread == 0:
        # Over half of the areas have the same value: what sets the others apart is measured by all of them.
        spread = float(values.std())
    return np.asarray((values - middle) / spread if spread > 0 else np.zeros_like(values))


def _scaled_mix(counts: Floats) -> Floats:
    common = counts.sum(axis=0) / max(counts.sum(), 1.0)
    roots = np.sqrt((counts + _BORROWED * common) / (counts.sum(axis=1, keepdims=True) + _BORROWED))
    if not counts.sum():
        return np.zeros_like(counts)
    centred = roots - roots.mean(axis=0)
    # A number scaled to unit variance has a mean squared distance of 2 between two areas; so shall the mix.
    variance = float((centred**2).sum(axis=1).mean())
    return np.asarray(centred / np.sqrt(variance) if variance > 0 else np.zeros_like(counts))
