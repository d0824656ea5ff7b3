"""The postcodes of a release in memory: found by their letters, by where they are, and with what they lie in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api.store.places import runs
from crimemap.errors import ReleaseError
from crimemap.products.inputs import MEMBERSHIP_TYPES

__all__ = ["FURTHEST_M", "Membership", "Outcode", "Postcodes", "compact", "spaced"]

_LENGTH: Final = 7
_INWARD: Final = 3
_CELL_M: Final = 1_000
_COLUMNS: Final = 1_024
#: How far away the nearest postcodes are looked for, at most.
FURTHEST_M: Final = 20_000.0
_FIRST_M: Final = 500.0
_FULL: Final = re.compile(rb"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")
_BEGINNING: Final = re.compile(rb"[A-Z0-9]{1,7}")

Rows = NDArray[np.int64]


def compact(text: str) -> bytes | None:
    """
    Write a postcode without its space; nothing where it is none.

    Examples
    --------
    >>> compact("cf10 1aa"), compact("CF10"), compact("€10 1AA")
    (b'CF101AA', None, None)
    """
    if not text.isascii():
        return None  # some letters have several as their capitals
    code = "".join(text.upper().split()).encode()
    return code if _FULL.fullmatch(code) else None


def spaced(code: bytes) -> str:
    """
    Write a postcode as the Post Office does.

    Examples
    --------
    >>> spaced(b"CF101AA")
    'CF10 1AA'
    """
    text = code.decode().rstrip()
    return f"{text[:-_INWARD]} {text[-_INWARD:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What postcodes lie in: codes as published with them, and numbers of the release's areas by type."""

    country_code: str | None
    county_code: str | None
    district_code: str | None
    ward_code: str | None
    lsoa_code: str | None
    areas: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcode:
    """An outward code: the rows of its postcodes and their mean position, metres."""

    code: str
    rows: Rows
    easting: float
    northing: float


class Postcodes:
    """
    Postcodes in the order of their letters and digits; a postcode's row is its place in it.

    Parameters
    ----------
    code
        Shape (n,). Seven bytes each, without the space, blanks behind; ascending.
    easting, northing
        Shape (n,). Metres, EPSG:27700.
    quality
        Shape (n,). 1 best to 6, as the Office for National Statistics counts it.
    membership
        Shape (n,). Place in `memberships`.
    memberships
        What postcodes lie in.
    names
        Of codes.
    """

    def __init__(
        self,
        *,
        code: NDArray[np.bytes_],
        easting: NDArray[np.int32],
        northing: NDArray[np.int32],
        quality: NDArray[np.uint8],
        membership: NDArray[np.int32],
        memberships: list[Membership],
        names: Mapping[str, str],
    ) -> None:
        self.code = code
        self.easting = easting
        self.northing = northing
        self.quality = quality
        self.membership = membership
        self.memberships = memberships
        self.names = names
        cell = (northing.astype(np.int64) // _CELL_M) * _COLUMNS + easting // _CELL_M
        self._by_cell = np.argsort(cell, kind="stable").astype(np.int32)
        self._cell = cell[self._by_cell].astype(np.int32)

    @classmethod
    def read(cls, connection: Any) -> "Postcodes":
        """Read the postcodes of an open release: none where it has none, or is older than they are."""
        tables = {row[0] for row in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()}
        if "postcodes" not in tables:
            return cls.none()
        rows = connection.sql(
            f"""SELECT rpad(replace(postcode, ' ', ''), {_LENGTH}, ' ') AS code, easting, northing,
                       (quality // 10)::UTINYINT AS quality, membership FROM postcodes"""  # noqa: S608 - a number of ours
        ).to_arrow_table()
        code = _letters(rows["code"])
        if not (code[1:] > code[:-1]).all():
            raise ReleaseError("the postcodes of the release are not in order", fix="Build it again.")
        return cls(
            code=code,
            easting=rows["easting"].to_numpy().astype(np.int32),
            northing=rows["northing"].to_numpy().astype(np.int32),
            quality=rows["quality"].to_numpy().astype(np.uint8),
            membership=rows["membership"].to_numpy().astype(np.int32),
            memberships=_memberships(connection),
            names=dict(connection.execute("SELECT code, name FROM code_names").fetchall()),
        )

    @classmethod
    def none(cls) -> "Postcodes":
        """Give no postcodes."""
        nothing = np.empty(0, dtype=np.int32)
        return cls(
            code=np.empty(0, dtype=f"S{_LENGTH}"),
            easting=nothing,
            northing=nothing,
            quality=np.empty(0, dtype=np.uint8),
            membership=nothing,
            memberships=[],
            names={},
        )

    def __len__(self) -> int:
        """Count the postcodes."""
        return int(self.code.size)

    def find(self, text: str) -> int | None:
        """Give the row of a postcode, written in whatever way; nothing where it is none or not here."""
        code = compact(text)
        if code is None or not len(self):
            return None
        row = int(np.searchsorted(self.code, code.ljust(_LENGTH)))
        return row if row < len(self) and self.code[row] == code.ljust(_LENGTH) else None

    def membership_of(self, row: int) -> Membership:
        """Say what a postcode lies in."""
        return self.memberships[int(self.membership[row])]

    def beginning(self, text: str, *, limit: int) -> Rows:
        """
        Find postcodes by how they begin.

        An outward code that is one (`E1`) gives its own postcodes only; with a space (`E1 6`) the space counts; otherwise
        letters and digits do. A whole postcode gives itself.

        Parameters
        ----------
        limit
            How many, at most: the first.
        """
        words = [word.encode("ascii", "replace") for word in text.upper().split()]
        code = b"".join(words)
        if not _BEGINNING.fullmatch(code):
            return np.empty(0, dtype=np.int64)
        start, end = self._range(code)
        if len(words) == 1:
            own = self.of_outward(code, start, end)
            found = own if own.size else np.arange(start, min(end, start + limit), dtype=np.int64)
        else:
            found = self.of_outward(words[0], start, end) if len(words) == 2 else np.empty(0, dtype=np.int64)  # noqa: PLR2004
        exact = found[self.code[found] == code.ljust(_LENGTH)]
        return exact if exact.size else found[:limit]

    def of_outward(self, outward: bytes, start: int, end: int) -> Rows:
        """Give those rows from `start` to `end` whose outward code this is, being the letters that they all begin with."""
        letters = self.code[start:end].view(np.uint8).reshape(-1, _LENGTH)
        length = (letters != ord(" ")).sum(axis=1)
        return start + np.flatnonzero(length == len(outward) + _INWARD)

    def outcode(self, text: str) -> Outcode | None:
        """Describe an outward code; nothing where there is no postcode of it."""
        code = "".join(text.upper().split()).encode("ascii", "replace")
        if not _BEGINNING.fullmatch(code):
            return None
        rows = self.of_outward(code, *self._range(code))
        return self._described(code, rows) if rows.size else None

    def _described(self, code: bytes, rows: Rows) -> Outcode:
        return Outcode(
            code=code.decode(),
            rows=rows,
            easting=float(self.easting[rows].mean()),
            northing=float(self.northing[rows].mean()),
        )

    def _range(self, beginning: bytes) -> tuple[int, int]:
        start = int(np.searchsorted(self.code, beginning))
        return start, max(start, int(np.searchsorted(self.code, beginning.ljust(_LENGTH, b"~"), side="right")))

    def within(self, easting: float, northing: float, *, distance_m: float, limit: int) -> tuple[Rows, NDArray[np.float64]]:
        """
        Find the nearest postcodes within a distance: rows, and how far away each is in metres.

        Of postcodes equally near, those first in the order of letters and digits.
        """
        found = self._near(easting, northing, distance_m)
        away = np.hypot(self.easting[found] - easting, self.northing[found] - northing)
        inside = away <= distance_m
        found, away = found[inside], away[inside]
        order = np.lexsort((found, away))[:limit]
        return found[order], away[order]

    def nearest(self, easting: float, northing: float, *, limit: int) -> tuple[Rows, NDArray[np.float64]]:
        """Find the nearest postcodes, no further away than `FURTHEST_M`."""
        distance = _FIRST_M
        while True:
            found = self.within(easting, northing, distance_m=distance, limit=limit)
            if found[0].size >= limit or distance >= FURTHEST_M:
                return found
            distance = min(2 * distance, FURTHEST_M)

    def _near(self, easting: float, northing: float, distance_m: float) -> Rows:
        if not (np.isfinite(easting) and np.isfinite(northing) and len(self)):
            return np.empty(0, dtype=np.int64)
        west, east = (int(np.clip((easting + by) // _CELL_M, 0, _COLUMNS - 1)) for by in (-distance_m, distance_m))
        south, north = (int(np.clip((northing + by) // _CELL_M, -1, 2 * _COLUMNS)) for by in (-distance_m, distance_m))
        rows = np.arange(south, north + 1, dtype=np.int64) * _COLUMNS
        starts = np.searchsorted(self._cell, rows + west, side="left")
        ends = np.searchsorted(self._cell, rows + east, side="right")
        return self._by_cell[runs(starts, ends)].astype(np.int64)

    @cached_property
    def outcodes(self) -> list[Outcode]:
        """Every outward code, with the mean position of its postcodes."""
        letters = self.code.view(np.uint8).reshape(-1, _LENGTH)
        length = (letters != ord(" ")).sum(axis=1) - _INWARD
        kept = np.where(np.arange(4) < length[:, None], letters[:, :4], ord(" ")).astype(np.uint8)
        outward = np.ascontiguousarray(kept).view("S4").ravel()
        order = np.argsort(outward, kind="stable")
        names, starts = np.unique(outward[order], return_index=True)
        ends = [*starts[1:].tolist(), len(order)]
        return [
            self._described(bytes(name).rstrip(), order[start:end])
            for name, start, end in zip(names, starts.tolist(), ends, strict=False)
        ]


def _letters(column: Any) -> NDArray[np.bytes_]:
    """Take texts of the same length out of Arrow's memory as they lie, without making a million Python texts of them."""
    chunks = [chunk for chunk in column.chunks if len(chunk)]
    whole = b"".join(
        memoryview(chunk.buffers()[2])[chunk.offset * _LENGTH : (chunk.offset + len(chunk)) * _LENGTH] for chunk in chunks
    )
    return np.frombuffer(whole, dtype=f"S{_LENGTH}")


def _memberships(connection: Any) -> list[Membership]:
    rows = connection.execute("SELECT * FROM postcode_memberships ORDER BY membership")
    columns = [column[0] for column in rows.description]
    return [_membership(dict(zip(columns, row, strict=True))) for row in _batches(rows)]


def _batches(rows: Any) -> Iterator[tuple[Any, ...]]:
    while batch := rows.fetchmany(10_000):
        yield from batch


def _membership(row: Mapping[str, Any]) -> Membership:
    return Membership(
        country_code=row["country_code"],
        county_code=row["county_code"],
        district_code=row["district_code"],
        ward_code=row["ward_code"],
        lsoa_code=row["lsoa_code"],
        areas={kind: row[kind] for kind in MEMBERSHIP_TYPES if row[kind] is not None},
    )
