"""What every scan asks of incidents, expectations and simulations."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["require_cases", "require_expected", "require_simulations"]

_FEWEST_SIMULATIONS: Final = 19

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def require_cases(cases: ArrayLike, dimensions: int) -> Ints:
    """Insist on whole numbers of incidents, two or more in all."""
    given = np.asarray(cases)
    number = given.astype(np.int64)
    if given.ndim != dimensions or (number != given).any() or (number < 0).any():
        raise InputError(
            "incidents are not whole numbers of 0 or more, one for each area" + (" and period" if dimensions > 1 else ""),
            where="incidents",
        )
    if number.sum() < 2:  # noqa: PLR2004 - one incident clusters with nothing
        raise EmptyInputError(
            f"{int(number.sum())} incidents show no pattern", where="incidents", fix="Take a longer period or more areas."
        )
    return number


def require_expected(expected: ArrayLike, cases: Ints) -> Floats:
    """Insist on an expectation for each number of incidents, and scale it to their total."""
    due = np.asarray(expected, dtype=np.float64)
    if due.shape != cases.shape or not np.isfinite(due).all() or (due < 0).any() or due.sum() <= 0:
        raise InputError(
            "what is expected does not fit the incidents, is negative or sums to 0",
            where="expected",
            fix="Give one for each.",
        )
    impossible = int(cases[due == 0].sum())
    if impossible:
        raise InputError(
            f"{impossible} incidents are where none can be expected",
            where="expected",
            fix="Leave out areas without people, or expect by ground instead.",
        )
    scaled: Floats = due / due.sum() * cases.sum()
    return scaled


def require_simulations(simulations: int) -> None:
    """Insist on enough simulations for a p of 5 %."""
    if simulations < _FEWEST_SIMULATIONS:
        raise ParameterError(
            f"{simulations} simulations cannot give a p as small as 0.05",
            where="simulations",
            fix=f"Give {_FEWEST_SIMULATIONS} or more; 999 is usual.",
        )
