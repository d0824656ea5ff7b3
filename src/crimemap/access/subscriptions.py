"""
Subscriptions of teams to changes, and the log of what was sent to them.

The secret that a subscription's messages are signed with is kept as it is, since signing needs it: the file is its owner's
alone. A message is kept until it was taken or given up; of what was sent, the log keeps when, how often and what came of it,
never what it said. What a subscription was last told is a mark, moved on when a message was taken: what changes while one
waits is in the next.
"""

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from crimemap.access.webhook_post import new_secret
from crimemap.access.webhook_url import shown_url
from crimemap.errors import ConflictError, NotFoundError
from crimemap.workspace import Workspace

__all__ = ["ACTIVE", "MOST_OF_A_TEAM", "STOPPED", "Message", "Subscription", "SubscriptionStore"]

ACTIVE, STOPPED = "active", "stopped"
MOST_OF_A_TEAM: Final = 10
#: Lines of the log that a subscription keeps.
_LOG_KEPT: Final = 200
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
_COLUMNS: Final = (
    "id, force, neighbourhood, area_type, area_code, url, secret, created_at, created_by, ends_at, status, reason, mark"
)
_LOG: Final = ("id", "event", "created_at", "attempts", "next_at", "status", "http_status", "reason", "ended_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """
    A subscription.

    Attributes
    ----------
    created_by
        The bearer who made it, as the audit log calls them.
    ends_at
        When it ends by itself; empty where it ends with the token that it was made with.
    mark
        What it was last told of.
    """

    id: str
    force: str
    neighbourhood: str
    area_type: str
    area_code: str
    url: str
    secret: str
    created_at: str
    created_by: str
    ends_at: str
    status: str
    reason: str
    mark: Mapping[str, Any]

    def told(self) -> dict[str, Any]:
        """Give what may be told: of the address the host alone, since paths often hold a secret; of ours nothing."""
        return {
            "id": self.id,
            "force": self.force,
            "neighbourhood": self.neighbourhood,
            "area_type": self.area_type,
            "area_code": self.area_code,
            "url": shown_url(self.url),
            "status": self.status,
            "reason": self.reason,
            "created_at": self.created_at,
            "created_by": self.created_by,
            "ends_at": self.ends_at or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """
    A message that waits to be sent.

    Attributes
    ----------
    attempts
        How often it was tried, this time included.
    rows
        How many incidents it speaks of.
    """

    id: str
    subscription: Subscription
    event: str
    body: bytes
    attempts: int
    rows: int


class SubscriptionStore:
    """
    The subscriptions of a workspace, in a file that its owner alone can read.

    Parameters
    ----------
    workspace
        The workspace. It need not hold any subscription yet.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._path = workspace.root / "subscriptions" / "subscriptions.sqlite"

    def create(
        self,
        *,
        force: str,
        neighbourhood: str,
        area_type: str,
        area_code: str,
        url: str,
        created_by: str,
        mark: Mapping[str, Any],
        ends_at: datetime | None = None,
        now: datetime | None = None,
    ) -> Subscription:
        """
        Make a subscription.

        Raises
        ------
        ConflictError
            If the team has as many as it may.
        """
        made = Subscription(
            id=secrets.token_hex(8),
            force=force,
            neighbourhood=neighbourhood,
            area_type=area_type,
            area_code=area_code,
            url=url,
            secret=new_secret(),
            created_at=_written(now),
            created_by=created_by,
            ends_at="" if ends_at is None else _written(ends_at),
            status=ACTIVE,
            reason="",
            mark=mark,
        )
        values = [json.dumps(dict(made.mark)) if name == "mark" else getattr(made, name) for name in _COLUMNS.split(", ")]
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            (held,) = database.execute(
                "SELECT count(*) FROM subscriptions WHERE force = ? AND neighbourhood = ?", (force, neighbourhood)
            ).fetchone()
            if held >= MOST_OF_A_TEAM:
                raise ConflictError(f"a team has at most {MOST_OF_A_TEAM} subscriptions", fix="Delete one of them first.")
            marks = ", ".join("?" * len(values))
            database.execute(f"INSERT INTO subscriptions ({_COLUMNS}) VALUES ({marks})", values)  # noqa: S608 - constants
        return made

    def held(self, *, force: str | None = None, neighbourhood: str | None = None) -> list[Subscription]:
        """List subscriptions, of one team or of all, the oldest first."""
        if not self._path.is_file():
            return []
        with self._open() as database:
            rows = database.execute(
                f"SELECT {_COLUMNS} FROM subscriptions WHERE force = coalesce(?, force) "  # noqa: S608 - constants
                "AND neighbourhood = coalesce(?, neighbourhood) ORDER BY created_at, id",
                (force, neighbourhood),
            ).fetchall()
        return [_subscription(row) for row in rows]

    def remove(self, identifier: str, *, force: str | None = None, neighbourhood: str | None = None) -> Subscription:
        """
        Delete a subscription, its messages and its log.

        Parameters
        ----------
        force, neighbourhood
            Only if it is this team's.

        Raises
        ------
        NotFoundError
            If there is none such.
        """
        for one in self.held(force=force, neighbourhood=neighbourhood):
            if one.id == identifier:
                with self._open() as database:
                    database.execute("DELETE FROM subscriptions WHERE id = ?", (identifier,))
                return one
        raise NotFoundError("there is no such subscription", fix="List them with GET /teams/me/subscriptions.")

    def stop(self, identifier: str, reason: str, *, now: datetime | None = None) -> None:
        """End a subscription: nothing is sent to it any more, and it says why."""
        with self._open() as database:
            database.execute("UPDATE subscriptions SET status = ?, reason = ? WHERE id = ?", (STOPPED, reason, identifier))
            database.execute(
                "UPDATE messages SET status = 'given_up', body = '', reason = ?, ended_at = ? "
                "WHERE subscription = ? AND status = 'waiting'",
                (reason, _written(now), identifier),
            )

    def hand_over(self, identifier: str, created_by: str) -> None:
        """Let a subscription belong to the token that took the place of the one it was made with."""
        with self._open() as database:
            database.execute("UPDATE subscriptions SET created_by = ? WHERE id = ?", (created_by, identifier))

    def move(self, identifier: str, mark: Mapping[str, Any]) -> None:
        """Move a mark on where there is nothing to tell."""
        with self._open() as database:
            database.execute("UPDATE subscriptions SET mark = ? WHERE id = ?", (json.dumps(dict(mark)), identifier))

    def waiting(self) -> set[str]:
        """Give the subscriptions that a message waits for."""
        with self._open() as database:
            rows = database.execute("SELECT DISTINCT subscription FROM messages WHERE status = 'waiting'").fetchall()
        return {identifier for (identifier,) in rows}

    def enqueue(
        self,
        identifier: str,
        *,
        event: str,
        body: bytes,
        mark: Mapping[str, Any],
        rows: int = 0,
        message_id: str,
        now: datetime | None = None,
    ) -> None:
        """
        Put a message where it waits to be sent.

        Parameters
        ----------
        mark
            What the subscription has been told of once it is taken.
        """
        with self._open() as database:
            database.execute(
                "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 'waiting', 0, '', '')",
                (message_id, identifier, event, body.decode(), json.dumps(dict(mark)), rows, _written(now), _written(now)),
            )

    def due(self, *, wait_s: float, most: int = 100, now: datetime | None = None) -> list[Message]:
        """
        Take the messages whose time has come, and count an attempt for each: whoever is ended while sending tries again.

        Parameters
        ----------
        wait_s
            How long they are left alone, seconds, if nothing is said of them.
        """
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            rows = database.execute(
                f"SELECT m.id, m.event, m.body, m.attempts, m.rows, {', '.join(f's.{one}' for one in _COLUMNS.split(', '))} "  # noqa: S608 - constants
                "FROM messages m JOIN subscriptions s ON s.id = m.subscription "
                "WHERE m.status = 'waiting' AND s.status = 'active' AND m.next_at <= ? ORDER BY m.next_at, m.id LIMIT ?",
                (_written(now), most),
            ).fetchall()
            again = _written((now or datetime.now(UTC)) + timedelta(seconds=wait_s))
            for row in rows:
                database.execute("UPDATE messages SET attempts = attempts + 1, next_at = ? WHERE id = ?", (again, row[0]))
        return [
            Message(
                id=row[0], event=row[1], body=row[2].encode(), attempts=row[3] + 1, rows=row[4],
                subscription=_subscription(row[5:]),
            )
            for row in rows
        ]  # fmt: skip

    def taken(self, message: Message, *, http_status: int, now: datetime | None = None) -> None:
        """Write down that a message was taken, forget what it said, and move the mark on."""
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute(
                "UPDATE subscriptions SET mark = (SELECT mark FROM messages WHERE id = ?) WHERE id = ?",
                (message.id, message.subscription.id),
            )
            database.execute(
                "UPDATE messages SET status = 'taken', body = '', http_status = ?, reason = '', ended_at = ? WHERE id = ?",
                (http_status, _written(now), message.id),
            )
            database.execute(
                "DELETE FROM messages WHERE subscription = ? AND status != 'waiting' AND id NOT IN "
                "(SELECT id FROM messages WHERE subscription = ? ORDER BY created_at DESC, id LIMIT ?)",
                (message.subscription.id, message.subscription.id, _LOG_KEPT),
            )

    def refused(
        self, message: Message, *, http_status: int, reason: str, wait_s: float, now: datetime | None = None
    ) -> None:
        """Write down that a message was not taken, and when to try again."""
        again = _written((now or datetime.now(UTC)) + timedelta(seconds=wait_s))
        with self._open() as database:
            database.execute(
                "UPDATE messages SET http_status = ?, reason = ?, next_at = ? WHERE id = ?",
                (http_status, reason, again, message.id),
            )

    def log(self, identifier: str, *, limit: int = 20) -> list[dict[str, Any]]:
        """List what was sent to a subscription, the newest first: when, how often, and what came of it."""
        with self._open() as database:
            rows = database.execute(
                f"SELECT {', '.join(_LOG)} FROM messages WHERE subscription = ? ORDER BY created_at DESC, id LIMIT ?",  # noqa: S608 - constants
                (identifier, limit),
            ).fetchall()
        return [dict(zip(_LOG, row, strict=True)) for row in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self._path.is_file():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
            database.executescript(_TABLES)
            database.execute("PRAGMA foreign_keys = ON")
            database.execute("PRAGMA secure_delete = ON")  # what was sent is overwritten, not only unlinked
            yield database


def _written(moment: datetime | None) -> str:
    return (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds")


def _subscription(row: tuple[Any, ...]) -> Subscription:
    named = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return Subscription(**named | {"mark": json.loads(named["mark"])})
