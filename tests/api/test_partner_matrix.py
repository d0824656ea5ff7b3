"""Every route of the partner application refuses whoever has no right to it, whichever routes there are."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.partner import create_app
from crimemap.access.principal import PLANNING, SCOPES, TEAM_READ, TEAM_WRITE
from crimemap.access.tokens import TokenStore
from crimemap.settings import PrivateSettings
from crimemap.workspace import Workspace

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with nothing in it: whoever is refused learns nothing, not even that."""
    return Workspace(tmp_path_factory.mktemp("matrix")).create()


@pytest.fixture(scope="module")
def app(workspace: Workspace) -> FastAPI:
    return create_app(PrivateSettings(workspace=workspace.root, failed_attempts_per_minute=0))


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def _ask(app: FastAPI, asked: list[tuple[str, str, str | None]]) -> list[httpx.Response]:
    """Ask for (method, address, token), each path parameter filled in."""

    async def every() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://partner.test") as client:
            return [
                await client.request(
                    method,
                    re.sub(r"\{[^}]+\}", "x", address),
                    headers={} if token is None else {"Authorization": f"Bearer {token}"},
                )
                for method, address, token in asked
            ]

    return asyncio.run(every())


def _wanted(app: FastAPI) -> dict[tuple[str, str], list[frozenset[str]]]:
    """Give the scopes that each route asks for, one of each set, from the dependencies that it really has."""

    def scopes(dependant: Any) -> list[frozenset[str]]:
        own = [dependant.call.scopes] if hasattr(dependant.call, "scopes") else []
        return own + [one for inner in dependant.dependencies for one in scopes(inner)]

    # A router that was included stands as one entry among the application's own routes.
    every = [one for route in app.routes for one in getattr(getattr(route, "original_router", None), "routes", [route])]
    routes = [route for route in every if isinstance(route, APIRoute)]
    return {(method.lower(), route.path): scopes(route.dependant) for route in routes for method in route.methods}


def test_the_description_names_every_route_that_there_is(app: FastAPI) -> None:
    described = {(method, path) for method, path, _ in _operations(app.openapi())}
    assert {("get", "/teams/me"), ("get", "/teams/me/incidents"), ("get", "/audit")} <= described
    assert described == {one for one in _wanted(app) if one[0] in METHODS}


def test_no_route_answers_without_a_good_token(app: FastAPI, workspace: Workspace) -> None:
    store = TokenStore(workspace)
    of = {"force": "wendleshire", "neighbourhood": "A1", "scopes": list(SCOPES), "days": 1}
    expired = store.create(**of, now=datetime.now(UTC) - timedelta(days=2))[1]
    token, revoked = store.create(**of)
    store.revoke(token.id)
    unknown = f"crimemap_{'0' * 12}_{'A' * 43}"
    asked = [
        (method, path, given)
        for method, path, _ in _operations(app.openapi())
        for given in (None, expired, revoked, unknown, "a.b.c")
    ]
    answers = _ask(app, asked)
    assert [one[:2] for one, answer in zip(asked, answers, strict=True) if answer.status_code != 401] == []
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}


def test_no_route_answers_a_token_of_another_scope(app: FastAPI, workspace: Workspace) -> None:
    store = TokenStore(workspace)
    of = {"force": "wendleshire", "neighbourhood": "A1", "days": 1}
    tokens = {scope: store.create(**of, scopes=[scope])[1] for scope in SCOPES}
    wanted = _wanted(app)
    asked = []
    for method, path, _ in _operations(app.openapi()):
        good = wanted[method, path]
        assert good, f"{method} {path} asks for no scope"
        asked += [(method, path, text) for scope, text in tokens.items() if not all(scope in one for one in good)]
    assert asked
    answers = _ask(app, asked)
    assert [one[:2] for one, answer in zip(asked, answers, strict=True) if answer.status_code != 403] == []


def test_no_route_answers_about_another_area(app: FastAPI, workspace: Workspace) -> None:
    _, text = TokenStore(workspace).create(
        force="wendleshire", neighbourhood="A1", scopes=[TEAM_READ, TEAM_WRITE], areas=["csp/E22000001"], days=1
    )
    asked = [
        (method, f"{path}?area={area}", text)
        for method, path, operation in _operations(app.openapi())
        if path.startswith("/teams/") and "area" in {one["name"] for one in operation.get("parameters", ())}
        for area in ("csp/E22000002", "bcu/E22000001", "neighbourhood/A2")
    ]
    assert len(asked) >= 6
    assert {answer.status_code for answer in _ask(app, asked)} == {403}


def test_a_scope_without_a_team_opens_no_route_of_teams(app: FastAPI, workspace: Workspace) -> None:
    _, text = TokenStore(workspace).create(scopes=[PLANNING], days=1)
    asked = [(method, path, text) for method, path, _ in _operations(app.openapi()) if path.startswith("/teams/")]
    assert {answer.status_code for answer in _ask(app, asked)} == {403}


def test_a_refusal_says_the_same_everywhere(app: FastAPI) -> None:
    asked = [(method, path, None) for method, path, _ in _operations(app.openapi())]
    assert len({answer.text for answer in _ask(app, asked)}) == 1
