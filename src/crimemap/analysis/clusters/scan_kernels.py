"""
The inner loops of the scan statistic in space.

The log-likelihood ratio of a window with c incidents of which e are expected, C in all, is c ln(c/e) + (C-c) ln((C-c)/(C-e))
where c > e. Since ln x <= x - 1 it is at most (c-e)^2 C / (e (C-e)). That bound takes no logarithm, and a simulation needs
only its largest ratio: windows whose bound is not above the largest so far are passed over, which is nearly all of them.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.clusters.scan_ratio import ratio_of
from crimemap.analysis.clusters.scan_windows import Windows
from crimemap.compiled import compiled
from crimemap.engine import LocalEngine

__all__ = ["largest_of_simulations", "likelihood_ratio"]

_CHUNKS: Final = 16
Floats = NDArray[np.float64]


@compiled
def _largest(  # noqa: PLR0917 - numba takes no keyword-only arguments
    pointer: Any, member: Any, factor: Any, expected: Any, cases: Any, total: float, first: int, last: int, out: Any
) -> None:  # pragma: no cover - compiled
    """Raise `out[s]` to the largest ratio of centres first to last in each simulation; `factor` is 0 for no window."""
    for centre in range(first, last):
        for s in range(cases.shape[0]):
            row = cases[s]
            most = out[s]
            c = 0
            for at in range(pointer[centre], pointer[centre + 1]):
                c += row[member[at]]
                away = c - expected[at]
                if away > 0 and away * away * factor[at] > most:
                    ratio = ratio_of(c, expected[at], total)
                    most = max(most, ratio)
            out[s] = most


def likelihood_ratio(observed: float, expected: float, total: float) -> float:
    """
    Give Kulldorff's log-likelihood ratio of a window under the Poisson model; 0 where no more than expected is observed.

    Parameters
    ----------
    observed, expected
        Incidents in the window.
    total
        Incidents in all, which is what is expected in all.

    Examples
    --------
    >>> round(likelihood_ratio(10, 4, 50), 6)
    3.57243
    """
    return float(ratio_of(float(observed), float(expected), float(total)))


def largest_of_simulations(windows: Windows, simulated: NDArray[np.int32], expected: Floats) -> Floats:
    """
    Find the largest ratio of each simulation, in space alone.

    Parameters
    ----------
    windows
        Circles around n centres.
    simulated
        Shape (simulations, n). Incidents by area, each row with the same total.
    expected
        Shape (n,).

    Returns
    -------
    ndarray of float64
        Shape (simulations,).
    """
    total = float(simulated[0].sum())
    due = _window_sums(windows, expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(windows.closed & (due > 0) & (due < total), total / (due * (total - due)), 0.0)
    centres = windows.pointer.size - 1
    edges = np.searchsorted(windows.pointer, np.linspace(0, windows.pointer[-1], _CHUNKS + 1))
    edges[0], edges[-1] = 0, centres

    def chunk(k: int) -> Floats:
        out = np.zeros(simulated.shape[0])
        _largest(windows.pointer, windows.member, factor, due, simulated, total, int(edges[k]), int(edges[k + 1]), out)
        return out

    largest: Floats = np.max(LocalEngine().map(chunk, range(_CHUNKS)), axis=0)
    return largest


def _window_sums(windows: Windows, values: Floats) -> Floats:
    """Sum over each window: running sums that start anew at each centre."""
    running = np.cumsum(values[windows.member])
    start = windows.pointer[:-1]
    before = np.where(start > 0, running[np.maximum(start - 1, 0)], 0.0)
    sums: Floats = running - np.repeat(before, np.diff(windows.pointer))
    return sums
