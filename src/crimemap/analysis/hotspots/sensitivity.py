"""
Whether a hot cell stays hot when the neighbourhood is wider, and when the cells are coarser.

Neighbours and cells are chosen by whoever draws the map, and no choice is right. A cell that is hot with one choice alone is
a weaker finding than one that is hot with all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crimemap.analysis.grids.cells import Cells, Graph, cell_neighbours, cells_of, cover, locate
from crimemap.analysis.grids.grid import count_in_cells
from crimemap.analysis.grids.positions import Positions
from crimemap.analysis.hotspots.excess import Null, local_excess
from crimemap.analysis.hotspots.gistar import Test, hotspots
from crimemap.analysis.significance import Correction
from crimemap.errors import ParameterError

__all__ = ["Sensitivity", "sensitivity"]

_WIDER: Final = 1.5

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sensitivity:
    """
    Whether each cell is hot with the other choices.

    Attributes
    ----------
    next_ring
        Shape (n,). Hot if neighbours are those within one more ring, or within half as far again.
    coarser
        Shape (n,). The cell of the next coarser kind that holds this one's centre is hot; None where there is no coarser
        kind, or it has too few cells.
    ring, distance_m, coarser_kind
        What the other choices were; the distance is None where neighbours are rings.
    """

    next_ring: Bools
    coarser: Bools | None
    ring: int
    distance_m: float | None
    coarser_kind: str | None

    @property
    def parameters(self) -> dict[str, Any]:
        """What the other choices were."""
        return {
            "next_ring": self.ring if self.distance_m is None else None,
            "next_distance_m": self.distance_m,
            "coarser_cells": self.coarser_kind,
        }


def sensitivity(
    cells: Cells,
    positions: Positions,
    *,
    study_area: object | None,
    graph: Graph = "ring",
    ring: int = 1,
    distance_m: float = 0.0,
    test: Test = "exact",
    correction: Correction = "benjamini-hochberg",
    alpha: float = 0.05,
    permutations: int = 999,
    rng: Generator | None = None,
    at_risk: Callable[[Cells], NDArray[np.float64]] | None = None,
    null: Null = "people",
) -> Sensitivity:
    """
    Test the map again with the next ring of neighbours, and with the next coarser cells.

    Parameters
    ----------
    cells
        The grid of the map, n cells.
    positions
        Where incidents are.
    study_area
        What the grid covers, EPSG:27700; None where it was made of cells seen.
    graph, ring, distance_m
        Neighbours of the map, as `cell_neighbours` takes them; the next ring, or half as far again, is tested.
    test, correction, alpha, permutations, rng
        As the map was tested.
    at_risk, null
        Where the map is of `local_excess`: gives those at risk in each cell of a grid, and what they are.

    Raises
    ------
    InputError
        As `hotspots`.

    Examples
    --------
    >>> import shapely
    >>> from crimemap.analysis.grids.cells import parse_cells
    >>> area = shapely.box(530000, 180000, 532000, 182000)
    >>> positions = Positions.of_metres([530550.0, 530650.0, 530750.0] * 40, [180550.0] * 120)
    >>> cells = cover(area, parse_cells("100m"))
    >>> found = sensitivity(cells, positions, study_area=area)
    >>> int(found.next_ring.sum()), found.coarser_kind
    (12, '200m')
    """

    def hot(of: Cells, *, wider: bool) -> Bools:
        key = locate(of.kind, **positions.coordinates)
        counts = count_in_cells(of.key, key, incidents=positions.incidents).counts
        steps, reach = (ring + 1, _WIDER * distance_m) if wider else (ring, distance_m)
        around = cell_neighbours(of, graph=graph, ring=steps, distance_m=reach)
        if at_risk is not None:
            return local_excess(counts, at_risk(of), around, null=null, correction=correction, alpha=alpha).hotspot
        return hotspots(
            counts, around, test=test, correction=correction, alpha=alpha, permutations=permutations, rng=rng
        ).hotspot

    wider = hot(cells, wider=True)
    further = _WIDER * distance_m if graph == "distance" else None
    kind = cells.kind.coarser
    if kind is None:
        return Sensitivity(next_ring=wider, coarser=None, ring=ring + 1, distance_m=further, coarser_kind=None)
    x, y = cells.centres()
    lon, lat = cells.centres_in_degrees()
    above = locate(kind, longitude=lon, latitude=lat, easting=x, northing=y)
    coarse = cells_of(above, kind) if study_area is None else cover(study_area, kind)
    if len(coarse) < 3:  # noqa: PLR2004 - fewer cannot be compared
        return Sensitivity(next_ring=wider, coarser=None, ring=ring + 1, distance_m=further, coarser_kind=None)
    try:
        found = hot(coarse, wider=False)
    except ParameterError:  # coarser cells have no neighbours so near
        return Sensitivity(next_ring=wider, coarser=None, ring=ring + 1, distance_m=further, coarser_kind=None)
    at = np.minimum(np.searchsorted(coarse.key, above), len(coarse) - 1)
    return Sensitivity(
        next_ring=wider,
        coarser=np.asarray((coarse.key[at] == above) & found[at]),
        ring=ring + 1,
        distance_m=further,
        coarser_kind=str(kind),
    )
