"""A guard for local focus: how large and how far-flung a proposed partnership is, against limits that a planner sets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import InputError, NotFoundError, ParameterError

__all__ = ["SpreadLimits", "spread"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadLimits:
    """
    Beyond which a partnership is called too remote; None for no limit.

    Attributes
    ----------
    population
        People.
    area_km2
        Square kilometres.
    n_districts
        Districts.
    distance_km
        Kilometres in a straight line from the population centre to the resident who lives farthest from it.
    """

    population: float | None = None
    area_km2: float | None = None
    n_districts: int | None = None
    distance_km: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is not a limit."""
        for name, value in asdict(self).items():
            if value is not None:
                require_positive(value, name=name)
        if self.n_districts is not None and self.n_districts != int(self.n_districts):
            raise ParameterError(
                f"{self.n_districts:g} is no number of districts", where="n_districts", fix="Give a whole one."
            )


def spread(
    groups: Sequence[Sequence[str]],
    bricks: pd.DataFrame,
    *,
    area_m2: Mapping[str, float],
    n_districts: Mapping[str, int] | None = None,
    limits: SpreadLimits | None = None,
) -> pd.DataFrame:
    """
    Measure size and spread of groups of units.

    Parameters
    ----------
    groups
        Units of each group.
    bricks
        One row for each small area: `unit`, `easting`, `northing` (of its centroid, EPSG:27700 metres), `population`. Bricks
        where nobody lives count for nothing.
    area_m2
        Area of each unit, square metres.
    n_districts
        Districts of each unit; 1 where a unit is not named.
    limits
        What the planner allows.

    Returns
    -------
    DataFrame
        One row for each group, in the order given: `population`, `area_km2`, `n_districts`, `centre_easting`,
        `centre_northing` (the mean position of residents, metres; not a number where nobody lives), `distance_km` (to the
        farthest brick with residents), `mean_distance_km` (of residents), `beyond` (names of the limits that it exceeds),
        `too_remote`. The limits are in `attrs["parameters"]`.

    Raises
    ------
    InputError
        If a column is missing or a number cannot be used.
    NotFoundError
        If a unit has no area.
    """
    allowed = asdict(limits or SpreadLimits())
    missing = [name for name in ("unit", "easting", "northing", "population") if name not in bricks.columns]
    if missing:
        raise InputError(f"no column {', '.join(missing)}", where="bricks", fix="Give units, positions and people.")
    people = bricks["population"].to_numpy(dtype=np.float64)
    if not np.isfinite(people).all() or (people < 0).any():
        raise InputError("a population is negative or not finite", where="bricks", fix="Correct the numbers.")
    some = people > 0
    people, unit = people[some], bricks["unit"].to_numpy()[some]
    easting, northing = require_coordinates(bricks["easting"][some], bricks["northing"][some], where="bricks")
    rows = []
    for group in groups:
        unknown = [code for code in group if code not in area_m2]
        if unknown:
            raise NotFoundError(f"no area of unit {unknown[0]!r}", where="area_m2", fix="Give the area of every unit.")
        own = np.isin(unit, list(group))
        row = _row(people[own], easting[own], northing[own])
        row["area_km2"] = sum(area_m2[code] for code in group) / 1e6
        row["n_districts"] = sum((n_districts or {}).get(code, 1) for code in group)
        beyond = tuple(name for name, most in allowed.items() if most is not None and row[name] > most)
        rows.append({**row, "beyond": beyond, "too_remote": bool(beyond)})
    columns = [
        "population", "area_km2", "n_districts", "centre_easting", "centre_northing",
        "distance_km", "mean_distance_km", "beyond", "too_remote",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    table.attrs["parameters"] = allowed
    return table


def _row(people: np.ndarray[Any, Any], easting: np.ndarray[Any, Any], northing: np.ndarray[Any, Any]) -> dict[str, Any]:
    total = float(people.sum())
    if not total:
        nothing = float("nan")
        return {
            "population": 0.0, "centre_easting": nothing, "centre_northing": nothing,
            "distance_km": nothing, "mean_distance_km": nothing,
        }  # fmt: skip
    x, y = float(people @ easting) / total, float(people @ northing) / total
    away = np.hypot(easting - x, northing - y) / 1000
    return {
        "population": total,
        "centre_easting": x,
        "centre_northing": y,
        "distance_km": float(away.max()),
        "mean_distance_km": float(people @ away) / total,
    }
