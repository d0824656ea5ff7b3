"""
Functions compiled to machine code by numba.

Import the modules that use this where their functions are called, not at the top: numba takes half a second to load. The
machine code is kept beside the source, or in the user's cache where that cannot be written, so a machine compiles once.
It is made again when a function's own file changes, but not when one does that it calls into: after such a change delete
`__pycache__`.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["compiled", "compiled_unfused"]

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """
    Compile a function at its first call; while it runs, other threads run too.

    Divisions by 0 give infinities as numpy's do, and sums may use fused multiplication, but are never reordered: the same
    numbers come out every time.
    """
    return _made(function, fastmath={"contract"})


def compiled_unfused(function: F) -> F:
    """Compile without fusing products and sums, which would spoil differences of equal numbers that are to be nothing."""
    return _made(function)


def _made(function: F, **options: Any) -> F:
    try:
        return cast("F", numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function))
    except RuntimeError:  # there is nowhere to keep it: each run compiles
        return cast("F", numba.njit(nogil=True, error_model="numpy", **options)(function))
