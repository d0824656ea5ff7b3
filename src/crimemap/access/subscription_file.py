"""The file of a workspace's subscriptions: its owner's alone, and what is deleted from it is overwritten."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Final

from crimemap.workspace import Workspace

__all__ = ["opened", "written"]

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS subscriptions (
    id TEXT PRIMARY KEY, force TEXT NOT NULL, neighbourhood TEXT NOT NULL, area_type TEXT NOT NULL, area_code TEXT NOT NULL,
    url TEXT NOT NULL, secret TEXT NOT NULL, created_at TEXT NOT NULL, created_by TEXT NOT NULL, ends_at TEXT NOT NULL,
    status TEXT NOT NULL, reason TEXT NOT NULL, mark TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
    id TEXT PRIMARY KEY, subscription TEXT NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE, event TEXT NOT NULL,
    body TEXT NOT NULL, mark TEXT NOT NULL, rows INTEGER NOT NULL, created_at TEXT NOT NULL, attempts INTEGER NOT NULL,
    next_at TEXT NOT NULL, status TEXT NOT NULL, http_status INTEGER NOT NULL, reason TEXT NOT NULL, ended_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_subscription ON messages (subscription, created_at);
"""


@contextmanager
def opened(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    """Open the file, making it where there is none; what is done in the block is done as a whole or not at all."""
    path = workspace.root / "subscriptions" / "subscriptions.sqlite"
    if not path.is_file():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(path, timeout=10)) as database, database:
        database.executescript(_TABLES)
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("PRAGMA secure_delete = ON")  # what was sent is overwritten, not only unlinked
        yield database


def written(moment: datetime | None) -> str:
    """Write a moment as the file has it; now where none is given."""
    return (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds")
