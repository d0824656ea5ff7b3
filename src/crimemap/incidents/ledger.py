"""The ledger of loads: which archive each source's month of each force came from, and whether a new one takes its place."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime

import pyarrow as pa

from crimemap.incidents.delta import Tables
from crimemap.incidents.police_uk import Rejected
from crimemap.incidents.schema import LOADS, QUARANTINE, RECORD_TABLES

__all__ = ["Ledger", "Load", "UnitName"]

#: Table, source, force, month.
UnitName = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One source's month of one force, from one file."""

    load_id: int
    table_name: str
    force: str
    month: str
    source: str
    kind: str
    archive: str
    archive_sha256: str
    archive_month: str
    member: str
    digest: str
    read: int
    stored: int
    quarantined: int
    loaded_at: datetime
    path: str = ""
    rejected: tuple[Rejected, ...] = field(default=(), repr=False)

    @property
    def unit(self) -> UnitName:
        """What it holds."""
        return (self.table_name, self.source, self.force, self.month)


class Ledger:
    """
    What was loaded, as far as it is committed.

    Parameters
    ----------
    tables
        The tables, which exist.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        committed = {name: tables.committed_load_id(name) for name in RECORD_TABLES}
        table = tables.open("loads")
        rows = pa.table(table.to_pyarrow_table()).to_pylist() if table is not None else []
        held = [row for row in rows if row["load_id"] <= committed[row["table_name"]]]
        self.unfinished = sorted(row["load_id"] for row in rows if row["load_id"] > committed[row["table_name"]])
        self.next_load_id = max([0, *committed.values(), *(row["load_id"] for row in rows)]) + 1
        self.current: dict[UnitName, Load] = {}
        self._units_of_digest: dict[tuple[str, str], set[UnitName]] = {}
        for row in sorted(held, key=lambda row: (row["load_id"], row["archive_month"])):
            load = Load(**row)
            self.current[load.unit] = load
            self._units_of_digest.setdefault((load.source, load.digest), set()).add(load.unit)

    def repair(self) -> None:
        """Remove what an interrupted run announced and did not commit."""
        if self.unfinished:
            predicate = f"load_id IN ({', '.join(map(str, self.unfinished))})"
            self._tables.repair("quarantine", predicate)
            self._tables.repair("loads", predicate)
            self.unfinished = []

    def verdict(self, unit: UnitName, *, archive_month: str, digest: str) -> str:
        """
        Say what becomes of a file that holds a unit.

        Returns
        -------
        str
            `unchanged` if this very content is loaded; `superseded` if a later archive's is; else `loaded`.
        """
        held = self.current.get(unit)
        if held is None:
            return "loaded"
        if held.archive_month > archive_month:
            return "superseded"
        return "unchanged" if held.digest == digest else "loaded"

    def holds_all_of(self, source: str, digest: str) -> bool:
        """Say whether a file of several months was loaded and everything that came from it is still there."""
        units = self._units_of_digest.get((source, digest), set())
        return bool(units) and all(self.current[unit].digest == digest for unit in units)

    def kind_of(self, source: str) -> str | None:
        """Say whether a source was loaded as open or confidential; None if never."""
        return next((load.kind for load in self.current.values() if load.source == source), None)

    def announce(self, loads: Iterable[Load]) -> None:
        """
        Write loads and their quarantined rows; they hold once their record tables are committed.

        Loads come first: what is quarantined under a number that no load has would not be found and removed again.
        """
        every = list(loads)
        self._say(every)
        quarantine = [
            {"load_id": load.load_id, "path": load.path, "line": row.line, "reason": row.reason, "raw": row.raw}
            for load in every
            for row in load.rejected
        ]
        self._tables.append("quarantine", pa.Table.from_pylist(quarantine, schema=QUARANTINE))

    def confirm(self, loads: Iterable[Load]) -> None:
        """Write again what is loaded, under the later archives that hold the same: none in between may take its place."""
        self._say(loads)

    def _say(self, loads: Iterable[Load]) -> None:
        rows = [
            {name: value for name, value in asdict(replace(load, rejected=())).items() if name in LOADS.names}
            for load in loads
        ]
        self._tables.append("loads", pa.Table.from_pylist(rows, schema=LOADS))


def utc_now() -> datetime:
    """Give the time in UTC without saying so, as the tables hold it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
