"""
How good a hotspot map turned out to be: hit rate, area share, PAI, PEI and RRI.

With n_i incidents in cell i during the test period, a_i its area, f_i the share of it that the map chose, and e_i the
incidents that were predicted there::

    hit rate    sum f_i n_i / sum n_i
    area share  sum f_i a_i / sum a_i
    PAI         hit rate / area share
    PEI         incidents caught / the most that as much area can catch
    RRI         sum f_i e_i / sum f_i n_i

PAI is that of Chainey et al. (2008, doi:10.1057/palgrave.sj.8350066), PEI that of Hunt (2016), RRI the recovery rate index,
predicted over observed, of Wheeler and Steenbeek (2021, doi:10.1007/s10940-020-09457-7); Levine's "recapture rate index" is
another quantity. A part of a cell catches the same part of its incidents. So exactly the area asked for is chosen, choosing
everything has a PAI of exactly 1, and no map has a PEI above 1, however cells differ in size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["Accuracy", "accuracy", "choose_area", "most_caught", "require_coverages"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """
    Accuracy of one hotspot map over one test period.

    Attributes
    ----------
    hit_rate
        Share of the incidents that fell in the chosen area.
    area_share
        Share of the study area that was chosen.
    pai
        Predictive accuracy index; 1 is what choosing at random gives on average.
    pei
        Prediction efficiency index, 0 to 1.
    rri
        Recovery rate index; None where the map predicts no numbers or nothing was caught.
    incidents, caught
        In the test period; parts of cells catch parts of incidents.
    """

    hit_rate: float
    area_share: float
    pai: float
    pei: float
    rri: float | None
    incidents: int
    caught: float


def require_coverages(coverages: Sequence[float]) -> tuple[float, ...]:
    """
    Insist on shares of the area above 0 and up to 1; give them ascending, each once.

    Raises
    ------
    ParameterError
        If there is none or one is something else.
    """
    asked = tuple(sorted(set(coverages)))
    if not asked or not all(0 < share <= 1 for share in asked):
        raise ParameterError(
            "coverages are not shares of an area", where="coverage", fix="Give numbers above 0 and up to 1, such as 0.01."
        )
    return asked


def _areas(cell_area_m2: ArrayLike, n_cells: int) -> Floats:
    area = np.asarray(cell_area_m2, dtype=np.float64).ravel()
    if area.size != n_cells:
        raise InputError(f"{area.size} areas for {n_cells} cells", where="cells", fix="Give one for each cell.")
    if not (np.isfinite(area).all() and (area > 0).all()):
        raise InputError("an area of a cell is not above 0", where="cells", fix="Leave out cells outside the study area.")
    return area


def choose_area(risk_per_km2: ArrayLike, cell_area_m2: ArrayLike, *, coverages: Sequence[float]) -> Floats:
    """
    Choose the riskiest part of a study area, of exactly the size asked for.

    Cells are taken whole in order of falling risk for as long as they fit. The cells of equal risk that come next share what
    is left, each in the same proportion: what drawing lots among them would choose on average. So the result depends neither
    on the order of the cells nor on chance, and a last cell on its own is taken in part.

    Parameters
    ----------
    risk_per_km2
        Shape (n_cells,). Any score; incidents expected have to be divided by the cell's area, or large cells seem riskier.
    cell_area_m2
        Shape (n_cells,). Area of each cell inside the study area, square metres.
    coverages
        Shares of the study area to choose, above 0 and up to 1.

    Returns
    -------
    ndarray of float64
        Shape (n_coverages, n_cells). The share of each cell that is chosen, 0 to 1.

    Raises
    ------
    InputError
        If there is no cell, a risk is not a number or an area not above 0.
    ParameterError
        If a coverage is not a share.

    Examples
    --------
    >>> choose_area([3.0, 1.0, 1.0, 0.0], [100.0, 100.0, 100.0, 100.0], coverages=[0.125, 0.5]).tolist()
    [[0.5, 0.0, 0.0, 0.0], [1.0, 0.5, 0.5, 0.0]]
    """
    require_coverages(coverages)
    risk = np.asarray(risk_per_km2, dtype=np.float64).ravel()
    if not risk.size:
        raise EmptyInputError("there is no cell to choose from", where="cells", fix="Take a study area.")
    if np.isnan(risk).any():
        raise InputError(
            f"the risk of {int(np.isnan(risk).sum())} of {risk.size} cells is not a number",
            where="risk",
            fix="Give every cell a risk; 0 where nothing is expected.",
        )
    area = _areas(cell_area_m2, risk.size)
    order = np.argsort(-risk, kind="stable")
    first = np.flatnonzero(np.concatenate([[True], np.diff(risk[order]) != 0]))
    group_area = np.add.reduceat(area[order], first)
    before = np.concatenate([[0.0], np.cumsum(group_area)[:-1]])
    wanted = np.array(coverages, dtype=np.float64)[:, None] * area.sum()
    taken = np.clip((wanted - before) / group_area, 0.0, 1.0)
    taken[np.array(coverages) == 1.0] = 1.0
    chosen = np.empty((len(coverages), risk.size))
    chosen[:, order] = np.repeat(taken, np.diff(np.append(first, risk.size)), axis=1)
    return chosen


def most_caught(test_counts: ArrayLike, cell_area_m2: ArrayLike, *, coverages: Sequence[float]) -> Floats:
    """
    Say how many incidents a map that knew them beforehand would catch.

    Parameters
    ----------
    test_counts
        Shape (n_cells,). Incidents in each cell.
    cell_area_m2
        Shape (n_cells,). Area of each cell inside the study area, square metres.
    coverages
        Shares of the study area.

    Returns
    -------
    ndarray of float64
        Shape (n_coverages,). Cells are taken by incidents for their area, which no other choice beats.

    Raises
    ------
    InputError
        As `choose_area`.

    Examples
    --------
    >>> most_caught([6, 3, 0], [1.0, 1.0, 1.0], coverages=[1 / 3, 1.0]).tolist()
    [6.0, 9.0]
    """
    counts = np.asarray(test_counts, dtype=np.float64).ravel()
    area = _areas(cell_area_m2, counts.size)
    return np.asarray(choose_area(counts / area, area, coverages=coverages) @ counts, dtype=np.float64)


def accuracy(
    chosen: ArrayLike, test_counts: ArrayLike, cell_area_m2: ArrayLike, *, predicted: ArrayLike | None = None
) -> Accuracy:
    """
    Measure how much crime the chosen cells caught for the area they cover.

    Parameters
    ----------
    chosen
        Shape (n_cells,). True where the map called the cell a hotspot, or the share of the cell that was chosen.
    test_counts
        Shape (n_cells,). Incidents in each cell during the test period.
    cell_area_m2
        Shape (n_cells,). Area of each cell inside the study area, square metres.
    predicted
        Shape (n_cells,). Incidents expected in each cell during the test period, for RRI.

    Raises
    ------
    EmptyInputError
        If the test period has no incidents or no cell is chosen: every ratio would be 0/0, and 0 would read as a bad map.
    InputError
        If shapes differ, a count is negative, a share is not from 0 to 1, or an area is not above 0.

    Examples
    --------
    >>> found = accuracy([True, False, False], [6, 3, 0], [1.0, 1.0, 1.0], predicted=[3, 2, 1])
    >>> round(found.pai, 12), found.pei, found.rri
    (2.0, 1.0, 0.5)
    """
    share = np.asarray(chosen, dtype=np.float64).ravel()
    counts = np.asarray(test_counts).ravel()
    area = _areas(cell_area_m2, counts.size)
    if share.size != counts.size or not ((share >= 0) & (share <= 1)).all():
        raise InputError(
            "what was chosen is not a share of each cell", where="chosen", fix="Give one from 0 to 1 for every cell."
        )
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise InputError("a count is negative or not a number", where="counts", fix="Leave out periods without data.")
    incidents = int(counts.sum())
    if not incidents:
        raise EmptyInputError("the test period has no incidents", where="counts", fix="Take a longer test period.")
    if not share.any():
        raise EmptyInputError("no cell is chosen", where="chosen", fix="Choose a share of the area with choose_area.")
    caught = float(share @ counts)
    everything = bool((share == 1).all())
    area_share = 1.0 if everything else float(share @ area / area.sum())
    hit_rate = caught / incidents
    best = float(most_caught(counts, area, coverages=[min(area_share, 1.0)])[0])
    rri = None
    if predicted is not None:
        expected = np.asarray(predicted, dtype=np.float64).ravel()
        if expected.size != counts.size or not np.isfinite(expected).all():
            raise InputError("a prediction is missing or not a number", where="predicted", fix="Give one for each cell.")
        rri = float(share @ expected) / caught if caught else None
    return Accuracy(
        hit_rate=hit_rate,
        area_share=area_share,
        pai=hit_rate / area_share,
        # Both sums are rounded; the map that is the best one is not better than itself.
        pei=min(caught / best, 1.0),
        rri=rri,
        incidents=incidents,
        caught=caught,
    )
