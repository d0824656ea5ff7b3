"""What every answer has: headers, validators, HEAD, limits of length, and errors that say little and enough."""

import logging

import pytest

from api.errors import STATUSES, status_of
from api.middleware import MAX_ADDRESS
from api.public import create_app
from crimemap import errors
from crimemap.settings import PublicSettings
from tests.api.client import InProcess
from tests.api.release_fixture import FORCE, InventedRelease


@pytest.mark.parametrize(
    "path", ["/", "/api/forces", "/v1/areas", "/nothing", "/api/nothing", "/v1/nothing", "/openapi.json"]
)
def test_every_answer_has_the_security_headers(client: InProcess, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "referrer-policy" in headers
    assert "permissions-policy" in headers
    assert "server" not in headers


def test_any_page_may_call_the_api_but_the_site_is_not_opened_to_others(client: InProcess) -> None:
    for path in ("/api/forces", "/api/nothing", "/v1/areas", "/v1/nothing"):
        assert client.get(path).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in client.get("/").headers
    preflight = client.request("OPTIONS", "/api/crimes-street/all-crime", headers={"Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 204
    assert "POST" in preflight.headers["access-control-allow-methods"]


@pytest.mark.parametrize("path", ["/api/forces", "/v1/areas", "/", "/assets/site.css"])
def test_a_client_that_has_the_answer_is_told_so(client: InProcess, invented: InventedRelease, path: str) -> None:
    first = client.get(path)
    assert invented.id in first.headers["etag"]
    assert first.headers["cache-control"]
    again = client.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_what_was_not_found_is_not_kept_by_caches(client: InProcess) -> None:
    answer = client.get("/api/nothing", headers={"If-None-Match": "*"})
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


@pytest.mark.parametrize("path", ["/api/forces", "/api/nothing", "/", f"/api/{FORCE}/NM06/boundary"])
def test_head_is_get_without_the_body(client: InProcess, path: str) -> None:
    got, head = client.get(path), client.request("HEAD", path)
    assert head.status_code == got.status_code
    assert head.content == b""
    assert head.headers["content-length"] == got.headers["content-length"]


def test_a_get_that_is_too_long_is_refused_and_one_that_just_fits_is_not(client: InProcess) -> None:
    start = "/api/crimes-street/all-crime?lat=52.5&lng=-1.4&x="
    assert client.get(start + "y" * (MAX_ADDRESS - len(start))).status_code == 200
    long = client.get(start + "y" * (MAX_ADDRESS - len(start) + 1))
    assert long.status_code == 400
    assert "POST" in long.text


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/forces"), ("PUT", "/api/forces"), ("DELETE", "/v1/areas"), ("POST", "/")]
)
def test_other_methods_are_refused(client: InProcess, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


def test_every_error_of_ours_has_a_status() -> None:
    for name in errors.__all__:
        assert 400 <= status_of(getattr(errors, name)("x")) <= 503
    assert status_of(errors.ParameterError("x")) == 400
    assert errors.CrimemapError in STATUSES


def test_our_own_part_answers_with_problem_documents(client: InProcess) -> None:
    for path, status in (
        ("/v1/nothing", 404),
        ("/v1/areas/neighbourhood?limit=x", 400),
        ("/v1/areas/neighbourhood/XX", 404),
    ):
        answer = client.get(path)
        assert answer.headers["content-type"] == "application/problem+json"
        document = answer.json()
        assert document["status"] == answer.status_code == status
        assert document["detail"].endswith(".")
        assert document["title"]


@pytest.mark.parametrize("path", ["/api/broken", "/v1/broken"])
def test_the_unforeseen_is_a_fixed_sentence_whose_number_is_in_the_log(
    invented: InventedRelease, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    app = create_app(PublicSettings(releases=invented.releases, rate_limit_per_second=0))

    @app.get("/v1/broken")
    @app.get("/api/broken")
    async def broken() -> None:
        raise RuntimeError("secret 52.123456,-1.123456")

    client = InProcess(app)
    with caplog.at_level(logging.ERROR, "crimemap.api"):
        answer = client.get(f"{path}?lat=52.123456")
    client.close()
    assert answer.status_code == 500
    (record,) = caplog.records
    number = record.getMessage().split()[1].rstrip(":")
    assert number in answer.text
    for said in (answer.text, record.getMessage()):
        assert "secret" not in said
        assert "52.1" not in said
    assert "test_answers.py" in record.getMessage()
    assert record.exc_info is None
