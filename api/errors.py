"""
What a client is told when a request cannot be answered.

Under `/api` it is a plain sentence, as at data.police.uk; under `/postcodesio` and `/mapit` the JSON of the services that
they imitate; everywhere else a problem document (RFC 9457). Whatever was not
foreseen becomes one fixed sentence with an identifier, and the log has the identifier and where it happened, but neither
the request's parameters nor the error's text, which could hold coordinates.
"""

import json
import logging
import secrets
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from api.openapi import methods_at
from crimemap.errors import (
    ConflictError,
    CrimemapError,
    DisclosureError,
    FetchError,
    InputError,
    NotFoundError,
    ReleaseError,
)

__all__ = [
    "MAPIT",
    "POSTCODES_IO",
    "STATUSES",
    "BadRequestError",
    "BusyError",
    "FaultyFieldsError",
    "ForbiddenError",
    "GoneError",
    "PreconditionError",
    "PreconditionNeededError",
    "TooLargeError",
    "TooManyAttemptsError",
    "TooManyCrimesError",
    "UnauthorisedError",
    "UnknownError",
    "answer_errors",
    "happened",
    "is_mapit",
    "is_police_api",
    "is_postcodes_io",
    "problem",
    "sentence",
    "status_of",
    "unexpected",
]

_LOG: Final = logging.getLogger("crimemap.api")
#: Where the surfaces that imitate other services begin. Their clients put a path behind the base address that they are
#: given, so a prefix works for them, and keeps `postcodes/` and `areas/` of the site free.
POSTCODES_IO: Final = "/postcodesio"
MAPIT: Final = "/mapit"


class BadRequestError(InputError):
    """A parameter is missing or cannot be read."""


class FaultyFieldsError(BadRequestError):
    """
    Fields of a body cannot be taken.

    Parameters
    ----------
    faults
        Field and what is wrong with it, for every field that is.
    """

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{field}: {said}" for field, said in faults))


class PreconditionNeededError(InputError):
    """Whoever changes something must say which version they have read."""


class PreconditionError(ConflictError):
    """What is to be changed is not what was read."""


class TooLargeError(InputError):
    """A request body is larger than any real polygon."""


class TooManyCrimesError(InputError):
    """A custom area holds more crimes than one answer may."""


class BusyError(ConflictError):
    """Others are being answered, and enough are waiting."""


class UnauthorisedError(CrimemapError):
    """There is no token, or it is not good."""


class ForbiddenError(CrimemapError):
    """The token is good for something else."""


class TooManyAttemptsError(CrimemapError):
    """
    Whoever asks has failed to prove who they are too often.

    Parameters
    ----------
    seconds
        How long to wait.
    """

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class GoneError(NotFoundError):
    """What was asked for was here once, and will not come back."""


class UnknownError(NotFoundError):
    """What was asked for is not in this release."""


#: The status of each kind of error; the nearest ancestor counts.
STATUSES: Final[Mapping[type[CrimemapError], HTTPStatus]] = {
    PreconditionNeededError: HTTPStatus.PRECONDITION_REQUIRED,
    PreconditionError: HTTPStatus.PRECONDITION_FAILED,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooManyCrimesError: HTTPStatus.SERVICE_UNAVAILABLE,
    BusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    UnauthorisedError: HTTPStatus.UNAUTHORIZED,
    TooManyAttemptsError: HTTPStatus.TOO_MANY_REQUESTS,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    InputError: HTTPStatus.BAD_REQUEST,
    GoneError: HTTPStatus.GONE,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    ReleaseError: HTTPStatus.SERVICE_UNAVAILABLE,
    DisclosureError: HTTPStatus.INTERNAL_SERVER_ERROR,
    FetchError: HTTPStatus.BAD_GATEWAY,
    CrimemapError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def status_of(error: CrimemapError) -> HTTPStatus:
    """
    Give the status that an error is answered with.

    Examples
    --------
    >>> status_of(BadRequestError("no month"))
    <HTTPStatus.BAD_REQUEST: 400>
    """
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def is_police_api(path: str) -> bool:
    """Say whether a path belongs to the surface that is compatible with data.police.uk."""
    return path == "/api" or path.startswith("/api/")


def sentence(status: HTTPStatus, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a plain sentence."""
    return PlainTextResponse(text, status_code=status, headers=dict(headers or {}))


def problem(status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None, **more: object) -> Response:
    """Answer with a problem document; `more` are members of it beyond those of RFC 9457."""
    document = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **more}
    return Response(
        json.dumps(document, ensure_ascii=False),
        status_code=status,
        media_type="application/problem+json",
        headers=dict(headers or {}),
    )


def is_postcodes_io(path: str) -> bool:
    """Say whether a path belongs to the surface that is compatible with postcodes.io."""
    return path == POSTCODES_IO or path.startswith(f"{POSTCODES_IO}/")


def is_mapit(path: str) -> bool:
    """Say whether a path belongs to the surface that is compatible with MapIt."""
    return path == MAPIT or path.startswith(f"{MAPIT}/")


def _json(status: HTTPStatus, document: Mapping[str, object], headers: Mapping[str, str] | None) -> Response:
    text = json.dumps(document, ensure_ascii=False)
    return Response(text, status_code=status, media_type="application/json", headers=dict(headers or {}))


def say(path: str, status: HTTPStatus, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Answer an error in the manner of the path."""
    if is_postcodes_io(path):
        return _json(status, {"status": status.value, "error": text}, headers)
    if is_mapit(path):
        return _json(status, {"error": text, "code": status.value}, headers)
    if not is_police_api(path):
        return problem(status, text, headers)
    return sentence(status, "Not Found" if status is HTTPStatus.NOT_FOUND else text, headers)


def happened(error: BaseException) -> str:
    """Say of what kind an error is and where it happened, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    places = (f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames[-6:]))
    return f"{type(error).__name__} at {' < '.join(places)}"


def unexpected(path: str, error: BaseException) -> Response:
    """Answer what was not foreseen, and log where it happened."""
    identifier = secrets.token_hex(8)
    _LOG.error("error %s: %s", identifier, happened(error))
    return say(
        path,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        f"Something went wrong on our side. If it goes on, tell us this number: {identifier}.",
    )


def answer_errors(app: FastAPI) -> None:
    """Make an application answer every foreseen error as this module says."""

    @app.exception_handler(CrimemapError)
    async def _ours(request: Request, error: CrimemapError) -> Response:
        status = status_of(error)
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            return unexpected(request.url.path, error)
        headers = {}
        if isinstance(error, ReleaseError):
            headers["Retry-After"] = "30"
        if isinstance(error, BusyError):
            headers["Retry-After"] = "5"
        if isinstance(error, UnauthorisedError):
            headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, TooManyAttemptsError):
            headers["Retry-After"] = str(error.seconds)
        if isinstance(error, FaultyFieldsError):
            faults = [{"field": field, "says": said} for field, said in error.faults]
            return problem(status, str(error), headers, errors=faults)
        return say(request.url.path, status, str(error), headers)

    @app.exception_handler(RequestValidationError)
    async def _unreadable(request: Request, error: RequestValidationError) -> Response:
        names = sorted({str(item["loc"][-1]) for item in error.errors() if item.get("loc")})
        return say(
            request.url.path, HTTPStatus.BAD_REQUEST, f"These parameters are missing or cannot be read: {', '.join(names)}."
        )

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        texts = {
            HTTPStatus.NOT_FOUND: "There is nothing at this address.",
            HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take requests of this kind.",
        }
        headers = dict(error.headers or {})
        methods = methods_at(app, request.url.path) if status is HTTPStatus.METHOD_NOT_ALLOWED else []
        if methods:
            headers["Allow"] = ", ".join(methods)
        return say(request.url.path, status, texts.get(status, status.phrase + "."), headers)
