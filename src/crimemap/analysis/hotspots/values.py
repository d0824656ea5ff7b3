"""What every local statistic asks of its values and neighbours."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["require_counts", "require_values"]

_FEWEST_CELLS: Final = 3


def require_values(values: ArrayLike, neighbours: csr_array) -> tuple[NDArray[np.float64], csr_array]:
    """
    Insist on three or more finite values and a square matrix of neighbours that fits them.

    Parameters
    ----------
    values
        Shape (n,).
    neighbours
        Shape (n, n).

    Raises
    ------
    EmptyInputError
        If there are fewer than 3 values.
    InputError
        If shapes differ, or a value or weight is not finite.
    """
    x = np.asarray(values, dtype=np.float64).ravel()
    if x.size < _FEWEST_CELLS:
        raise EmptyInputError(
            f"{x.size} cells are too few to compare with one another",
            where="cells",
            fix="Take a finer resolution or a larger study area.",
        )
    if neighbours.shape != (x.size, x.size):
        raise InputError(f"{x.size} values and a neighbour matrix of {neighbours.shape[0]} by {neighbours.shape[1]}")
    bad = int((~np.isfinite(x)).sum())
    if bad:
        raise InputError(f"{bad} of {x.size} values are not finite", where="counts", fix="Leave out cells without data.")
    weights = csr_array(neighbours).astype(np.float64)
    if not np.isfinite(weights.data).all():
        raise InputError("a weight is not finite", where="neighbours", fix="Leave out pairs without a weight.")
    return x, weights


def require_counts(x: NDArray[np.float64]) -> NDArray[np.int64]:
    """
    Insist on whole numbers of 0 or more, which the exact test counts with.

    Raises
    ------
    ParameterError
        If they are not.
    """
    counts = x.astype(np.int64)
    if (counts != x).any() or (counts < 0).any():
        raise ParameterError(
            "the exact test needs whole numbers of 0 or more",
            where="counts",
            fix="Give counts, or take the test 'monte-carlo'.",
        )
    return counts
