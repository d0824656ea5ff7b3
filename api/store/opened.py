"""One release, opened for reading: what every request needs is in memory, the rest is a query away."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Final

import duckdb

from api.store.alignment import Alignment
from api.store.months import Month, MonthCache, read_incidents
from api.store.neighbourhoods import Forces, Neighbourhoods
from api.store.outcomes import outcomes_for_crime, read_outcomes
from api.store.places import Places
from api.store.postcodes import Postcodes
from api.store.stops import StopsMonth, read_stops
from api.store.texts import json_bytes
from crimemap.errors import ReleaseError
from crimemap.offences import ALL_CRIME, CURRENT_OFFENCE_TYPES, OFFENCE_SLUGS
from crimemap.products.layers.areas import Area, Areas, Counts
from crimemap.products.layers.months import read_months
from crimemap.products.release_schema import SCHEMA_VERSION

__all__ = ["OpenedRelease"]

_LOG: Final = logging.getLogger("crimemap.api")
_READ_ONLY: Final[dict[str, str | bool | int | float | list[str]]] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "memory_limit": "1GB",
    "threads": "2",
}


class OpenedRelease:
    """
    A release that is being served.

    Parameters
    ----------
    folder
        `releases/<id>`.
    cache_bytes
        Memory for months of incidents.

    Raises
    ------
    ReleaseError
        If there is no such release, it is incomplete, or it was made for another version of crimemap.
    """

    def __init__(self, folder: Path, *, cache_bytes: int) -> None:
        self.id = folder.name
        self.folder = folder
        self.site = folder / "site"
        self._reading = Lock()
        self._postcodes: Postcodes | None = None
        database = folder / "release.duckdb"
        if not database.is_file():
            raise ReleaseError("the release has no database", where=self.id, fix="Build it again, or activate another one.")
        try:
            self._connection = duckdb.connect(str(database), read_only=True, config=_READ_ONLY)
        except duckdb.Error as error:
            raise _unreadable(self.id) from error
        try:
            self._read(cache_bytes)
        except (duckdb.Error, ValueError, TypeError) as error:
            self.close()
            raise _unreadable(self.id) from error
        except BaseException:
            self.close()
            raise

    def _read(self, cache_bytes: int) -> None:
        connection = self._connection
        self.meta: dict[str, str] = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        version = self.meta.get("schema_version", str(SCHEMA_VERSION))
        if version != str(SCHEMA_VERSION):
            raise ReleaseError(
                f"the release has format {version[:10]}, this version of crimemap reads {SCHEMA_VERSION}",
                where=self.id,
                fix="Build it again with this version.",
            )
        self.months, self.no_data = read_months(connection)
        self.month_set = frozenset(self.months)
        self.latest_month = self.months[-1] if self.months else None
        self.categories: list[tuple[str, str, str, str]] = connection.execute(
            "SELECT url, name, coalesce(first_month, ''), coalesce(last_month, '9999-12') FROM categories"
        ).fetchall()
        self.known_categories = frozenset(
            {ALL_CRIME, *OFFENCE_SLUGS.values(), *(row[0] for row in self.categories if row[0])}
        )
        self.forces = Forces.read(connection)
        self.neighbourhoods = Neighbourhoods.read(connection, forces=self.forces, created_at=self.meta.get("created_at", ""))
        self.areas = Areas.read(connection)
        self.earlier_areas = Areas.read_earlier(connection)
        self.counts = Counts(connection)
        self.alignment = Alignment.read(connection)
        names = dict(connection.execute("SELECT force, name FROM forces").fetchall())
        self.force_ids = frozenset(names) | {key[2] for key in self.counts.forces()}
        for area_type, vintage, slug, force in self.counts.forces():
            self.areas.add_force(
                Area(
                    area_type=area_type,
                    vintage=vintage,
                    area_code=slug,
                    area_name=names.get(slug) or slug,
                    force=force or None,
                )
            )
        self.places = Places.read(connection)
        self.incidents: MonthCache[Month] = MonthCache(connection, self.places, limit_bytes=cache_bytes, read=read_incidents)
        tables = {row[0] for row in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()}
        #: None where the release is older than these tables.
        self.outcomes: MonthCache[Month] | None = None
        self.stops: MonthCache[StopsMonth] | None = None
        self.stop_forces: dict[str, list[str]] = {}
        if "outcomes" in tables:
            self.outcomes = MonthCache(connection, self.places, limit_bytes=cache_bytes // 4, read=read_outcomes)
        if "stops" in tables:
            self.stops = MonthCache(connection, self.places, limit_bytes=cache_bytes // 4, read=read_stops)
            for month, force in connection.execute("SELECT DISTINCT month, force FROM stops ORDER BY ALL").fetchall():
                self.stop_forces.setdefault(month, []).append(force)

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """Give a cursor of its own to one request."""
        cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    @property
    def postcodes(self) -> Postcodes:
        """The postcodes, read when they are first asked for: a server that is never asked keeps the memory."""
        with self._reading:
            if self._postcodes is None:
                with self.cursor() as cursor:
                    self._postcodes = Postcodes.read(cursor)
            return self._postcodes

    @cached_property
    def month_list(self) -> bytes:
        """The months held, newest first, each with the forces of which there are stops and searches."""
        return json_bytes(
            [{"date": month, "stop-and-search": self.stop_forces.get(month, [])} for month in reversed(self.months)]
        )

    def crime_outcomes(self, persistent_id: str) -> bytes | None:
        """Give a crime and what happened to it as JSON; nothing if it is not held, or outcomes are not."""
        if self.outcomes is None:
            return None
        with self.cursor() as cursor:
            return outcomes_for_crime(cursor, self.places, persistent_id)

    @cached_property
    def manifest(self) -> dict[str, Any] | None:
        """The release's manifest, where it has one."""
        try:
            value = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return value if isinstance(value, dict) else None

    def category_list(self, month: str) -> bytes:
        """Give the categories of a month, `all-crime` first, then in data.police.uk's order."""
        usual = {slug: place for place, slug in enumerate(CURRENT_OFFENCE_TYPES.values())}
        rows = sorted(
            {(url, name) for url, name, first, last in self.categories if url != ALL_CRIME and first <= month <= last},
            key=lambda row: (usual.get(row[0], len(usual)), row[1]),
        )
        return json_bytes([{"url": ALL_CRIME, "name": "All crime"}, *({"url": url, "name": name} for url, name in rows)])

    def close(self) -> None:
        """Let go of the file."""
        try:
            self._connection.close()
        except duckdb.Error:  # pragma: no cover - nothing else can be done
            _LOG.warning("release %s could not be closed", self.id)


def _unreadable(release_id: str) -> ReleaseError:
    return ReleaseError(
        "the release's database cannot be read", where=release_id, fix="Build it again, or activate another one."
    )
