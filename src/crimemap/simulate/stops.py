"""Stop and search: rows in police.uk's columns."""

from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crimemap.simulate.streets import MapPoints
from crimemap.simulate.times import Calendar, draw_days

__all__ = ["STOP_HEADER", "draw_stops"]

STOP_HEADER: Final = (
    "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Age range,Self-defined ethnicity,"
    "Officer-defined ethnicity,Legislation,Object of search,Outcome,Outcome linked to object of search,"
    "Removal of more than just outer clothing"
)
_MONTHLY: Final = 340
_UNLOCATED: Final = 0.09
_TYPES: Final = (("Person search", "Person and Vehicle search", "Vehicle search"), (0.86, 0.11, 0.03))
_GENDERS: Final = (("Male", "Female", ""), (0.88, 0.10, 0.02))
_AGES: Final = (("under 10", "10-17", "18-24", "25-34", "over 34", ""), (0.001, 0.20, 0.29, 0.25, 0.25, 0.009))
_SELF: Final = (
    (
        "White - English/Welsh/Scottish/Northern Irish/British",
        "White - Any other White background",
        "Asian/Asian British - Any other Asian background",
        "Black/African/Caribbean/Black British - African",
        "Mixed/Multiple ethnic groups - White and Black Caribbean",
        "Other ethnic group - Not stated",
        "",
    ),
    (0.62, 0.07, 0.06, 0.05, 0.04, 0.10, 0.06),
)
_OFFICER: Final = (("White", "Black", "Asian", "Mixed", "Other", ""), (0.74, 0.08, 0.08, 0.04, 0.02, 0.04))
_GROUNDS: Final = (
    ("Misuse of Drugs Act 1971 (section 23)", "Controlled drugs"),
    ("Police and Criminal Evidence Act 1984 (section 1)", "Offensive weapons"),
    ("Police and Criminal Evidence Act 1984 (section 1)", "Stolen goods"),
    ("Police and Criminal Evidence Act 1984 (section 1)", "Article for use in theft"),
    ("Police and Criminal Evidence Act 1984 (section 1)", "Articles for use in criminal damage"),
    ("Criminal Justice and Public Order Act 1994 (section 60)", "Anything to threaten or harm anyone"),
)
_GROUND_SHARES: Final = (0.58, 0.18, 0.12, 0.07, 0.03, 0.02)
_OUTCOMES: Final = (
    ("A no further action disposal", "Arrest", "Community resolution", "Summons / charged by post",
     "Khat or Cannabis warning", "Caution (simple or conditional)", "Penalty Notice for Disorder"),
    (0.72, 0.13, 0.08, 0.03, 0.02, 0.01, 0.01),
)  # fmt: skip


def _draw(choices: tuple[tuple[str, ...], tuple[float, ...]], n: int, rng: Generator) -> list[str]:
    shares = np.asarray(choices[1])
    return [choices[0][k] for k in rng.choice(len(shares), n, p=shares / shares.sum())]


def draw_stops(
    months: list[str], points: MapPoints, incident_points: NDArray[np.int64], scale: float, rng: Generator
) -> list[list[str]]:
    """
    Draw each month's stops, where incidents are and mostly in the evening.

    Parameters
    ----------
    incident_points
        Shape (n,). Map point of each incident.

    Returns
    -------
    list
        For each month the rows of its file, in order of time.
    """
    calendar = Calendar.of(months)
    day = np.sort(draw_days(calendar, rng.poisson(_MONTHLY * scale, len(months)), (20.0, 0.7), rng))
    n = len(day)
    where = (
        incident_points[rng.integers(0, len(incident_points), n)] if len(incident_points) else np.zeros(n, dtype=np.int64)
    )
    located = rng.random(n) >= _UNLOCATED
    ground = rng.choice(len(_GROUNDS), n, p=np.asarray(_GROUND_SHARES))
    moments = np.datetime_as_string(calendar.timestamps(day), unit="m")
    drawn = zip(
        _draw(_TYPES, n, rng), moments, where, located, _draw(_GENDERS, n, rng), _draw(_AGES, n, rng), _draw(_SELF, n, rng),
        _draw(_OFFICER, n, rng), ground, _draw(_OUTCOMES, n, rng), rng.random(n) < 0.6, rng.random(n) < 0.03,  # noqa: PLR2004 - shares
        strict=True,
    )  # fmt: skip
    rows: list[list[str]] = [[] for _ in months]
    for month, (kind, moment, point, known, gender, age, own, officer, g, outcome, linked, clothing) in zip(
        calendar.month_of(day), drawn, strict=True
    ):
        place = f"{points.latitude[point]:.6f},{points.longitude[point]:.6f}" if known else ","
        link = "" if outcome.startswith("A no") else str(bool(linked))
        rows[month].append(
            f"{kind},{moment}:00+00:00,,,{place},{gender},{age},{own},{officer},{_GROUNDS[g][0]},{_GROUNDS[g][1]},{outcome},"
            f"{link},{bool(clothing)}"
        )
    return rows
