"""
The incidents of a force as the table was at some version of it.

Every commit of the table is a version. Files that a later one took out are kept for a week, so that long a version can
still be read, row by row as it was. What counts is settled for that moment too: where several sources hold a month, a
force's own records count and published ones do not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from crimemap.errors import NotFoundError
from crimemap.incidents.delta import Tables
from crimemap.workspace import Workspace

__all__ = ["ForgottenError", "HeldMonth", "RecordsAt", "latest_records", "records_at"]

_TABLE = "incidents"


class ForgottenError(NotFoundError):
    """A version of the table can no longer be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMonth:
    """The source that counts for a month, and the files that hold it (none where it was there and empty)."""

    source: str
    kind: str
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsAt:
    """
    What counted for one force at one version.

    Attributes
    ----------
    table
        Which table it is: a workspace that was made anew has another.
    version
        The version of the table.
    months
        Months of which something was known. A month that is not here is one of no data.
    """

    table: str
    version: int
    force: str
    months: Mapping[str, HeldMonth]


def latest_records(workspace: Workspace, *, force: str) -> RecordsAt:
    """
    Give what counts for a force now.

    Raises
    ------
    NotFoundError
        If the workspace never held an incident.
    """
    version = _latest_version(workspace)
    if version is None:
        raise NotFoundError("this workspace holds no incidents", fix="Load some with 'crimemap ingest'.")
    return _kept(workspace.root.as_posix(), version, _written(workspace, version), force)


def records_at(workspace: Workspace, *, force: str, table: str, version: int) -> RecordsAt:
    """
    Give what counted for a force at a version.

    Raises
    ------
    ForgottenError
        If the version is of another table, or its files are gone.
    """
    try:
        found = _kept(workspace.root.as_posix(), version, _written(workspace, version), force)
    except (DeltaError, OSError):
        raise _forgotten() from None
    if found.table != table or not all(path.exists() for month in found.months.values() for path in month.files):
        raise _forgotten()
    return found


def _log(workspace: Workspace) -> Path:
    return workspace.incidents / _TABLE / "_delta_log"


def _latest_version(workspace: Workspace) -> int | None:
    log = _log(workspace)
    return max((int(path.stem) for path in log.glob("*.json") if path.stem.isdigit()), default=None)


def _written(workspace: Workspace, version: int) -> int:
    """Say when a version was written: in a workspace that was made anew, the same number is another version."""
    return (_log(workspace) / f"{version:020d}.json").stat().st_mtime_ns


@lru_cache(maxsize=256)
def _kept(root: str, version: int, written: int, force: str) -> RecordsAt:  # noqa: ARG001 - part of the key
    """Read a version, which never changes, once."""
    tables = Tables(Workspace(root))
    return _records(tables, DeltaTable(tables.root / _TABLE, version=version), force)


def _forgotten() -> ForgottenError:
    return ForgottenError("this is of a state that is no longer kept", fix="Read everything again, without it.")


def _records(tables: Tables, table: DeltaTable, force: str) -> RecordsAt:
    files: dict[tuple[str, str], list[Path]] = {}
    for action in pa.table(table.get_add_actions(flatten=True)).to_pylist():
        if action["partition.force"] == force:
            unit = (action["partition.month"], action["min.source"])
            files.setdefault(unit, []).append(tables.root / _TABLE / action["path"])
    committed = int(table.transaction_version("crimemap.load_id") or 0)
    months = {
        month: HeldMonth(source=source, kind=kind, files=tuple(sorted(files.get((month, source), ()))))
        for month, source, kind in _counting(tables.files("loads"), force, committed)
    }
    return RecordsAt(table=str(table.metadata().id), version=table.version(), force=force, months=months)


def _counting(loads: list[Path], force: str, committed: int) -> list[tuple[str, str, str]]:
    """List month, source and kind of what counts, as the view `coverage` would have it with loads up to `committed`."""
    if not loads:
        return []
    with duckdb.connect() as con:
        return con.execute(
            """
            WITH current AS (
                SELECT month, source, kind, stored, read FROM read_parquet($files, hive_partitioning = false)
                WHERE table_name = 'incidents' AND force = $force AND load_id <= $committed
                QUALIFY row_number() OVER (PARTITION BY source, month ORDER BY load_id DESC) = 1
            )
            SELECT month, source, kind FROM current WHERE stored > 0 OR read = 0
            QUALIFY row_number() OVER (PARTITION BY month ORDER BY kind, source) = 1 ORDER BY month""",
            {"files": [str(path) for path in loads], "force": force, "committed": committed},
        ).fetchall()
