"""
The lie of the land: where the city, the towns, the villages and the coast are.

The county is an island in the North Sea, where there is no land, so that nothing on its maps can be mistaken for a real
place and the real boundary sets can stand beside it in one workspace.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["CENTRE_M", "SEA", "Settlement", "Terrain", "make_terrain"]

#: Easting and northing of the island's middle, National Grid metres; the island's west is some 30 km off the Humber.
CENTRE_M: Final = (600_000.0, 415_000.0)
SEA: Final = -1
_CITY_SITES: Final = 204
_TOWN_SITES: Final = 26
_SMALL_TOWN_SITES: Final = 5
_SMALL_TOWNS: Final = 3
_RURAL_SPACING_M: Final = 3_900.0
_SEA_SPACING_M: Final = 2_200.0
_SEA_WIDTH_M: Final = 9_000.0
_MEAN_RADIUS_M: Final = 25_000.0


class Settlement(IntEnum):
    """What kind of place a brick lies in."""

    RURAL = 0
    SMALL_TOWN = 1
    TOWN = 2
    CITY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Terrain:
    """
    One site for each brick to be, and sites in the sea that shape the coast.

    Attributes
    ----------
    xy
        Shape (n, 2). Easting and northing, metres.
    district
        Shape (n,). 0-6 for the districts, 7 for the city, `SEA` for the sea.
    kind
        Shape (n,). A `Settlement`.
    centrality
        Shape (n,). 1 at the middle of a settlement, 0 at its edge and in the country.
    towns
        Shape (8, 2). Middle of each district's main town, and of the city.
    """

    xy: NDArray[np.float64]
    district: NDArray[np.int64]
    kind: NDArray[np.int64]
    centrality: NDArray[np.float64]
    towns: NDArray[np.float64]


def _settle(
    middle: NDArray[np.float64], n: int, radius_m: float, rng: Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place `n` sites round a middle, denser towards it, on a shaken sunflower."""
    rank = (np.arange(n) + 0.5) / n
    distance = radius_m * rank**0.62
    angle = np.arange(n) * 2.399963 + rng.normal(0, 0.16, n) + rng.uniform(0, 2 * np.pi)
    squeeze = rng.uniform(0.75, 1.3)
    turned = rng.uniform(0, np.pi)
    x, y = distance * np.cos(angle) * squeeze, distance * np.sin(angle) / squeeze
    xy = np.column_stack((x * np.cos(turned) - y * np.sin(turned), x * np.sin(turned) + y * np.cos(turned)))
    return middle + xy + rng.normal(0, 0.05 * radius_m / np.sqrt(n) * 2, (n, 2)), 1 - rank


def _shaken_grid(spacing_m: float, reach_m: float, rng: Generator) -> NDArray[np.float64]:
    steps = np.arange(-reach_m, reach_m, spacing_m)
    x, y = np.meshgrid(steps, steps)
    x = x + np.where(np.arange(len(steps))[:, None] % 2, spacing_m / 2, 0.0)
    xy = np.column_stack((x.ravel(), y.ravel()))
    shaken: NDArray[np.float64] = np.asarray(CENTRE_M) + xy + rng.uniform(-0.32, 0.32, xy.shape) * spacing_m
    return shaken


def _nearest(xy: NDArray[np.float64], to: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    distance = np.hypot(xy[:, None, 0] - to[None, :, 0], xy[:, None, 1] - to[None, :, 1])
    best = distance.argmin(axis=1)
    return best, distance[np.arange(len(xy)), best]


def make_terrain(rng: Generator) -> Terrain:
    """Lay out the island: a city near the middle, seven districts round it with a main town and three small ones each."""
    waves = np.arange(2, 9)
    size, phase = rng.uniform(0.25, 1.0, len(waves)) * 0.16 / waves, rng.uniform(0, 2 * np.pi, len(waves))

    def coast(angle: NDArray[np.float64]) -> NDArray[np.float64]:
        reach: NDArray[np.float64] = _MEAN_RADIUS_M * (1 + (size * np.cos(angle[..., None] * waves + phase)).sum(axis=-1))
        return reach

    city = np.asarray(CENTRE_M) + rng.normal(0, 900, 2)
    angles = np.deg2rad(125.0 - np.arange(7) * 360 / 7) + rng.uniform(-0.09, 0.09, 7)
    reach = coast(angles) * rng.uniform(0.52, 0.66, 7)
    towns = np.asarray(CENTRE_M) + np.column_stack((np.cos(angles), np.sin(angles))) * reach[:, None]

    middles, district, kinds, counts = (
        [city, *towns],
        [7, *range(7)],
        [Settlement.CITY] + [Settlement.TOWN] * 7,
        [_CITY_SITES],
    )
    counts += [int(n) for n in rng.integers(_TOWN_SITES - 5, _TOWN_SITES + 6, 7)]
    for d in range(7):
        placed = 0
        while placed < _SMALL_TOWNS:
            angle = angles[d] + rng.uniform(-0.38, 0.38)
            distance = rng.uniform(9_500, 0.88 * float(coast(np.asarray([angle]))[0]))
            middle = np.asarray(CENTRE_M) + np.asarray((np.cos(angle), np.sin(angle))) * distance
            apart = [np.hypot(*(middle - other)) - (4_000 if k == 0 else 0) for k, other in enumerate(middles)]
            if min(apart) > 4_200:  # noqa: PLR2004 - metres between two settlements
                middles.append(middle)
                district.append(d)
                kinds.append(Settlement.SMALL_TOWN)
                counts.append(_SMALL_TOWN_SITES)
                placed += 1

    xy, owner, kind, centrality = [], [], [], []
    radii = {Settlement.CITY: 5_600.0, Settlement.TOWN: 1_900.0, Settlement.SMALL_TOWN: 850.0}
    for middle, d, k, n in zip(middles, district, kinds, counts, strict=True):
        sites, central = _settle(middle, n, radii[k], rng)
        xy.append(sites)
        owner.append(np.full(n, d))
        kind.append(np.full(n, k))
        centrality.append(central)

    seats, seat_district = np.asarray(middles), np.asarray(district)
    clear = np.asarray([radii[k] * (1.15 if k == Settlement.CITY else 1.5) for k in kinds])
    country = _shaken_grid(_RURAL_SPACING_M, _MEAN_RADIUS_M * 1.4, rng)
    off = country - np.asarray(CENTRE_M)
    country = country[np.hypot(*off.T) < coast(np.arctan2(off[:, 1], off[:, 0])) - 700]
    near, gap = _nearest(country, seats)
    country = country[gap > clear[near] + 700]
    near, _ = _nearest(country, seats[1:])
    xy.append(country)
    owner.append(seat_district[1:][near])
    kind.append(np.full(len(country), Settlement.RURAL))
    centrality.append(np.zeros(len(country)))

    sea = _shaken_grid(_SEA_SPACING_M, _MEAN_RADIUS_M * 1.4 + _SEA_WIDTH_M, rng)
    off = sea - np.asarray(CENTRE_M)
    beyond = np.hypot(*off.T) - coast(np.arctan2(off[:, 1], off[:, 0]))
    sea = sea[(beyond > 900) & (beyond < _SEA_WIDTH_M)]  # noqa: PLR2004 - metres from the coast
    xy.append(sea)
    owner.append(np.full(len(sea), SEA))
    kind.append(np.full(len(sea), Settlement.RURAL))
    centrality.append(np.zeros(len(sea)))
    return Terrain(
        xy=np.vstack(xy),
        district=np.concatenate(owner).astype(np.int64),
        kind=np.concatenate(kind).astype(np.int64),
        centrality=np.concatenate(centrality),
        towns=np.vstack((towns, city)),
    )
