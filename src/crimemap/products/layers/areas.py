"""The areas of a release, without their shapes, and their counts by month and offence type."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray  # noqa: TC002 - read at run time by readers of types

from crimemap.offences import ALL_CRIME, offence_slug
from crimemap.periods import month_after, month_index

__all__ = ["ALL", "FORCE", "Area", "Areas", "Counts", "Series"]

#: The offence type under which all incidents of an area are counted.
ALL: Final = "All"
#: The area type of a force's own counts: everything it recorded, with a location or without.
FORCE: Final = "force"
_STATUSES: Final = ("counted", "no_data", "suppressed")

#: area_type, vintage, area_code, force ("" where the area belongs to none).
AreaKey = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One area of one vintage. Area in square metres, box in degrees."""

    area_type: str
    vintage: str
    area_code: str
    area_name: str
    force: str | None
    area_m2: float | None = None
    population: int | None = None
    households: int | None = None
    bbox: tuple[float, float, float, float] | None = None
    parents: tuple[tuple[str, str], ...] = ()
    area_id: int | None = None  # what other tables of the release call it; none in releases that are older than that

    @property
    def key(self) -> AreaKey:
        """Tell this area from every other."""
        return self.area_type, self.vintage, self.area_code, self.force or ""


class Areas:
    """The areas of a release by type, latest vintage first."""

    def __init__(self, areas: list[Area], *, terms: Mapping[tuple[str, str], dict[str, str | None]] | None = None) -> None:
        self.terms = dict(terms or {})
        self.by_type: dict[str, list[Area]] = {}
        self._by_code: dict[tuple[str, str], list[Area]] = {}
        self.by_id = {area.area_id: area for area in areas if area.area_id is not None}
        for area in sorted(areas, key=lambda area: (area.area_type, area.force or "", area.area_name, area.area_code)):
            self.by_type.setdefault(area.area_type, []).append(area)
            self._by_code.setdefault((area.area_type, area.area_code), []).append(area)
        for same in self._by_code.values():
            same.sort(key=lambda area: area.vintage, reverse=True)

    def add_force(self, area: Area) -> None:
        """Let a force's own counts be found like an area's; it is no area of a boundary set, so it is in no list."""
        self._by_code.setdefault((area.area_type, area.area_code), []).append(area)

    @classmethod
    def read(cls, connection: Any) -> "Areas":
        """Read the areas of an open release."""
        parents: dict[tuple[str, str, str | None], list[tuple[str, str]]] = {}
        for child_type, child_code, force, parent_type, parent_code in connection.execute(
            "SELECT DISTINCT child_type, child_code, force, parent_type, parent_code FROM area_parents ORDER BY ALL"
        ).fetchall():
            parents.setdefault((child_type, child_code, force), []).append((parent_type, parent_code))
        terms = {
            (area_type, vintage): {"publisher": publisher, "licence": licence, "attribution": attribution}
            for area_type, vintage, publisher, licence, attribution in connection.execute(
                """
                SELECT area_type, coalesce(vintage, ''), any_value(publisher), any_value(licence),
                       string_agg(DISTINCT attribution, '; ' ORDER BY attribution)
                FROM boundary_sets GROUP BY ALL"""
            ).fetchall()
        }
        columns = {row[0] for row in connection.execute("DESCRIBE areas").fetchall()}
        number = "area_id" if "area_id" in columns else "NULL"
        rows = connection.execute(
            f"""
            SELECT area_type, vintage, area_code, area_name, force, area_m2, population, households,
                   min_lon, min_lat, max_lon, max_lat, {number} FROM areas"""  # noqa: S608 - a column of ours
        ).fetchall()
        return cls(
            [
                Area(
                    area_type=row[0],
                    vintage=row[1] or "",
                    area_code=row[2],
                    area_name=row[3] or row[2],
                    force=row[4],
                    area_m2=row[5],
                    population=row[6],
                    households=row[7],
                    bbox=None if None in row[8:12] else row[8:12],
                    parents=tuple(parents.get((row[0], row[2], row[4]), parents.get((row[0], row[2], None), ()))),
                    area_id=row[12],
                )
                for row in rows
            ],
            terms=terms,
        )

    @staticmethod
    def read_earlier(connection: Any) -> list[Area]:
        """Read the areas as they were in earlier vintages: none where the release has none, or is older than they are."""
        there = connection.execute("SELECT count(*) FROM information_schema.tables WHERE table_name = 'earlier_areas'")
        if not there.fetchone()[0]:
            return []
        rows = connection.execute(
            """SELECT area_type, vintage, area_code, area_name, force, area_m2, min_lon, min_lat, max_lon, max_lat, area_id
               FROM earlier_areas ORDER BY area_id"""
        ).fetchall()
        return [
            Area(
                area_type=row[0],
                vintage=row[1],
                area_code=row[2],
                area_name=row[3] or row[2],
                force=row[4],
                area_m2=row[5],
                bbox=row[6:10],
                area_id=row[10],
            )
            for row in rows
        ]

    def find(self, area_type: str, area_code: str, *, force: str | None, vintage: str | None) -> list[Area]:
        """Give the areas with this code, of the latest vintage unless one is named; several where forces share a code."""
        found = [
            area
            for area in self._by_code.get((area_type, area_code), ())
            if (force is None or area.force == force) and (vintage is None or area.vintage == vintage)
        ]
        newest: dict[str | None, Area] = {}
        for area in found:
            newest.setdefault(area.force, area)
        return list(newest.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Counts of one offence type, a month each: `None` where there is no data or the count is suppressed."""

    offence_type: str
    category: str
    incidents: list[int | None]
    status: list[str]


class Counts:
    """Every count of a release, in eight bytes each."""

    def __init__(self, connection: Any) -> None:
        self.offence_types: list[str] = [
            row[0] for row in connection.execute("SELECT DISTINCT offence_type FROM counts ORDER BY ALL").fetchall()
        ]
        areas = connection.execute(
            """
            SELECT area_type, coalesce(vintage, ''), area_code, coalesce(force, ''), count(*)
            FROM counts GROUP BY ALL ORDER BY ALL"""
        ).fetchall()
        ends = np.cumsum([row[4] for row in areas], dtype=np.int64).tolist()
        self._rows: dict[AreaKey, slice] = {row[:4]: slice(end - row[4], end) for row, end in zip(areas, ends, strict=True)}
        columns = connection.execute(
            """
            SELECT (list_position($types, offence_type) - 1)::USMALLINT AS offence,
                   (month[1:4]::INTEGER * 12 + month[6:7]::INTEGER - 1)::USMALLINT AS month,
                   coalesce(incidents, 0)::INTEGER AS incidents,
                   (CASE WHEN status = 'counted' AND incidents IS NOT NULL THEN 0
                         WHEN status = 'suppressed' THEN 2 ELSE 1 END)::UTINYINT AS status
            FROM counts
            ORDER BY area_type, coalesce(vintage, ''), area_code, coalesce(force, '')""",
            {"types": self.offence_types},
        ).fetchnumpy()
        self._columns: dict[str, NDArray[Any]] = {name: np.ma.getdata(column) for name, column in columns.items()}

    def forces(self) -> list[AreaKey]:
        """Give the keys of the forces that are counted as a whole, incidents without a location included."""
        return [key for key in self._rows if key[0] == FORCE]

    def series(self, area: Area, *, last_month: str, months: int) -> list[Series]:
        """
        Give an area's counts for a run of months, all incidents first, then each offence type.

        A month without a row of its own is what the area's total says of it: nothing of a type in a month that was counted
        is zero, in any other month it is unknown for the same reason.
        """
        rows = self._rows.get(area.key, slice(0, 0))
        offence, month = self._columns["offence"][rows], self._columns["month"][rows].astype(np.int64)
        first = month_index(month_after(last_month, 1 - months))
        position = month - first
        inside = (position >= 0) & (position < months)
        incidents = np.zeros((len(self.offence_types), months), dtype=np.int64)
        status = np.full((len(self.offence_types), months), 255, dtype=np.uint8)
        incidents[offence[inside], position[inside]] = self._columns["incidents"][rows][inside]
        status[offence[inside], position[inside]] = self._columns["status"][rows][inside]
        total = np.full(months, 1, dtype=np.uint8)
        if ALL in self.offence_types:
            said = status[self.offence_types.index(ALL)]
            total = np.where(said == 255, total, said)  # noqa: PLR2004 - no row
        status = np.where(status == 255, total, status)  # noqa: PLR2004 - no row
        made = [
            Series(
                offence_type=name,
                category=ALL_CRIME if name == ALL else offence_slug(name),
                incidents=[
                    count if code == 0 else None for count, code in zip(counts.tolist(), codes.tolist(), strict=True)
                ],
                status=[_STATUSES[code] for code in codes.tolist()],
            )
            for name, counts, codes in zip(self.offence_types, incidents, status, strict=True)
        ]
        return sorted(made, key=lambda series: series.offence_type != ALL)
