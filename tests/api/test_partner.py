"""The partner application: a token opens its own neighbourhood and nothing else."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

from api.partner import create_app
from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.areas.store import AreaStore
from crimemap.cli import app as cli
from crimemap.incidents.store import IncidentStore
from crimemap.settings import PrivateSettings
from crimemap.tokens import TEAM_READ, TokenStore
from crimemap.workspace import Workspace
from tests.api.server import free_port

ROUTES = ("/teams/me", "/teams/me/summary")


@pytest.fixture(scope="module")
def workspace(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The demonstration county with a drawer of its own for tokens."""
    root = tmp_path_factory.mktemp("partner") / "workspace"
    root.mkdir()
    for folder in demo_workspace.iterdir():
        (root / folder.name).symlink_to(folder)
    return Workspace(root)


@pytest.fixture(scope="module")
def team(workspace: Workspace) -> tuple[str, str]:
    store = NeighbourhoodStore(workspace)
    force = store.forces()[0]
    return force, store.neighbourhoods(force)[3]["id"]


@pytest.fixture(scope="module")
def token(workspace: Workspace, team: tuple[str, str]) -> str:
    options = ["tokens", "create", "--team", "/".join(team), "--workspace", str(workspace.root), "--json"]
    made = CliRunner().invoke(cli, options)
    assert made.exit_code == 0, made.output
    return str(json.loads(made.stdout)["token"])


class Partner:
    def __init__(self, workspace: Workspace) -> None:
        self._app = create_app(PrivateSettings(workspace=workspace.root))

    def get(self, path: str, token: str | None = None, *, scheme: str = "Bearer") -> httpx.Response:
        import asyncio

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            headers = {} if token is None else {"Authorization": f"{scheme} {token}"}
            async with httpx.AsyncClient(transport=transport, base_url="http://partner.test", headers=headers) as client:
                return await client.get(path)

        return asyncio.run(ask())


@pytest.fixture(scope="module")
def partner(workspace: Workspace) -> Partner:
    return Partner(workspace)


@pytest.mark.parametrize("path", ROUTES)
def test_without_a_good_token_there_is_nothing(
    partner: Partner, workspace: Workspace, team: tuple[str, str], token: str, path: str
) -> None:
    store = TokenStore(workspace)
    force, code = team
    _, expired = store.create(
        force=force, neighbourhood=code, scopes=[TEAM_READ], days=1, now=datetime.now(UTC) - timedelta(days=2)
    )
    revoked, revoked_text = store.create(force=force, neighbourhood=code, scopes=[TEAM_READ], days=1)
    store.revoke(revoked.id)
    answers = [partner.get(path, given) for given in (None, "", "x", expired, revoked_text, token[:-1] + "#")]
    answers.append(partner.get(path, token, scheme="Basic"))
    for answer in answers:
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
    assert len({answer.json()["detail"] for answer in answers}) == 1, "which of these it is, is not said"


@pytest.mark.parametrize("path", ROUTES)
def test_a_token_for_something_else_is_forbidden(
    partner: Partner, workspace: Workspace, team: tuple[str, str], path: str
) -> None:
    made, text = TokenStore(workspace).create(force=team[0], neighbourhood=team[1], scopes=[TEAM_READ], days=1)
    with sqlite3.connect(workspace.root / "tokens" / "tokens.sqlite") as database:
        database.execute("UPDATE tokens SET scopes = 'jobs:run' WHERE id = ?", (made.id,))
    database.close()
    assert partner.get(path, text).status_code == 403


def test_every_route_is_behind_a_token(partner: Partner) -> None:
    document = partner.get("/openapi.json").json()
    assert set(document["paths"]) == set(ROUTES)
    for path in document["paths"]:
        assert partner.get(path).status_code == 401


def test_a_team_sees_itself(partner: Partner, team: tuple[str, str], token: str) -> None:
    mine = partner.get("/teams/me", token).json()
    assert (mine["force"], mine["id"]) == team
    assert mine["scopes"] == [TEAM_READ]
    assert mine["name"]


def test_a_team_counts_its_own_area_and_a_missing_month_is_not_zero(
    partner: Partner, workspace: Workspace, team: tuple[str, str], token: str
) -> None:
    found = partner.get("/teams/me/summary?months=14", token).json()
    assert len(found["months"]) == 14
    areas = AreaStore(workspace)
    (info,) = [info for info in areas.sets() if info.area_type == "neighbourhood" and info.force == team[0]]
    shape = areas.read(info.set_id).frame.geometry.loc[team[1]]
    with IncidentStore(workspace).connect() as connection:
        rows = connection.execute(
            """
            SELECT month, offence_type, easting, northing FROM incidents JOIN places USING (place_id)
            WHERE source = 'police.uk'"""
        ).df()
        held = connection.execute(
            "SELECT month, status, kind FROM coverage WHERE table_name = 'incidents' AND source = 'police.uk'"
        ).fetchall()
    rows = rows[shapely.intersects_xy(shape, rows["easting"], rows["northing"])]
    loaded = {month for month, status, _ in held if status == "loaded"}
    checked = 0
    for month in found["months"]:
        if month["month"] not in loaded:
            assert (month["status"], month["incidents"]) == ("no_data", None)
        elif month["source"] == "police.uk":
            expected = rows[rows["month"] == month["month"]]["offence_type"].value_counts()
            assert month["incidents"] == expected.sum()
            assert {one["offence_type"]: one["incidents"] for one in month["offence_types"]} == expected.to_dict()
            checked += 1
    assert checked > 3
    assert "no_data" in {month["status"] for month in found["months"]}
    assert np.sum([month["incidents"] or 0 for month in found["months"]]) > 0


def test_parameters_out_of_range_are_a_problem_document(partner: Partner, token: str) -> None:
    answer = partner.get("/teams/me/summary?months=0", token)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("months:")


def test_tokens_are_listed_without_their_secret_and_revoked(
    workspace: Workspace, team: tuple[str, str], partner: Partner
) -> None:
    where = ["--workspace", str(workspace.root), "--json"]
    run = CliRunner().invoke
    made = json.loads(run(cli, ["tokens", "create", "--team", "/".join(team), "--expires", "7", *where]).stdout)
    listed = run(cli, ["tokens", "list", *where]).stdout
    assert made["id"] in listed
    assert made["token"] not in listed
    assert partner.get("/teams/me", made["token"]).status_code == 200
    assert json.loads(run(cli, ["tokens", "revoke", made["id"], *where]).stdout)["status"] == "revoked"
    assert partner.get("/teams/me", made["token"]).status_code == 401


@pytest.mark.parametrize("given", ["nowhere/NM01", "no-slash", "/", "{force}/nothing"])
def test_a_token_for_a_team_that_does_not_exist_is_refused(workspace: Workspace, team: tuple[str, str], given: str) -> None:
    options = ["tokens", "create", "--team", given.format(force=team[0]), "--workspace", str(workspace.root)]
    refused = CliRunner().invoke(cli, options)
    assert refused.exit_code == 1
    assert "crimemap:" in refused.stderr


def test_a_real_partner_process_logs_no_token(workspace: Workspace, token: str, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-P", "-m", "uvicorn", "api.main:partner", "--factory", "--port", str(port)]
    environment = os.environ | {"CRIMEMAP_WORKSPACE": str(workspace.root)}
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        try:
            for _ in range(400):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/openapi.json")
                    break
                except httpx.TransportError:
                    time.sleep(0.05)
            answer = httpx.get(f"http://127.0.0.1:{port}/teams/me", headers={"Authorization": f"Bearer {token}"})
            httpx.get(f"http://127.0.0.1:{port}/teams/me?access_token={token}")
        finally:
            process.terminate()
    assert answer.status_code == 200
    assert "GET /teams/me HTTP" in (tmp_path / "log").read_text()
    assert token[22:] not in (tmp_path / "log").read_text()
