"""Who is asking: bearer tokens of the partner application."""

from collections.abc import Callable
from typing import Any, Final

import anyio.to_thread
from fastapi import Request

from api.errors import ForbiddenError, UnauthorisedError
from crimemap.tokens import Token, TokenStore

__all__ = ["require_scope"]

_SCHEME: Final = "bearer"


def require_scope(scope: str) -> Callable[[Request], Any]:
    """
    Make a dependency that lets only tokens with this scope pass.

    Raises
    ------
    UnauthorisedError
        If there is no token in the request, or it is unknown, expired or revoked: which of these is not said.
    ForbiddenError
        If the token has not this scope.
    """

    async def check(request: Request) -> Token:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        store: TokenStore = request.app.state.tokens
        token = None
        if scheme.lower() == _SCHEME:
            token = await anyio.to_thread.run_sync(store.verify, text.strip())
        if token is None:
            raise UnauthorisedError("a valid token is needed", fix="Send it as 'Authorization: Bearer ...'.")
        if scope not in token.scopes:
            raise ForbiddenError("this token is not good for this")
        return token

    return check
