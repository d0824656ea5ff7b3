"""
The comparison of a release's boundary sets: documents and maps as they are stored, and what merger planners work on.

Documents are stored in English; in another language that is spoken, their sentences are put in.
"""

import gzip
import json
from collections import OrderedDict
from threading import Lock
from typing import Any, Final

import geopandas as gpd

from api.store.texts import json_bytes
from crimemap.alignment.mergers.planning import Planning
from crimemap.language import ENGLISH, language
from crimemap.products.alignment_bricks import brick_shapes, bricks_map
from crimemap.products.alignment_planning import read_planning
from crimemap.products.alignment_words import LADDER, OVERVIEW, PAIR, PLANNING, read_words

__all__ = ["Alignment"]

#: Plannings kept in memory: a planner works with one pair of sets, and several planners with few.
_KEPT: Final = 4
_LEVEL: Final = 1


class Alignment:
    """
    What a release says of its boundary sets.

    Parameters
    ----------
    connection
        The open release.
    overview
        The document that lists sets and pairs, in English.
    """

    def __init__(self, connection: Any, overview: dict[str, Any]) -> None:
        self._connection = connection
        self._overview = overview
        self.sets: Final = frozenset(str(one["set_id"]) for one in overview["sets"])
        self.planned: Final = frozenset((str(one["units"]), str(one["targets"])) for one in overview["planning"])
        self._plannings: OrderedDict[tuple[str, str], Planning] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def read(cls, connection: Any) -> "Alignment | None":
        """Read what an open release has of it: nothing where it is older than that, or had nothing to compare."""
        (there,) = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_name = 'alignment'"
        ).fetchone()
        if not there:
            return None
        row = connection.execute("SELECT document FROM alignment WHERE name = 'overview'").fetchone()
        return None if row is None else cls(connection, json.loads(gzip.decompress(row[0])))

    def overview(self) -> dict[str, Any]:
        """Give the document that lists sets and pairs."""
        return self._overview | self._words(OVERVIEW)

    def ladder(self) -> bytes | None:
        """Give the ladder's document, compressed; nothing where there is no ladder."""
        return self._worded(self._one("SELECT document FROM alignment WHERE name = $name", name="ladder"), LADDER)

    def set_map(self, set_id: str) -> bytes | None:
        """Give the areas of a set as GeoJSON, compressed."""
        return self._one("SELECT map FROM alignment_sets WHERE set_id = $set_id", set_id=set_id)

    def pair(self, source: str, target: str) -> bytes | None:
        """Give what is said of a pair of sets, compressed."""
        stored = self._one(
            "SELECT document FROM alignment_pairs WHERE source = $source AND target = $target", source=source, target=target
        )
        return self._worded(stored, PAIR, source, target)

    def pair_map(self, source: str, target: str) -> bytes | None:
        """Give the pieces of a pair of sets as GeoJSON, compressed."""
        return self._one(
            "SELECT map FROM alignment_pairs WHERE source = $source AND target = $target", source=source, target=target
        )

    def planning_document(self, units: str, targets: str) -> bytes | None:
        """Give what is said of the units and targets of a planning, compressed."""
        stored = self._one(
            "SELECT document FROM planning WHERE unit_set = $units AND target_set = $targets", units=units, targets=targets
        )
        return self._worded(stored, PLANNING, units, targets)

    def planning(self, units: str, targets: str) -> Planning:
        """
        Give what a planner works on, read once and kept.

        Raises
        ------
        NotFoundError
            If the release has none for these sets.
        """
        key = units, targets
        with self._lock:
            held = self._plannings.get(key)
            if held is None:
                cursor = self._connection.cursor()
                try:
                    held = read_planning(cursor, units, targets)
                finally:
                    cursor.close()
                self._plannings[key] = held
            self._plannings.move_to_end(key)
            while len(self._plannings) > _KEPT:
                self._plannings.popitem(last=False)
        return held

    def bricks(self, units: str, targets: str, unit: str) -> bytes | None:
        """
        Draw the small areas of a unit as GeoJSON, compressed; None where the release has no shapes of them.

        Raises
        ------
        NotFoundError
            If mergers cannot be planned with these sets, or there is no such unit.
        """
        planning = self.planning(units, targets)
        cursor = self._connection.cursor()
        try:
            return bricks_map(cursor, planning, unit)
        finally:
            cursor.close()

    def brick_shapes(self, codes: list[str]) -> gpd.GeoDataFrame | None:
        """Give small areas as they are drawn, by code, EPSG:27700; None where the release has no shapes of them."""
        cursor = self._connection.cursor()
        try:
            return brick_shapes(cursor, codes)
        finally:
            cursor.close()

    def _worded(self, packed: bytes | None, document: str, *sets: str) -> bytes | None:
        """Put the sentences of the language that is spoken into a document; it stays as it is where there are none."""
        words = {} if packed is None else self._words(document, *sets)
        if packed is None or not words:
            return packed
        return gzip.compress(json_bytes(json.loads(gzip.decompress(packed)) | words), _LEVEL)

    def _words(self, document: str, source: str = "", target: str = "") -> dict[str, Any]:
        if language() == ENGLISH:
            return {}
        cursor = self._connection.cursor()
        try:
            return read_words(cursor, document, (source, target), language=language())
        finally:
            cursor.close()

    def _one(self, sql: str, **values: str) -> bytes | None:
        cursor = self._connection.cursor()
        try:
            row = cursor.execute(sql, values).fetchone()
        finally:
            cursor.close()
        return None if row is None else bytes(row[0])
