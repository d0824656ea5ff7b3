"""
The attacker: what can be worked out about suppressed counts from everything that a release publishes.

The smallest thing that a release could tell apart is an *atom*: the places that lie in the same areas of every published
boundary set. The attacker's unknowns are the counts of each atom and offence type; every published count is an equation.
Rows of atoms that no suppressed cell touches are published as points, so those unknowns are known, and what a published
count holds beyond the published rows is what it hides. A suppressed count is *determined* when every solution of the
equations gives it the same value.

One random vector of the equations' null space shows it for all cells at once: a count is determined exactly when the
vector's sum over its unknowns is zero (with probability one). Counts cannot be negative, so a published count that hides
nothing makes all its unknowns zero; that is used first.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import lsmr

__all__ = ["CellSystem", "determined_cells", "known_unknowns"]

_TOLERANCE = 1e-6


class CellSystem:
    """
    The cells of one month: areas times offence types, with a total over types in the last column.

    Parameters
    ----------
    members
        Shape (n_areas, n_atoms), true where the atom lies in the area.
    n_types
        Number of offence types.
    """

    def __init__(self, members: sparse.csr_matrix, n_types: int) -> None:
        self.members = sparse.csr_matrix(members, dtype=np.int64)
        self.n_areas, self.n_atoms = self.members.shape
        self.n_types = n_types
        stacked = sparse.vstack(
            [
                sparse.kron(self.members, sparse.identity(n_types, dtype=np.int64), format="csr"),
                sparse.kron(self.members, np.ones((1, n_types), dtype=np.int64), format="csr"),
            ],
            format="csr",
        )
        area, kind = np.divmod(np.arange(self.n_areas * (n_types + 1)), n_types + 1)
        order = np.where(kind < n_types, area * n_types + kind, self.n_areas * n_types + area)
        #: Shape (n_areas * (n_types + 1), n_atoms * n_types). Row r is the r-th cell, areas first, then types and total.
        self.incidence = sparse.csr_matrix(stacked[order])

    def values(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add counts of shape (n_atoms, n_types) up to cells of shape (n_areas, n_types + 1)."""
        return np.asarray(self.incidence @ counts.ravel(), dtype=np.int64).reshape(self.n_areas, self.n_types + 1)

    def touched(self, suppressed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say which unknowns, shape (n_atoms, n_types), lie in a suppressed cell: their rows are not published."""
        total = np.asarray(self.incidence.T @ suppressed.ravel().astype(np.int64))
        return (total > 0).reshape(self.n_atoms, self.n_types)


def known_unknowns(system: CellSystem, suppressed: NDArray[np.bool_], hidden: NDArray[np.int64]) -> NDArray[np.bool_]:
    """
    Say which unknowns are no secret: their rows are published, or a published count that hides nothing covers them.

    Parameters
    ----------
    suppressed
        Shape (n_areas, n_types + 1). True where the cell's count is not published.
    hidden
        The same shape. Each published count less the rows that are published for its cell; anything where suppressed.

    Returns
    -------
    NDArray[np.bool_]
        Shape (n_atoms, n_types).
    """
    empty = ~suppressed.ravel() & (hidden.ravel() == 0)
    covered = np.asarray(system.incidence.T @ empty.astype(np.int64)) > 0
    return ~system.touched(suppressed) | covered.reshape(system.n_atoms, system.n_types)


def _null_vector(equations: sparse.csr_matrix, rng: np.random.Generator) -> NDArray[np.float64]:
    """Project a random vector onto the null space of the equations."""
    start = rng.standard_normal(equations.shape[1])
    if equations.shape[0] == 0:
        return start
    transposed = sparse.csr_matrix(equations.T, dtype=np.float64)
    solution = lsmr(transposed, start, atol=1e-13, btol=1e-13, conlim=0, maxiter=20 * min(equations.shape))[0]
    return np.asarray(start - transposed @ solution, dtype=np.float64)


def determined_cells(
    system: CellSystem, suppressed: NDArray[np.bool_], hidden: NDArray[np.int64], *, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """
    Say which suppressed counts can be worked out.

    Parameters
    ----------
    suppressed
        Shape (n_areas, n_types + 1). True where the cell's count is not published.
    hidden
        The same shape. Each published count less the rows that are published for its cell.
    rng
        Where the random vector comes from.

    Returns
    -------
    NDArray[np.bool_]
        The same shape. True where a suppressed count is determined.

    Examples
    --------
    Two areas and their total; one is suppressed, so it is the total less the other.

    >>> system = CellSystem(sparse.csr_matrix([[1, 0], [0, 1], [1, 1]]), n_types=1)
    >>> suppressed = np.array([[True, True], [False, False], [False, False]])
    >>> hidden = np.array([[0, 0], [0, 0], [3, 3]])
    >>> determined_cells(system, suppressed, hidden, rng=np.random.default_rng(1)).any()
    np.True_
    """
    flat = suppressed.ravel()
    result = np.zeros(flat.shape, dtype=bool)
    targets = np.flatnonzero(flat)
    if not targets.size:
        return result.reshape(suppressed.shape)
    known = known_unknowns(system, suppressed, hidden).ravel()
    unknown = sparse.csr_matrix(system.incidence[:, np.flatnonzero(~known)])
    size = np.asarray(unknown.sum(axis=1)).ravel()
    equations = sparse.csr_matrix(unknown[np.flatnonzero(~flat & (size > 0))])
    vector = _null_vector(equations, rng)
    along = np.abs(np.asarray(unknown[targets] @ vector))
    result[targets] = along <= _TOLERANCE * np.sqrt(size[targets])
    return result.reshape(suppressed.shape)
