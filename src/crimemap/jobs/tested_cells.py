"""The test of a map's cells: Gi*, local Moran, or the excess beside those at risk, as columns of the map's table."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.sparse import csr_array

from crimemap.analysis.grids.cells import Cells
from crimemap.analysis.hotspots.excess import local_excess
from crimemap.analysis.hotspots.gistar import hotspots
from crimemap.analysis.hotspots.local_moran import MoranTest, local_moran
from crimemap.jobs.at_risk import AtRisk

if TYPE_CHECKING:
    from crimemap.jobs.processes.hotspots import HotspotsInputs

__all__ = ["TestedCells", "tested_cells"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TestedCells:
    """
    What a test says of every cell.

    Attributes
    ----------
    columns
        By the names that the table of cells has them under.
    expected
        Shape (n,). Incidents to expect in each cell; None where they are expected by its area.
    untested
        Incidents where nobody is at risk, in the cell or around it.
    """

    columns: dict[str, object]
    expected: NDArray[np.float64] | None = None
    untested: int = 0

    @property
    def hot(self) -> NDArray[np.bool_]:
        """Which cells are hot."""
        return np.asarray(self.columns["hotspot"], dtype=bool)


def tested_cells(
    inputs: "HotspotsInputs",
    cells: Cells,
    counts: NDArray[np.int64],
    around: csr_array,
    *,
    rng: Generator,
    at_risk: AtRisk | None,
) -> TestedCells:
    """
    Test every cell as was asked.

    Parameters
    ----------
    inputs, cells, counts, around, rng
        What was asked, the cells, their incidents and neighbours, and the source of randomness.
    at_risk
        Those at risk; None for an even spread.

    Raises
    ------
    InputError
        As `hotspots`, `local_moran` and `local_excess`.
    """
    if at_risk is not None:
        return _beside(inputs, cells, counts, around, at_risk)
    if inputs.statistic == "local-moran":
        return TestedCells(columns=_moran(inputs, counts, around, rng))
    found = hotspots(
        counts,
        around,
        test=inputs.test,
        correction=inputs.correction,
        alpha=inputs.alpha,
        permutations=inputs.permutations,
        rng=rng,
    )
    return TestedCells(
        columns={
            "at_risk": np.nan,
            "n_neighbours": found.gistar.n_neighbours,
            "local_incidents": np.rint(found.gistar.local_sum).astype(np.int64),
            "local_expected": counts.mean() * (found.gistar.n_neighbours + 1),
            "z": found.gistar.z,
            "local_i": np.nan,
            "quadrant": None,
            "p_value": found.gistar.p_upper,
            "q_value": found.q_value,
            "hotspot": found.hotspot,
        }
    )


def _moran(inputs: "HotspotsInputs", counts: NDArray[np.int64], around: csr_array, rng: Generator) -> dict[str, object]:
    moran = local_moran(
        counts,
        around,
        test=cast("MoranTest", inputs.test),
        correction=inputs.correction,
        alpha=inputs.alpha,
        permutations=inputs.permutations,
        rng=rng,
    )
    own = around.diagonal() > 0
    return {
        "at_risk": np.nan,
        "n_neighbours": np.diff(around.indptr) - own,
        "local_incidents": np.nan,
        "local_expected": np.nan,
        "z": np.nan,
        "local_i": moran.statistic,
        "quadrant": moran.quadrant,
        "p_value": moran.p_value,
        "q_value": moran.q_value,
        "hotspot": moran.significant & (moran.quadrant == "high-high"),
    }


def _beside(
    inputs: "HotspotsInputs", cells: Cells, counts: NDArray[np.int64], around: csr_array, at_risk: AtRisk
) -> TestedCells:
    number = at_risk.in_cells(cells)
    found = local_excess(counts, number, around, null=at_risk.null, correction=inputs.correction, alpha=inputs.alpha)
    return TestedCells(
        columns={
            "at_risk": number,
            "n_neighbours": found.n_neighbours,
            "local_incidents": np.rint(found.local_sum).astype(np.int64),
            "local_expected": found.local_expected,
            "z": found.z,
            "local_i": np.nan,
            "quadrant": None,
            "p_value": found.p_value,
            "q_value": found.q_value,
            "hotspot": found.hotspot,
        },
        expected=found.expected,
        untested=found.untested,
    )
