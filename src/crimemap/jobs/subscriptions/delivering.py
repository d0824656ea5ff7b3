"""
Delivering what was noticed: signed, tried again with longer and longer waits, and given up with the reason.

One process of a workspace delivers at a time. A message that was being sent when the process was ended is sent again, under
the same id: whoever receives takes an id once.
"""

import random
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from filelock import FileLock, Timeout

from crimemap.access.audit_log import Access, AuditLog
from crimemap.access.principal import TEAM_READ
from crimemap.access.subscription_messages import Message, MessageQueue
from crimemap.access.subscriptions import ACTIVE, Subscription, SubscriptionStore
from crimemap.access.tokens import Token, TokenStore
from crimemap.access.webhook_post import Answer, post_webhook, signed_headers
from crimemap.access.webhook_url import InternalHosts, Resolver, look_up, read_webhook_url
from crimemap.errors import ConflictError, ParameterError
from crimemap.jobs.subscriptions.noticing import notice
from crimemap.workspace import Workspace

__all__ = ["Delivering", "deliver"]

_LONGEST_WAIT_S: Final = 6 * 3600.0
_AT_ONCE: Final = 4
_GONE: Final = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """
    How messages are delivered.

    Attributes
    ----------
    address
        Of the partner application, for links.
    attempts
        How often a message is tried before its subscription is stopped.
    first_wait_s
        Wait after the first attempt; each further one is twice as long, six hours at most.
    seconds
        What one attempt may take.
    internal, resolve, context
        As `post_webhook` takes them.
    """

    address: str = ""
    attempts: int = 10
    first_wait_s: float = 30.0
    seconds: float = 10.0
    internal: InternalHosts = frozenset()
    resolve: Resolver = look_up
    context: ssl.SSLContext | None = None

    def wait_s(self, attempts: int) -> float:
        """
        Give the wait after so many attempts, seconds.

        Examples
        --------
        >>> [Delivering().wait_s(one) for one in (1, 2, 3, 12)]
        [30.0, 60.0, 120.0, 21600.0]
        """
        return float(min(self.first_wait_s * 2.0 ** (attempts - 1), _LONGEST_WAIT_S))


def deliver(workspace: Workspace, how: Delivering, *, now: datetime | None = None) -> dict[str, Any]:
    """
    Notice what changed, and send every message whose time has come, once.

    Parameters
    ----------
    now
        The moment; that of the clock if not given.

    Returns
    -------
    dict
        `noticed`, `taken`, `refused`, `stopped`: messages made, taken and not, and subscriptions that ended.

    Raises
    ------
    ConflictError
        If another process is delivering.
    """
    folder = workspace.require().root / "subscriptions"
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        with FileLock(folder / "delivering.lock", timeout=0):
            return _delivered(workspace, how, now)
    except Timeout:
        raise ConflictError("another process is delivering", fix="Leave it to that one, or stop it first.") from None


def _delivered(workspace: Workspace, how: Delivering, now: datetime | None) -> dict[str, Any]:
    store, queue = SubscriptionStore(workspace), MessageQueue(workspace)
    stopped = _ended(workspace, store, now)
    said = {"noticed": notice(workspace, address=how.address, now=now), "taken": 0, "refused": 0, "stopped": stopped}
    messages = queue.due(wait_s=how.wait_s(1) + how.seconds, now=now)
    if not messages:
        return said
    log = AuditLog(workspace)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for message, answer in zip(messages, pool.map(partial(_sent, how), messages), strict=True):
            _record(log, message, answer)
            if answer.taken:
                queue.taken(message, http_status=answer.status, now=now)
                said["taken"] += 1
                continue
            said["refused"] += 1
            # Receivers that failed together are not all tried again in the same second.
            wait = max(how.wait_s(message.attempts) * random.uniform(0.9, 1.1), answer.wait_s)  # noqa: S311 - no secret
            queue.refused(message, http_status=answer.status, reason=answer.reason, wait_s=wait, now=now)
            if answer.status == _GONE:
                store.stop(message.subscription.id, "the receiver says that it is gone (410)", now=now)
                said["stopped"] += 1
            elif message.attempts >= how.attempts:
                told = f"given up after {message.attempts} attempts, the last: {answer.reason}"
                store.stop(message.subscription.id, told, now=now)
                said["stopped"] += 1
    return said


def _sent(how: Delivering, message: Message) -> Answer:
    try:
        url = read_webhook_url(message.subscription.url, internal=how.internal)
    except ParameterError as error:  # allowed once, and no longer
        return Answer(status=0, reason=error.message)
    at = datetime.now(UTC).timestamp()
    headers = signed_headers(message.subscription.secret, message_id=message.id, body=message.body, now=at)
    return post_webhook(
        url,
        message.body,
        headers,
        seconds=how.seconds,
        resolve=how.resolve,
        internal=how.internal,
        context=how.context,
    )


def _record(log: AuditLog, message: Message, answer: Answer) -> None:
    of = message.subscription
    log.write(
        Access(
            who=f"subscription:{of.id}",
            action=f"webhook {message.event}",
            status=answer.status,
            force=of.force,
            area_type=of.area_type,
            area_code=of.area_code,
            n_rows=message.rows if answer.taken else None,
            purpose=f"made by {of.created_by}",
        )
    )


def _ended(workspace: Workspace, store: SubscriptionStore, now: datetime | None) -> int:
    """Stop the subscriptions whose maker may no longer read what they tell; say how many."""
    active = [one for one in store.held() if one.status == ACTIVE]
    if not active:
        return 0
    moment, tokens = now or datetime.now(UTC), {one.id: one for one in TokenStore(workspace).list()}
    after: dict[str, list[Token]] = {}
    for held in tokens.values():
        after.setdefault(held.replaces, []).append(held)
    ended = 0
    for one in active:
        if one.ends_at and moment >= datetime.fromisoformat(one.ends_at):
            store.stop(one.id, "it was made with a sign-in that does not last, and its time is over", now=now)
        elif not one.ends_at:
            token = _good(one, tokens, after, moment)
            if token is not None:
                if one.created_by != f"token:{token.id}":
                    store.hand_over(one.id, f"token:{token.id}")
                continue
            store.stop(one.id, "the token that it was made with has ended", now=now)
        else:
            continue
        ended += 1
    return ended


def _good(one: Subscription, tokens: dict[str, Token], after: dict[str, list[Token]], moment: datetime) -> Token | None:
    """Find the token that a subscription was made with, or one that took its place, if it is good for it still."""
    made_with = tokens.get(one.created_by.removeprefix("token:"))
    line = [] if made_with is None else [made_with]
    for token in line:  # grows by those that took the place of each: a token can be rotated twice
        who = token.principal()
        if token.status(moment) == ACTIVE and who.may(TEAM_READ) and who.may_see(one.area_type, one.area_code):
            return token
        line.extend(after.get(token.id, []))
    return None
