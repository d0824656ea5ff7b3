"""Reading JSON bodies: bounded, plain, and refused with a sentence."""

import json
import math
from typing import Any, Final

from fastapi import Request

from api.errors import BadRequestError, TooLargeError

__all__ = ["MAX_JSON_BYTES", "fields", "json_object", "plain_json"]

MAX_JSON_BYTES: Final = 1_000_000
_MAX_DEPTH: Final = 12
_MAX_VALUES: Final = 100_000
_MAX_TEXT: Final = 400


async def json_object(
    request: Request, *, most_bytes: int = MAX_JSON_BYTES, longest_text: int = _MAX_TEXT
) -> dict[str, Any]:
    """
    Read a body that is one JSON object.

    Parameters
    ----------
    most_bytes
        How large it may be.
    longest_text
        How many characters a text in it may have.

    Raises
    ------
    TooLargeError
        If it is larger.
    BadRequestError
        If it is not JSON, not an object, or not plain: see `plain_json`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise BadRequestError("the body is not application/json", where="body", fix="Send a JSON object.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise TooLargeError(f"the body is larger than {most_bytes:,} bytes", where="body", fix="Send less.")
    value = plain_json(bytes(body), longest_text=longest_text)
    if not isinstance(value, dict):
        raise BadRequestError("the body is not an object", where="body", fix="Send a JSON object.")
    return value


def plain_json(body: bytes, *, longest_text: int = _MAX_TEXT) -> Any:
    """
    Read JSON whose numbers are finite, whose texts are short and can be written again, and which is not nested deeply.

    Examples
    --------
    >>> plain_json(b'{"merge": [1, null]}')
    {'merge': [1, None]}
    >>> plain_json(b"[NaN]")
    Traceback (most recent call last):
    ...
    api.errors.BadRequestError: body: this is not JSON. Send a JSON object.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):  # bad UTF-8 and numbers of thousands of digits among them
        raise BadRequestError("this is not JSON", where="body", fix="Send a JSON object.") from None
    level, count = [value], 0
    for _ in range(_MAX_DEPTH):
        inner: list[Any] = []
        for one in level:
            count += 1
            if isinstance(one, dict):
                inner += [*one.keys(), *one.values()]
            elif isinstance(one, list):
                inner += one
            elif isinstance(one, str):
                _require_text(one, longest_text)
            elif isinstance(one, int) and abs(one) > 2**53:
                raise BadRequestError("a number is too large", where="body")
        if count > _MAX_VALUES:
            raise BadRequestError(f"there are more than {_MAX_VALUES:,} values", where="body", fix="Send fewer.")
        level = inner
        if not level:
            return value
    raise BadRequestError(f"it is nested more than {_MAX_DEPTH} deep", where="body", fix="Send it as the API describes it.")


def fields(given: dict[str, Any], *, needed: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, Any]:
    """
    Take the fields of a body: text where needed, objects where optional.

    Raises
    ------
    BadRequestError
        If a field is unknown, missing, or of the wrong kind.
    """
    unknown = sorted(given.keys() - {*needed, *optional})
    if unknown:
        raise BadRequestError(
            f"there is no field {unknown[0]!r}", where="body", fix=f"Take {', '.join([*needed, *optional])}."
        )
    for name in needed:
        if not isinstance(given.get(name), str) or not given[name]:
            raise BadRequestError("this is missing or not text", where=name, fix="See /v1/alignment for the sets.")
    for name in optional:
        if not isinstance(given.get(name, {}), dict):
            raise BadRequestError("this is not an object", where=name)
    return {name: given.get(name, {}) for name in (*needed, *optional)}


def _refuse(_: str) -> Any:
    raise ValueError


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _require_text(text: str, longest: int) -> None:
    if len(text) > longest:
        raise BadRequestError(f"a text is longer than {longest:,} characters", where="body", fix="Shorten it.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadRequestError("a text holds half a character", where="body") from None
