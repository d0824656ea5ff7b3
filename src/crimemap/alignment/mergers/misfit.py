"""How many people live where a group of units and the area that it should match do not agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, issparse

from crimemap.errors import InputError, NotFoundError, ParameterError

__all__ = ["ROUNDING", "Fit", "GroupFit", "Objective", "group_fit"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """
    People by unit and target area.

    Attributes
    ----------
    units, targets
        Codes.
    residents
        Shape (n_units, n_targets). People of each unit who live in each target area.
    of_target
        Shape (n_targets,). People of each target area who live in any unit of the whole set, whether or not it is searched.
    """

    units: tuple[str, ...]
    targets: tuple[str, ...]
    residents: Floats
    of_target: Floats

    @classmethod
    def from_matrix(cls, matrix: ArrayLike | csr_array, units: Iterable[str], targets: Iterable[str]) -> "Fit":
        """
        Take an overlap matrix.

        People whom no target area covers are in no cell of the matrix: they are neither fit nor misfit.

        Parameters
        ----------
        matrix
            Shape (n_units, n_targets), dense or sparse. People whom unit i and target area j share.
        units, targets
            Codes of rows and columns.

        Raises
        ------
        InputError
            If the shape is not that of the codes, a code repeats, or a number is negative or not finite.
        """
        dense: Floats = np.asarray(csr_array(matrix).toarray() if issparse(matrix) else np.asarray(matrix), dtype=np.float64)
        rows, columns = tuple(units), tuple(targets)
        if dense.shape != (len(rows), len(columns)):
            raise InputError(
                f"the matrix has shape {dense.shape}, {len(rows)} units and {len(columns)} targets are named",
                where="matrix",
                fix="Give one row for each unit and one column for each target area.",
            )
        for name, codes in (("units", rows), ("targets", columns)):
            if len(set(codes)) < len(codes):
                raise InputError("a code comes more than once", where=name, fix="Give each area one row or column.")
        if not np.isfinite(dense).all() or (dense < 0).any():
            raise InputError("a number of people is negative or not finite", where="matrix", fix="Correct the numbers.")
        return cls(units=rows, targets=columns, residents=dense, of_target=dense.sum(axis=0))

    def within(self, units: Sequence[str]) -> "Fit":
        """Keep some units; areas keep all their people, and areas where none of these units' people live are left out."""
        place = {unit: k for k, unit in enumerate(self.units)}
        unknown = [unit for unit in units if unit not in place]
        if unknown:
            raise NotFoundError(f"no unit {unknown[0]!r}", where="matrix", fix="Give codes of the set.")
        rows = self.residents[[place[unit] for unit in units]]
        some = np.flatnonzero(rows.any(axis=0))
        return Fit(
            units=tuple(units),
            targets=tuple(self.targets[j] for j in some.tolist()),
            residents=rows[:, some],
            of_target=self.of_target[some],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """
    What a search makes as small as it can.

    Attributes
    ----------
    kind
        `misfit`: people of a group outside its best-matching area, and people of that area outside the group, summed over
        groups. `not_coterminous`: everyone who lives in a group that is not coterminous with its best-matching area.
    accept_nesting
        Whether a group inside one area is good enough: then `misfit` counts only the group's own people outside the area,
        and `not_coterminous` only people of groups that are neither coterminous nor nested.
    tolerance
        Share of people that may live outside, of the group and of the area, while both still count as coterminous (nested);
        below a half. `misfit` counts each person and knows no tolerance.
    """

    kind: Literal["misfit", "not_coterminous"] = "misfit"
    accept_nesting: bool = False
    tolerance: float = 0.01

    def __post_init__(self) -> None:
        """Refuse what is not an objective."""
        if self.kind not in {"misfit", "not_coterminous"}:
            raise ParameterError(
                f"{self.kind!r} is not an objective", where="objective", fix="Say misfit or not_coterminous."
            )
        if not 0 <= self.tolerance < 0.5:  # noqa: PLR2004 - beyond a half two areas could each be "the same" as the group
            raise ParameterError(f"{self.tolerance} is not a tolerance", where="tolerance", fix="Give 0 or more, below 0.5.")

    def cost(self, fit: "GroupFit") -> Floats:
        """Give each group's part of the objective, in people."""
        if self.kind == "misfit":
            return fit.outside_area if self.accept_nesting else fit.misfit
        nested = fit.outside_area <= self.tolerance * fit.residents + ROUNDING
        good = nested if self.accept_nesting else nested & (fit.outside_group <= self.tolerance * fit.of_area + ROUNDING)
        return np.where(good, 0.0, fit.residents)


#: People: sums of parts of people differ by rounding, never by this much.
ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupFit:
    """
    How groups of units fit their best-matching areas; arrays of shape (n_groups,).

    Attributes
    ----------
    best
        Index of the area in which most of the group's people live; of areas with as many, the one with fewest people, then
        the first. -1 where no area covers anyone of the group.
    residents
        People of the group whom the target areas cover.
    of_area
        People of the best-matching area.
    shared
        People of both.
    """

    best: NDArray[np.intp]
    residents: Floats
    of_area: Floats
    shared: Floats
    outside_area: Floats = field(init=False)
    outside_group: Floats = field(init=False)
    misfit: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Work out who lives outside."""
        object.__setattr__(self, "outside_area", np.maximum(self.residents - self.shared, 0.0))
        object.__setattr__(self, "outside_group", np.maximum(self.of_area - self.shared, 0.0))
        object.__setattr__(self, "misfit", self.outside_area + self.outside_group)


def group_fit(fit: Fit, members: NDArray[np.bool_] | csr_array, *, rows: int = 50_000) -> GroupFit:
    """
    Score groups of units.

    Parameters
    ----------
    fit
        People by unit and target area.
    members
        Shape (n_groups, n_units). True where a unit belongs to the group.
    rows
        How many groups to score at once.

    Returns
    -------
    GroupFit

    Examples
    --------
    >>> fit = Fit.from_matrix([[100, 0], [20, 80]], ["a", "b"], ["X", "Y"])
    >>> found = group_fit(fit, np.array([[True, False], [True, True]]))
    >>> found.misfit.tolist()  # a misses 20 of X; both together have 80 outside X
    [20.0, 80.0]
    """
    n, n_targets = int(members.shape[0]), len(fit.targets)
    best, residents, of_area, shared = np.full(n, -1, dtype=np.intp), np.zeros(n), np.zeros(n), np.zeros(n)
    order = np.lexsort((np.arange(n_targets), fit.of_target))  # smallest area first: argmax takes the first of equals
    sparse = fit.residents[:, order]
    for start in range(0, n if n_targets else 0, rows):
        part = members[start : start + rows]
        chosen: Floats = np.asarray(part.toarray() if issparse(part) else part, dtype=np.float64)
        inside = chosen @ sparse
        first = inside.argmax(axis=1)
        here = slice(start, start + len(inside))
        shared[here] = inside[np.arange(len(inside)), first]
        residents[here] = inside.sum(axis=1)
        some = shared[here] > 0
        best[here] = np.where(some, order[first], -1)
        of_area[here] = np.where(some, fit.of_target[order[first]], 0.0)
    return GroupFit(best=best, residents=residents, of_area=of_area, shared=shared)
