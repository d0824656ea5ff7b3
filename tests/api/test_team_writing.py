"""A team writes: drafts and versions, nothing overwritten unseen, every fault named, and no content in the audit log."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.limits import LeakyBuckets
from api.partner import create_app
from crimemap.access.audit_log import AuditLog
from crimemap.access.principal import TEAM_READ, TEAM_WRITE
from crimemap.access.tokens import TokenStore
from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.pipeline.release import roll_back
from crimemap.products.manifest import read_manifest, verify_files
from crimemap.products.names import area_folder
from crimemap.products.releases import Shelf
from crimemap.settings import PrivateSettings
from crimemap.workspace import Workspace
from tests.api.own_releases import with_own_releases

SPEEDING = {"issue": "<p>Speeding on <b>Bridge</b> Street</p><script>x()</script>", "issue-date": "2025-07-01"}
MARK = "xyzzy-speaks-of-nobody"


class Team:
    """One team's member, with a token."""

    def __init__(self, app: FastAPI, token: str) -> None:
        self._app = app
        self._headers = {"Authorization": f"Bearer {token}"}

    def ask(self, method: str, path: str, *, tag: str | None = None, **more: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            headers = self._headers | ({} if tag is None else {"If-Match": tag}) | more.pop("headers", {})
            async with httpx.AsyncClient(transport=transport, base_url="http://partner.test") as client:
                return await client.request(method, f"/teams/me/texts/{path}", headers=headers, **more)

        return asyncio.run(once())

    def make(self, kind: str = "priorities", **content: str) -> httpx.Response:
        answer = self.ask("POST", kind, json={**(SPEEDING if kind == "priorities" else {}), **content})
        assert answer.status_code == 201, answer.text
        return answer


@pytest.fixture(scope="module")
def workspace(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return with_own_releases(demo_workspace, tmp_path_factory.mktemp("writing") / "workspace")


@pytest.fixture(scope="module")
def given(workspace: Workspace) -> dict[str, Any]:
    """A neighbourhood of which the force gave priorities and events."""
    store = NeighbourhoodStore(workspace)
    force = store.forces()[0]
    return next({"force": force, **one} for one in store.neighbourhoods(force) if one["priorities"] and one["events"])


@pytest.fixture(scope="module")
def app(workspace: Workspace) -> FastAPI:
    return create_app(PrivateSettings(workspace=workspace.root))


@pytest.fixture(scope="module")
def team(app: FastAPI, workspace: Workspace, given: dict[str, Any]) -> Team:
    scopes = [TEAM_READ, TEAM_WRITE]
    token = TokenStore(workspace).create(force=given["force"], neighbourhood=given["id"], scopes=scopes, days=1)[1]
    return Team(app, token)


def test_a_new_text_is_a_harmless_draft_with_a_tag_and_an_address(team: Team) -> None:
    answer = team.make()
    made = answer.json()
    assert (made["version"], made["state"], made["action"], made["public_version"]) == (1, "draft", "created", None)
    assert made["content"]["issue"] == "<p>Speeding on Bridge Street</p>"
    assert answer.headers["location"] == f"/teams/me/texts/priorities/{made['id']}"
    read = team.ask("GET", f"priorities/{made['id']}")
    assert (read.headers["etag"], read.json()) == (answer.headers["etag"], made)


def test_a_text_goes_from_draft_to_public_to_changed_to_withdrawn_and_back(team: Team) -> None:
    answer = team.make()
    here = f"priorities/{answer.json()['id']}"
    for method, path, said in (
        ("POST", "/publish", (2, "published", "published", 2)),
        ("PUT", "", (3, "draft", "edited", 2)),
        ("POST", "/publish", (4, "published", "published", 4)),
        ("DELETE", "", (5, "withdrawn", "withdrawn", None)),
        ("POST", "/undo?version=3", (6, "draft", "restored 3", None)),
        ("POST", "/publish", (7, "published", "published", 7)),
    ):
        body = {"json": SPEEDING | {"issue": "Racing"}} if method == "PUT" else {}
        answer = team.ask(method, here + path, tag=answer.headers["etag"], **body)
        told = answer.json()
        assert (told["version"], told["state"], told["action"], told["public_version"]) == said
    assert told["content"]["issue"] == "Racing"
    versions = team.ask("GET", f"{here}/history").json()["versions"]
    assert [one["version"] for one in versions] == [1, 2, 3, 4, 5, 6, 7]
    assert {one["who"][:6] for one in versions} == {"token:"}
    assert here.partition("/")[2] in {one["id"] for one in team.ask("GET", "priorities").json()["texts"]}


@pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("DELETE", ""), ("POST", "/publish"), ("POST", "/undo")])
def test_nothing_is_changed_unseen(team: Team, method: str, path: str) -> None:
    old = team.make().headers["etag"]
    here = f"priorities/{old.strip(chr(34)).partition('.')[0]}"
    new = team.ask("PUT", here, tag=old, json=SPEEDING).headers["etag"]
    body = {"json": SPEEDING} if method == "PUT" else {}
    assert team.ask(method, here + path, **body).status_code == 428
    for tag in (old, f"W/{new}", new.strip('"'), f"{old}, {new}"):
        answer = team.ask(method, here + path, tag=tag, **body)
        assert (answer.status_code, answer.headers["content-type"]) == (412, "application/problem+json")
    assert len(team.ask("GET", f"{here}/history").json()["versions"]) == 2
    assert team.ask(method, here + path, tag=new, **body).status_code == 200


def test_a_tag_that_came_with_a_compressed_answer_is_good(team: Team) -> None:
    answer = team.make(issue=f"<p>{'Speeding. ' * 300}</p>")
    here = f"priorities/{answer.json()['id']}"
    packed = team.ask("GET", here, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] != answer.headers["etag"]
    assert team.ask("POST", f"{here}/publish", tag=packed.headers["etag"]).status_code == 200


def test_what_the_force_gave_is_changed_and_comes_back(team: Team, given: dict[str, Any]) -> None:
    first = next(one for one in team.ask("GET", "events").json()["texts"] if one["action"] == "given")
    assert first["version"] == 0
    assert first["content"]["title"] == given["events"][0]["title"]
    here = f"events/{first['id']}"
    tag = team.ask("GET", here).headers["etag"]
    new = {"title": "Surgery moved", "start_date": "2026-07-01T19:00", "end_date": "2026-07-01T18:00"}
    assert team.ask("PUT", here, tag=tag, json=new).status_code == 400
    assert team.ask("POST", f"{here}/undo", tag=tag).status_code == 404
    edited = team.ask("PUT", here, tag=tag, json=new | {"end_date": ""})
    assert edited.status_code == 200, "neither a fault nor an undo may have moved the tag"
    assert (edited.json()["version"], edited.json()["public_version"]) == (2, 1)
    assert team.ask("PUT", here, tag=tag, json=new | {"end_date": ""}).status_code == 412
    undone = team.ask("POST", f"{here}/undo", tag=edited.headers["etag"]).json()
    assert undone["content"] == first["content"]


def test_contact_details_are_one_text_of_which_only_what_is_named_is_changed(team: Team, given: dict[str, Any]) -> None:
    (held,) = team.ask("GET", "contact").json()["texts"]
    assert held["content"] == {name: value for name, value in given["contact_details"].items() if value}
    assert team.ask("POST", "contact", json={"email": "a@example.org"}).status_code == 409
    written = team.ask("PUT", "contact/contact", tag="*", json={"email": "a@example.org"})
    assert written.json()["content"] == {"email": "a@example.org"}


def test_every_field_that_cannot_be_taken_is_named(team: Team) -> None:
    answer = team.ask("POST", "messages", json={"title": "x" * 200, "date": "soon", "colour": "red"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    errors = answer.json()["errors"]
    assert sorted(one["field"] for one in errors) == ["colour", "date", "text", "title"]
    assert next(one["says"] for one in errors if one["field"] == "text") == "it is needed"


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (400, {"content": "{"}),
        (400, {"content": "[]"}),
        (400, {"content": '{"issue": NaN}'}),
        (400, {"content": "issue=x", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        (400, {"json": {"issue": "x" * 30_000}}),
        (413, {"content": b"[" * 100_001}),
    ],
)
def test_a_body_that_is_none_is_refused(team: Team, status: int, sent: dict[str, Any]) -> None:
    headers = {"Content-Type": "application/json"} | sent.pop("headers", {})
    assert team.ask("POST", "priorities", headers=headers, **sent).status_code == status


@pytest.mark.parametrize("path", ["secrets", "priorities/nothing", "messages/nothing/history", "events/..%2f..%2fx"])
def test_what_is_not_there_is_not_found(team: Team, path: str) -> None:
    assert team.ask("GET", path).status_code == 404


def test_another_team_sees_and_changes_nothing_of_it(
    team: Team, app: FastAPI, workspace: Workspace, given: dict[str, Any]
) -> None:
    other = next(one for one in NeighbourhoodStore(workspace).neighbourhoods(given["force"]) if one["id"] != given["id"])
    scopes = [TEAM_WRITE]
    token = TokenStore(workspace).create(force=given["force"], neighbourhood=other["id"], scopes=scopes, days=1)[1]
    answer = team.make()
    here = f"priorities/{answer.json()['id']}"
    stranger = Team(app, token)
    assert stranger.ask("GET", here).status_code == 404
    assert stranger.ask("PUT", here, tag="*", json=SPEEDING).status_code == 404
    assert stranger.ask("DELETE", here, tag=answer.headers["etag"]).status_code == 404
    assert answer.json()["id"] not in stranger.ask("GET", "priorities").text


def test_the_audit_log_says_which_kind_was_written_and_nothing_of_what(team: Team, workspace: Workspace) -> None:
    answer = team.make("priorities", issue=MARK)
    here = f"priorities/{answer.json()['id']}"
    team.ask("POST", f"{here}/publish", tag=answer.headers["etag"])
    team.ask("POST", "messages", json={"title": MARK})
    team.ask("GET", MARK)
    log = AuditLog(workspace).read(limit=4)
    assert [(one["action"], one["status"], one["n_rows"]) for one in log] == [
        ("GET /teams/me/texts/{kind}", 404, None),
        ("POST /teams/me/texts/messages", 400, None),
        ("POST /teams/me/texts/priorities/{identifier}/publish", 200, 1),
        ("POST /teams/me/texts/priorities", 201, 1),
    ]
    assert MARK not in json.dumps(AuditLog(workspace).read(limit=10_000))


def test_published_with_the_next_release_is_in_no_release_yet(team: Team, workspace: Workspace) -> None:
    shelf = Shelf(workspace.releases)
    before = shelf.ids()
    answer = team.make()
    told = team.ask("POST", f"priorities/{answer.json()['id']}/publish", tag=answer.headers["etag"]).json()
    assert told["release"] == {"status": "next_release", "id": None, "detail": None}
    assert shelf.ids() == before


def test_published_at_once_is_a_sound_release_that_can_be_rolled_back(
    team: Team, workspace: Workspace, given: dict[str, Any]
) -> None:
    shelf = Shelf(workspace.releases)
    before = shelf.active()
    answer = team.make("messages", title="Burst main", text="Mind.", date="2025-07-01")
    told = team.ask("POST", f"messages/{answer.json()['id']}/publish?when=at_once", tag=answer.headers["etag"])
    assert (told.status_code, told.json()["release"]["status"]) == (200, "released")
    made = shelf.path(told.json()["release"]["id"])
    assert shelf.active() == made.name != before
    assert verify_files(made) == []
    assert read_manifest(made)["patch_of"] == before
    page = Path("site", area_folder("neighbourhood", given["id"], given["force"]), "index.html")
    assert "Burst main" in (made / page).read_text()
    again = team.ask("POST", f"messages/{answer.json()['id']}/publish?when=at_once", tag=told.headers["etag"])
    assert again.json()["release"]["id"] == made.name, "nothing new to say, so no new release"
    gone = team.ask("DELETE", f"messages/{answer.json()['id']}?when=at_once", tag=again.headers["etag"]).json()
    assert "Burst main" not in (shelf.path(gone["release"]["id"]) / page).read_text()
    assert roll_back(workspace)["active"] == made.name
    assert roll_back(workspace)["active"] == before


def test_while_a_release_is_built_a_text_is_kept_and_waits(
    team: Team, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.team_publishing._PATIENCE_S", 0.1)
    before = Shelf(workspace.releases).ids()
    answer = team.make()
    here = f"priorities/{answer.json()['id']}"
    with workspace.writing():
        told = team.ask("POST", f"{here}/publish?when=at_once", tag=answer.headers["etag"])
    assert (told.status_code, told.json()["release"]["status"]) == (202, "waiting")
    assert team.ask("GET", here).json()["state"] == "published"
    assert Shelf(workspace.releases).ids() == before
    told = team.ask("POST", f"{here}/publish?when=at_once", tag=told.headers["etag"])
    assert (told.status_code, told.json()["release"]["status"]) == (200, "released")


def test_a_time_that_is_none_changes_nothing(team: Team) -> None:
    answer = team.make()
    here = f"priorities/{answer.json()['id']}"
    assert team.ask("POST", f"{here}/publish?when=soon", tag=answer.headers["etag"]).status_code == 400
    assert team.ask("GET", here).json()["state"] == "draft"


def test_a_team_causes_so_many_releases_and_no_more(
    team: Team, app: FastAPI, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state, "team_patches", LeakyBuckets(per_second=1 / 60, burst=1, clock=lambda: 0.0))
    seen = []
    for _ in range(2):
        answer = team.make()
        told = team.ask("POST", f"priorities/{answer.json()['id']}/publish?when=at_once", tag=answer.headers["etag"])
        seen.append((told.status_code, told.json()["release"]["status"], told.json()["state"]))
    assert seen == [(200, "released", "published"), (202, "waiting", "published")]
    assert read_manifest(Shelf(workspace.releases).path(Shelf(workspace.releases).latest()))["patch_of"]
