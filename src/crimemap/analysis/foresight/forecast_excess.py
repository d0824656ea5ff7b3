"""The method of a map that is set beside those at risk: cells ranked by how far past incidents exceed what they explain."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from crimemap.analysis.foresight.forecast import History, Method
from crimemap.analysis.hotspots.excess import Null, local_excess

__all__ = ["excess_score"]

Floats = NDArray[np.float64]


def excess_score(
    at_risk: Callable[[tuple[str, ...]], Floats], *, neighbours: csr_array, null: Null = "people", said: str = ""
) -> Method:
    """
    Rank cells by the z of `local_excess` over the training period.

    It says where risk is high, which need not be where there will be many incidents: a back-test tells how far the two
    agree.

    Parameters
    ----------
    at_risk
        Gives those at risk in each cell, shape (n_cells,), from the months of the training period that have data. It is
        asked for no other month.
    neighbours
        Shape (n_cells, n_cells). Who is whose neighbour, each cell its own.
    null
        As `local_excess` takes it.
    said
        How neighbours were chosen, for the title.

    Examples
    --------
    >>> excess_score(lambda months: np.ones(3), neighbours=csr_array(np.eye(3)), said="a ring of 1").title
    'excess beside people with a ring of 1'
    """

    def forecast(history: History) -> Floats:
        number = at_risk(history.months)
        z = np.asarray(local_excess(history.last(len(history.months)), number, neighbours, null=null).z, dtype=np.float64)
        # Where nobody is at risk there is no excess to speak of: such cells come last.
        known = np.isfinite(z)
        return np.where(known, z, (z[known].min() if known.any() else 0.0) - 1.0)

    beside = "people" if null == "people" else "other incidents"
    return Method(
        name=f"excess:{null}",
        title=f"excess beside {beside}" + (f" with {said}" if said else ""),
        forecast=forecast,
        parameters={"null": null, "neighbours": said},
    )
