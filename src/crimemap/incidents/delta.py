"""
The Delta tables of a workspace: made, listed, and changed in one commit at a time.

Files of rows are written first, beside the table, and moved into it just before the commit that makes them part of it; until
then they mean nothing. Each commit of a record table carries, in the same atomic step, the highest number of a load that it
holds and the next free incident number (Delta's application transactions). Whatever `loads` and `quarantine` say of later
loads is therefore not true yet, and is left out by readers and removed by the next writer.
"""

import json
import os
import shutil
import time
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake
from deltalake.transaction import AddAction, CommitProperties, RemoveAction, Transaction

from crimemap.errors import ConflictError
from crimemap.incidents.schema import PARTITIONS, RECORD_TABLES, SCHEMAS
from crimemap.workspace import Workspace

__all__ = ["Change", "Tables"]

_LOADS_MARK: Final = "crimemap.load_id"
_NEXT_MARK: Final = "crimemap.next_incident_id"
_OLD_HOURS: Final = 7 * 24


@dataclass(slots=True)
class Change:
    """What one commit will do to one record table."""

    adds: list[AddAction] = field(default_factory=list)
    removes: list[RemoveAction] = field(default_factory=list)
    staged: list[tuple[Path, Path]] = field(default_factory=list)
    last_load_id: int = 0


class Tables:
    """
    The Delta tables under `incidents/`.

    Parameters
    ----------
    workspace
        The workspace. Whoever changes anything holds its lock.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.root = workspace.incidents
        self._staging = self.root / ".staging"

    def exists(self, name: str) -> bool:
        """Say whether a table was ever made."""
        return (self.root / name / "_delta_log").is_dir()

    def open(self, name: str) -> DeltaTable | None:
        """Open a table as it is now; None if it was never made."""
        return DeltaTable(self.root / name) if self.exists(name) else None

    def create(self) -> None:
        """Make the tables that are not there yet."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, schema in SCHEMAS.items():
            if not self.exists(name):
                partitions = list(PARTITIONS) if name in RECORD_TABLES else None
                DeltaTable.create(self.root / name, schema=schema, partition_by=partitions, mode="ignore")

    @property
    def scratch(self) -> Path:
        """A folder for work in progress, gone when the run ends or the next begins."""
        return self._staging

    @cached_property
    def _files(self) -> dict[tuple[str, str, str, str], list[str]]:
        """Paths of files by table, force, month and source."""
        found: dict[tuple[str, str, str, str], list[str]] = {}
        for name in RECORD_TABLES:
            table = self.open(name)
            for action in pa.table(table.get_add_actions(flatten=True)).to_pylist() if table else ():
                source = action.get("min.source")
                if source is None or source != action.get("max.source"):
                    raise ConflictError(
                        "another program has rewritten the table: a file of it does not hold one source",
                        where=str(self.root / name),
                        fix="Restore the workspace from a copy, or start a new one and ingest again.",
                    )
                unit = (name, action["partition.force"], action["partition.month"], source)
                found.setdefault(unit, []).append(action["path"])
        return found

    def committed_load_id(self, name: str) -> int:
        """Give the highest number of a load that a record table holds; 0 if none."""
        table = self.open(name)
        return int((table.transaction_version(_LOADS_MARK) if table else None) or 0)

    def next_incident_id(self) -> int:
        """Give the lowest number that was never an incident's."""
        table = self.open("incidents")
        return int((table.transaction_version(_NEXT_MARK) if table else None) or 1)

    def files(self, name: str) -> list[Path]:
        """List the files of a table as it is now; none if it was never made."""
        table = self.open(name)
        # Not its `file_uris`: these are addresses, in which a blank or an accent of a folder's name is written otherwise.
        return [self.root / name / path for path in pa.table(table.get_add_actions())["path"].to_pylist()] if table else []

    def files_of(self, name: str, *, force: str, month: str, source: str) -> list[Path]:
        """List the files that hold one source's month of one force."""
        return [self.root / name / path for path in self._files.get((name, force, month, source), [])]

    def stage(self, change: Change, name: str, rows: pa.Table, *, force: str, month: str, source: str, load_id: int) -> None:
        """
        Write the rows that will take the place of one source's month of one force.

        Parameters
        ----------
        change
            The change that this becomes part of.
        rows
            The table's columns without its partitions; no row at all leaves the month empty.
        """
        now = int(time.time() * 1000)
        partition: dict[str, str | None] = {"month": month, "force": force}
        folder = f"month={month}/force={force}"
        change.removes += [
            RemoveAction(path, True, now, None, partition)  # noqa: FBT003 - the library's own order
            for path in self._files.get((name, force, month, source), [])
        ]
        if not rows.num_rows:
            return
        path = f"{folder}/{load_id:08d}-{uuid.uuid4().hex}.parquet"
        beside = self._staging / Path(path).name
        self._staging.mkdir(parents=True, exist_ok=True, mode=0o700)
        pq.write_table(
            rows,
            beside,
            compression={column: "none" if column == "key" else "zstd" for column in rows.column_names},
            store_schema=False,
            write_statistics=["id", "load_id", "place_id"],
            use_dictionary=[column for column in rows.column_names if column not in {"key", "crime_id", "id", "place_id"}],
        )
        change.staged.append((beside, self.root / name / path))
        stats = {
            "numRecords": rows.num_rows,
            "minValues": {"source": source},
            "maxValues": {"source": source},
            "nullCount": {},
        }
        change.adds.append(AddAction(path, beside.stat().st_size, partition, now, True, json.dumps(stats)))  # noqa: FBT003

    def append(self, name: str, rows: pa.Table) -> None:
        """Add rows to `loads` or `quarantine`; they hold once the record table's commit is there."""
        if rows.num_rows:
            write_deltalake(self.root / name, rows, mode="append", schema_mode=None)

    def commit(self, name: str, change: Change, *, next_incident_id: int | None = None) -> None:
        """Make a change part of a record table: all of it or nothing."""
        for beside, path in change.staged:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(beside, path)  # noqa: PTH105 - a move within one file system
        marks = [Transaction(_LOADS_MARK, change.last_load_id)]
        if next_incident_id is not None:
            marks.append(Transaction(_NEXT_MARK, next_incident_id))
        actions: list[Any] = [*change.removes, *change.adds]
        DeltaTable(self.root / name).create_write_transaction(
            actions,
            "append",
            SCHEMAS[name],
            partition_by=list(PARTITIONS),
            commit_properties=CommitProperties(app_transactions=marks),
        )

    def discard(self) -> None:
        """Forget what was staged and not committed, by this run or by one that was interrupted."""
        shutil.rmtree(self._staging, ignore_errors=True)

    def repair(self, name: str, predicate: str) -> None:
        """Delete rows of `loads` or `quarantine`."""
        DeltaTable(self.root / name).delete(predicate)

    def forget_old_files(self, name: str) -> None:
        """Delete files that no longer belong to the table and did not for a week."""
        DeltaTable(self.root / name).vacuum(retention_hours=_OLD_HOURS, dry_run=False)
