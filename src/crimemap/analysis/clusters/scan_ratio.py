"""Kulldorff's log-likelihood ratio, compiled for the loops that need it."""

import math

from crimemap.compiled import compiled

__all__ = ["ratio_of"]


@compiled
def ratio_of(observed: float, expected: float, total: float) -> float:  # pragma: no cover - compiled
    """Give c ln(c/e) + (C-c) ln((C-c)/(C-e)) where c > e, else 0."""
    if observed <= expected:
        return 0.0
    rest = total - observed
    found = observed * math.log(observed / expected)
    if rest > 0:
        found += rest * math.log(rest / (total - expected))
    return found
