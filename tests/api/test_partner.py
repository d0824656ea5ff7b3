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
from crimemap.access.audit_log import AuditLog
from crimemap.access.principal import TEAM_READ
from crimemap.access.tokens import TokenStore
from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.areas.store import AreaStore
from crimemap.cli import app as cli
from crimemap.incidents.store import IncidentStore
from crimemap.settings import PrivateSettings
from crimemap.workspace import Workspace
from tests.api.server import free_port

ROUTES = ("/teams/me", "/teams/me/summary", "/audit")
ANALYSTS = {
    "/",
    "/conformance",
    "/definition",
    "/processes",
    "/processes/{process_id}",
    "/processes/{process_id}/execution",
} | {f"/jobs{rest}" for rest in ("", "/{job_id}", "/{job_id}/log", "/{job_id}/results", "/{job_id}/results/{name}")}
ANALYSTS |= {"/areas", "/areas/{set_id}"}


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
    def __init__(self, workspace: Workspace, **settings) -> None:
        chosen = {"failed_attempts_per_minute": 0} | settings
        self._app = create_app(PrivateSettings(workspace=workspace.root, **chosen), clock=lambda: self.now)
        self.now = 0.0

    def get(
        self, path: str, token: str | None = None, *, scheme: str = "Bearer", why: str | None = None, accept: str = "*/*"
    ) -> httpx.Response:
        import asyncio

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            headers = {"Accept": accept} | ({} if token is None else {"Authorization": f"{scheme} {token}"})
            if why is not None:
                headers["Crimemap-Purpose"] = why
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
def test_a_token_for_something_else_is_forbidden(partner: Partner, workspace: Workspace, path: str) -> None:
    _, text = TokenStore(workspace).create(scopes=["planning"], days=1)
    assert partner.get(path, text).status_code == 403


def test_every_access_is_written_down_refusals_too_and_no_token_is(
    partner: Partner, workspace: Workspace, team: tuple[str, str], token: str
) -> None:
    log = AuditLog(workspace)
    before = len(log.read(limit=10_000))
    found = partner.get("/teams/me/summary?months=3", token, why="Weekly%20meeting").json()
    partner.get("/teams/me/summary")
    partner.get(f"/teams/nothing/{token}", token)
    nowhere, refused, given = log.read(limit=3)
    assert len(log.read(limit=10_000)) == before + 3
    assert (given["who"], given["action"], given["status"]) == (f"token:{token[9:21]}", "GET /teams/me/summary", 200)
    assert (given["force"], given["area_type"], given["area_code"]) == (team[0], "neighbourhood", team[1])
    assert (given["first_month"], given["last_month"]) == (found["months"][0]["month"], found["months"][-1]["month"])
    assert given["n_rows"] == sum(month["incidents"] or 0 for month in found["months"])
    assert given["purpose"] == "Weekly meeting"
    assert (refused["who"], refused["status"], refused["n_rows"]) == ("unknown", 401, None)
    assert (nowhere["action"], nowhere["status"]) == ("GET (no route)", 404)
    assert token[22:] not in json.dumps(log.read(limit=10_000))
    assert log.verify() is None


def test_what_cannot_be_written_down_is_not_answered(workspace: Workspace, token: str, monkeypatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise sqlite3.OperationalError("disk full")

    monkeypatch.setattr(AuditLog, "write", full)
    answer = Partner(workspace).get("/teams/me", token)
    assert answer.status_code == 500
    assert "neighbourhood" not in answer.text


def test_an_administrator_reads_the_log_and_nobody_else_does(partner: Partner, workspace: Workspace, token: str) -> None:
    _, admin = TokenStore(workspace).create(scopes=["admin"], days=1)
    partner.get("/teams/me", token)
    rows = partner.get(f"/audit?who=token:{token[9:21]}&limit=5", admin).json()["accesses"]
    assert rows
    assert {row["who"] for row in rows} == {f"token:{token[9:21]}"}
    assert partner.get("/audit", token).status_code == 403
    shown = CliRunner().invoke(cli, ["audit", "--workspace", str(workspace.root), "--limit", "5", "--json"])
    assert json.loads(shown.stdout)["accesses"][0]["action"] == "GET /audit"
    checked = CliRunner().invoke(cli, ["audit", "--verify", "--workspace", str(workspace.root)])
    assert checked.exit_code == 0
    assert "as it was written" in checked.stdout


def test_whoever_fails_too_often_waits_whatever_they_send_next(workspace: Workspace, token: str) -> None:
    made = Partner(workspace, failed_attempts_per_minute=6, failed_attempts_burst=3)
    assert [made.get("/teams/me", "wrong").status_code for _ in range(4)] == [401, 401, 401, 429]
    answer = made.get("/teams/me", token)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) == 10
    made.now = 10.0
    assert made.get("/teams/me", token).status_code == 200
    # Good tokens are not counted, however many.
    assert {made.get("/teams/me", token).status_code for _ in range(6)} == {200}


def test_a_token_is_rotated_from_the_command_line_without_locking_anybody_out(
    partner: Partner, workspace: Workspace, team: tuple[str, str]
) -> None:
    where = ["--workspace", str(workspace.root), "--json"]
    run = CliRunner().invoke
    old = json.loads(run(cli, ["tokens", "create", "--team", "/".join(team), "--label", "tablet", *where]).stdout)
    new = json.loads(run(cli, ["tokens", "rotate", old["id"], *where]).stdout)
    assert new["replaces"] == old["id"]
    assert {partner.get("/teams/me", one["token"]).status_code for one in (old, new)} == {200}


def test_areas_that_the_workspace_does_not_have_are_not_granted(workspace: Workspace, team: tuple[str, str]) -> None:
    options = ["tokens", "create", "--team", "/".join(team), "--workspace", str(workspace.root), "--area"]
    refused = CliRunner().invoke(cli, [*options, "csp/E99999999"])
    assert refused.exit_code == 1
    assert "no boundary set" in refused.stderr


def test_every_route_is_behind_a_token(partner: Partner) -> None:
    document = partner.get("/openapi.json").json()
    text = "/teams/me/texts/{kind}/{identifier}"
    writing = {"/teams/me/texts/{kind}", text, f"{text}/history", f"{text}/publish", f"{text}/undo"}
    reading = {
        *ROUTES,
        "/teams/me/briefing",
        "/teams/me/feed.atom",
        "/teams/me/subscriptions",
        "/teams/me/subscriptions/{identifier}",
        "/teams/me/incidents",
        "/teams/me/incidents/changes",
    }
    assert set(document["paths"]) == ANALYSTS | reading | writing
    for path in document["paths"]:
        assert partner.get(path).status_code in {401, 405}


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
