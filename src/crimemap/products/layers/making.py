"""
The layers of a release: its boundary sets, their latest year, and its hotspots.

They are read from the release's database alone, so a layer is the same while a release is built and while it is served.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import h3
import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.periods import month_after
from crimemap.products.layers.areas import ALL, Area, Areas, Counts
from crimemap.products.layers.layer import Layer, Property

__all__ = ["Released", "layer_makers"]

#: Area types whose last year is a layer of its own.
_SUMMARISED: Final = ("neighbourhood", "csp")
_YEAR: Final = 12
_NAMES: Final = {
    "neighbourhood": "Neighbourhoods",
    "csp": "Community safety partnerships",
    "lad": "Local authority districts",
    "bcu": "Basic command units",
    "county": "Counties",
    "ctyua": "Counties and unitary authorities",
    "pfa": "Police force areas",
}


class Released(Protocol):
    """A release whose database is open: what its layers are made from."""

    areas: Areas
    counts: Counts
    meta: dict[str, str]
    months: list[str]
    no_data: dict[str, list[str]]
    latest_month: str | None

    def cursor(self) -> AbstractContextManager[Any]:
        """Give a cursor of its own."""
        ...


def layer_makers(held: Released) -> dict[str, Callable[[Released], Layer]]:
    """Give what makes each layer that a release has, by the layer's name, boundary sets first."""
    types = sorted(held.areas.by_type, key=lambda kind: list(_NAMES).index(kind) if kind in _NAMES else len(_NAMES))
    makers: dict[str, Callable[[Released], Layer]] = {kind: _Areas(kind) for kind in types}
    makers |= {f"{kind}-summaries": _Summaries(kind) for kind in types if kind in _SUMMARISED}
    with held.cursor() as cursor:
        if cursor.execute("SELECT 1 FROM hotspots LIMIT 1").fetchone():
            makers["hotspots"] = _hotspots
    return makers


_OF_AREA: Final = (
    Property("area_code", "string", "The area's code; the GSS code where it has one."),
    Property("area_name", "string", "Its name."),
    Property("area_type", "string", "What kind of area it is."),
    Property("vintage", "string", "The vintage of its boundary."),
    Property("force", "string", "The police force it belongs to, where the set is one force's."),
    Property("area_km2", "number", "Its size in square kilometres."),
    Property("population", "integer", "Residents; null where not known."),
    Property("households", "integer", "Households; null where not known."),
)


def _shapes(held: Released, area_type: str) -> dict[tuple[str, str, str], Any]:
    with held.cursor() as cursor:
        rows = cursor.execute(
            "SELECT coalesce(vintage, ''), area_code, coalesce(force, ''), geometry FROM areas WHERE area_type = ?",
            [area_type],
        ).fetchall()
    found = shapely.from_wkb([None if row[3] is None else bytes(row[3]) for row in rows])
    return {row[:3]: shape for row, shape in zip(rows, found, strict=True)}


def _ids(areas: list[Area]) -> list[str]:
    """Tell areas apart by their code, with the force and then the vintage where codes come again."""
    for made in (
        [one.area_code for one in areas],
        [f"{one.force or ''}:{one.area_code}" for one in areas],
    ):
        if len(set(made)) == len(made):
            return made
    return [f"{one.force or ''}:{one.area_code}:{one.vintage}" for one in areas]


def _column(values: list[Any]) -> NDArray[np.object_]:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _area_values(areas: list[Area]) -> dict[str, NDArray[np.object_]]:
    return {
        "area_code": _column([one.area_code for one in areas]),
        "area_name": _column([one.area_name for one in areas]),
        "area_type": _column([one.area_type for one in areas]),
        "vintage": _column([one.vintage for one in areas]),
        "force": _column([one.force for one in areas]),
        "area_km2": _column([None if one.area_m2 is None else round(one.area_m2 / 1e6, 4) for one in areas]),
        "population": _column([one.population for one in areas]),
        "households": _column([one.households for one in areas]),
    }


@dataclass(frozen=True)
class _Areas:
    """Makes the layer of a boundary set."""

    area_type: str

    def __call__(self, held: Released) -> Layer:
        areas = held.areas.by_type[self.area_type]
        shapes = _shapes(held, self.area_type)
        title = _NAMES.get(self.area_type, self.area_type)
        vintages = ", ".join(sorted({one.vintage for one in areas}))
        return Layer(
            id=self.area_type,
            title=title,
            description=f"{title} as the release has them (vintage {vintages}).",
            properties=_OF_AREA,
            ids=_ids(areas),
            values=_area_values(areas),
            shapes=_column([shapes.get((one.vintage, one.area_code, one.force or "")) for one in areas]),
            attribution=held.meta.get("attribution", ""),
        )


_OF_SUMMARY: Final = (
    Property("first_month", "string", "The first of the twelve months."),
    Property("last_month", "string", "The last of them: the latest of the force."),
    Property("months_counted", "integer", "Months that were counted; less than twelve makes `incidents` a part."),
    Property("months_no_data", "integer", "Months of which there is no data: they are not zero."),
    Property("months_suppressed", "integer", "Months whose count is withheld: they are not zero."),
    Property("incidents", "integer", "Incidents in the months that were counted; null where none was."),
    Property("incidents_year_before", "integer", "The same twelve months a year earlier; null where one is missing."),
)


@dataclass(frozen=True)
class _Summaries:
    """Makes the layer of areas with the counts of their latest year."""

    area_type: str

    def __call__(self, held: Released) -> Layer:
        areas = held.areas.by_type[self.area_type]
        base = _Areas(self.area_type)(held)
        kinds = [name for name in held.counts.offence_types if name != ALL]
        words = [_property_name(name) for name in kinds]
        rows = [_year(held, one, kinds) for one in areas]
        names = [prop.name for prop in _OF_SUMMARY] + words
        values = {name: _column([row[name] for row in rows]) for name in names}
        described = tuple(
            Property(word, "integer", f"{name}; null where a month is missing or withheld.")
            for word, name in zip(words, kinds, strict=True)
        )
        starts, ends = [row["first_month"] for row in rows], [row["last_month"] for row in rows]
        return Layer(
            id=f"{self.area_type}-summaries",
            title=f"{base.title}: the latest year",
            description="Incidents of the latest twelve months and of the year before, by offence type. "
            "No data and withheld counts are null, never zero.",
            properties=(*_OF_AREA, *_OF_SUMMARY, *described),
            ids=base.ids,
            values={**base.values, **values},
            shapes=base.shapes,
            months=(min(starts), max(ends)) if rows else None,
            attribution=base.attribution,
        )


def _property_name(offence_type: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in offence_type.lower())


def _year(held: Released, area: Area, kinds: list[str]) -> dict[str, Any]:
    missing = {month for month, forces in held.no_data.items() if area.force in forces}
    latest = next((month for month in reversed(held.months) if month not in missing), held.latest_month) or ""
    series = (
        {one.offence_type: one for one in held.counts.series(area, last_month=latest, months=2 * _YEAR)} if latest else {}
    )
    total = series.get(ALL)
    status = total.status[_YEAR:] if total else ["no_data"] * _YEAR
    counted = [n for n in (total.incidents[_YEAR:] if total else []) if n is not None]
    row: dict[str, Any] = {
        "first_month": month_after(latest, 1 - _YEAR) if latest else "",
        "last_month": latest,
        "months_counted": len(counted),
        "months_no_data": status.count("no_data"),
        "months_suppressed": status.count("suppressed"),
        "incidents": sum(counted) if counted else None,
        "incidents_year_before": _whole(total.incidents[:_YEAR]) if total else None,
    }
    return row | {_property_name(name): _whole(series[name].incidents[_YEAR:]) if name in series else None for name in kinds}


def _whole(counts: list[int | None]) -> int | None:
    known = [n for n in counts if n is not None]
    return sum(known) if len(known) == len(counts) else None


_OF_HOTSPOT: Final = (
    Property("cell", "string", "The H3 cell."),
    Property("force", "string", "Whose incidents were counted."),
    Property("h3_resolution", "integer", "Its resolution."),
    Property("first_month", "string", "The first month counted."),
    Property("last_month", "string", "The last month counted."),
    Property("area_m2", "number", "The part of the cell inside the force's area, square metres."),
    Property("incidents", "integer", "Incidents; null where withheld."),
    Property("status", "string", "counted, no_data or suppressed."),
    Property("z", "number", "Getis-Ord Gi*."),
    Property("p_value", "number", "Its one-sided p-value by exact permutation."),
    Property("q_value", "number", "That, corrected for the number of cells (Benjamini-Hochberg)."),
    Property("hotspot", "boolean", "More incidents in and around it than chance would explain."),
)


def _hotspots(held: Released) -> Layer:
    names = [prop.name for prop in _OF_HOTSPOT]
    with held.cursor() as cursor:
        rows = cursor.execute(f"SELECT {', '.join(names)} FROM hotspots ORDER BY force, h3_resolution, cell").fetchall()  # noqa: S608 - names from above
    columns = list(zip(*rows, strict=True))
    rings = [h3.cell_to_boundary(cell) for cell in columns[0]]
    corners = np.round(np.concatenate([np.asarray(ring)[:, ::-1] for ring in rings]), 6)
    which = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    firsts, lasts = [row[3] for row in rows], [row[4] for row in rows]
    return Layer(
        id="hotspots",
        title="Hotspots",
        description="Hexagons with the incidents of the latest year and whether they are more than chance would explain.",
        properties=_OF_HOTSPOT,
        ids=[f"{row[1]}:{row[0]}" for row in rows],
        values={name: _column(list(column)) for name, column in zip(names, columns, strict=True)},
        shapes=np.asarray(shapely.polygons(shapely.linearrings(corners, indices=which))),
        months=(min(firsts), max(lasts)),
        attribution=held.meta.get("attribution", ""),
    )
