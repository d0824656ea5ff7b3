"""
How sure a hotspot is, given that nobody knows exactly where incidents were.

Published incidents lie at map points and a force's own at geocoded addresses; both are off. Here the places are drawn again
and again from where they may have been, the map is tested each time, and each cell is given the share of draws in which it
was hot: the probability that it would be called hot if the true places were known, provided that incidents are spread over
catchments (or around their coordinates) as the draws spread them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.sparse import csr_array

from crimemap.analysis.hotspots.gistar import Test, hotspots
from crimemap.analysis.significance import Correction
from crimemap.checks import require_positive
from crimemap.errors import InputError, ParameterError

__all__ = ["CatchmentError", "GeocodingError", "HotProbability", "PlaceError", "hot_probability"]

_FEWEST: Final = 10
_HALF: Final = 0.5

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class PlaceError(Protocol):
    """Anything that draws counts by cell from where incidents may have been."""

    def draw(self, rng: Generator) -> Ints:
        """Give counts by cell, shape (n,)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CatchmentError:
    """
    Incidents moved to the nearest map point.

    Crime comes back to the same addresses, so the incidents of a point share a few places in its catchment: each draw lays
    out that many, anywhere in it, and gives each incident one of them. A point over a public place is different: much of
    what is published there happened there.

    Attributes
    ----------
    shares
        Shape (m, n). As `catchment_shares` gives it. Incidents of an empty row lie outside the study area.
    incidents
        Shape (m,). Incidents at each map point.
    places_each
        How many places the incidents of one point share; police.uk's catchments hold eight addresses or more, or none.
    at_point, own_cell
        Shape (m,). Share of a point's incidents that happened at the point itself, and the index of its cell, -1 outside the
        grid. None where that is not considered.
    """

    shares: csr_array
    incidents: Ints
    places_each: int = 8
    at_point: Floats | None = None
    own_cell: Ints | None = None

    def __post_init__(self) -> None:
        """Insist on parts that fit."""
        sizes = {
            self.shares.shape[0],
            *(each.size for each in (self.incidents, self.at_point, self.own_cell) if each is not None),
        }
        if len(sizes) != 1 or (self.at_point is None) != (self.own_cell is None):
            raise InputError("catchments, incidents and points do not fit", where="catchments", fix="Give one of each.")
        if self.places_each < 1:
            raise ParameterError(f"{self.places_each} places hold no incident", where="places_each", fix="Give 1 or more.")

    def draw(self, rng: Generator) -> Ints:
        """Give counts by cell with the incidents of each map point at places drawn in its catchment."""
        pointer = self.shares.indptr
        used = np.flatnonzero((np.diff(pointer) > 0) & (self.incidents > 0))
        ends = np.cumsum(self.shares.data)
        edge = np.concatenate([[0.0], ends])
        low, high = edge[pointer[used]][:, None], edge[pointer[used + 1]][:, None]
        aim = low + rng.random((used.size, self.places_each)) * (high - low)
        at = np.searchsorted(ends, aim.ravel(), side="right").reshape(aim.shape)
        at = np.clip(at, pointer[used][:, None], pointer[used + 1][:, None] - 1)
        which = np.repeat(np.arange(used.size), self.incidents[used])
        cell = self.shares.indices[at][which, rng.integers(0, self.places_each, which.size)].astype(np.int64)
        if self.at_point is not None and self.own_cell is not None:
            here = (rng.random(which.size) < self.at_point[used][which]) & (self.own_cell[used][which] >= 0)
            cell[here] = self.own_cell[used][which[here]]
        return np.bincount(cell, minlength=self.shares.shape[1]).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeocodingError:
    """
    Incidents at coordinates that are off by a normal error in each direction.

    Attributes
    ----------
    easting, northing
        Shape (m,). Where incidents are recorded, metres.
    incidents
        Shape (m,). How many at each place.
    sigma_m
        Standard deviation of the error in each direction, metres.
    cell_at
        Gives the index of the cell of each position, -1 outside the grid.
    n_cells
        Cells of the grid.
    """

    easting: Floats
    northing: Floats
    incidents: Ints
    sigma_m: float
    cell_at: Callable[[Floats, Floats], Ints]
    n_cells: int

    def __post_init__(self) -> None:
        """Insist on an error that is a length."""
        require_positive(self.sigma_m, name="sigma_m", unit="metres")

    def draw(self, rng: Generator) -> Ints:
        """Give counts by cell with each incident moved by an error of its own."""
        row = np.repeat(np.arange(self.incidents.size), self.incidents)
        moved = rng.normal(0.0, self.sigma_m, (2, row.size))
        at = self.cell_at(self.easting[row] + moved[0], self.northing[row] + moved[1])
        return np.bincount(at[at >= 0], minlength=self.n_cells).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HotProbability:
    """
    How often each cell and each hotspot is found when places are drawn again.

    Attributes
    ----------
    probability
        Shape (n,). Share of draws in which the cell was hot.
    stability
        Shape (n_areas,). Share of draws in which at least half of the area's cells were hot.
    draws, test, correction, alpha
        What was asked for.
    """

    probability: Floats
    stability: Floats
    draws: int
    test: Test
    correction: Correction
    alpha: float

    @property
    def standard_error(self) -> Floats:
        """Monte Carlo error of the probability, shape (n,)."""
        return np.asarray(np.sqrt(self.probability * (1 - self.probability) / self.draws))

    @property
    def parameters(self) -> dict[str, Any]:
        """What was asked for."""
        return {"draws": self.draws, "test": self.test, "correction": self.correction, "alpha": self.alpha}


def hot_probability(
    error: PlaceError,
    neighbours: csr_array,
    *,
    draws: int,
    rng: Generator,
    area: NDArray[np.integer[Any]] | None = None,
    test: Test = "exact",
    correction: Correction = "benjamini-hochberg",
    alpha: float = 0.05,
) -> HotProbability:
    """
    Draw the places of incidents again and again, and say how often each cell is hot.

    Parameters
    ----------
    error
        Where incidents may have been.
    neighbours
        Shape (n, n). As `hotspots` takes it.
    draws
        How often, 10 or more. The error of a probability is at most 0.5 / sqrt(draws).
    rng
        Source of randomness.
    area
        Shape (n,). The hotspot (0 and on) that each cell belongs to in the map as published, -1 for none.
    test, correction, alpha
        As `hotspots` takes them.

    Raises
    ------
    ParameterError
        If there are too few draws.
    InputError
        As `hotspots`, or if there is not one area for each cell.

    Examples
    --------
    All four incidents lie in the middle cell, whichever of its points they came from.

    >>> chain = csr_array(np.abs(np.subtract.outer(range(5), range(5))) <= 1)
    >>> error = CatchmentError(shares=csr_array(np.eye(5)), incidents=np.array([0, 0, 4, 0, 0]))
    >>> rng = np.random.default_rng(1)
    >>> hot_probability(error, chain, draws=10, rng=rng, correction="none", alpha=0.6).probability.tolist()
    [0.0, 1.0, 0.0, 1.0, 0.0]
    """
    if draws < _FEWEST:
        raise ParameterError(f"{draws} draws say little", where="draws", fix=f"Give {_FEWEST} or more; 99 is usual.")
    n = neighbours.shape[0]
    label = np.full(n, -1) if area is None else np.asarray(area).ravel()
    if label.size != n:
        raise InputError(f"{label.size} areas for {n} cells", where="area", fix="Give one for each cell.")
    in_area = label >= 0
    size = np.bincount(label[in_area])
    times = np.zeros(n)
    kept = np.zeros(size.size)
    for _ in range(draws):
        hot = hotspots(
            error.draw(rng), neighbours, test=test, correction=correction, alpha=alpha, permutations=999, rng=rng
        ).hotspot
        times += hot
        kept += np.bincount(label[in_area], weights=hot[in_area], minlength=size.size) >= _HALF * size
    return HotProbability(
        probability=times / draws,
        stability=kept / draws,
        draws=draws,
        test=test,
        correction=correction,
        alpha=alpha,
    )
