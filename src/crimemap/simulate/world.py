"""Everything about one demonstration county, before any of it is written."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crimemap.simulate.confidential import Records, make_records
from crimemap.simulate.county import County, make_county
from crimemap.simulate.hotspots import Emerging, Hotspot, choose_emerging, choose_hotspots
from crimemap.simulate.processes import Incidents, NearRepeat, background_rates, draw_incidents
from crimemap.simulate.published import Publication, Schedule, make_schedule, publish
from crimemap.simulate.streets import MapPoints, Sites, make_streets

__all__ = ["Stream", "World", "make_world", "streams"]

#: Gives the random numbers of a named part.
Stream = Callable[[str], Generator]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """
    A demonstration county.

    Attributes
    ----------
    rates
        Shape (len(OFFENCES), s). Background share of each site; each row sums to 1.
    hotspots, emerging, near_repeat
        Empty and None in the null county.
    scale
        What every rate of incidents was multiplied by.
    """

    county: County
    points: MapPoints
    sites: Sites
    schedule: Schedule
    rates: NDArray[np.float32]
    hotspots: list[Hotspot]
    emerging: Emerging | None
    near_repeat: NearRepeat | None
    incidents: Incidents
    publication: Publication
    records: Records
    scale: float

    @property
    def is_null(self) -> bool:
        """Say whether there is nothing to find."""
        return self.near_repeat is None


def streams(seed: int) -> Stream:
    """Give each part its own random numbers, so that one part's appetite does not change another's."""

    def stream(part: str) -> Generator:
        return np.random.default_rng([seed, *part.encode()])

    return stream


def make_world(stream: Stream, *, months: int, scale: float, hotspots: bool) -> World:
    """
    Make a county and draw what happened in it.

    Parameters
    ----------
    stream
        As `streams` gives it.
    months, scale, hotspots
        As for `simulate`.
    """
    schedule = make_schedule(months)
    county = make_county(stream("county"))
    points, sites = make_streets(county, stream("streets"))
    rates = background_rates(county, sites, stream("background"), flat=not hotspots)
    spots = choose_hotspots(county, sites, rates) if hotspots else []
    emerging = choose_emerging(county, sites, rates, months, spots) if hotspots else None
    rule = NearRepeat() if hotspots else None
    incidents = draw_incidents(
        sites,
        schedule.months,
        stream("incidents"),
        scale=scale,
        hotspots=spots,
        emerging=emerging,
        near_repeat=rule,
        rates=rates,
        flat=not hotspots,
    )
    return World(
        county=county,
        points=points,
        sites=sites,
        schedule=schedule,
        rates=rates,
        hotspots=spots,
        emerging=emerging,
        near_repeat=rule,
        incidents=incidents,
        publication=publish(incidents, sites, schedule, stream("publication")),
        records=make_records(incidents, schedule.months, stream("records")),
        scale=scale,
    )
