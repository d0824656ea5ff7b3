"""
How concentrated crime is: the share in the top places, the Lorenz curve, and a Gini index that is fair to sparse counts.

Where there are fewer incidents than places, most places have none however evenly incidents are spread, and the usual Gini
index is near 1 for that reason alone. Bernasco and Steenbeek (2017, doi:10.1007/s10940-016-9324-7) compare with the most
even spread that is possible instead. With c incidents, n places and shares y in ascending order::

    G' = max(1/c, 1/n) (2 sum_i i y_i - n - 1) - max(n/c, 1) + 1

It is 0 where c incidents lie at c places (or all n hold the same), and the usual Gini where there are more incidents than
places. Chance alone concentrates too: `by_chance` says how much, so that nobody takes a Poisson scatter for a law.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["Concentration", "Interval", "concentration", "generalised_gini", "lorenz", "share_of_top"]

_FEWEST: Final = 2
_FEWEST_DRAWS: Final = 99
_SHARES: Final = (0.01, 0.05, 0.1, 0.2)
_CRIME: Final = (0.25, 0.5)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """
    A figure with its interval, and what chance alone would give.

    Attributes
    ----------
    value, low, high
        The figure, and the bootstrap interval around it.
    by_chance
        Mean of the figure if the same incidents fell on places at random.
    """

    value: float
    low: float
    high: float
    by_chance: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Concentration:
    """
    Concentration of incidents over places.

    Attributes
    ----------
    places, incidents, places_with_incidents
        How many there are.
    gini
        Generalised Gini index.
    top
        Share of incidents in the busiest share of places, by that share.
    smallest
        Smallest share of places that holds a share of the incidents, by that share.
    confidence, draws
        Of the intervals.
    """

    places: int
    incidents: int
    places_with_incidents: int
    gini: Interval
    top: dict[float, Interval]
    smallest: dict[float, Interval]
    confidence: float
    draws: int

    @property
    def parameters(self) -> dict[str, Any]:
        """What was asked for."""
        return {
            "confidence": self.confidence,
            "draws": self.draws,
            "shares": list(self.top),
            "of_crime": list(self.smallest),
        }


def _counts(counts: ArrayLike) -> Ints:
    given = np.asarray(counts).ravel()
    number = given.astype(np.int64)
    if (number != given).any() or (number < 0).any():
        raise InputError(
            "incidents of places are not whole numbers of 0 or more", where="counts", fix="Count incidents, not weights."
        )
    if number.size < _FEWEST or not number.sum():
        raise EmptyInputError(
            f"{int(number.sum())} incidents at {number.size} places have no concentration",
            where="counts",
            fix="Take more places, or a longer period.",
        )
    return number


def generalised_gini(counts: ArrayLike) -> float:
    """
    Compute the generalised Gini index of sparse counts.

    Parameters
    ----------
    counts
        Shape (n,). Incidents of each place, places without any included.

    Returns
    -------
    float
        0 (as even as possible) to nearly 1 (all at one place).

    Raises
    ------
    InputError
        If counts are not whole numbers of 0 or more.
    EmptyInputError
        If there are fewer than 2 places, or no incidents.

    Examples
    --------
    Three incidents at three of ten places are spread as evenly as they can be.

    >>> generalised_gini([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]), round(generalised_gini([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 4)
    (0.0, 0.6667)
    """
    return _gini(*np.unique(_counts(counts), return_counts=True))


def _gini(value: Ints, times: Ints) -> float:
    """Compute the index of counts given as values in ascending order and how many places hold each."""
    n, total = int(times.sum()), float(value @ times)
    last = np.cumsum(times)
    ranked = float(value @ ((2 * last - times + 1) * times / 2)) / total
    fair = max(1 / total, 1 / n) * (2 * ranked - n - 1) - max(n / total, 1.0) + 1
    return max(float(fair), 0.0)


def lorenz(counts: ArrayLike) -> tuple[Floats, Floats]:
    """
    Give the Lorenz curve, the busiest places first.

    Parameters
    ----------
    counts
        Shape (n,). Incidents of each place.

    Returns
    -------
    places, incidents
        Shape (n + 1,). Cumulative shares, from 0 to 1.

    Raises
    ------
    InputError
        As `generalised_gini`.

    Examples
    --------
    >>> places, incidents = lorenz([1, 0, 3, 0])
    >>> incidents.tolist()
    [0.0, 0.75, 1.0, 1.0, 1.0]
    """
    number = np.sort(_counts(counts))[::-1]
    held = np.concatenate([[0], np.cumsum(number)]) / number.sum()
    return np.arange(number.size + 1) / number.size, held


def share_of_top(counts: ArrayLike, share: float) -> float:
    """
    Give the share of incidents in the busiest share of places; a part of a place holds its part of the place's incidents.

    Raises
    ------
    ParameterError
        If the share is not above 0 and at most 1.

    Examples
    --------
    >>> share_of_top([6, 2, 1, 1], 0.25), share_of_top([6, 2, 1, 1], 0.5)
    (0.6, 0.8)
    """
    if not 0 < share <= 1:
        raise ParameterError(f"{share} is not a share of places", where="share", fix="Give a number above 0, at most 1.")
    places, held = lorenz(counts)
    return float(np.interp(share, places, held))


def _figures(value: Ints, times: Ints, shares: tuple[float, ...], crime: tuple[float, ...]) -> Floats:
    """
    Give the Gini index, the shares of the top places and the smallest shares of places, shape (1 + shares + crime,).

    Places that hold the same number are a straight piece of the curve, so its corners are enough.
    """
    held = np.concatenate([[0.0], np.cumsum((value * times)[::-1])]) / float(value @ times)
    places = np.concatenate([[0.0], np.cumsum(times[::-1])]) / times.sum()
    rising = (
        int(np.argmax(held >= 1.0 - 1e-12)) + 1
    )  # places without incidents are flat: the first at which a share is reached
    return np.concatenate(
        [[_gini(value, times)], np.interp(shares, places, held), np.interp(crime, held[:rising], places[:rising])]
    )


def concentration(
    counts: ArrayLike,
    *,
    rng: Generator,
    shares: tuple[float, ...] = _SHARES,
    of_crime: tuple[float, ...] = _CRIME,
    draws: int = 999,
    confidence: float = 0.95,
) -> Concentration:
    """
    Measure concentration, with bootstrap intervals over places and what chance alone would give.

    Parameters
    ----------
    counts
        Shape (n,). Incidents of each place, places without any included.
    rng
        Source of randomness.
    shares
        Shares of places of which the share of incidents is given.
    of_crime
        Shares of incidents of which the smallest share of places is given.
    draws
        Bootstrap samples of places, and scatters at random; 99 or more.
    confidence
        Of the interval between the quantiles of the bootstrap (Efron 1979, doi:10.1214/aos/1176344552).

    Raises
    ------
    InputError
        As `generalised_gini`.
    ParameterError
        If a share, the confidence or the number of draws is out of its range.

    Examples
    --------
    >>> found = concentration([40, 20, 10, 5, 1, 0, 0, 0, 0, 0], rng=np.random.default_rng(1))
    >>> round(found.top[0.1].value, 3), round(found.gini.value, 3), found.gini.value > 2 * found.gini.by_chance
    (0.526, 0.745, True)
    """
    number = _counts(counts)
    if draws < _FEWEST_DRAWS:
        raise ParameterError(f"{draws} draws give no interval", where="draws", fix=f"Give {_FEWEST_DRAWS} or more.")
    if not 0 < confidence < 1:
        raise ParameterError(f"{confidence} is not a confidence", where="confidence", fix="Give 0.95, for example.")
    wrong = [share for share in (*shares, *of_crime) if not 0 < share <= 1]
    if wrong:
        raise ParameterError(f"{wrong[0]} is not a share", where="shares", fix="Give numbers above 0, at most 1.")
    value, times = np.unique(number, return_counts=True)
    own = _figures(value, times, shares, of_crime)
    tail = (1 - confidence) / 2
    resampled, scattered = [], []
    n, total = number.size, int(number.sum())
    for _ in range(draws):
        drawn = rng.multinomial(n, times / n)
        while not value @ drawn:  # a sample of empty places alone has no concentration
            drawn = rng.multinomial(n, times / n)
        resampled.append(_figures(value[drawn > 0], drawn[drawn > 0], shares, of_crime))
        fallen = np.bincount(np.bincount(rng.integers(0, n, total), minlength=n))
        scattered.append(_figures(np.flatnonzero(fallen), fallen[fallen > 0], shares, of_crime))
    low, high = np.quantile(resampled, [tail, 1 - tail], axis=0)
    chance = np.mean(scattered, axis=0)
    all_of_them = [
        Interval(value=float(v), low=float(a), high=float(b), by_chance=float(c))
        for v, a, b, c in zip(own, low, high, chance, strict=True)
    ]
    return Concentration(
        places=n,
        incidents=total,
        places_with_incidents=int((number > 0).sum()),
        gini=all_of_them[0],
        top=dict(zip(shares, all_of_them[1 : 1 + len(shares)], strict=True)),
        smallest=dict(zip(of_crime, all_of_them[1 + len(shares) :], strict=True)),
        confidence=confidence,
        draws=draws,
    )
