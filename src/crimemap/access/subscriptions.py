"""
Subscriptions of teams to changes of their areas.

The secret that a subscription's messages are signed with is kept as it is, since signing needs it: the file is its owner's
alone. What a subscription was last told is a mark, moved on when a message was taken: what changes while one waits is in the
next.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from crimemap.access.subscription_file import opened, written
from crimemap.access.webhook_post import new_secret
from crimemap.access.webhook_url import shown_url
from crimemap.errors import ConflictError, NotFoundError
from crimemap.workspace import Workspace

__all__ = ["ACTIVE", "COLUMNS", "MOST_OF_A_TEAM", "STOPPED", "Subscription", "SubscriptionStore", "subscription_of"]

ACTIVE, STOPPED = "active", "stopped"
MOST_OF_A_TEAM: Final = 10
COLUMNS: Final = (
    "id, force, neighbourhood, area_type, area_code, url, secret, created_at, created_by, ends_at, status, reason, mark"
)


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


def subscription_of(row: tuple[Any, ...]) -> Subscription:
    """Read a row of `COLUMNS`."""
    named = dict(zip(COLUMNS.split(", "), row, strict=True))
    return Subscription(**named | {"mark": json.loads(named["mark"])})


class SubscriptionStore:
    """
    The subscriptions of a workspace.

    Parameters
    ----------
    workspace
        The workspace. It need not hold any subscription yet.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

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
            created_at=written(now),
            created_by=created_by,
            ends_at="" if ends_at is None else written(ends_at),
            status=ACTIVE,
            reason="",
            mark=mark,
        )
        values = [json.dumps(dict(made.mark)) if name == "mark" else getattr(made, name) for name in COLUMNS.split(", ")]
        with opened(self._workspace) as database:
            database.execute("BEGIN IMMEDIATE")
            (held,) = database.execute(
                "SELECT count(*) FROM subscriptions WHERE force = ? AND neighbourhood = ?", (force, neighbourhood)
            ).fetchone()
            if held >= MOST_OF_A_TEAM:
                raise ConflictError(f"a team has at most {MOST_OF_A_TEAM} subscriptions", fix="Delete one of them first.")
            marks = ", ".join("?" * len(values))
            database.execute(f"INSERT INTO subscriptions ({COLUMNS}) VALUES ({marks})", values)  # noqa: S608 - constants
        return made

    def held(self, *, force: str | None = None, neighbourhood: str | None = None) -> list[Subscription]:
        """List subscriptions, of one team or of all, the oldest first."""
        with opened(self._workspace) as database:
            rows = database.execute(
                f"SELECT {COLUMNS} FROM subscriptions WHERE force = coalesce(?, force) "  # noqa: S608 - constants
                "AND neighbourhood = coalesce(?, neighbourhood) ORDER BY created_at, id",
                (force, neighbourhood),
            ).fetchall()
        return [subscription_of(row) for row in rows]

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
                with opened(self._workspace) as database:
                    database.execute("DELETE FROM subscriptions WHERE id = ?", (identifier,))
                return one
        raise NotFoundError("there is no such subscription", fix="List them with GET /teams/me/subscriptions.")

    def stop(self, identifier: str, reason: str, *, now: datetime | None = None) -> None:
        """End a subscription: nothing is sent to it any more, and it says why."""
        with opened(self._workspace) as database:
            database.execute("UPDATE subscriptions SET status = ?, reason = ? WHERE id = ?", (STOPPED, reason, identifier))
            database.execute(
                "UPDATE messages SET status = 'given_up', body = '', reason = ?, ended_at = ? "
                "WHERE subscription = ? AND status = 'waiting'",
                (reason, written(now), identifier),
            )

    def hand_over(self, identifier: str, created_by: str) -> None:
        """Let a subscription belong to the token that took the place of the one it was made with."""
        with opened(self._workspace) as database:
            database.execute("UPDATE subscriptions SET created_by = ? WHERE id = ?", (created_by, identifier))

    def move(self, identifier: str, mark: Mapping[str, Any]) -> None:
        """Move a mark on where there is nothing to tell."""
        with opened(self._workspace) as database:
            database.execute("UPDATE subscriptions SET mark = ? WHERE id = ?", (json.dumps(dict(mark)), identifier))
