"""
The record of every access to the private side: who, when, about which area and months, how many rows, and what for.

Rows are only ever added: the database refuses to change or remove one, and each row carries a hash over itself and the row
before it, so that a file that was changed some other way no longer adds up. It holds no incident, no place and no token.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from crimemap.workspace import Workspace

__all__ = ["Access", "AuditLog"]

_COLUMNS: Final = (
    "at",
    "who",
    "action",
    "force",
    "area_type",
    "area_code",
    "first_month",
    "last_month",
    "n_rows",
    "status",
    "purpose",
)
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS accesses (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
    force TEXT NOT NULL, area_type TEXT NOT NULL, area_code TEXT NOT NULL, first_month TEXT NOT NULL,
    last_month TEXT NOT NULL, n_rows INTEGER, status INTEGER NOT NULL, purpose TEXT NOT NULL, hash TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS accesses_by_time ON accesses (at);
CREATE TRIGGER IF NOT EXISTS accesses_stay BEFORE DELETE ON accesses BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS accesses_are_kept BEFORE UPDATE ON accesses BEGIN SELECT RAISE(ABORT, 'append-only'); END;
"""
_MOST_TEXT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """
    One access.

    Parameters
    ----------
    who
        `token:<id>`, `oidc:<subject>`, or `unknown` where somebody was refused.
    action
        The method and the route's pattern, such as `GET /teams/me/incidents`; no query.
    force, area_type, area_code
        The area that it was about; empty where it was about none.
    first_month, last_month
        The months that it was about; empty where it was about none.
    n_rows
        How many rows were given; None where none were asked for.
    status
        The HTTP status, or 0 for a command.
    purpose
        Why, in the words of whoever asked.
    """

    who: str
    action: str
    status: int
    force: str = ""
    area_type: str = ""
    area_code: str = ""
    first_month: str = ""
    last_month: str = ""
    n_rows: int | None = None
    purpose: str = ""


class AuditLog:
    """
    The audit log of a workspace, in a file that its owner alone can read.

    Parameters
    ----------
    workspace
        The workspace. It need not have a log yet.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._path = workspace.root / "audit" / "audit.sqlite"

    def write(self, access: Access, *, now: datetime | None = None) -> int:
        """
        Add an access; what cannot be written must not be answered.

        Returns
        -------
        int
            Its number.
        """
        at = (now or datetime.now(UTC)).isoformat(timespec="milliseconds")
        given = {"at": at} | {name: _clean(value) for name, value in asdict(access).items()}
        row = [given[name] for name in _COLUMNS]
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            last = database.execute("SELECT hash FROM accesses ORDER BY number DESC LIMIT 1").fetchone()
            done = database.execute(
                f"INSERT INTO accesses ({', '.join(_COLUMNS)}, hash) VALUES ({', '.join('?' * (len(row) + 1))})",  # noqa: S608 - constants
                (*row, _chained("" if last is None else str(last[0]), row)),
            )
        return int(done.lastrowid or 0)

    def read(
        self,
        *,
        who: str | None = None,
        since: str | None = None,
        until: str | None = None,
        area_code: str | None = None,
        limit: int = 1000,
    ) -> list[dict[str, Any]]:
        """
        List accesses, the newest first.

        Parameters
        ----------
        who
            Of one person only.
        since, until
            From a moment (included) to a moment (not included), ISO 8601.
        area_code
            About one area only.
        limit
            At most so many.
        """
        if not self._path.is_file():
            return []
        tests, values = ["1"], []
        for test, value in (("who = ?", who), ("at >= ?", since), ("at < ?", until), ("area_code = ?", area_code)):
            if value is not None:
                tests.append(test)
                values.append(value)
        with self._open() as database:
            rows = database.execute(
                f"SELECT number, {', '.join(_COLUMNS)} FROM accesses WHERE {' AND '.join(tests)} "  # noqa: S608 - constants
                "ORDER BY number DESC LIMIT ?",
                (*values, limit),
            ).fetchall()
        return [dict(zip(("number", *_COLUMNS), row, strict=True)) for row in rows]

    def verify(self) -> int | None:
        """
        Check that every row is as it was written and none is missing in between.

        Returns
        -------
        int or None
            The number of the first row that does not add up or is gone; None if all are there.
        """
        if not self._path.is_file():
            return None
        before, expected = "", 1
        with self._open() as database:
            for number, found, *row in database.execute(
                f"SELECT number, hash, {', '.join(_COLUMNS)} FROM accesses ORDER BY number"  # noqa: S608 - constants
            ):
                if number != expected or found != _chained(before, row):
                    return int(number)
                before, expected = found, expected + 1
            # Rows cut off at the end leave the chain whole, but not the count.
            (written,) = database.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence").fetchone()
        return None if written == expected - 1 else expected

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self._path.is_file():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
            database.executescript(_TABLES)
            database.execute("PRAGMA synchronous = FULL")
            yield database


def _clean(value: object) -> object:
    """Keep a text on one line and short: it is read on screens."""
    if not isinstance(value, str):
        return value
    return "".join(c if c.isprintable() else " " for c in value)[:_MOST_TEXT]


def _chained(before: str, row: list[Any]) -> str:
    said = json.dumps([before, *row], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()
