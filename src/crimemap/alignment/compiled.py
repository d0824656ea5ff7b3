"""Loops over edges, compiled to machine code."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["compiled"]

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """
    Compile a function of numbers and arrays when it is first called; it then lets other threads run.

    What was compiled is kept beside the program or in the user's cache, so that only the first run on a machine waits for
    it; where neither can be written, each run does. It is made again when the function's own file changes, but not when one
    does that it calls into: after such a change delete `__pycache__`. Products and sums are not fused, which would spoil
    the differences of equal numbers that are to be nothing.
    """
    try:
        return cast("F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))
    except RuntimeError:  # there is nowhere to keep it
        return cast("F", numba.njit(nogil=True, error_model="numpy")(function))
