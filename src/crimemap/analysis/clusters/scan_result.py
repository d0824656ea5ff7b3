"""What a scan finds: windows that stand out, the most likely first, none of them sharing an area."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.clusters.scan_windows import Windows

__all__ = ["Scan", "ScanModel", "Scanned", "clusters_of"]

ScanModel = Literal["poisson", "permutation"]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scanned:
    """
    A window that stands out.

    Attributes
    ----------
    members
        Shape (k,). Index of its areas, the centre's first.
    radius_m
        Distance of the outermost centre, metres; 0 for one area.
    first, last
        Index of its first and last period; None in space alone.
    observed, expected
        Incidents.
    relative_risk
        Observed over expected inside, over the same outside; infinite where nothing is left outside.
    llr
        Log-likelihood ratio.
    p_value
        How often chance gives one as large anywhere.
    """

    members: Ints
    radius_m: float
    first: int | None
    last: int | None
    observed: int
    expected: float
    relative_risk: float
    llr: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scan:
    """
    The clusters, the most likely first; none shares an area with another.

    Attributes
    ----------
    clusters
        Those with p at most `alpha`, and always the most likely one if any window holds more than expected.
    simulated
        Shape (simulations,). Largest ratio of each simulation.
    windows
        How many windows in space were compared.
    """

    clusters: tuple[Scanned, ...]
    simulated: Floats
    windows: int
    model: ScanModel
    alpha: float
    most_share: float
    most_neighbours: int | None
    most_radius_m: float | None
    longest: int | None
    alive: bool

    @property
    def parameters(self) -> dict[str, Any]:
        """What was asked for."""
        return {
            "model": self.model,
            "simulations": int(self.simulated.size),
            "alpha": self.alpha,
            "most_share": self.most_share,
            "most_neighbours": self.most_neighbours,
            "most_radius_m": self.most_radius_m,
            "longest_periods": self.longest,
            "alive": self.alive,
        }


def clusters_of(
    windows: Windows, counts: Ints, due: Floats, *, best: Floats, largest: Floats, alpha: float, timed: bool
) -> tuple[Scanned, ...]:
    """Take the best window of each centre, the most likely first, if it shares no area with those taken."""
    total = float(counts.sum())
    taken = np.zeros(counts.shape[0], dtype=bool)
    found: list[Scanned] = []
    for centre in np.argsort(-best[:, 0], kind="stable").tolist():
        llr = float(best[centre, 0])
        p_value = (1 + int((largest >= llr * (1 - 1e-12)).sum())) / (largest.size + 1)
        if llr <= 0 or (found and p_value > alpha):
            break
        end, first, last = (int(value) for value in best[centre, 1:])
        members = windows.member[windows.pointer[centre] : end + 1].astype(np.int64)
        if taken[members].any():
            continue
        taken[members] = True
        observed = int(counts[members, first : last + 1].sum())
        expected = float(due[members, first : last + 1].sum())
        outside = (total - observed) / (total - expected) if total > expected else 0.0
        found.append(
            Scanned(
                members=members,
                radius_m=float(windows.radius_m[end]),
                first=first if timed else None,
                last=last if timed else None,
                observed=observed,
                expected=expected,
                relative_risk=observed / expected / outside if outside > 0 else float("inf"),
                llr=llr,
                p_value=p_value,
            )
        )
    return tuple(found)
