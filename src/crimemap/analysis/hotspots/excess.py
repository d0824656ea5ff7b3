"""
Local excess: cells whose neighbourhood has more incidents than those at risk there explain.

Gi* asks whether incidents are scattered over the ground; where people live in towns they are not, and Gi* finds the towns.
Here each neighbourhood (a cell and those around it) is compared with its share of all who are at risk.

Beside **people**, everybody runs the same risk if the null is true. Given that there are N incidents in all, the S of a
neighbourhood with the share p of all people are then binomial::

    P(S >= s) = sum over k >= s of (N choose k) p^k (1 - p)^(N - k)

Beside **controls**, incidents of another kind, the null says that which of them are cases is settled by lot. Of T incidents
in all, M of them cases, a neighbourhood with t incidents then has S cases by the hypergeometric distribution, as in Fisher's
exact test. It needs no people, and how incidents were moved to map points is the same for both.

Both distributions are exact: nothing is drawn and there is no floor under p. Neighbourhoods overlap, so their tests are
positively related, which Benjamini and Hochberg's correction allows.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.stats import binom, hypergeom

from crimemap.analysis.hotspots.values import require_counts, require_values
from crimemap.analysis.significance import Correction, adjusted_p_values, require_alpha
from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["NULLS", "LocalExcess", "Null", "local_excess"]

Null = Literal["people", "controls"]
NULLS: Final[tuple[Null, ...]] = get_args(Null)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocalExcess:
    """
    The excess of every cell's neighbourhood, in the order of the cells.

    Attributes
    ----------
    local_sum
        Shape (n,). Incidents in the cell and around it.
    local_expected
        Shape (n,). What those at risk there would have if all ran the same risk.
    expected
        Shape (n,). The same for the cell alone.
    z
        Shape (n,). Standard deviations by which the local sum is above that; not a number where nobody is at risk.
    p_value
        Shape (n,). Probability of a local sum at least as large; not a number where nobody is at risk.
    q_value
        Shape (n,). `p_value` adjusted for having tested every such cell.
    hotspot
        Shape (n,). True where `q_value` is at most `alpha`.
    n_neighbours
        Shape (n,). Without the cell itself.
    untested
        Incidents in cells where nobody is at risk, nor around them; they count nowhere.
    null, correction, alpha
        What was asked for.
    """

    local_sum: Floats
    local_expected: Floats
    expected: Floats
    z: Floats
    p_value: Floats
    q_value: Floats
    hotspot: NDArray[np.bool_]
    n_neighbours: Ints
    untested: int
    null: Null
    correction: Correction
    alpha: float

    @property
    def parameters(self) -> dict[str, Any]:
        """What was asked for."""
        return {"statistic": f"local excess beside {self.null}", "correction": self.correction, "alpha": self.alpha}


def _people(local: Ints, share: Floats, total: int) -> tuple[Floats, Floats, Floats]:
    return (
        np.asarray(binom.sf(local - 1, total, share)),
        total * share,
        np.sqrt(total * share * (1 - share)),
    )


def _controls(local: Ints, together: Ints, cases: int, everything: int) -> tuple[Floats, Floats, Floats]:
    # Neighbourhoods with the same two numbers have the same p, and most of a map has none.
    pairs, which = np.unique(np.column_stack([local, together]), axis=0, return_inverse=True)
    upper = np.ones(len(pairs))
    some = pairs[:, 0] > 0
    upper[some] = hypergeom.sf(pairs[some, 0] - 1, everything, cases, pairs[some, 1])
    share = together / everything
    room = (everything - cases) / max(everything - 1, 1)
    return np.clip(upper, 0.0, 1.0)[which.ravel()], cases * share, np.sqrt(cases * share * (1 - share) * room)


def local_excess(
    counts: ArrayLike,
    at_risk: ArrayLike,
    neighbours: csr_array,
    *,
    null: Null = "people",
    correction: Correction = "benjamini-hochberg",
    alpha: float = 0.05,
) -> LocalExcess:
    """
    Find cells whose neighbourhood has more incidents than those at risk in it explain.

    Parameters
    ----------
    counts
        Shape (n,). Incidents by cell, empty cells included.
    at_risk
        Shape (n,). People by cell, any number of 0 or more; or incidents of the other kind (whole numbers), the cases
        not among them.
    neighbours
        Shape (n, n). Who is whose neighbour, each cell its own, all of weight 1.
    null
        `people`: everybody runs the same risk. `controls`: which incidents are cases is settled by lot.
    correction, alpha
        As `hotspots` takes them.

    Raises
    ------
    EmptyInputError
        If there are fewer than 3 cells, nobody is at risk, or no incident is where somebody is.
    InputError
        If shapes differ, or a number is not finite or below 0.
    ParameterError
        If counts are not whole, a neighbour's weight is not 1, or a cell is not its own neighbour.

    Examples
    --------
    Six cells in a row: incidents are many in the third and fourth, but so are people in the third.

    >>> chain = csr_array(np.eye(6))
    >>> found = local_excess([0, 1, 9, 9, 1, 0], [10, 10, 90, 10, 10, 10], chain)
    >>> found.expected.round(2).tolist()
    [1.43, 1.43, 12.86, 1.43, 1.43, 1.43]
    >>> found.hotspot.tolist()
    [False, False, False, True, False, False]
    """
    if null not in NULLS:
        raise ParameterError(f"{null!r} is nothing to compare with", where="null", fix=f"Take one of: {', '.join(NULLS)}.")
    rate = require_alpha(alpha)
    x, weights = require_values(counts, neighbours)
    number = require_counts(x)
    if not (weights.data == 1).all() or not (weights.diagonal() == 1).all():
        raise ParameterError(
            "neighbours have to weigh 1, each cell its own", where="neighbours", fix="Make them with include_self=True."
        )
    risk = np.asarray(at_risk, dtype=np.float64).ravel()
    if risk.size != x.size:
        raise InputError(f"{x.size} cells and {risk.size} numbers at risk", where="at_risk", fix="Give one for each cell.")
    if not np.isfinite(risk).all() or (risk < 0).any():
        raise InputError("a number at risk is not finite, or below 0", where="at_risk", fix="Give 0 where nobody is.")
    own = number + require_counts(risk) if null == "controls" else risk
    around = np.asarray(weights @ own).ravel()
    tested = around > 0
    total, everything = int(number[tested].sum()), float(own.sum())
    if not total or everything <= 0:
        raise EmptyInputError(
            "no incident is where anybody is at risk", where="at_risk", fix="Name those at risk of this study area."
        )
    local_sum = np.asarray(weights @ x).ravel()
    local = np.rint(local_sum[tested]).astype(np.int64)
    p_value, z = np.full(x.size, np.nan), np.full(x.size, np.nan)
    local_expected = np.zeros(x.size)
    if null == "people":
        # Rounding may carry the share of a neighbourhood that holds everybody beyond 1.
        found = _people(local, np.minimum(around[tested] / everything, 1.0), total)
    else:
        found = _controls(local, np.rint(around[tested]).astype(np.int64), total, round(everything))
    p_value[tested], local_expected[tested], spread = found
    away = local - local_expected[tested]
    z[tested] = np.divide(away, spread, out=np.zeros_like(away), where=spread > 0)
    q_value = adjusted_p_values(p_value, correction=correction)
    return LocalExcess(
        local_sum=local_sum,
        local_expected=local_expected,
        expected=total * own / everything,
        z=z,
        p_value=p_value,
        q_value=q_value,
        hotspot=tested & (q_value <= rate),
        n_neighbours=np.diff(weights.indptr).astype(np.int64) - 1,
        untested=int(number[~tested].sum()),
        null=null,
        correction=correction,
        alpha=rate,
    )
