"""How much of each offence type there is, where it likes to be, when in the year and at what hour: invented numbers."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.periods import month_index
from crimemap.simulate.streets import PLACE_KINDS

__all__ = ["MIX", "OFFENCES", "Mix", "seasonal_factors", "trend_factors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """
    One offence type.

    Attributes
    ----------
    monthly
        Background incidents in an average month at scale 1, before hotspots.
    swing, peak
        The month's factor is 1 + swing * cos(2 pi (month - peak) / 12); January is 1.
    trend
        Growth in a year, as a share.
    city
        How many times likelier at a city address than at one in the country.
    hour
        Hour of the day around which it gathers, and how strongly (0: at any hour).
    places
        What a public place counts for, in addresses.
    """

    monthly: float
    swing: float = 0.0
    peak: float = 7.0
    trend: float = 0.0
    city: float = 1.6
    hour: tuple[float, float] = (16.0, 0.8)
    places: dict[str, float]


MIX: Final = {
    "Anti-social behaviour": Mix(
        monthly=1300, swing=0.30, peak=7, trend=-0.04, hour=(19, 1.2),
        places={"Park/Open Space": 60, "Shopping Area": 120, "Supermarket": 60, "Bus/Coach Station": 150, "Nightclub": 80},
    ),
    "Bicycle theft": Mix(
        monthly=115, swing=0.35, peak=8, city=4.0, hour=(14, 0.9),
        places={"Further/Higher Educational Building": 400, "Shopping Area": 250, "Bus/Coach Station": 300},
    ),
    "Burglary": Mix(monthly=300, swing=0.18, peak=12, trend=-0.05, city=1.4, hour=(14, 0.3), places={"Parking Area": 8}),
    "Criminal damage and arson": Mix(
        monthly=710, swing=0.08, peak=6, hour=(21, 0.9),
        places={"Parking Area": 40, "Park/Open Space": 40, "Hospital": 60},
    ),
    "Drugs": Mix(
        monthly=255, swing=0.04, peak=4, city=2.2, hour=(17, 0.8),
        places={"Nightclub": 250, "Police Station": 120, "Park/Open Space": 80, "Bus/Coach Station": 150},
    ),
    "Other crime": Mix(monthly=230, hour=(13, 0.5), places={"Police Station": 120, "Hospital": 50}),
    "Other theft": Mix(
        monthly=550, swing=0.06, peak=9, hour=(14, 0.7),
        places={"Petrol Station": 300, "Shopping Area": 100, "Hospital": 80},
    ),
    "Possession of weapons": Mix(
        monthly=90, swing=0.05, peak=7, city=2.4, hour=(19, 0.8),
        places={"Nightclub": 120, "Police Station": 150},
    ),
    "Public order": Mix(
        monthly=590, swing=0.12, peak=7, city=1.9, hour=(19, 0.9),
        places={"Nightclub": 250, "Shopping Area": 120, "Hospital": 150, "Bus/Coach Station": 180},
    ),
    "Robbery": Mix(
        monthly=70, swing=0.10, peak=11, city=3.2, hour=(21, 1.2),
        places={"Nightclub": 100, "Park/Open Space": 60},
    ),
    "Shoplifting": Mix(
        monthly=720, swing=0.10, peak=12, trend=0.08, city=1.2, hour=(14, 1.6),
        places={"Supermarket": 2500, "Shopping Area": 2500, "Petrol Station": 600},
    ),
    "Theft from the person": Mix(
        monthly=70, swing=0.12, peak=12, city=3.0, hour=(23, 1.2),
        places={"Nightclub": 700, "Shopping Area": 400},
    ),
    "Vehicle crime": Mix(
        monthly=410, swing=0.10, peak=11, city=1.7, hour=(1, 0.8),
        places={"Parking Area": 150, "Sports/Recreation Area": 40},
    ),
    "Violence and sexual offences": Mix(
        monthly=2950, swing=0.08, peak=7, trend=0.01, hour=(20, 0.7),
        places={"Nightclub": 300, "Hospital": 200, "Shopping Area": 60, "Police Station": 60},
    ),
}  # fmt: skip

#: Names in the order in which everything here counts them.
OFFENCES: Final = tuple(MIX)
_SHOP_ADDRESS: Final = 0.08
_DAYS: Final = (31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def seasonal_factors(offence: str) -> NDArray[np.float64]:
    """
    Give the twelve factors of a year, January first, mean 1.

    Examples
    --------
    >>> factors = seasonal_factors("Anti-social behaviour")
    >>> round(float(factors[6]), 2), round(float(factors[0]), 2), round(float(factors.mean()), 6)
    (1.3, 0.7, 1.0)
    """
    mix = MIX[offence]
    return 1 + mix.swing * np.cos(2 * np.pi * (np.arange(1, 13) - mix.peak) / 12)


def trend_factors(offence: str, months: list[str], *, flat: bool) -> NDArray[np.float64]:
    """
    Give each month's factor from growth and season; the middle of the period has no growth.

    Parameters
    ----------
    months
        `YYYY-MM`, in order.
    flat
        Leave growth out (the season stays).

    Returns
    -------
    Shape (len(months),).
    """
    season = seasonal_factors(offence)[[int(month[5:]) - 1 for month in months]]
    years = np.asarray([(month_index(month) - month_index(months[0])) / 12 for month in months])
    growth = 0.0 if flat else MIX[offence].trend
    factors: NDArray[np.float64] = season * (1 + growth) ** (years - years.mean())
    return factors


def place_weight(offence: str) -> NDArray[np.float64]:
    """Give what each kind of site counts for: an address first, then the kinds of public places."""
    mix = MIX[offence]
    home = _SHOP_ADDRESS if offence == "Shoplifting" else 1.0
    return np.asarray([home, *(mix.places.get(kind, 0.0) for kind in PLACE_KINDS)])
