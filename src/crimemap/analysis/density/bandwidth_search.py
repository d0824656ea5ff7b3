"""
Bandwidths found by cross-validation: tried one by one, with a score for each.

The likelihood leaves an incident out and asks how well the others tell where it is. police.uk puts many incidents on one
map point; left out one at a time, they would vouch for one another and the best bandwidth would be 0. So all incidents of a
place are left out together: where no two share a place, that is the classical rule. Diggle's rule takes pairs of places.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.density.bandwidth import require_weights, scott_bandwidth
from crimemap.analysis.density.kernels import Kernel, equivalent_bandwidth, kernel_shape
from crimemap.analysis.density.point_cells import PointCells, distinct_places, point_cells, summed_at
from crimemap.analysis.density.sorted_points import threads
from crimemap.analysis.density.window import inside_window, window_of
from crimemap.checks import require_coordinates
from crimemap.errors import EmptyInputError, ParameterError

__all__ = ["BandwidthSearch", "diggle_bandwidth", "likelihood_bandwidth"]

_FEWEST: Final = 3
_STEPS: Final = 25
#: Bandwidths that are tried in vain before wider ones are given up.
_PATIENCE: Final = 4
_NARROWEST, _WIDEST = 1 / 50, 2.0
_BINS: Final = 1 << 14
_RADII: Final = 512
_PARTS: Final = 64
#: Places at which the likelihood is evaluated, and pairs that are measured, at most.
_MOST_EVALUATED: Final = 2_000
_MOST_PAIRS: Final = 2e9
_PAIRS_UNASKED: Final = 3e8

Floats = NDArray[np.float64]
Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BandwidthSearch:
    """
    A bandwidth and the others that were tried.

    Attributes
    ----------
    rule
        `likelihood` or `diggle`.
    kernel
        What `bandwidth_m` is for.
    bandwidth_m
        The best, metres.
    tried_m, score
        Shape (n_tried,). Bandwidths tried, and their scores: the mean log likelihood of an incident (higher is better), or
        the mean square error less its constant part, incidents^2 per m^4 (lower is better). A bandwidth at which an incident
        is impossible scores minus infinity.
    at_limit
        Whether the best is the narrowest or the widest tried: then there may be a better one beyond.
    places, evaluated
        Distinct positions, and at how many of them the score was evaluated.
    """

    rule: Literal["likelihood", "diggle"]
    kernel: Kernel
    bandwidth_m: float
    tried_m: Floats
    score: Floats
    at_limit: bool
    places: int
    evaluated: int

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this choice."""
        return {
            "rule": self.rule,
            "kernel": self.kernel,
            "narrowest_m": float(self.tried_m[0]),
            "widest_m": float(self.tried_m[-1]),
            "evaluated": self.evaluated,
        }


def _checked(easting: ArrayLike, northing: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    x, y = require_coordinates(easting, northing, where="incidents")
    x, y, w = distinct_places(x, y, require_weights(weights, x.size))
    if x.size < _FEWEST:
        raise EmptyInputError(
            f"{x.size} places of incidents are too few to choose a bandwidth from",
            where="bandwidth",
            fix="Give a bandwidth in metres, or a longer period.",
        )
    return x, y, w


def _range(x: Floats, y: Floats, search_m: Range | None, kernel: Kernel) -> Floats:
    """Give the bandwidths to try, in equal ratios."""
    if search_m is None:
        middle = scott_bandwidth(x, y, kernel=kernel)
        search_m = middle * _NARROWEST, middle * _WIDEST
    low, high = search_m
    if not (math.isfinite(high) and 0 < low < high):
        raise ParameterError(
            f"{low} to {high} is no range of bandwidths", where="search_m", fix="Give the narrower first, in metres."
        )
    return np.geomspace(low, high, _STEPS)


def _refined(tried: Floats, score: Floats, of: Callable[[float], float]) -> tuple[Floats, Floats]:
    """Try more between the neighbours of the best (the least), by the golden section, and put all in order."""
    best = int(score.argmin())
    if best in (0, tried.size - 1):
        return tried, score
    ratio = (math.sqrt(5) - 1) / 2
    low, high = math.log(tried[best - 1]), math.log(tried[best + 1])
    more: list[tuple[float, float]] = []

    def value(at: float) -> float:
        more.append((math.exp(at), of(math.exp(at))))
        return more[-1][1]

    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = value(left), value(right)
    while high - low > 1e-3:  # noqa: PLR2004 - a thousandth of the bandwidth
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = value(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = value(right)
    found = np.array(sorted([*zip(tried.tolist(), score.tolist(), strict=True), *more]))
    return found[:, 0], found[:, 1]


def likelihood_bandwidth(
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    kernel: Kernel = "gaussian",
    search_m: Range | None = None,
) -> BandwidthSearch:
    """
    Choose the bandwidth under which incidents are likeliest where they are, each place left out of its own density.

    Maximises the sum over incidents of log(density without the place at the place), Duin (1976,
    doi:10.1109/TC.1976.1674577), as spatstat's `bw.ppl(shortcut=TRUE)` does. Of more than 2,000 places every k-th is
    evaluated, against all incidents.

    Parameters
    ----------
    easting, northing
        Shape (n,). Metres, EPSG:27700.
    weights
        Shape (n,). Incidents at each position; 1 each where not given.
    kernel
        The kernel it is for: it is the one that is tried.
    search_m
        The narrowest and the widest to try, metres; from a fiftieth to twice Scott's where not given.

    Returns
    -------
    BandwidthSearch

    Raises
    ------
    EmptyInputError
        If there are fewer than 3 places, all incidents lie on one grid line, or at every bandwidth some place has no other
        within its reach.
    ParameterError
        If the range is none.

    Examples
    --------
    >>> x, y = np.random.default_rng(1).normal(5000, 300, (2, 200))
    >>> found = likelihood_bandwidth(x, y)
    >>> 80 < found.bandwidth_m < 160, found.at_limit
    (True, False)
    """
    x, y, w = _checked(easting, northing, weights)
    shape = kernel_shape(kernel)
    tried = _range(x, y, search_m, kernel)
    step = max(1, math.ceil(x.size / _MOST_EVALUATED))
    at_x, at_y, at_w = x[step // 2 :: step], y[step // 2 :: step], w[step // 2 :: step]

    def loss(width: float) -> float:
        cells = point_cells(x, y, w, least_side_m=width * shape.reach)
        others = summed_at(cells, at_x, at_y, width=width, kernel=kernel, leave_out=True)
        if not others.all():
            return math.inf
        return -float((at_w * np.log(others * (shape.peak / width**2))).sum() / at_w.sum())

    scores: list[float] = []
    for width in tried.tolist():
        scores.append(loss(width))
        if len(scores) - int(np.argmin(scores)) > _PATIENCE and math.isfinite(min(scores)):
            break
    tried, score = tried[: len(scores)], np.array(scores)
    if not np.isfinite(score).any():
        raise EmptyInputError(
            "some incident has no other within reach of any bandwidth tried",
            where="bandwidth",
            fix="Take the Gaussian kernel, try wider bandwidths, or give one in metres.",
        )
    tried, score = _refined(tried, score, loss)
    best = int(score.argmin())
    return BandwidthSearch(
        rule="likelihood",
        kernel=kernel,
        bandwidth_m=float(tried[best]),
        tried_m=tried,
        score=-score,
        at_limit=best in (0, tried.size - 1),
        places=x.size,
        evaluated=at_x.size,
    )


def diggle_bandwidth(
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    study_area: object,
    weights: ArrayLike | None = None,
    kernel: Kernel = "gaussian",
    search_m: Range | None = None,
) -> BandwidthSearch:
    """
    Choose the bandwidth of least mean square error, taking incidents as a stationary Cox process.

    Berman and Diggle (1989, doi:10.1111/j.2517-6161.1989.tb01764.x): for a uniform kernel of radius r the error is, but for
    a constant, with K Ripley's function and V(t; r) the overlap of two discs of radius r at a distance of t::

        M(r) = lambda (1 - 2 lambda K(r)) / (pi r^2) + lambda^2 / (pi r^2)^2  integral of V(t; r) dK(t)

    The bandwidth of a Gaussian is r / 2; other kernels take the radius of equal spread. K is estimated without edge
    correction, as `Kest(correction="none")`; distances are kept to 1/16,384 of the farthest, and 512 radii are tried. Where
    incidents are published at map points, distances repeat and K says more of the points than of the incidents: take the
    likelihood there.

    Parameters
    ----------
    easting, northing, weights
        As `likelihood_bandwidth` takes them; incidents outside the study area are left out.
    study_area
        A polygon or multipolygon, or an array of them that do not overlap; EPSG:27700 metres.
    kernel
        The kernel it is for.
    search_m
        The narrowest and the widest to try, metres; where not given from a fiftieth to twice Scott's, or less where that
        takes more than 3e8 pairs of places.

    Returns
    -------
    BandwidthSearch

    Raises
    ------
    EmptyInputError
        If there are fewer than 3 places in the study area, or all incidents lie on one grid line.
    ParameterError
        If the range is none, or takes more than 2e9 pairs of places.
    """
    window = window_of(study_area)
    x, y, w = _checked(easting, northing, weights)
    inside = inside_window(window, x, y)
    x, y, w = _checked(x[inside], y[inside], w[inside])
    # From radii of the uniform kernel: a Gaussian's bandwidth is half of it, another kernel's the one of equal spread.
    to_kernel = equivalent_bandwidth(0.5, kernel=kernel)
    narrowest, widest = (_range(x, y, search_m, kernel)[[0, -1]] / to_kernel).tolist()
    if search_m is None:
        while _pairs(point_cells(x, y, w, least_side_m=2 * widest)) > _PAIRS_UNASKED:
            widest, narrowest = widest * 0.8, narrowest * 0.8
    bins, farthest = _distances(x, y, w, 2 * widest)
    apart = (np.arange(_BINS) + 0.5) * (farthest / _BINS)
    total = float(w.sum())
    density = total / window.area_m2
    ripley = bins * (window.area_m2 / (total**2 - float((w**2).sum())))
    cumulated = np.concatenate([[0.0], np.cumsum(ripley)])

    def error(radius: float) -> float:
        disc = math.pi * radius**2
        k = float(np.interp(radius, np.linspace(0, farthest, _BINS + 1), cumulated))
        t = np.minimum(apart / (2 * radius), 1.0)
        overlap = 2 * radius**2 * (np.arccos(t) - t * np.sqrt(1 - t * t))
        return density * (1 - 2 * density * k) / disc + (density / disc) ** 2 * float((overlap * ripley).sum())

    # K jumps at each pair, so the error has many small dips: all of the range is looked at.
    radii = np.linspace(narrowest, widest, _RADII)
    score = np.array([error(radius) for radius in radii.tolist()])
    best = int(score.argmin())
    return BandwidthSearch(
        rule="diggle",
        kernel=kernel,
        bandwidth_m=float(radii[best]) * to_kernel,
        tried_m=radii * to_kernel,
        score=score,
        at_limit=best in (0, radii.size - 1),
        places=x.size,
        evaluated=x.size,
    )


def _distances(x: Floats, y: Floats, w: Floats, farthest: float) -> tuple[Floats, float]:
    """Count pairs of places by distance up to the farthest."""
    from crimemap.analysis.density.point_pairs import histogram_of_pairs  # noqa: PLC0415 - numba loads slowly

    cells = point_cells(x, y, w, least_side_m=farthest)
    _require_few(cells)
    n_rows = (cells.starts.size - 1) // cells.n_columns
    cuts = np.unique(np.linspace(0, n_rows, min(n_rows, _PARTS) + 1).astype(int)).tolist()
    bins = np.zeros((len(cuts) - 1, _BINS))

    def count(part: int) -> None:
        histogram_of_pairs(
            cuts[part],
            cuts[part + 1],
            cells.x,
            cells.y,
            cells.weight,
            cells.starts,
            cells.n_columns,
            farthest,
            bins[part],
        )

    threads().map(count, range(len(cuts) - 1))
    return bins.sum(axis=0), farthest


def _pairs(cells: PointCells) -> float:
    """Count the pairs that have to be measured."""
    held = np.diff(cells.starts).reshape(-1, cells.n_columns).astype(np.float64)
    wide = np.pad(held, 1)
    rows, columns = held.shape
    around = sum(wide[down : down + rows, across : across + columns] for down in range(3) for across in range(3))
    return float((held * around).sum())


def _require_few(cells: PointCells) -> None:
    pairs = _pairs(cells)
    if pairs > _MOST_PAIRS:
        raise ParameterError(
            f"{pairs:.1e} pairs of places are within reach, more than {_MOST_PAIRS:.0e}",
            where="bandwidth",
            fix="Search narrower bandwidths (search_m), take a smaller study area, or the rule 'likelihood'.",
        )
