"""
A force's own file, gathered into months: batches go to a temporary database on disk, and come out a whole month at a time.

Keys are made within a month, so a month has to be seen as a whole; the file need not be.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from crimemap.errors import UnreadableFileError
from crimemap.incidents.clean import only
from crimemap.incidents.own_batches import batches, position_crs
from crimemap.incidents.own_rows import SortedBatch, sort_batch
from crimemap.incidents.own_source import OwnSource
from crimemap.incidents.police_uk import CleanRows, Rejected

__all__ = ["OwnMonths", "file_digest", "gather"]

_MOST = 0.5


@dataclass(slots=True, kw_only=True)
class OwnMonths:
    """The rows of one file by month: how many to store, which are for quarantine, and the former at hand."""

    path: Path
    con: duckdb.DuckDBPyConnection
    stored: dict[str, int] = field(default_factory=dict)
    rejected: dict[str | None, list[Rejected]] = field(default_factory=dict)

    def months(self) -> list[str]:
        """List the months of which there is something to store."""
        return sorted(self.stored)

    def rows(self, month: str, *, with_undated: bool) -> CleanRows:
        """Give the rows of a month; if asked, also those for quarantine that are of no month of which there is anything."""
        wanted = "SELECT * EXCLUDE (month) FROM rows WHERE month = $month ORDER BY n"
        table: pa.Table = self.con.sql(wanted, params={"month": month}).to_arrow_table()
        placed = only(table["lon_e6"]).is_valid().to_numpy(zero_copy_only=False)
        lon_e6, lat_e6 = (only(table[name]).fill_null(0).to_numpy() for name in ("lon_e6", "lat_e6"))
        rejected = list(self.rejected.get(month, ()))
        if with_undated:
            rejected += [row for other, rows in self.rejected.items() if other not in self.stored for row in rows]
        rejected.sort(key=lambda row: row.line)
        return CleanRows(
            table=table.drop_columns(["n", "lon_e6", "lat_e6"]),
            lon_e6=lon_e6.astype(np.int32),
            lat_e6=lat_e6.astype(np.int32),
            placed=placed,
            rejected=rejected,
            read=table.num_rows + len(rejected),
        )

    def close(self) -> None:
        """Let the temporary database go."""
        self.con.close()


def file_digest(path: Path, description: Path) -> tuple[str, str]:
    """Give the SHA-256 of a file, and one of the file and its description together."""
    with path.open("rb") as file:
        whole = hashlib.file_digest(file, "sha256").hexdigest()
    return whole, hashlib.sha256(f"{whole} {hashlib.sha256(description.read_bytes()).hexdigest()}".encode()).hexdigest()


def gather(path: Path, source: OwnSource, *, scratch: Path, progress: Callable[[int], None]) -> OwnMonths:
    """
    Read a file and sort its rows by month.

    Parameters
    ----------
    scratch
        A folder on the private side for what does not fit into memory.
    progress
        Is told the rows read so far.

    Raises
    ------
    UnreadableFileError
        If no row can be used, or most positions lie outside the United Kingdom.
    """
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Not called after the file: two of one command may have one name.
    con = duckdb.connect(scratch / f"{uuid.uuid4().hex}.duckdb", config={"memory_limit": "512MB"})
    con.execute("CREATE SEQUENCE numbers")
    months = OwnMonths(path=path, con=con)
    read = outside = placed = 0
    for part in _parts(path, source):
        read += part.table.num_rows + len(part.rejected)
        outside += part.outside
        placed += part.placed
        for month, row in part.rejected:
            months.rejected.setdefault(month, []).append(row)
        _keep(con, part.table)
        progress(read)
    if placed and outside > _MOST * placed:
        raise UnreadableFileError(
            f"{outside:,} of {placed:,} positions lie outside the United Kingdom",
            where=str(path),
            fix="Check crs in the TOML file, and whether its two position columns are exchanged.",
        )
    held = con.execute("SELECT month, count(*) FROM rows GROUP BY month").fetchall() if read else []
    months.stored = dict(held)
    if not months.stored:
        worst = min((row for rows in months.rejected.values() for row in rows), key=lambda row: row.line, default=None)
        said = f"none of its {read:,} rows can be used; line {worst.line:,}: {worst.reason}" if worst else "it has no row"
        raise UnreadableFileError(said, where=str(path), fix="Mend the file, or its description in the TOML file.")
    return months


def _parts(path: Path, source: OwnSource) -> Iterator[SortedBatch]:
    crs = position_crs(path, source)
    return (sort_batch(batch, source, crs) for batch in batches(path, source))


def _keep(con: duckdb.DuckDBPyConnection, table: pa.Table) -> None:
    con.register("part", table)
    exists = con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'rows'").fetchone()
    if exists and exists[0]:
        con.execute("INSERT INTO rows SELECT nextval('numbers') AS n, * FROM part")
    else:
        con.execute("CREATE TABLE rows AS SELECT nextval('numbers') AS n, * FROM part")
    con.unregister("part")
