"""Answers are compressed for whoever takes them so, and validators stay true to what was sent."""

import asyncio
import gzip
import json
import zlib
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from api.compression import DATA_TYPES, Compression
from tests.api.client import InProcess

LONG = "/api/crimes-street/all-crime?lat=52.5&lng=-1.45"
RAW = {"Accept-Encoding": "identity"}


def test_a_long_answer_is_the_same_compressed_and_plain(client: InProcess) -> None:
    plain, packed = client.get(LONG, headers=RAW), client.get(LONG, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content) / 5
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


def test_each_form_of_an_answer_has_its_own_validator(client: InProcess) -> None:
    plain, packed = client.get(LONG, headers=RAW), client.get(LONG, headers={"Accept-Encoding": "gzip"})
    assert plain.headers["etag"] != packed.headers["etag"]
    for answer, accepted in ((plain, "identity"), (packed, "gzip")):
        tag = answer.headers["etag"]
        again = client.get(LONG, headers={"Accept-Encoding": accepted, "If-None-Match": tag})
        assert (again.status_code, again.headers["etag"], again.content) == (304, tag, b"")
    other = client.get(LONG, headers={"Accept-Encoding": "gzip", "If-None-Match": '"another-gzip"'})
    assert other.status_code == 200


def test_head_says_what_get_would(client: InProcess) -> None:
    asked = {"Accept-Encoding": "gzip"}
    got, head = client.get(LONG, headers=asked), client.request("HEAD", LONG, headers=asked)
    assert head.content == b""
    for name in ("content-length", "content-encoding", "etag", "vary"):
        assert head.headers[name] == got.headers[name]


def test_what_is_compressed_already_is_sent_as_it_is(aligned: InProcess) -> None:
    path = "/v1/alignment"
    packed = aligned.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json()["sets"]
    assert packed.headers["etag"] != aligned.get(path, headers=RAW).headers["etag"]


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "identity;q=1, *;q=0"])
def test_who_does_not_take_gzip_is_not_given_it(client: InProcess, accepted: str) -> None:
    assert "content-encoding" not in client.get(LONG, headers={"Accept-Encoding": accepted}).headers


def _app(**limits: Any) -> Starlette:
    async def said(request: Request) -> Response:
        size = int(request.query_params["size"])
        return Response(b"x" * size, media_type=request.query_params["type"], headers={"ETag": '"one"'})

    async def shown_once(_: Request) -> Response:
        return JSONResponse({"token": "t" * 5_000})

    async def streamed(_: Request) -> Response:
        async def parts():
            for n in range(50):
                yield f"{n:05d}," * 400

        return StreamingResponse(parts(), media_type="text/csv")

    async def condition(request: Request) -> Response:
        return JSONResponse({"tag": request.headers.get("if-match"), "rest": "y" * 2_000})

    app = Starlette(
        routes=[
            Route("/said", said),
            Route("/once", shown_once, methods=["POST"]),
            Route("/streamed", streamed),
            Route("/condition", condition),
        ]
    )
    app.add_middleware(Compression, **limits)
    return app


def ask(app: Starlette, method: str, path: str, **kwargs: Any) -> tuple[httpx.Response, bytes]:
    async def asked() -> tuple[httpx.Response, bytes]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://crimemap.test") as client:
            answer = await client.send(client.build_request(method, path, **kwargs), stream=True)
            return answer, b"".join([part async for part in answer.aiter_raw()])

    return asyncio.run(asked())


@pytest.mark.parametrize(
    ("kind", "size", "packed"),
    [
        ("application/json", 5_000, True),
        ("text/html", 200_000, True),
        ("application/json", 500, False),
        ("image/png", 5_000, False),
        ("application/pdf", 5_000, False),
        ("application/zip", 5_000, False),
    ],
)
def test_only_what_gains_by_it_is_compressed(kind: str, size: int, *, packed: bool) -> None:
    answer, raw = ask(_app(), "GET", "/said", params={"size": size, "type": kind})
    assert ("content-encoding" in answer.headers) == packed
    assert (gzip.decompress(raw) if packed else raw) == b"x" * size
    assert answer.headers["etag"] == ('"one-gzip"' if packed else '"one"')


def test_a_part_of_a_file_is_never_compressed() -> None:
    answer, _ = ask(_app(), "GET", "/said", params={"size": 5_000, "type": "text/csv"}, headers={"Range": "bytes=0-9"})
    assert "content-encoding" not in answer.headers


def test_an_answer_in_many_parts_is_compressed_as_it_comes() -> None:
    answer, raw = ask(_app(), "GET", "/streamed")
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-length" not in answer.headers
    text = zlib.decompress(raw, 31)
    assert text == "".join(f"{n:05d}," * 400 for n in range(50)).encode()
    assert gzip.decompress(raw) == text


def test_what_is_shown_once_is_not_compressed_where_answers_hold_secrets() -> None:
    partner = _app(types=DATA_TYPES, methods=("GET",))
    once, _ = ask(partner, "POST", "/once")
    page, _ = ask(partner, "GET", "/said", params={"size": 9_000, "type": "text/html"})
    data, _ = ask(partner, "GET", "/said", params={"size": 9_000, "type": "application/json"})
    assert ["content-encoding" in one.headers for one in (once, page, data)] == [False, False, True]


def test_the_validator_of_a_compressed_answer_is_good_for_a_change() -> None:
    _, raw = ask(_app(), "GET", "/condition", headers={"If-Match": '"version-7-gzip"'})
    assert json.loads(gzip.decompress(raw))["tag"] == '"version-7"'
