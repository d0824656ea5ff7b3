"""
Sums of Gaussians at the centres of cells, to a stated share of the peak.

The points of a source cell of side s are replaced by their Taylor moments up to an order P (Greengard and Strain 1991,
doi:10.1137/0912004): with x the vector from the source cell's centre to the centre of another cell, in bandwidths h,::

    sum_i w_i exp(-|x - t_i|^2 / 2)  =  sum_{a + b <= P} M_ab  He_a(x_1) exp(-x_1^2 / 2)  He_b(x_2) exp(-x_2^2 / 2)
    M_ab = sum_i w_i t_i1^a t_i2^b / (a! b!)

which is a product of matrices along each axis. Along the direction of t the rest of the series is Hermite's, and Cramer's
inequality |He_n(x)| <= 1.0865 sqrt(n!) exp(x^2 / 4) bounds it by 1.0865 rho^n / sqrt(n!) exp(-|x|^2 / 4) for each n > P,
rho being half the diagonal of a source cell. As exp(-|x|^2 / 4) is itself twice a mean of Gaussians of bandwidth 1, the
sum over all points is at most about twice the highest point of the surface, wherever they lie: the bound is a share of that.
"""

import itertools
import math
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from crimemap.analysis.density.sorted_points import SortedPoints, sort_points, threads

__all__ = ["Expansion", "choose_expansion", "gaussian_sum"]

_CRAMER: Final = 1.0865
_HIGHEST_ORDER: Final = 30
_SMALLEST_BLOCK: Final = 48
_LARGEST_BLOCK: Final = 256
#: Moments that are held at once.
_MOST_MOMENTS: Final = 6e6
#: Seconds, measured, of a moment of a point and of a multiplication.
_MOMENT_S: Final = 2.2e-10
_PRODUCT_S: Final = 1.2e-10

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """
    How Gaussians are summed.

    Attributes
    ----------
    side
        Cells that a source cell is wide.
    order
        Of the series.
    reach
        Bandwidths beyond which a point is left out.
    error_bound
        Largest error of any cell as a share of the highest cell.
    work
        Estimated seconds of one processor.
    """

    side: int
    order: int
    reach: float
    error_bound: float
    work: float


def _rest(rho: float, order: int, peak_between: float) -> float:
    """Bound what the series leaves out, as a share of the highest cell."""
    terms = [n * math.log(rho) - math.lgamma(n + 1) / 2 for n in range(order + 1, order + 60)]
    return 2 * (1 + rho) * math.exp(rho / 4) * _CRAMER * math.fsum(map(math.exp, terms)) * peak_between


def _reach(share: float) -> float:
    """
    Find how far points may be left out.

    With q = 2 / R^2, exp(-d^2 / 2) <= exp(-(1 - q) R^2 / 2) exp(-q d^2 / 2) beyond R, and the sum of the wider Gaussians
    is at most 1 / q times the peak: together e R^2 / 2 exp(-R^2 / 2).
    """
    reach = 2.0
    while math.e * reach**2 / 2 * math.exp(-(reach**2) / 2) > share:
        reach += 0.01
    return reach


def choose_expansion(n_points: int, bandwidth: float, shape: tuple[int, int], *, tolerance: float) -> Expansion:
    """
    Choose the quickest expansion that keeps to a tolerance.

    Parameters
    ----------
    n_points
        Points whose kernels reach the cells.
    bandwidth
        In cells, 1 or more.
    shape
        Rows and columns.
    tolerance
        Share of the highest cell, 1e-14 to 0.1.

    Examples
    --------
    >>> found = choose_expansion(1_000_000, 5.0, (600, 600), tolerance=1e-9)
    >>> found.error_bound <= 1e-9
    True
    """
    # Between the highest point of the surface and the nearest centre it falls by no more than one Gaussian does.
    peak_between = math.exp((math.sqrt(0.5) / bandwidth) ** 2 / 2)
    reach = _reach(tolerance / 10 / peak_between)
    span = reach * bandwidth
    block = _block(span)
    best = None
    for side in range(1, max(1, math.floor(bandwidth)) + 1):
        rho = side * math.sqrt(0.5) / bandwidth
        order = next((p for p in range(1, _HIGHEST_ORDER + 1) if _rest(rho, p, peak_between) <= 0.9 * tolerance), None)
        if order is None:
            break
        n_moments = (order + 1) * (order + 2) / 2
        n_rows, n_columns = (length + 2 * span for length in shape)
        across = n_rows / side * n_columns * (block + 2 * span) / side * n_moments
        down = n_rows * n_columns * (block + 2 * span) / side * (order + 1)
        added = (order + 1) * ((order + 4) // 4 * 4)
        work = n_points * added * _MOMENT_S + (across + down) * _PRODUCT_S
        bound = _rest(rho, order, peak_between) + tolerance / 10
        if best is None or work < best.work:
            best = Expansion(side=side, order=order, reach=reach, error_bound=bound, work=work)
    assert best is not None  # noqa: S101 - order 30 reaches 1e-14 where a source cell is one cell and that a bandwidth
    return best


def _block(span: float) -> int:
    return min(max(_SMALLEST_BLOCK, math.ceil(span)), _LARGEST_BLOCK)


def gaussian_sum(
    x: Floats,
    y: Floats,
    weight: Floats | None,
    *,
    west_m: float,
    south_m: float,
    cell_size_m: float,
    shape: tuple[int, int],
    bandwidth_m: float,
    expansion: Expansion,
) -> Floats:
    """
    Sum Gaussians of height 1 at cell centres.

    Parameters
    ----------
    x, y, weight, west_m, south_m, cell_size_m, shape
        As `compact_sum` takes them.
    bandwidth_m
        Standard deviation.
    expansion
        From `choose_expansion` for this bandwidth.

    Returns
    -------
    ndarray of float64
        Shape (n_rows, n_columns), 0 or more.
    """
    side, bandwidth = expansion.side, bandwidth_m / cell_size_m
    n_rows, n_columns = shape
    margin = math.ceil(expansion.reach * bandwidth / side)
    sources = sort_points(
        x,
        y,
        weight,
        west_m=west_m,
        south_m=south_m,
        cell_size_m=cell_size_m * side,
        shape=(math.ceil(n_rows / side), math.ceil(n_columns / side)),
        margin=margin,
    )
    sums = np.zeros(shape)
    if len(sources):
        # Each product is small and made beside others: a second thread within one only waits.
        with threadpool_limits(1, user_api="blas"):
            _by_band(sources, bandwidth, expansion, sums)
    return np.maximum(sums, 0.0, out=sums)


def _hermite(cells: Floats, centres: Floats, bandwidth: float, order: int) -> Floats:
    """Give He_a(x) exp(-x^2 / 2) from each centre to each cell: shape (n_centres, order + 1, n_cells)."""
    x = (cells[None, :] - centres[:, None]) / bandwidth
    values = np.empty((centres.size, order + 1, cells.size))
    values[:, 0] = np.exp(-0.5 * x * x)
    if order:
        values[:, 1] = x * values[:, 0]
    for a in range(2, order + 1):
        values[:, a] = x * values[:, a - 1] - (a - 1) * values[:, a - 2]
    return values


def _centres(index: NDArray[np.intp], margin: int, side: int) -> Floats:
    """Give the middles of source rows or columns in cells from the raster's corner."""
    return np.asarray((index - margin + 0.5) * side, dtype=np.float64)


def _by_band(sources: SortedPoints, bandwidth: float, expansion: Expansion, sums: Floats) -> None:
    """Take as many rows of source cells as memory should hold, and add what they give, some columns on each thread."""
    side, order, margin = expansion.side, expansion.order, sources.margin
    span = expansion.reach * bandwidth
    n_rows = sources.starts.size - 1
    n_moments = (order + 1) * (order + 2) // 2
    width = _block(span)
    height = max(1, int(_MOST_MOMENTS / (sources.n_columns * n_moments)))
    for first in range(0, n_rows, height):
        last = min(first + height, n_rows)
        held = np.flatnonzero(np.diff(sources.starts[first : last + 1]))
        if not held.size:
            continue
        moments = _moments(sources, first, last, order, side / bandwidth)[held]
        taken = np.flatnonzero(moments[:, :, 0].any(axis=0))
        add = partial(
            _add_columns,
            width=width,
            reach=span + side / 2,
            bandwidth=bandwidth,
            order=order,
            moments=_by_power(moments[:, taken], order),
            middles=_centres(taken, margin, side),
            bands=_bands(
                _centres(first + held, margin, side),
                sums.shape[0],
                height=width,
                reach=span + side / 2,
                bandwidth=bandwidth,
                order=order,
            ),
            sums=sums,
        )
        threads().map(add, range(0, sums.shape[1], width))


def _bands(
    middles: Floats, n_rows: int, *, height: int, reach: float, bandwidth: float, order: int
) -> list[tuple[slice, slice, Floats]]:
    """Divide source rows into bands: which they are, the rows that they reach, and the factors from one to the other."""
    found = []
    number = ((middles - middles[0]) / height).astype(np.int64)
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(number)) + 1, [middles.size]]).tolist()
    for begin, end in itertools.pairwise(cuts):
        low = max(math.floor(middles[begin] - reach), 0)
        high = min(math.ceil(middles[end - 1] + reach), n_rows)
        if low < high:
            factors = _hermite(np.arange(low, high) + 0.5, middles[begin:end], bandwidth, order)
            found.append((slice(begin, end), slice(low, high), factors.reshape(-1, high - low)))
    return found


def _moments(sources: SortedPoints, first: int, last: int, order: int, scale: float) -> Floats:
    """Add up the moments of some rows of source cells, some rows on each thread."""
    from crimemap.analysis.density.taylor_moments import taylor_moments_of_rows  # noqa: PLC0415 - numba loads slowly

    moments = np.zeros((last - first, sources.n_columns, (order + 1) * (order + 2) // 2))
    cuts = np.linspace(first, last, min(threads().workers, last - first) + 1).astype(int).tolist()

    def gather(rows: tuple[int, int]) -> None:
        starts, u, v, w = sources.rows(*rows)
        taylor_moments_of_rows(starts, u, v, w, rows[0], order, scale, moments[rows[0] - first : rows[1] - first])

    threads().map(gather, itertools.pairwise(cuts))
    return moments


def _add_columns(
    left: int,
    *,
    width: int,
    reach: float,
    bandwidth: float,
    order: int,
    moments: list[Floats],
    middles: Floats,
    bands: list[tuple[slice, slice, Floats]],
    sums: Floats,
) -> None:
    """Add what source cells give to some columns, by one axis and then the other."""
    right = min(left + width, sums.shape[1])
    begin, end = np.searchsorted(middles, [left - reach, right + reach]).tolist()
    if begin == end:
        return
    across = _hermite(np.arange(left, right) + 0.5, middles[begin:end], bandwidth, order)
    by_power = [np.ascontiguousarray(across[:, : order + 1 - b]).reshape(-1, right - left) for b in range(order + 1)]
    for rows, reached, factors in bands:
        along = np.empty((rows.stop - rows.start, order + 1, right - left))
        for b, of_b in enumerate(moments):
            np.matmul(of_b[rows, begin:end].reshape(along.shape[0], -1), by_power[b], out=along[:, b])
        sums[reached, left:right] += factors.T @ along.reshape(-1, right - left)


def _by_power(moments: Floats, order: int) -> list[Floats]:
    """Part the moments by the power of the distance along a column, each part in one piece of memory."""
    ends = np.cumsum(np.arange(order + 1, 0, -1))
    return [np.ascontiguousarray(part) for part in np.split(moments, ends[:-1], axis=2)]
