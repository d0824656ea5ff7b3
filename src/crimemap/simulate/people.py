"""Neighbourhood teams, priorities, events and contact details, in the shapes of data.police.uk."""

from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import shapely
from numpy.random import Generator

from crimemap.crs import to_wgs84
from crimemap.periods import month_after
from crimemap.simulate.county import County
from crimemap.simulate.names import CITY, COUNTY, FORCE, FORCE_NAME, person_names, slug, street_names
from crimemap.simulate.published import LAST_MONTH

__all__ = ["make_people"]

#: Names under .example and numbers of the block that Ofcom keeps for drama lead nowhere.
_HOST: Final = f"https://www.{FORCE}.police.example"
_NUMBER: Final = "01632 960"
_RANKS: Final = ("Inspector", "Sergeant", "Police Constable", "Police Constable", "PCSO", "PCSO")
_ISSUES: Final = (
    ("Anti-social behaviour {where}", "<p>We have increased patrols {where} on Friday and Saturday evenings.</p>"),
    ("Speeding vehicles {where}", "<p>Speed checks were carried out with volunteers from the community.</p>"),
    ("Thefts from vehicles parked {where}", "<p>Officers gave advice to drivers and <strong>checked CCTV</strong>.</p>"),
    ("Burglaries of sheds and garages {where}", None),
    ("Drug dealing {where}", "<p>A warrant was carried out. Please keep telling us what you see.</p>"),
    ("Bicycle thefts {where}", "<ul><li>Bicycle marking sessions</li><li>Patrols in plain clothes</li></ul>"),
    ("Shop theft {where}", None),
    ("Nuisance motorcycles {where}", "<p>Two motorcycles were seized.</p>"),
)
_EVENTS: Final = (
    ("Meet your neighbourhood team", "meeting", "Come and talk to us about what matters to you."),
    ("Bicycle marking", "event", "Bring your bicycle and we will mark it free of charge."),
    ("Street briefing", "meeting", "<p>A short briefing by your local officers.</p>"),
    ("Crime prevention stall", "event", None),
)
_BIOS: Final = (
    "I have worked in {where} for {n} years and enjoy being part of the community.",
    "<p>I joined the force {n} years ago and look after {where} with my team.</p>",
    None,
)
_VENUES: Final = ("Community Centre", "Library", "Village Hall", "Leisure Centre", "School Hall")


def _text(value: float) -> str:
    return f"{value:.6f}"


def _days_from(first: date, days: int, hour: int) -> str:
    day = first + timedelta(days=days)
    return f"{day.isoformat()}T{hour:02d}:00:00"


def _priorities(rng: Generator, where: str, today: date) -> list[dict[str, Any]]:
    made = []
    for k in rng.choice(len(_ISSUES), int(rng.integers(1, 4)), replace=False):
        issue, action = _ISSUES[k]
        raised = int(rng.integers(20, 150))
        made.append(
            {
                "issue": f"<p>{issue.format(where=f'around {where}')}</p>",
                "issue-date": _days_from(today, -raised, 0),
                "action": action.format(where=f"around {where}") if action else None,
                "action-date": _days_from(today, -raised + int(rng.integers(7, 20)), 0) if action else None,
            }
        )
    return made


def _events(rng: Generator, name: str, today: date) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for k in rng.choice(len(_EVENTS), int(rng.integers(0, 4)), replace=False):
        title, kind, description = _EVENTS[k]
        day, hour = int(rng.integers(1, 60)), int(rng.integers(10, 19))
        made.append(
            {
                "title": title,
                "description": description,
                "address": f"{name} {_VENUES[int(rng.integers(len(_VENUES)))]}, {street_names(1, rng)[0]}",
                "type": kind,
                "start_date": _days_from(today, day, hour),
                "end_date": _days_from(today, day, hour + 2),
                "contact_details": {},
            }
        )
    return sorted(made, key=lambda event: event["start_date"])


def _team(rng: Generator, people: list[str], name: str, district: str) -> list[dict[str, Any]]:
    made = []
    for rank, person in zip(_RANKS, people, strict=False):
        bio = _BIOS[int(rng.integers(len(_BIOS)))]
        where = district if rank == "Inspector" else name
        contact = {"email": f"{slug(person).replace('-', '.')}@{FORCE}.police.example"} if rank != "PCSO" else {}
        made.append(
            {
                "name": person,
                "rank": rank,
                "bio": bio.format(where=where, n=int(rng.integers(2, 22))) if bio else None,
                "contact_details": contact,
            }
        )
    return made


def make_people(county: County, rng: Generator) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """
    Make the force and its neighbourhoods.

    Returns
    -------
    force, neighbourhoods
        The force with its senior officers under `people`, and one object for each neighbourhood with `people`, `events` and
        `priorities` in it.
    """
    today = date.fromisoformat(f"{month_after(LAST_MONTH)}-20")
    table = county.areas("neighbourhood")
    lad = county.frame.groupby("neighbourhood")["lad_name"].first()
    pool = iter(person_names(len(table) * 6 + 4, rng))
    inspectors = {name: next(pool) for name in sorted(set(lad))}
    made: list[dict[str, Any]] = []
    for code, name, households, population in table[["name", "households", "population"]].itertuples():
        district = str(lad.loc[code])
        polygon = shapely.coverage_union_all(county.bricks.polygon[np.flatnonzero(county.frame["neighbourhood"] == code)])
        middle = shapely.point_on_surface(polygon)
        longitude, latitude = to_wgs84([middle.x, middle.x + 120], [middle.y, middle.y - 80])
        number = len(made)
        page = f"{_HOST}/area/your-area/{slug(district)}/{slug(name)}"
        team = [inspectors[district], *(next(pool) for _ in range(int(rng.integers(2, 6))))]
        made.append(
            {
                "id": str(code),
                "name": name,
                "description": f"<p>{name} is a neighbourhood of {district} with {households:,} households. "
                f'Read about <a href="{page}">your local team</a>.</p>',
                "url_force": page,
                "population": str(population),
                "contact_details": {
                    "telephone": "101",
                    "email": f"{slug(name)}@{FORCE}.police.example",
                    "facebook": f"https://www.facebook.example/{FORCE}{str(code).lower()}",
                },
                "centre": {"latitude": _text(latitude[0]), "longitude": _text(longitude[0])},
                "links": [
                    {
                        "title": f"{district} Council",
                        "url": f"https://www.{slug(district)}.gov.example",
                        "description": "Housing, parks and streets" if number % 3 else None,
                    }
                ],
                "locations": [
                    {
                        "name": f"{name} Police Station",
                        "type": "station",
                        "address": f"{1 + number} {street_names(1, rng)[0]}, {district}",
                        "postcode": f"XW{1 + number // 10} {number % 10}AA",
                        "telephone": f"{_NUMBER}{100 + number}",
                        "latitude": _text(latitude[1]) if number % 4 else None,
                        "longitude": _text(longitude[1]) if number % 4 else None,
                        "description": None if number % 2 else "Open on weekdays from 10am to 4pm",
                    }
                ],
                "people": _team(rng, team, name, district),
                "events": _events(rng, name, today),
                "priorities": _priorities(rng, name, today),
            }
        )
    senior = ("Chief Constable", "Deputy Chief Constable", "Assistant Chief Constable")
    force = {
        "id": FORCE,
        "name": FORCE_NAME,
        "description": f"{FORCE_NAME} serves the county of {COUNTY} and the city of {CITY}: an invented county, made by "
        "crimemap to show what it does.",
        "url": _HOST,
        "telephone": "101",
        "engagement_methods": [
            {"title": "facebook", "type": "facebook", "url": f"https://www.facebook.example/{FORCE}", "description": None},
            {"title": "rss", "type": "rss", "url": f"{_HOST}/news/feed", "description": "News from the force"},
        ],
        "people": [
            {"name": next(pool), "rank": rank, "bio": f"<p>{rank} of {FORCE_NAME}.</p>", "contact_details": {}}
            for rank in senior
        ],
    }
    return force, made
