"""What OGC API Processes has problems of its own for, and how they are answered."""

import json
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from starlette.responses import Response

from api.errors import UnknownError
from crimemap.errors import ConflictError, CrimemapError, LimitError

__all__ = ["NoSuchJobError", "NoSuchProcessError", "NotReadyError", "answer_process_errors"]

_KINDS: Final = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"


class NoSuchProcessError(UnknownError):
    """There is no process of this name."""


class NoSuchJobError(UnknownError):
    """There is no job of this name, or it is somebody else's."""


class NotReadyError(ConflictError):
    """The job has no results yet."""


_ANSWERS: Final[tuple[tuple[type[CrimemapError], HTTPStatus, str, dict[str, str]], ...]] = (
    (NoSuchProcessError, HTTPStatus.NOT_FOUND, f"{_KINDS}no-such-process", {}),
    (NoSuchJobError, HTTPStatus.NOT_FOUND, f"{_KINDS}no-such-job", {}),
    (NotReadyError, HTTPStatus.NOT_FOUND, f"{_KINDS}result-not-ready", {}),
    (LimitError, HTTPStatus.TOO_MANY_REQUESTS, "about:blank", {"Retry-After": "30"}),
)


def answer_process_errors(app: FastAPI) -> None:
    """Make an application name these problems by the addresses that the standard gives them."""
    for error_class, status, kind, headers in _ANSWERS:
        app.add_exception_handler(error_class, _answer(status, kind, headers))


def _answer(status: HTTPStatus, kind: str, headers: dict[str, str]) -> Any:
    async def answer(_: Request, error: Exception) -> Response:
        document = {"type": kind, "title": status.phrase, "status": status.value, "detail": str(error)}
        body = json.dumps(document, ensure_ascii=False)
        return Response(body, status_code=status, media_type="application/problem+json", headers=headers)

    return answer
