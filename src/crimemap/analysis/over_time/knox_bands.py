"""Bands of space and time: half-open, the same place apart."""

import math
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.over_time.knox_pairs import DISTANCES
from crimemap.checks import require_positive
from crimemap.errors import InputError, ParameterError

__all__ = ["SECONDS_A_DAY", "band_names", "require_bands", "seconds_of", "space_edges", "time_edges"]

SECONDS_A_DAY: Final = 86_400

_MOST_BANDS: Final = 100
#: What is less is the end of the band of the very same place.
_SMALLEST: Final = 1e-300
_LONGEST_DAYS: Final = 60 * 365.25
_LARGEST_SECONDS: Final = int(np.iinfo(np.int32).max)


def require_bands(ends: ArrayLike, *, name: str, unit: str) -> NDArray[np.float64]:
    """
    Insist on the ends of bands: above 0, ascending.

    Raises
    ------
    ParameterError
        If there is none, one is not a number above 0, or they do not ascend.
    """
    given = np.asarray(ends, dtype=np.float64).ravel()
    if not given.size or given.size > _MOST_BANDS or np.isnan(given).any() or (np.diff(given, prepend=0.0) <= 0).any():
        raise ParameterError(
            f"{', '.join(f'{end:g}' for end in given[:6]) or 'nothing'} are not the ends of bands",
            where=name,
            fix=f"Give up to {_MOST_BANDS} numbers above 0 in ascending order, {unit}.",
        )
    return given


def space_edges(ends: ArrayLike, *, same_place_m: float | None, distance: str) -> NDArray[np.float64]:
    """
    Give the edges of the space bands, the first of them that of the same place unless `same_place_m` is None.

    Raises
    ------
    ParameterError
        If bands do not ascend or are endless, or the distance is none that is known.

    Examples
    --------
    >>> space_edges([100, 200], same_place_m=1.0, distance="euclidean").tolist()
    [0.0, 1.0, 100.0, 200.0]
    """
    if distance not in DISTANCES:
        raise ParameterError(f"{distance!r} is no distance", where="distance", fix=f"Take one of: {', '.join(DISTANCES)}.")
    given = require_bands(ends, name="space_bands_m", unit="metres")
    require_positive(float(given[-1]), name="space_bands_m", unit="metres")
    if same_place_m is None:
        return np.concatenate([[0.0], given])
    if not 0 <= same_place_m < given[0]:
        raise ParameterError(
            f"{same_place_m} m is not within the first band, which ends at {given[0]:g} m",
            where="same_place_m",
            fix="Give 0 for exactly the same place, or a small distance.",
        )
    return np.concatenate([[0.0, max(same_place_m, math.nextafter(0.0, 1.0))], given])


def time_edges(ends: ArrayLike) -> NDArray[np.int32]:
    """
    Give the edges of the time bands in whole seconds.

    Raises
    ------
    ParameterError
        If bands do not ascend, or differ by less than a second.

    Examples
    --------
    >>> time_edges([7, 14]).tolist()
    [0, 604800, 1209600]
    """
    given = require_bands(ends, name="time_bands_days", unit="days")
    edges = np.concatenate([[0.0], np.minimum(np.rint(given * SECONDS_A_DAY), _LARGEST_SECONDS)]).astype(np.int32)
    if (np.diff(edges) <= 0).any():
        raise ParameterError("two bands end within a second", where="time_bands_days", fix="Take wider bands, in days.")
    return edges


def seconds_of(day: ArrayLike, *, size: int) -> NDArray[np.int32]:
    """
    Turn moments in days into whole seconds since the first of them, so that no rounding moves a pair into another band.

    Raises
    ------
    InputError
        If there are not as many as incidents, one is not finite, or they span more than 60 years.
    """
    given = np.asarray(day, dtype=np.float64).ravel()
    if given.size != size:
        raise InputError(f"{given.size} moments for {size} incidents", where="day", fix="Give one for each incident.")
    bad = int((~np.isfinite(given)).sum())
    if bad:
        raise InputError(
            f"{bad} of {size} moments are not finite",
            where="day",
            fix="Leave out incidents of which only the month is known.",
        )
    since = given - given.min(initial=np.inf)
    if since.max(initial=0.0) > _LONGEST_DAYS:
        raise InputError(
            f"the moments span {since.max():,.0f} days", where="day", fix="Give days, not seconds, of at most 60 years."
        )
    return np.asarray(np.rint(since * SECONDS_A_DAY), dtype=np.int32)


def band_names(edges: NDArray[np.float64], *, unit: str, same_place: bool = False) -> list[str]:
    """
    Name bands for people.

    Examples
    --------
    >>> band_names(np.array([0.0, 5e-324, 100.0, 200.0]), unit="m", same_place=True)
    ['same place', '0 to under 100 m', '100 to under 200 m']
    >>> band_names(np.array([0.0, 7.0, np.inf]), unit="days")
    ['0 to under 7 days', '7 days and more']
    """
    named = [
        f"{low:g} {unit} and more" if math.isinf(high) else f"{low if low >= _SMALLEST else 0:g} to under {high:g} {unit}"
        for low, high in pairwise(edges.tolist())
    ]
    return ["same place", *named[1:]] if same_place else named
