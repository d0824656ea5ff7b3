"""
The objective as linear functions of a group's units, one for each area that the group may match.

A group's cost is the least over labels whose conditions it meets, so that the cheapest connected group of all is found by
one small integer programme for each label.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.mergers.misfit import ROUNDING
from crimemap.alignment.mergers.scoring import PER_MERGER, Scoring

__all__ = ["Label", "anything", "labels"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Label:
    """
    One way for a group to be scored: its cost is `fixed` plus its units' `of_unit`, if `rows @ members >= least`.

    Attributes
    ----------
    fixed
        People.
    of_unit
        Shape (n_units,). People.
    rows, least
        Shape (n_conditions, n_units), (n_conditions,).
    """

    fixed: float
    of_unit: Floats
    rows: Floats
    least: Floats


def anything(n: int) -> Label:
    """Score any group 0."""
    return Label(fixed=0.0, of_unit=np.zeros(n), rows=np.empty((0, n)), least=np.empty(0))


def _label(fixed: float, of_unit: Floats, rows: Floats, least: Floats) -> Label:
    return Label(fixed=fixed - PER_MERGER, of_unit=of_unit + PER_MERGER, rows=rows, least=least)


def labels(scoring: Scoring) -> list[Label]:
    """Write a part's objective as labels."""
    fit, objective = scoring.fit, scoring.objective
    inside, people = fit.residents, fit.residents.sum(axis=1)
    n, n_targets = inside.shape
    none, nothing = np.empty((0, n)), np.empty(0)
    kept = 1 - objective.tolerance
    if objective.kind == "not_coterminous":
        found = [_label(0.0, people, none, nothing)]
        for t in range(n_targets):
            conditions = [(inside[:, t] - kept * people, -ROUNDING)]
            if not objective.accept_nesting:
                conditions.append((inside[:, t], kept * float(fit.of_target[t]) - ROUNDING))
            rows, least = zip(*conditions, strict=True)
            found.append(_label(0.0, np.zeros(n), np.array(rows), np.array(least)))
        return found
    if objective.accept_nesting:
        return [_label(0.0, people - inside[:, t], none, nothing) for t in range(n_targets)] or [
            _label(0.0, people, none, nothing)
        ]
    found = [_label(0.0, np.zeros(n), -(people > 0).astype(np.float64)[None, :], np.zeros(1))]
    for t in range(n_targets):
        others = np.flatnonzero((inside > inside[:, [t]]).any(axis=0))  # only these can hold more of a group than t does
        more = (inside[:, [t]] - inside[:, others]).T
        found.append(_label(float(fit.of_target[t]), people - 2 * inside[:, t], more, np.full(others.size, -ROUNDING)))
    return found
