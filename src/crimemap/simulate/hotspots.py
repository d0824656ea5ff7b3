"""Where the known hotspots are, and the one that emerges."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crimemap.simulate.county import County
from crimemap.simulate.mix import OFFENCES
from crimemap.simulate.names import CITY, DISTRICTS
from crimemap.simulate.streets import Sites
from crimemap.simulate.terrain import Settlement

__all__ = ["Emerging", "Hotspot", "choose_emerging", "choose_hotspots"]

_CITY: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotspot:
    """
    A disc in which one offence type has a steady rate of its own, on top of the background.

    Attributes
    ----------
    easting, northing, radius_m
        The disc, EPSG:27700 metres. Incidents are spread evenly over the sites (addresses and public places) in it.
    monthly
        Incidents that it adds in an average month at scale 1.
    """

    name: str
    offence: str
    easting: float
    northing: float
    radius_m: float
    monthly: float
    hour: tuple[float, float]
    sites: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Emerging:
    """A disc where nothing out of the ordinary happens until a month, from which it grows by the same share each month."""

    name: str
    offence: str
    easting: float
    northing: float
    radius_m: float
    first_month: int
    monthly: float
    growth: float
    sites: NDArray[np.int64]

    def expected(self, months: int) -> NDArray[np.float64]:
        """Give what it adds in each month at scale 1. Shape (months,)."""
        since = np.arange(months) - self.first_month
        return np.where(since >= 0, self.monthly * (1 + self.growth) ** np.maximum(since, 0), 0.0)


#: Name, offence type, district, how central (1 middle, 0 edge), radius in metres, incidents a month, hour.
_WANTED: Final = (
    (f"{CITY} night-time economy", "Violence and sexual offences", _CITY, 1.00, 300.0, 62.0, (0.0, 2.0)),
    (f"{CITY} shopping streets", "Shoplifting", _CITY, 0.97, 250.0, 44.0, (14.0, 2.0)),
    (f"{CITY} bus station", "Theft from the person", _CITY, 0.94, 200.0, 11.0, (18.0, 1.0)),
    (f"{CITY} university", "Bicycle theft", _CITY, 0.70, 300.0, 12.0, (13.0, 1.0)),
    (f"{CITY} canal estate", "Anti-social behaviour", _CITY, 0.35, 400.0, 42.0, (20.0, 1.5)),
    (f"{CITY} orchard estate", "Drugs", _CITY, 0.25, 350.0, 9.0, (17.0, 1.0)),
    (f"{DISTRICTS[0]} town centre", "Criminal damage and arson", 0, 1.00, 350.0, 14.0, (22.0, 1.5)),
    (f"{DISTRICTS[3]} station quarter", "Public order", 3, 0.85, 300.0, 16.0, (21.0, 1.5)),
    (f"{DISTRICTS[6]} town centre", "Anti-social behaviour", 6, 1.00, 300.0, 22.0, (20.0, 1.5)),
)
_EMERGING: Final = (f"{DISTRICTS[1]} industrial estate", "Vehicle crime", 1, 0.45, 350.0, 4.0, 0.35)
_MOST_GROWTH_MONTHS: Final = 12
_APART_M: Final = 900.0
_FEWEST_SITES: Final = 200
_CANDIDATES: Final = 6


def _sites_in(tree: cKDTree, middle: NDArray[np.float64], radius_m: float) -> NDArray[np.int64]:
    return np.sort(np.asarray(tree.query_ball_point(middle, radius_m), dtype=np.int64))


def _seat(
    county: County,
    tree: cKDTree,
    weight: NDArray[np.floating[Any]],
    taken: list[NDArray[np.float64]],
    *,
    district: int,
    centrality: float,
    radius_m: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Find, away from the hotspots already placed, a brick of the wanted kind where this offence is at home."""
    bricks = county.bricks
    kind = Settlement.CITY if district == _CITY else Settlement.TOWN
    suited = np.flatnonzero((bricks.district == district) & (bricks.kind == kind))
    found: list[tuple[float, NDArray[np.float64], NDArray[np.int64]]] = []
    for brick in suited[np.argsort(np.abs(bricks.centrality[suited] - centrality), kind="stable")]:
        middle = np.round(bricks.xy[brick])
        apart = min((float(np.hypot(*(middle - other))) for other in taken), default=np.inf)
        sites = _sites_in(tree, middle, radius_m)
        if apart > _APART_M and len(sites) >= _FEWEST_SITES:
            found.append((float(weight[sites].sum()), middle, sites))
            if len(found) == _CANDIDATES:
                break
    if not found:
        raise RuntimeError("the demonstration county has no room for its hotspots")
    _, middle, sites = max(found, key=lambda each: each[0])
    return middle, sites


def choose_hotspots(county: County, sites: Sites, rates: NDArray[np.float32]) -> list[Hotspot]:
    """
    Place the nine steady hotspots, one offence type each.

    Parameters
    ----------
    rates
        Background share of each site by offence type, as `processes.background_rates` gives it.
    """
    tree = cKDTree(np.column_stack((sites.easting, sites.northing)))
    taken: list[NDArray[np.float64]] = []
    chosen = []
    for name, offence, district, centrality, radius_m, monthly, hour in _WANTED:
        middle, inside = _seat(
            county,
            tree,
            rates[OFFENCES.index(offence)],
            taken,
            district=district,
            centrality=centrality,
            radius_m=radius_m,
        )
        taken.append(middle)
        chosen.append(
            Hotspot(
                name=name,
                offence=offence,
                easting=float(middle[0]),
                northing=float(middle[1]),
                radius_m=radius_m,
                monthly=monthly,
                hour=hour,
                sites=inside,
            )
        )
    return chosen


def choose_emerging(
    county: County, sites: Sites, rates: NDArray[np.float32], months: int, hotspots: list[Hotspot]
) -> Emerging:
    """Place the hotspot that emerges in the last quarter of the period (a year at most)."""
    tree = cKDTree(np.column_stack((sites.easting, sites.northing)))
    name, offence, district, centrality, radius_m, monthly, growth = _EMERGING
    taken = [np.asarray((spot.easting, spot.northing)) for spot in hotspots]
    middle, inside = _seat(
        county,
        tree,
        rates[OFFENCES.index(offence)],
        taken,
        district=district,
        centrality=centrality,
        radius_m=radius_m,
    )
    return Emerging(
        name=name,
        offence=offence,
        easting=float(middle[0]),
        northing=float(middle[1]),
        radius_m=radius_m,
        first_month=months - min(_MOST_GROWTH_MONTHS, max(2, months // 4)),
        monthly=monthly,
        growth=growth,
        sites=inside,
    )
