"""
Postcodes of England and Wales with their positions, from Code-Point Open.

Every row read is stored, kept apart because it has no position (quality 90), left out because it lies in Scotland, or
quarantined with its file, line and reason; the four counts add up to the rows read. A position is the mean of the addresses
of the postcode (quality 10) or coarser. Source: Ordnance Survey, Code-Point Open technical specification.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from crimemap.areas.code_list import names_of_codes
from crimemap.areas.code_point import FIELDS, Table, code_list, dataset_version, tables
from crimemap.errors import NotFoundError, UnreadableFileError
from crimemap.workspace import Workspace

__all__ = ["ATTRIBUTION", "PostcodeCounts", "PostcodeStore", "add_postcodes", "canonical_postcode"]

ATTRIBUTION: Final = (
    "Contains OS data © Crown copyright and database right; contains Royal Mail data © Royal Mail copyright and database "
    "right; contains National Statistics data © Crown copyright and database right"
)
_POSTCODE: Final = r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}"
_TYPED: Final = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})\Z", re.ASCII)
_ENGLAND_AND_WALES: Final = ("E92000001", "W92000004")
_SCOTLAND: Final = "S92000003"
_NO_POSITION: Final = 90
_QUALITIES: Final = (10, 20, 30, 40, 50, 60, _NO_POSITION)
_EAST_M: Final = 700_000
_NORTH_M: Final = 1_300_000
_METADATA: Final = b"crimemap"
_CODES: Final = ("country_code", "county_code", "district_code", "ward_code")


@dataclass(slots=True, kw_only=True)
class PostcodeCounts:
    """Rows of a Code-Point Open file: `read` is the sum of the other four."""

    read: int = 0
    stored: int = 0
    without_position: int = 0
    outside: int = 0
    quarantined: int = 0


@dataclass(slots=True)
class _Sorted:
    located: list[pd.DataFrame] = field(default_factory=list)
    unlocated: list[pd.DataFrame] = field(default_factory=list)
    outside: int = 0
    quarantine: list[dict[str, Any]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def canonical_postcode(text: str) -> str | None:
    """
    Write a postcode as the Post Office does, or say None where it is none.

    Examples
    --------
    >>> canonical_postcode("cf10 1aa"), canonical_postcode("EC1A1BB"), canonical_postcode("CF10")
    ('CF10 1AA', 'EC1A 1BB', None)
    """
    match = _TYPED.match("".join(text.upper().split()))
    return f"{match[1]} {match[2]}" if match else None


def _reasons(rows: pd.DataFrame) -> NDArray[np.object_]:
    """Say of every row why it cannot be used: '' where it can."""
    country = rows["country_code"]
    quality = rows["quality"]
    placed = (
        rows["easting"].between(0, _EAST_M)
        & rows["northing"].between(0, _NORTH_M)
        & (rows["easting"] + rows["northing"] > 0)
    )
    return np.select(
        [
            ~rows["postcode"].str.fullmatch(_POSTCODE).to_numpy(dtype=bool),
            ~country.isin((*_ENGLAND_AND_WALES, _SCOTLAND)).to_numpy(dtype=bool),
            ~quality.isin(_QUALITIES).to_numpy(dtype=bool),
            ~(placed | (quality == _NO_POSITION)).to_numpy(dtype=bool),
        ],
        [
            "not a postcode",
            "not a country of Great Britain",
            "not a quality that Code-Point Open has",
            "no position on the National Grid",
        ],
        "",
    ).astype(object)


def _mark_repeated(postcodes: list[str], reasons: NDArray[np.object_], seen: set[str]) -> None:
    for at in np.flatnonzero(reasons == ""):
        if postcodes[at] in seen:
            reasons[at] = "the postcode came before"
        seen.add(postcodes[at])


def _sort_out(table: Table, into: _Sorted) -> None:
    into.quarantine += [
        {
            "path": table.name,
            "line": line,
            "reason": f"{len(row)} columns instead of {len(table.columns)}",
            "raw": ",".join(row),
        }
        for line, row in table.unreadable
    ]
    if not table.rows:
        return
    raw = pd.DataFrame(table.rows, columns=list(table.columns), dtype="str")
    rows = pd.DataFrame({ours: raw[theirs].str.strip() for theirs, ours in FIELDS.items()})
    for name in ("quality", "easting", "northing"):
        rows[name] = pd.to_numeric(rows[name], errors="coerce")
    reasons = _reasons(rows)
    _mark_repeated(rows["postcode"].tolist(), reasons, into.seen)
    for at in np.flatnonzero(reasons != ""):
        into.quarantine.append(
            {"path": table.name, "line": table.lines[at], "reason": str(reasons[at]), "raw": ",".join(table.rows[at])}
        )
    here = (reasons == "") & rows["country_code"].isin(_ENGLAND_AND_WALES).to_numpy(dtype=bool)
    into.outside += int(((reasons == "") & ~here).sum())
    unlocated = here & (rows["quality"] == _NO_POSITION).to_numpy(dtype=bool)
    into.located.append(rows[here & ~unlocated])
    into.unlocated.append(rows[unlocated])


def _frame(parts: list[pd.DataFrame], *, located: bool) -> pd.DataFrame:
    columns = list(FIELDS.values())
    joined = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    joined[list(_CODES)] = joined[list(_CODES)].replace({"": None})
    if not located:
        return joined[["postcode", *_CODES]].sort_values("postcode", ignore_index=True)
    typed = joined.round({"easting": 0, "northing": 0}).astype({"quality": "int8", "easting": "int32", "northing": "int32"})
    return typed[columns].sort_values("postcode", ignore_index=True)


def add_postcodes(workspace: Workspace, path: Path) -> dict[str, Any]:
    """
    Read Code-Point Open into a workspace, in place of what was there.

    Parameters
    ----------
    path
        The zip as published, the folder unpacked from it, or one CSV of it.

    Returns
    -------
    dict
        `read`, `stored`, `without_position`, `outside`, `quarantined`, and where the data came from.

    Raises
    ------
    CrimemapError
        If the file cannot be used, or holds no postcode of England or Wales; nothing is changed then.
    """
    found, read = _Sorted(), 0
    for table in tables(path):
        _sort_out(table, found)
        read += len(table.rows) + len(table.unreadable)
    located, unlocated = _frame(found.located, located=True), _frame(found.unlocated, located=False)
    counts = PostcodeCounts(
        read=read,
        stored=len(located),
        without_position=len(unlocated),
        outside=found.outside,
        quarantined=len(found.quarantine),
    )
    if not len(located):
        raise UnreadableFileError(
            f"none of its {counts.read:,} rows is a postcode of England or Wales with a position",
            where=str(path),
            fix="Give Code-Point Open as published (CSV).",
        )
    about = asdict(counts) | {
        "source_file": path.name,
        "sha256": _sha256(path),
        "version": dataset_version(path),
        "publisher": "Ordnance Survey",
        "licence": "Open Government Licence v3.0",
        "attribution": ATTRIBUTION,
        "added_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    listed = code_list(path)
    names = {} if listed is None else names_of_codes(listed)
    store = PostcodeStore(workspace)
    with workspace.writing():
        store.write_names(names)
        store.write(located, unlocated, pd.DataFrame(found.quarantine, columns=["path", "line", "reason", "raw"]), about)
    return about | {"file": str(store.path)}


def _sha256(path: Path) -> str | None:
    if path.is_dir():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class PostcodeStore:
    """
    The postcodes of a workspace.

    `lookups/postcodes.parquet` holds those with a position, `postcodes-without-position.parquet` those of quality 90,
    `postcodes-quarantine.parquet` the rows that could not be used, `postcode-code-names.parquet` what codes are called.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.lookups

    @property
    def path(self) -> Path:
        """Give the file of postcodes with a position."""
        return self._folder / "postcodes.parquet"

    def write(self, located: pd.DataFrame, unlocated: pd.DataFrame, quarantine: pd.DataFrame, about: dict[str, Any]) -> None:
        """Keep the three tables, that of the postcodes with a position last. The caller holds the workspace's lock."""
        self._put(self._folder / "postcodes-quarantine.parquet", pa.Table.from_pandas(quarantine, preserve_index=False))
        self._put(self._folder / "postcodes-without-position.parquet", pa.Table.from_pandas(unlocated, preserve_index=False))
        table = pa.Table.from_pandas(located, preserve_index=False)
        metadata = {**(table.schema.metadata or {}), _METADATA: json.dumps(about).encode()}
        self._put(self.path, table.replace_schema_metadata(metadata))

    def write_names(self, names: Mapping[str, str]) -> None:
        """Keep the names of the codes. The caller holds the workspace's lock."""
        frame = pd.DataFrame({"code": list(names), "name": list(names.values())}, dtype="str").sort_values("code")
        self._put(self._names, pa.Table.from_pandas(frame, preserve_index=False))

    def names(self) -> dict[str, str]:
        """Read the names of the codes of counties, districts and wards; none where they were not with the postcodes."""
        if not self._names.is_file():
            return {}
        frame = pd.read_parquet(self._names)
        return dict(zip(frame["code"], frame["name"], strict=True))

    @property
    def _names(self) -> Path:
        return self._folder / "postcode-code-names.parquet"

    def _put(self, path: Path, table: Any) -> None:
        partial = path.with_name(f".{path.name}.part")
        try:
            pq.write_table(table, partial, compression="zstd")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def about(self) -> dict[str, Any] | None:
        """Say where the postcodes came from and how many there are; None where there are none."""
        if not self.path.is_file():
            return None
        held = (pq.read_schema(self.path).metadata or {}).get(_METADATA)
        return dict(json.loads(held)) if held else None

    def read(self) -> pd.DataFrame:
        """
        Read the postcodes that have a position.

        Returns
        -------
        pandas.DataFrame
            `postcode` (sorted, unique), `quality` (10 best to 60), `easting` and `northing` (EPSG:27700 metres),
            `country_code`, `county_code`, `district_code`, `ward_code` (null where there is none).

        Raises
        ------
        NotFoundError
            If none were added.
        """
        if not self.path.is_file():
            raise NotFoundError(
                "there are no postcodes in this workspace",
                where=str(self._folder),
                fix="Say 'crimemap fetch postcodes', or 'crimemap postcodes add FILE' with Code-Point Open.",
            )
        return pd.read_parquet(self.path)
