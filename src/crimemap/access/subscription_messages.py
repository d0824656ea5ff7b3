"""
Messages that wait to be sent to subscriptions, and the log of those that were.

A message is kept until it was taken or given up; of what was sent, the log keeps when, how often and what came of it, never
what it said.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from crimemap.access.subscription_file import opened, written
from crimemap.access.subscriptions import COLUMNS, Subscription, subscription_of
from crimemap.workspace import Workspace

__all__ = ["Message", "MessageQueue"]

#: Lines of the log that a subscription keeps.
_LOG_KEPT: Final = 200
_LOG: Final = ("id", "event", "created_at", "attempts", "next_at", "status", "http_status", "reason", "ended_at")


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


class MessageQueue:
    """
    The messages of a workspace.

    Parameters
    ----------
    workspace
        The workspace.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def waiting(self) -> set[str]:
        """Give the subscriptions that a message waits for."""
        with opened(self._workspace) as database:
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
        with opened(self._workspace) as database:
            database.execute(
                "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 'waiting', 0, '', '')",
                (message_id, identifier, event, body.decode(), json.dumps(dict(mark)), rows, written(now), written(now)),
            )

    def due(self, *, wait_s: float, most: int = 100, now: datetime | None = None) -> list[Message]:
        """
        Take the messages whose time has come, and count an attempt for each: whoever is ended while sending tries again.

        Parameters
        ----------
        wait_s
            How long they are left alone, seconds, if nothing is said of them.
        """
        with opened(self._workspace) as database:
            database.execute("BEGIN IMMEDIATE")
            rows = database.execute(
                f"SELECT m.id, m.event, m.body, m.attempts, m.rows, {', '.join(f's.{one}' for one in COLUMNS.split(', '))} "  # noqa: S608 - constants
                "FROM messages m JOIN subscriptions s ON s.id = m.subscription "
                "WHERE m.status = 'waiting' AND s.status = 'active' AND m.next_at <= ? ORDER BY m.next_at, m.id LIMIT ?",
                (written(now), most),
            ).fetchall()
            again = written((now or datetime.now(UTC)) + timedelta(seconds=wait_s))
            for row in rows:
                database.execute("UPDATE messages SET attempts = attempts + 1, next_at = ? WHERE id = ?", (again, row[0]))
        return [
            Message(
                id=row[0], event=row[1], body=row[2].encode(), attempts=row[3] + 1, rows=row[4],
                subscription=subscription_of(row[5:]),
            )
            for row in rows
        ]  # fmt: skip

    def taken(self, message: Message, *, http_status: int, now: datetime | None = None) -> None:
        """Write down that a message was taken, forget what it said, and move the mark on."""
        with opened(self._workspace) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute(
                "UPDATE subscriptions SET mark = (SELECT mark FROM messages WHERE id = ?) WHERE id = ?",
                (message.id, message.subscription.id),
            )
            database.execute(
                "UPDATE messages SET status = 'taken', body = '', http_status = ?, reason = '', ended_at = ? WHERE id = ?",
                (http_status, written(now), message.id),
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
        again = written((now or datetime.now(UTC)) + timedelta(seconds=wait_s))
        with opened(self._workspace) as database:
            database.execute(
                "UPDATE messages SET http_status = ?, reason = ?, next_at = ? WHERE id = ?",
                (http_status, reason, again, message.id),
            )

    def log(self, identifier: str, *, limit: int = 20) -> list[dict[str, Any]]:
        """List what was sent to a subscription, the newest first: when, how often, and what came of it."""
        with opened(self._workspace) as database:
            rows = database.execute(
                f"SELECT {', '.join(_LOG)} FROM messages WHERE subscription = ? ORDER BY created_at DESC, id LIMIT ?",  # noqa: S608 - constants
                (identifier, limit),
            ).fetchall()
        return [dict(zip(_LOG, row, strict=True)) for row in rows]
