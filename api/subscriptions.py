"""A team's subscriptions as they are told: of its address the host alone, of its secret nothing but when it is made."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from crimemap.access.principal import Principal
from crimemap.access.subscription_messages import MessageQueue
from crimemap.access.subscriptions import Subscription, SubscriptionStore
from crimemap.access.webhook_url import InternalHosts, read_webhook_url
from crimemap.jobs.subscriptions.noticing import CREATED, mark_now, message_of
from crimemap.jobs.team_area import found_area
from crimemap.workspace import Workspace

__all__ = ["listed", "subscribed"]

#: A sign-in by an identity provider cannot be asked later whether it is still good.
_SIGN_IN_LASTS: Final = timedelta(days=30)


def subscribed(
    workspace: Workspace,
    who: Principal,
    *,
    area_type: str,
    area_code: str,
    url: str,
    internal: InternalHosts,
    address: str,
) -> tuple[Subscription, dict[str, Any]]:
    """
    Make a subscription, and put its first message where it waits: that it was made.

    Returns
    -------
    subscription
        As it is kept.
    told
        What its maker is told, the secret this one time.

    Raises
    ------
    ParameterError
        If the address is not one that webhooks go to.
    ConflictError
        If the team has as many as it may.
    NotFoundError
        If the workspace does not hold the area, or no incidents.
    """
    read = read_webhook_url(url, internal=internal)
    area = found_area(workspace, force=who.force, area_type=area_type, area_code=area_code)
    mark, queue = mark_now(workspace, area), MessageQueue(workspace)
    signed_in = not who.name.startswith("token:")
    made = SubscriptionStore(workspace).create(
        force=who.force,
        neighbourhood=who.neighbourhood,
        area_type=area_type,
        area_code=area_code,
        url=str(read),
        created_by=who.name,
        mark=mark,
        ends_at=datetime.now(UTC) + _SIGN_IN_LASTS if signed_in else None,
    )
    message_id = f"msg_{made.id}_created"
    body = message_of(made, CREATED, address=address, message_id=message_id)
    queue.enqueue(made.id, event=CREATED, body=body, mark=mark, message_id=message_id)
    return made, _told(queue, made) | {"secret": made.secret}


def listed(workspace: Workspace, *, force: str, neighbourhood: str) -> dict[str, Any]:
    """List a team's subscriptions, each with the latest lines of its log."""
    queue, held = MessageQueue(workspace), SubscriptionStore(workspace).held(force=force, neighbourhood=neighbourhood)
    return {"subscriptions": [_told(queue, one) for one in held]}


def _told(queue: MessageQueue, one: Subscription) -> dict[str, Any]:
    told = {name: value for name, value in one.told().items() if name not in ("force", "neighbourhood", "created_by")}
    return told | {"messages": queue.log(one.id)}
