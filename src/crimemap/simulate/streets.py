"""
Streets, addresses, public places, and the map points that stand for them.

A map point is the middle of a street or a public place, as police.uk's are: every position in the county belongs to the
nearest map point in its own neighbourhood, and the addresses that belong to a point number eight or more, or none.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crimemap.crs import to_wgs84
from crimemap.simulate.county import County
from crimemap.simulate.names import street_names
from crimemap.simulate.terrain import Settlement

__all__ = ["FEWEST_ADDRESSES", "PLACE_KINDS", "MapPoints", "Sites", "make_streets"]

FEWEST_ADDRESSES: Final = 8
#: Public places by their police.uk words, with how many a brick has on average in the country, in small towns, in towns
#: and in the city; the middle of a settlement has more.
PLACE_KINDS: Final = {
    "Supermarket": (0.05, 0.35, 0.30, 0.40),
    "Shopping Area": (0.00, 0.10, 0.20, 0.35),
    "Parking Area": (0.35, 0.50, 0.60, 0.80),
    "Petrol Station": (0.25, 0.20, 0.12, 0.15),
    "Nightclub": (0.00, 0.03, 0.08, 0.22),
    "Park/Open Space": (0.20, 0.40, 0.35, 0.35),
    "Sports/Recreation Area": (0.20, 0.25, 0.20, 0.15),
    "Hospital": (0.00, 0.02, 0.04, 0.03),
    "Further/Higher Educational Building": (0.00, 0.02, 0.05, 0.08),
    "Bus/Coach Station": (0.00, 0.05, 0.04, 0.03),
    "Police Station": (0.00, 0.05, 0.04, 0.02),
    "Theatre/Concert Hall": (0.00, 0.00, 0.03, 0.05),
}
_CENTRAL_FACTOR: Final = 4.0
_STREET_ADDRESSES: Final = 42
_EDGE_M: Final = 25.0
_NEIGHBOURHOOD_GAP_M: Final = 1e7


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPoints:
    """
    The anonymised positions.

    Attributes
    ----------
    easting, northing
        Shape (m,). EPSG:27700 metres.
    longitude, latitude
        Shape (m,). EPSG:4326 degrees, six decimals, no two alike.
    location
        Shape (m,). As in the files: "On or near Mill Lane".
    brick
        Shape (m,). Index of the brick it lies in.
    addresses
        Shape (m,). Addresses that belong to it: 0, or `FEWEST_ADDRESSES` and more.
    """

    easting: NDArray[np.float64]
    northing: NDArray[np.float64]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    location: NDArray[np.object_]
    brick: NDArray[np.int64]
    addresses: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """
    Everywhere that an incident can happen: each address, and each public place.

    Attributes
    ----------
    easting, northing
        Shape (s,). True positions, EPSG:27700 metres.
    brick
        Shape (s,). Index of the brick each lies in.
    point
        Shape (s,). Index of the map point each belongs to.
    kind
        Shape (s,). 0 for an address, k + 1 for the k-th of `PLACE_KINDS`.
    """

    easting: NDArray[np.float64]
    northing: NDArray[np.float64]
    brick: NDArray[np.int64]
    point: NDArray[np.int64]
    kind: NDArray[np.int64]


def _inside(polygon: shapely.Polygon, n: int, rng: Generator) -> NDArray[np.float64]:
    west, south, east, north = polygon.bounds
    kept = np.empty((0, 2))
    shapely.prepare(polygon)
    while len(kept) < n:
        tried = rng.uniform((west, south), (east, north), (4 * n + 16, 2))
        kept = np.vstack((kept, tried[shapely.contains_xy(polygon, tried[:, 0], tried[:, 1])]))
    return kept[:n]


def _villages(polygon: shapely.Polygon, n: int, rng: Generator) -> NDArray[np.float64]:
    """Give positions in the country: most in two or three villages, the others on farms and lanes."""
    greens = _inside(polygon, int(rng.integers(1, 4)), rng)
    kept = _inside(polygon, max(1, n // 5), rng)
    while len(kept) < n:
        tried = greens[rng.integers(0, len(greens), 2 * n)] + rng.normal(0, 260, (2 * n, 2))
        kept = np.vstack((kept, tried[shapely.contains_xy(polygon, tried[:, 0], tried[:, 1])]))
    return kept[rng.permutation(n)]


def _spread(candidates: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """Choose k of the candidates, each time the one furthest from those already chosen."""
    chosen = [0]
    gap = np.hypot(*(candidates - candidates[0]).T)
    for _ in range(k - 1):
        best = int(gap.argmax())
        chosen.append(best)
        gap = np.minimum(gap, np.hypot(*(candidates - candidates[best]).T))
    return candidates[chosen]


def _brick_streets(
    polygon: shapely.Polygon, households: int, rng: Generator, *, rural: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lay out a brick's streets: their middles, and their addresses."""
    inner = polygon.buffer(-_EDGE_M)
    inner = max(shapely.get_parts(inner), key=lambda part: part.area) if not inner.is_empty else polygon
    k = max(3, households // _STREET_ADDRESSES)
    middles = _villages(inner, k, rng) if rural else _spread(_inside(inner, 3 * k, rng), k)
    sizes = FEWEST_ADDRESSES + 2 + rng.multinomial(households - (FEWEST_ADDRESSES + 2) * k, rng.dirichlet(np.full(k, 4.0)))
    street = np.repeat(np.arange(k), sizes)
    along = np.concatenate([np.linspace(-0.5, 0.5, size) * size * 4.5 for size in sizes])
    grain = rng.uniform(0, np.pi / 2)
    angle = (grain + rng.integers(0, 2, k) * np.pi / 2 + rng.normal(0, 0.12, k))[street]
    side = np.where(np.arange(len(street)) % 2, 11.0, -11.0)
    offset = np.column_stack((along * np.cos(angle) - side * np.sin(angle), along * np.sin(angle) + side * np.cos(angle)))
    shapely.prepare(polygon)
    middles = np.round(middles, 1)
    homes = np.round(middles[street] + offset, 1)
    # Where a street would leave its brick, its addresses move up to its middle.
    for shrink in (0.6, 0.35, 0.2, 0.1, 0.0):
        out = ~shapely.contains_xy(polygon, homes[:, 0], homes[:, 1])
        homes[out] = np.round(middles[street[out]] + offset[out] * shrink, 1)
    return middles, homes


def _belong(
    xy: NDArray[np.float64], region: NDArray[np.int64], points: NDArray[np.float64], point_region: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give each position the nearest point of its own region; regions are held apart in a third dimension."""
    tree = cKDTree(np.column_stack((points, point_region * _NEIGHBOURHOOD_GAP_M)))
    _, nearest = tree.query(np.column_stack((xy, region * _NEIGHBOURHOOD_GAP_M)))
    return np.asarray(nearest, dtype=np.int64)


def make_streets(county: County, rng: Generator) -> tuple[MapPoints, Sites]:
    """
    Lay out every street and public place of the county and choose its map points.

    Candidates whose addresses would number one to seven are dropped, fewest first, until every point holds enough or none.
    """
    bricks, frame = county.bricks, county.frame
    region = np.unique(frame["neighbourhood"].to_numpy(dtype=object), return_inverse=True)[1]
    middles, addresses, middle_brick, address_brick = [], [], [], []
    for b, households in enumerate(frame["households"]):
        polygon = bricks.polygon[b]
        streets, homes = _brick_streets(polygon, int(households), rng, rural=bool(bricks.kind[b] == Settlement.RURAL))
        middles.append(streets)
        addresses.append(homes)
        middle_brick.append(np.full(len(streets), b))
        address_brick.append(np.full(len(homes), b))
    rates = np.asarray(list(PLACE_KINDS.values())).T[bricks.kind] * (1 + _CENTRAL_FACTOR * bricks.centrality**3)[:, None]
    counts = rng.poisson(rates)
    places, place_kind, place_brick = [], [], []
    for b, row in enumerate(counts):
        if row.sum():
            inner = bricks.polygon[b].buffer(-_EDGE_M)
            places.append(_inside(inner if not inner.is_empty else bricks.polygon[b], int(row.sum()), rng))
            place_kind.append(np.repeat(np.arange(len(PLACE_KINDS)), row))
            place_brick.append(np.full(int(row.sum()), b))

    homes, streets, public = (np.round(np.vstack(parts), 1).astype(np.float64) for parts in (addresses, middles, places))
    kind = np.concatenate(place_kind)
    home_brick, street_brick, public_brick = (np.concatenate(parts) for parts in (address_brick, middle_brick, place_brick))
    kinds = np.asarray(list(PLACE_KINDS), dtype=object)
    named = np.concatenate((np.asarray(street_names(len(streets), rng), dtype=object), kinds[kind]))
    candidates, candidate_brick = np.vstack((streets, public)), np.concatenate((street_brick, public_brick))

    # A national grid position survives the way to six decimals and back to a tenth of a metre: keep points apart by more.
    longitude, latitude = (np.round(part, 6) for part in to_wgs84(candidates[:, 0], candidates[:, 1]))
    _, first = np.unique(np.column_stack((longitude, latitude)), axis=0, return_index=True)
    alive = np.zeros(len(candidates), dtype=bool)
    alive[first] = True
    owner = np.full(len(homes), -1)
    while True:
        orphans = owner < 0
        index = np.flatnonzero(alive)
        owner[orphans] = index[
            _belong(homes[orphans], region[home_brick[orphans]], candidates[index], region[candidate_brick[index]])
        ]
        held = np.bincount(owner, minlength=len(candidates))
        short = alive & (held > 0) & (held < FEWEST_ADDRESSES)
        if not short.any():
            break
        fewest = short & (held <= np.quantile(held[short], 0.5))
        alive[fewest] = False
        owner[fewest[owner]] = -1

    index = np.flatnonzero(alive)
    rank = np.full(len(candidates), -1)
    rank[index] = np.arange(len(index))
    points = MapPoints(
        easting=candidates[index, 0],
        northing=candidates[index, 1],
        longitude=longitude[index],
        latitude=latitude[index],
        location=np.asarray([f"On or near {name}" for name in named[index]], dtype=object),
        brick=candidate_brick[index],
        addresses=held[index],
    )
    public_point = _belong(public, region[public_brick], candidates[index], region[candidate_brick[index]])
    sites = Sites(
        easting=np.concatenate((homes[:, 0], public[:, 0])),
        northing=np.concatenate((homes[:, 1], public[:, 1])),
        brick=np.concatenate((home_brick, public_brick)),
        point=np.concatenate((rank[owner], public_point)),
        kind=np.concatenate((np.zeros(len(homes), dtype=np.int64), kind + 1)),
    )
    return points, sites
