"""
Functions compiled to machine code by numba.

Import the modules that use this where their functions are called, not at the top: numba takes half a second to load. The
machine code is kept beside the source (or in the user's cache, where that cannot be written), so a machine compiles once.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["compiled"]

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """
    Compile a function at its first call; while it runs, other threads run too.

    Divisions by 0 give infinities as numpy's do, and sums may use fused multiplication, but are never reordered: the same
    numbers come out every time.
    """
    return cast("F", numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})(function))
