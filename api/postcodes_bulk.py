"""Many look-ups of postcodes in one request: reading the body, JSON or a form, and answering in its order."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs

import anyio.to_thread
from fastapi import Request
from starlette.responses import Response

from api.bodies import plain_json
from api.errors import POSTCODES_IO, BadRequestError, TooLargeError, say
from api.store.texts import json_bytes

__all__ = ["BULK_BODY", "bulk_answer"]

_MOST: Final = 100
_LARGEST: Final = 100_000
_INVALID: Final = (
    "Invalid JSON query submitted. You need to submit a JSON object with an array of postcodes or geolocation objects. "
    "Also ensure that Content-Type is set to application/json"
)
_FORM: Final = "application/x-www-form-urlencoded"
_PLACE: Final = ("longitude", "latitude", "limit", "radius", "widesearch", "wideSearch")
_MANY: Final = {"type": "array", "maxItems": _MOST}

#: What the OpenAPI document says of the body.
BULK_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "postcodes": _MANY | {"description": "Postcodes, as text."},
                        "geolocations": _MANY
                        | {
                            "description": "Objects with `longitude`, `latitude`, and maybe `limit`, `radius`, `widesearch`."
                        },
                    },
                    "anyOf": [{"required": ["postcodes"]}, {"required": ["geolocations"]}],
                },
                "example": {"postcodes": ["CB2 1TN", "CF10 1AA"]},
            },
            _FORM: {
                "schema": {
                    "type": "object",
                    "required": ["postcodes"],
                    "properties": {"postcodes": {"anyOf": [{"type": "string"}, _MANY | {"items": {"type": "string"}}]}},
                },
                "example": {"postcodes": ["CB2 1TN", "CF10 1AA"]},
            },
        },
    }
}


async def bulk_answer(
    request: Request,
    *,
    one: Callable[[str], dict[str, Any] | None],
    near: Callable[[Mapping[str, Any]], list[dict[str, Any]] | None],
    kept: str | None,
) -> Response:
    """
    Answer a bulk look-up.

    Parameters
    ----------
    one
        Looks up a postcode.
    near
        Looks up a geolocation.
    kept
        Names of the attributes to keep, with commas between; all where there are none.
    """
    try:
        given = await _body(request)
    except TooLargeError:
        return say(POSTCODES_IO, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {_LARGEST:,} bytes")
    except BadRequestError:
        return _refused(_INVALID)
    lists = {name: given[name] for name in ("postcodes", "geolocations") if name in given}
    if not lists:
        return _refused(_INVALID)
    if not all(isinstance(one, list) for one in lists.values()):
        return _refused("Invalid data submitted. You need to provide a JSON array")
    if max(map(len, lists.values())) > _MOST:
        what = "postcodes" if "postcodes" in lists else "locations"
        return _refused(f"Too many {what} submitted. Up to {_MOST} {what} can be bulk requested at a time")
    names = {name.strip() for name in kept.split(",")} if kept else None

    def work() -> bytes:
        if "postcodes" in lists:
            found = [{"query": text, "result": one(text) if isinstance(text, str) else None} for text in lists["postcodes"]]
        else:
            found = [_placed(place, near) for place in lists["geolocations"]]
        return json_bytes({"status": HTTPStatus.OK.value, "result": [_only(row, names) for row in found]})

    return Response(await anyio.to_thread.run_sync(work), media_type="application/json")


def _placed(place: Any, near: Callable[[Mapping[str, Any]], list[dict[str, Any]] | None]) -> dict[str, Any]:
    if not isinstance(place, dict):
        return {"query": place, "result": None}
    asked = {name: place[name] for name in _PLACE if name in place}
    return {"query": asked, "result": near(asked)}


def _only(row: dict[str, Any], names: set[str] | None) -> dict[str, Any]:
    found = row["result"]
    if names is None or found is None:
        return row
    many = found if isinstance(found, list) else [found]
    short = [{name: value for name, value in one.items() if name in names} for one in many]
    return row | {"result": short if isinstance(found, list) else short[0]}


def _refused(text: str) -> Response:
    return say(POSTCODES_IO, HTTPStatus.BAD_REQUEST, text)


async def _body(request: Request) -> dict[str, Any]:
    """Read the body: JSON, or a form in which `postcodes` comes as often as there are postcodes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise TooLargeError("the body is too large")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _FORM:
        try:
            form = parse_qs(bytes(body).decode("utf-8"), keep_blank_values=True, max_num_fields=10 * _MOST)
        except ValueError:
            raise BadRequestError("the body is not a form") from None
        found = form.get("postcodes", form.get("postcodes[]"))
        return {} if found is None else {"postcodes": found}
    if kind != "application/json":
        raise BadRequestError("the body is not application/json")
    value = plain_json(bytes(body))
    if not isinstance(value, dict):
        raise BadRequestError("the body is not an object")
    return value
