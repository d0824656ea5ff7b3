"""
How the rate of one area compares with those of similar areas: within what they have, above it, or below it; and its rank.

Rates are compared as r = sqrt((y + 3/8) / e), y incidents of e people (Anscombe 1948, doi:10.1093/biomet/35.3-4.246):
with a dispersion phi its variance is about phi / 4e whatever the rate.

**Verdict.** Similar areas truly differ, so the question is not whether an area's rate equals their mean, which with
enough incidents no rate does, but whether it is one that such areas have. Their mean and the variance between them, tau²,
are those of DerSimonian and Laird (1986, doi:10.1016/0197-2456(86)90046-2); the area is held against the prediction
interval of one more such area (Higgins, Thompson and Spiegelhalter 2009, doi:10.1111/j.1467-985X.2008.00552.x): (r - m) /
sqrt(tau² + var(m) + v) is read from Student's t with k - 2 degrees of freedom, v being the area's own variance.

**Rank.** A rank is an estimate like any other, and uncertain (Goldstein and Spiegelhalter 1996, doi:10.2307/2983325). The
area is tested against each of the k others, all of them held to one error rate together by Holm's (1979) steps. If a of
them are surely higher and b surely lower, its rank from the highest is between 1 + a and k + 1 - b, with at least the
confidence asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from crimemap.analysis.significance import adjusted_p_values, require_alpha
from crimemap.errors import InputError

__all__ = [
    "ABOVE",
    "BELOW",
    "NOT_COMPARED",
    "TOO_FEW_INCIDENTS",
    "WITHIN",
    "AgainstPeers",
    "compare_with_peers",
    "one_family",
    "rate_range",
]

NOT_COMPARED, TOO_FEW_INCIDENTS, WITHIN, ABOVE, BELOW = -1, 0, 1, 2, 3

#: Peers with a rate that a comparison needs.
_FEWEST_PEERS: Final = 4
#: Incidents that an area has, or would have at its peers' rate, for a comparison.
_FEWEST_INCIDENTS: Final = 10
_DEGREES: Final = 11

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AgainstPeers:
    """
    The comparison of many areas, in several types; arrays have shape (n, types).

    Attributes
    ----------
    mean, low, high
        Rate of the peers, and the range that holds one more such area with the confidence asked for; per head. Not numbers
        where there is no comparison.
    peers
        Peers with a rate.
    rank_low, rank_high
        Rank from the highest rate, 1 to peers + 1; 0 where there is no comparison.
    p_value, q_value
        Two-sided; the latter with Benjamini-Hochberg over all that were tested, not numbers elsewhere.
    above_mean
        True where the area's rate is above its peers' mean, certain or not.
    verdict
        `ABOVE`, `BELOW`, `WITHIN`, `TOO_FEW_INCIDENTS` or `NOT_COMPARED`.
    alpha, confidence
        The rate of false claims that verdicts keep to; the confidence of ranges and ranks.
    """

    mean: Floats
    low: Floats
    high: Floats
    peers: Ints
    rank_low: Ints
    rank_high: Ints
    p_value: Floats
    q_value: Floats
    above_mean: NDArray[np.bool_]
    verdict: NDArray[np.int8]
    alpha: float
    confidence: float

    @property
    def parameters(self) -> dict[str, Any]:
        """Give what areas were compared with."""
        return {"alpha": self.alpha, "confidence": self.confidence, "fewest_incidents": _FEWEST_INCIDENTS}


def rate_range(
    incidents: ArrayLike, exposure: ArrayLike, dispersion: ArrayLike = 1.0, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """
    Give the interval of a rate of over-dispersed counts: Garwood's for y / phi incidents, times phi.

    Parameters
    ----------
    incidents, exposure, dispersion
        Shapes that go together. Counts; people or households above 0; variance over that of a Poisson count, at least 1.

    Returns
    -------
    low, high
        Per head. Not numbers where an input is none.

    Raises
    ------
    ParameterError
        If `confidence` is not between 0 and 1.

    Examples
    --------
    >>> low, high = rate_range([10], [1000])
    >>> (1000 * low).round(3).tolist(), (1000 * high).round(3).tolist()
    ([4.795], [18.39])
    """
    alpha = 1 - require_alpha(confidence)
    y, e, phi = np.broadcast_arrays(
        np.asarray(incidents, dtype=np.float64), np.asarray(exposure, dtype=np.float64), np.maximum(dispersion, 1.0)
    )
    x = y / phi
    low = np.where(x > 0, stats.chi2.ppf(alpha / 2, 2 * np.where(x > 0, x, 1.0)) / 2, 0.0) * phi / e
    return np.where(np.isnan(x), np.nan, low), np.asarray(stats.chi2.ppf(1 - alpha / 2, 2 * x + 2) / 2 * phi / e)


def compare_with_peers(
    incidents: ArrayLike,
    exposure: ArrayLike,
    neighbours: ArrayLike,
    *,
    dispersion: ArrayLike = 1.0,
    alpha: float = 0.05,
    confidence: float = 0.95,
) -> AgainstPeers:
    """
    Compare each area's rate with those of the areas like it.

    Parameters
    ----------
    incidents
        Shape (n, types). Not a number where there is no count.
    exposure
        Shape (n,) or (n, types). People or households; not a number, or 0, where there is none.
    neighbours
        Shape (n, k). Positions of the areas that each is compared with; -1 for none.
    dispersion
        Shape (n, types) or one number. Variance of each count over that of a Poisson count.
    alpha
        False discovery rate over all areas and types.
    confidence
        Of the prediction intervals and of the ranks, each by itself.

    Raises
    ------
    InputError
        If shapes do not go together or a count is negative.

    Examples
    --------
    >>> found = compare_with_peers([[400], [50], [60], [55], [45], [52]], [1000] * 6, [[1, 2, 3, 4, 5]] + [[-1] * 5] * 5)
    >>> int(found.verdict[0, 0]) == ABOVE, found.rank_low[0, 0], found.rank_high[0, 0]
    (True, np.int64(1), np.int64(1))
    """
    require_alpha(alpha)
    require_alpha(confidence)
    y = np.asarray(incidents, dtype=np.float64)
    around = np.asarray(neighbours, dtype=np.int64)
    if y.ndim != 2 or around.ndim != 2 or len(around) != len(y):  # noqa: PLR2004 - two axes
        raise InputError(f"shapes {y.shape} of counts and {around.shape} of neighbours do not go together")
    if (y < 0).any():
        raise InputError("a count is negative", where="counts", fix="Count incidents; 0 is the least.")
    e = np.asarray(exposure, dtype=np.float64)
    e = np.broadcast_to(e[:, None] if e.ndim == 1 else e, y.shape)
    phi = np.broadcast_to(np.maximum(np.asarray(dispersion, dtype=np.float64), 1.0), y.shape)
    rated = np.isfinite(y) & (e > 0)
    safe = np.where(rated, e, 1.0)
    root, variance = np.sqrt((np.where(rated, y, 0.0) + 0.375) / safe), phi / (4 * safe)
    there = (around >= 0)[:, :, None] & rated[np.maximum(around, 0)]
    of_peers, v = np.where(there, root[np.maximum(around, 0)], 0.0), variance[np.maximum(around, 0)]
    peers = there.sum(axis=1)
    mean, tau2, of_mean = _random_effects(of_peers, v, there)
    tested = rated & (peers >= _FEWEST_PEERS)
    enough = tested & (np.maximum(np.where(rated, y, 0.0), safe * mean**2) >= _FEWEST_INCIDENTS)
    df = np.maximum(peers - 2, 1)
    reach = np.sqrt(tau2 + of_mean + variance)
    p = np.where(enough, 2 * stats.t.sf(np.abs(root - mean) / reach, df), np.nan)
    q = adjusted_p_values(p.ravel()).reshape(p.shape)
    way = np.full(y.shape, NOT_COMPARED, dtype=np.int8)
    way[tested] = TOO_FEW_INCIDENTS
    way[enough] = np.where(root > mean, ABOVE, BELOW)[enough]
    quantile = stats.t.isf((1 - confidence) / 2, df) * reach
    # Back from the root: 3/8 of an incident was added, which for a rate is nothing but at 0.
    added = 0.375 / safe
    low = np.where(tested, np.maximum(np.maximum(mean - quantile, 0) ** 2 - added, 0), np.nan)
    high = np.where(tested, np.maximum((mean + quantile) ** 2 - added, 0), np.nan)
    above, below = _surely(root[:, None] - of_peers, variance[:, None] + v, there, 1 - confidence)
    return AgainstPeers(
        mean=np.where(tested, np.maximum(mean**2 - added, 0), np.nan),
        low=low,
        high=high,
        peers=peers,
        rank_low=np.where(tested, 1 + above, 0),
        rank_high=np.where(tested, peers + 1 - below, 0),
        p_value=p,
        q_value=q,
        above_mean=tested & (root > mean),
        verdict=_kept(way, q, alpha),
        alpha=alpha,
        confidence=confidence,
    )


def one_family(parts: Sequence[AgainstPeers]) -> list[AgainstPeers]:
    """
    Judge comparisons that were made apart as one family of tests.

    Parameters
    ----------
    parts
        Of one alpha.

    Raises
    ------
    InputError
        If they keep to different rates.

    Examples
    --------
    >>> one_family([])
    []
    """
    if len({one.alpha for one in parts}) > 1:
        raise InputError("comparisons keep to different rates of false claims", where="alpha", fix="Use one for all.")
    if not parts:
        return []
    ends = np.cumsum([one.p_value.size for one in parts])[:-1]
    q = np.split(adjusted_p_values(np.concatenate([one.p_value.ravel() for one in parts])), ends)
    judged = []
    for one, its in zip(parts, q, strict=True):
        way = np.where(np.isnan(one.p_value), one.verdict, np.where(one.above_mean, ABOVE, BELOW)).astype(np.int8)
        q_value = its.reshape(one.p_value.shape)
        judged.append(replace(one, q_value=q_value, verdict=_kept(way, q_value, one.alpha)))
    return judged


def _kept(way: NDArray[np.int8], q: Floats, alpha: float) -> NDArray[np.int8]:
    """Keep a direction where it is certain enough; elsewhere what was tested is within what similar areas have."""
    return np.where(np.isnan(q) | (np.nan_to_num(q, nan=1.0) <= alpha), way, WITHIN).astype(np.int8)


def _random_effects(root: Floats, variance: Floats, there: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Give the mean of peers, the variance between them, and that of the mean; shapes (n, k, types) to (n, types)."""
    k = there.sum(axis=1)
    weight = np.where(there, 1 / variance, 0.0)
    total = np.maximum(weight.sum(axis=1), 1e-300)
    fixed = (weight * root).sum(axis=1) / total
    q = (weight * (root - fixed[:, None]) ** 2).sum(axis=1)
    scale = np.maximum(total - (weight**2).sum(axis=1) / total, 1e-300)
    tau2 = np.where(k > 1, np.maximum((q - (k - 1)) / scale, 0.0), 0.0)
    weight = np.where(there, 1 / (variance + tau2[:, None]), 0.0)
    total = np.maximum(weight.sum(axis=1), 1e-300)
    return (weight * root).sum(axis=1) / total, tau2, 1 / total


def _surely(difference: Floats, variance: Floats, there: NDArray[np.bool_], alpha: float) -> tuple[Ints, Ints]:
    """Count peers that are surely higher, and surely lower, with Holm's steps; shapes (n, k, types) to (n, types)."""
    p = np.where(there, 2 * stats.t.sf(np.abs(difference) / np.sqrt(variance), _DEGREES), 1.0)
    order = np.argsort(p, axis=1, kind="stable")
    left = np.maximum(there.sum(axis=1, keepdims=True) - np.arange(p.shape[1])[None, :, None], 1)
    kept = np.maximum.accumulate(np.take_along_axis(p, order, axis=1) * left, axis=1) <= alpha
    sure = np.zeros(p.shape, dtype=bool)
    np.put_along_axis(sure, order, kept, axis=1)
    sure &= there
    return np.asarray((sure & (difference < 0)).sum(axis=1)), np.asarray((sure & (difference > 0)).sum(axis=1))
