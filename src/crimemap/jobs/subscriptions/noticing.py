"""
What a subscription is to be told: that something changed in its area since it was last told.

How many incidents are new, changed or withdrawn, and where to read them. Never an incident: messages pass through others'
servers and logs.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from crimemap.access.subscription_messages import MessageQueue
from crimemap.access.subscriptions import ACTIVE, Subscription, SubscriptionStore
from crimemap.errors import CrimemapError
from crimemap.incidents.changes import AreaState, area_changes
from crimemap.incidents.history import ForgottenError, records_at
from crimemap.jobs.team_area import TeamArea, found_area, state_now
from crimemap.workspace import Workspace

__all__ = ["CHANGED", "CREATED", "RELOADED", "mark_now", "message_of", "notice"]

CREATED, CHANGED, RELOADED = "subscription.created", "incidents.changed", "incidents.reloaded"
#: Changes that are counted; of more it is said that there are at least so many.
_MOST_COUNTED: Final = 10_000


def mark_now(workspace: Workspace, area: TeamArea) -> dict[str, Any]:
    """
    Give the mark of an area as it is now.

    Raises
    ------
    NotFoundError
        If the workspace holds no incidents.
    """
    return _mark(area, state_now(workspace, area))


def message_of(
    subscription: Subscription,
    event: str,
    *,
    address: str,
    message_id: str,
    counts: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> bytes:
    """
    Write a message.

    Parameters
    ----------
    address
        Of the partner application, for links; they are relative where it is empty.
    counts
        `new`, `changed`, `withdrawn`, and `at_least` where there are more than were counted.
    """
    area = f"?area={subscription.area_type}/{subscription.area_code}"
    own = subscription.area_type == "neighbourhood" and subscription.area_code == subscription.neighbourhood
    query, root = "" if own else area, address.rstrip("/")
    said = {
        "type": event,
        "timestamp": (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds"),
        "data": {
            "message": message_id,
            "subscription": subscription.id,
            "force": subscription.force,
            "area_type": subscription.area_type,
            "area_code": subscription.area_code,
            "counts": None if counts is None else dict(counts),
            "links": {
                "briefing": f"{root}/teams/me/briefing{query}",
                "changes": f"{root}/teams/me/incidents/changes{query}",
            },
        },
    }
    return json.dumps(said, separators=(",", ":")).encode()


def notice(workspace: Workspace, *, address: str = "", now: datetime | None = None) -> int:
    """
    Look for changes of every active subscription's area, and put a message for each where it waits to be sent.

    A subscription that a message waits for is left alone: what changes meanwhile is in its next.

    Returns
    -------
    int
        Messages made.
    """
    store = SubscriptionStore(workspace)
    every = store.held()
    if not every:
        return 0
    queue, made = MessageQueue(workspace), 0
    waiting = queue.waiting()
    for one in every:
        if one.status != ACTIVE or one.id in waiting:
            continue
        try:
            made += _noticed(workspace, store, queue, one, address=address, now=now)
        except CrimemapError:
            continue  # the boundaries are gone, or places are being assigned: look again next time
    return made


def _noticed(
    workspace: Workspace,
    store: SubscriptionStore,
    queue: MessageQueue,
    one: Subscription,
    *,
    address: str,
    now: datetime | None,
) -> int:
    area = found_area(workspace, force=one.force, area_type=one.area_type, area_code=one.area_code)
    after = state_now(workspace, area)
    mark = _mark(area, after)
    if mark == one.mark:
        return 0
    counts, event = _counted(workspace, one, area, after), CHANGED
    if counts is None:
        event = RELOADED
    elif not sum(counts[name] for name in ("new", "changed", "withdrawn")):
        store.move(one.id, mark)
        return 0
    message_id = f"msg_{secrets.token_hex(12)}"
    body = message_of(one, event, address=address, message_id=message_id, counts=counts, now=now)
    rows = 0 if counts is None else sum(counts[name] for name in ("new", "changed", "withdrawn"))
    queue.enqueue(one.id, event=event, body=body, mark=mark, rows=rows, message_id=message_id, now=now)
    return 1


def _counted(workspace: Workspace, one: Subscription, area: TeamArea, after: AreaState) -> dict[str, Any] | None:
    """Count what changed; None where what was there before can no longer be told."""
    old = one.mark
    if old.get("content") != area.content or old.get("up_to", 0) > after.places_up_to:
        return None
    try:
        records = records_at(workspace, force=one.force, table=old["table"], version=old["version"])
    except ForgottenError:
        return None
    before = AreaState(records=records, set_id=area.set_id, area_code=area.area_code, places_up_to=old["up_to"])
    rows, more = area_changes(workspace, before, after, after_id=0, limit=_MOST_COUNTED)
    kinds = [row["change"] for row in rows]
    return {name: kinds.count(name) for name in ("new", "changed", "withdrawn")} | {"at_least": more}


def _mark(area: TeamArea, state: AreaState) -> dict[str, Any]:
    return {
        "table": state.records.table,
        "version": state.records.version,
        "content": area.content,
        "up_to": state.places_up_to,
    }
