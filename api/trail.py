"""
The audit trail: every request of the partner application is written down before its answer leaves.

A route says what it gave with `gave`; what cannot be written down is not answered. Requests for what is no secret (the
description of the interface) are left out.
"""

from functools import partial
from typing import Final
from urllib.parse import unquote

import anyio.to_thread
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import unexpected
from crimemap.access.audit_log import Access, AuditLog

__all__ = ["Trail", "gave", "said_kind"]

_OPEN: Final = frozenset({"/openapi.json", "/health", "/jobs-page"})
#: Files that come with crimemap.
_OPEN_UNDER: Final = "/jobs-page/assets/"
#: The header in which whoever asks says why.
_PURPOSE: Final = b"crimemap-purpose"


def gave(
    request: Request,
    *,
    force: str = "",
    area_type: str = "",
    area_code: str = "",
    first_month: str = "",
    last_month: str = "",
    n_rows: int | None = None,
) -> None:
    """Say what an answer holds: of which area and months, and how many rows."""
    request.state.gave = {
        "force": force,
        "area_type": area_type,
        "area_code": area_code,
        "first_month": first_month,
        "last_month": last_month,
        "n_rows": n_rows,
    }


def said_kind(request: Request, kind: str) -> None:
    """Say what stood for `{kind}` in the address: one of a few words that are known, never a text from outside."""
    request.state.kind = kind


class Trail:
    """Write every request into the audit log."""

    def __init__(self, app: ASGIApp, *, log: AuditLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the answer back until it is written down."""
        if scope["type"] != "http" or scope["path"] in _OPEN or scope["path"].startswith(_OPEN_UNDER):
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        failed = False

        async def record(message: Message) -> None:
            nonlocal failed
            if message["type"] == "http.response.start":
                try:
                    await anyio.to_thread.run_sync(partial(self._log.write, _access(scope, state, int(message["status"]))))
                except Exception as error:  # noqa: BLE001 - whatever it is, nothing may leave unrecorded
                    failed = True
                    await unexpected(scope["path"], error)(scope, receive, send)
                    return
            if not failed:
                await send(message)

        await self._app(scope, receive, record)


def _access(scope: Scope, state: dict[str, object], status: int) -> Access:
    route = scope.get("route")
    # A path that is no route could hold anything.
    path = getattr(route, "path", "(no route)").replace("{kind}", str(state.get("kind") or "{kind}"))
    purpose = next((value for name, value in scope.get("headers", ()) if name == _PURPOSE), b"")
    said = state.get("gave")
    given = said if isinstance(said, dict) and status < 400 else {}  # noqa: PLR2004 - an answer, not a refusal
    return Access(
        who=str(state.get("who") or "unknown"),
        action=f"{scope['method']} {path}",
        status=status,
        purpose=unquote(purpose.decode("latin-1")),
        **given,
    )
