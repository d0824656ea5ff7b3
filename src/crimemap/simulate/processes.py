"""
The processes that make incidents: background, hotspots, one emerging hotspot, and near repeats of burglary.

Every process is a Poisson process whose rates are known, so that the truth can be written down rather than estimated. The
null county has none but the background, at the same rate for every address.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crimemap.simulate.county import County
from crimemap.simulate.hotspots import Emerging, Hotspot
from crimemap.simulate.mix import MIX, OFFENCES, place_weight, trend_factors
from crimemap.simulate.streets import Sites
from crimemap.simulate.terrain import Settlement
from crimemap.simulate.times import Calendar, draw_days

__all__ = ["BACKGROUND", "EMERGING", "NEAR_REPEAT", "Incidents", "NearRepeat", "background_rates", "draw_incidents"]

#: Where an incident comes from; hotspots are numbered from 0.
BACKGROUND: Final = -1
EMERGING: Final = 100
NEAR_REPEAT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NearRepeat:
    """
    Burglary that comes back: each one is followed by Poisson(`followers`) others nearby and soon, and so are those.

    Attributes
    ----------
    space_band_m, time_band_days
        A follower is at an address within the distance, uniform among them, at a moment within the time, uniform.
    same_place
        Share of followers at the very same address.
    """

    offence: str = "Burglary"
    followers: float = 0.18
    space_band_m: float = 200.0
    time_band_days: float = 14.0
    same_place: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """
    What happened, in no order that means anything.

    Attributes
    ----------
    offence
        Shape (n,). Index into `OFFENCES`.
    day
        Shape (n,). Days since the first month began.
    month
        Shape (n,). Index of the month.
    site
        Shape (n,). Index into `Sites`.
    origin
        Shape (n,). Number of the hotspot, or `BACKGROUND`, `EMERGING`, `NEAR_REPEAT`.
    parent
        Shape (n,). Index of the incident that a near repeat follows, -1 elsewhere.
    """

    offence: NDArray[np.int64]
    day: NDArray[np.float64]
    month: NDArray[np.int64]
    site: NDArray[np.int64]
    origin: NDArray[np.int64]
    parent: NDArray[np.int64]

    def __len__(self) -> int:
        """Count the incidents."""
        return len(self.offence)


@dataclass(slots=True)
class _Heap:
    """What has been drawn so far."""

    parts: list[tuple[NDArray[np.int64], ...]] = field(default_factory=list)
    days: list[NDArray[np.float64]] = field(default_factory=list)
    size: int = 0

    def add(
        self,
        offence: int,
        day: NDArray[np.float64],
        site: NDArray[np.int64],
        origin: int,
        parent: NDArray[np.int64] | int = -1,
    ) -> None:
        n = len(day)
        self.days.append(day)
        self.parts.append((np.full(n, offence), site, np.full(n, origin), np.broadcast_to(np.asarray(parent), n)))
        self.size += n


def background_rates(county: County, sites: Sites, rng: Generator, *, flat: bool) -> NDArray[np.float32]:
    """
    Give every site's share of the background, by offence type.

    Parameters
    ----------
    flat
        Every address alike and public places none: the null county.

    Returns
    -------
    Shape (len(OFFENCES), s). Each row sums to 1.
    """
    if flat:
        even = (sites.kind == 0).astype(np.float64)
        return np.broadcast_to((even / even.sum()).astype(np.float32), (len(OFFENCES), len(even)))
    bricks = county.bricks
    common = rng.normal(0, 0.30, len(bricks))
    rates = np.empty((len(OFFENCES), len(sites.kind)), dtype=np.float32)
    for k, offence in enumerate(OFFENCES):
        in_city = (bricks.kind == Settlement.CITY) * (0.5 + bricks.centrality)
        town = (MIX[offence].city - 1) * (0.35 * bricks.kind / int(Settlement.CITY) + 0.65 * in_city)
        risk = np.exp(common + rng.normal(0, 0.2, len(bricks))) * (1 + town)
        weight = place_weight(offence)[sites.kind] * risk[sites.brick]
        rates[k] = weight / weight.sum()
    return rates


def _near_repeats(
    rule: NearRepeat,
    sites: Sites,
    heap: _Heap,
    days: int,
    *,
    first: tuple[NDArray[np.float64], NDArray[np.int64]],
    rng: Generator,
) -> None:
    """Add what follows the incidents just added, and what follows those, until a generation is empty."""
    homes = np.flatnonzero(sites.kind == 0)
    tree = cKDTree(np.column_stack((sites.easting[homes], sites.northing[homes])))
    day, site = first
    number = heap.size - len(day) + np.arange(len(day))
    offence = OFFENCES.index(rule.offence)
    while len(day):
        parent = np.repeat(np.arange(len(day)), rng.poisson(rule.followers, len(day)))
        after = day[parent] + rng.uniform(0, rule.time_band_days, len(parent))
        same = rng.random(len(parent)) < rule.same_place
        pick = rng.random(len(parent))
        place = site[parent].copy()
        middles = np.column_stack((sites.easting[place], sites.northing[place]))
        around: Any = tree.query_ball_point(middles, rule.space_band_m, return_sorted=True)
        for i in np.flatnonzero(~same):
            place[i] = homes[around[i][int(pick[i] * len(around[i]))]] if around[i] else place[i]
        kept = after < days
        follows = number[parent[kept]]
        day, site = after[kept], place[kept]
        number = heap.size + np.arange(len(day))
        heap.add(offence, day, site, NEAR_REPEAT, follows)


def draw_incidents(
    sites: Sites,
    months: list[str],
    rng: Generator,
    *,
    scale: float,
    hotspots: list[Hotspot],
    emerging: Emerging | None,
    near_repeat: NearRepeat | None,
    rates: NDArray[np.float32],
    flat: bool,
) -> Incidents:
    """
    Draw every incident of the period.

    Parameters
    ----------
    months
        `YYYY-MM`, in order.
    scale
        What every rate is multiplied by.
    rates
        As `background_rates` gives them.
    flat
        No growth over the years: the null county.
    """
    calendar = Calendar.of(months)
    heap = _Heap()
    for k, offence in enumerate(OFFENCES):
        factors = trend_factors(offence, months, flat=flat)
        follows = near_repeat is not None and near_repeat.offence == offence
        level = MIX[offence].monthly * (1 - near_repeat.followers if follows and near_repeat else 1)
        day = draw_days(calendar, rng.poisson(level * scale * factors), MIX[offence].hour, rng)
        ladder = np.cumsum(rates[k], dtype=np.float64)
        site = np.searchsorted(ladder, rng.random(len(day)) * ladder[-1], side="right")
        heap.add(k, day, site, BACKGROUND)
        if near_repeat is not None and follows:
            _near_repeats(near_repeat, sites, heap, calendar.days, first=(day, site), rng=rng)
        for number, hotspot in enumerate(hotspots):
            if hotspot.offence == offence:
                day = draw_days(calendar, rng.poisson(hotspot.monthly * scale * factors), hotspot.hour, rng)
                heap.add(k, day, rng.choice(hotspot.sites, len(day)), number)
        if emerging is not None and emerging.offence == offence:
            growth = emerging.expected(len(months))
            day = draw_days(calendar, rng.poisson(growth * scale), MIX[offence].hour, rng)
            heap.add(k, day, rng.choice(emerging.sites, len(day)), EMERGING)
    offence_index, site, origin, parent = (np.concatenate(column) for column in zip(*heap.parts, strict=True))
    day = np.concatenate(heap.days)
    return Incidents(
        offence=offence_index,
        day=day,
        month=calendar.month_of(day),
        site=site.astype(np.int64),
        origin=origin,
        parent=parent,
    )
