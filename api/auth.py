"""
Who is asking the partner application: bearer tokens of our own, or of a force's identity provider.

Which of the two a text is shows in its shape. Whoever fails too often waits, whatever they send next.
"""

from collections.abc import Callable
from typing import Any, Final

import anyio.to_thread
from fastapi import Request

from api.errors import ForbiddenError, TooManyAttemptsError, UnauthorisedError
from api.identity import IdentityProvider
from api.limits import LeakyBuckets
from crimemap.access.principal import Principal
from crimemap.access.tokens import TokenStore

__all__ = ["Doorkeeper", "require_scope"]

_SCHEME: Final = "bearer"
_LONGEST: Final = 8192


class Doorkeeper:
    """
    Tells who a bearer is.

    Parameters
    ----------
    tokens
        Our own tokens.
    provider
        A force's identity provider, if one is trusted.
    attempts
        Counts failures of each client address.
    """

    def __init__(self, tokens: TokenStore, provider: IdentityProvider | None, attempts: LeakyBuckets) -> None:
        self._tokens = tokens
        self._provider = provider
        self._attempts = attempts

    def who(self, authorization: str, client: str) -> Principal:
        """
        Give who sent this header.

        Raises
        ------
        UnauthorisedError
            If there is no token in it, or it is unknown, expired or revoked: which of these is not said.
        TooManyAttemptsError
            If this client failed too often.
        """
        wait = self._attempts.seconds_left(client)
        if wait:
            raise TooManyAttemptsError(f"too many attempts with no valid token: try again in {wait} s", seconds=wait)
        scheme, _, text = authorization.partition(" ")
        text = text.strip()
        found: Principal | None = None
        if scheme.lower() == _SCHEME and 0 < len(text) <= _LONGEST:
            if text.count(".") == 2 and self._provider is not None:  # noqa: PLR2004 - the three parts of a JWT
                found = self._provider.verify(text)
            else:
                token = self._tokens.verify(text)
                found = None if token is None else token.principal()
        if found is None:
            if authorization:
                self._attempts.wait_seconds(client)
            raise UnauthorisedError("a valid token is needed", fix="Send it as 'Authorization: Bearer ...'.")
        return found


def require_scope(*scopes: str) -> Callable[[Request], Any]:
    """
    Make a dependency that lets only those with this scope, or one of several, pass, and gives who they are.

    Raises
    ------
    UnauthorisedError
        If there is no good token in the request.
    ForbiddenError
        If whoever it is has none of them.
    """

    async def check(request: Request) -> Principal:
        doorkeeper: Doorkeeper = request.app.state.doorkeeper
        client = (request.client.host if request.client else "") or "unknown"
        found = await anyio.to_thread.run_sync(doorkeeper.who, request.headers.get("authorization", ""), client)
        request.state.who = found.name
        if not any(found.may(scope) for scope in scopes):
            raise ForbiddenError("this token is not good for this")
        return found

    check.scopes = frozenset(scopes)  # type: ignore[attr-defined]
    return check
