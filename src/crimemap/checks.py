"""Checks that every layer makes of its arguments, with messages that say what was found."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.errors import InputError, ParameterError

__all__ = ["require_coordinates", "require_positive"]


def require_positive(value: float, *, name: str, unit: str = "") -> float:
    """
    Insist on a finite number above zero.

    Raises
    ------
    ParameterError
        If it is zero, negative, infinite or not a number.

    Examples
    --------
    >>> require_positive(500.0, name="bandwidth_m", unit="metres")
    500.0
    """
    if not math.isfinite(value) or value <= 0:
        raise ParameterError(
            f"{value} is not a length of time or space that can be used",
            where=name,
            fix=f"Give a number above 0 {unit}".strip() + ".",
        )
    return float(value)


def require_coordinates(x: ArrayLike, y: ArrayLike, *, where: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Insist on two finite arrays of the same length, in metres rather than degrees.

    Parameters
    ----------
    x, y
        Shape (n,). Eastings and northings, EPSG:27700 metres.

    Raises
    ------
    InputError
        If lengths differ, a value is not finite, or all values look like degrees.
    """
    xs, ys = np.asarray(x, dtype=np.float64).ravel(), np.asarray(y, dtype=np.float64).ravel()
    if xs.shape != ys.shape:
        raise InputError(f"{xs.size} eastings and {ys.size} northings", where=where, fix="Give one of each for every point.")
    bad = int((~(np.isfinite(xs) & np.isfinite(ys))).sum())
    if bad:
        raise InputError(
            f"{bad} of {xs.size} positions are not finite", where=where, fix="Leave out incidents without a position."
        )
    if xs.size and np.abs(xs).max() <= 180 and np.abs(ys).max() <= 90:  # noqa: PLR2004 - the range of degrees
        raise InputError(
            "the positions look like degrees",
            where=where,
            fix="Project them to National Grid metres (EPSG:27700) first.",
        )
    return xs, ys
