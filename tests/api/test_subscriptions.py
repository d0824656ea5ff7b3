"""A team subscribes to changes of its area, sees what was sent, and ends it; and follows its area in a feed reader."""

import asyncio
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.partner import create_app
from crimemap.access.audit_log import AuditLog
from crimemap.access.principal import TEAM_READ
from crimemap.access.subscriptions import SubscriptionStore
from crimemap.access.tokens import TokenStore
from crimemap.settings import PrivateSettings
from tests.briefing_county import County, made_county

ADDRESS = "/teams/me/subscriptions"
ATOM = "{http://www.w3.org/2005/Atom}"
GOOD = {"url": "https://hooks.example.org/in?key=open-sesame"}


class Team:
    def __init__(self, county: County) -> None:
        self.county = county
        settings = PrivateSettings(
            workspace=county.workspace.root,
            failed_attempts_per_minute=0,
            partner_address="https://partner.force.test/",
            webhook_internal_hosts="hooks.force.local:9443",
        )
        self.app = create_app(settings)
        self.token = self.made_token(county.code)
        self.neighbour = self.made_token(county.elsewhere_code)

    def made_token(self, code: str) -> str:
        return TokenStore(self.county.workspace).create(
            force=self.county.force, neighbourhood=code, scopes=[TEAM_READ], days=1
        )[1]

    def ask(self, method: str, address: str, token: str | None = None, **more: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            headers = {"Authorization": f"Bearer {token or self.token}"}
            async with httpx.AsyncClient(transport=transport, base_url="http://partner.test", headers=headers) as client:
                return await client.request(method, address, **more)

        return asyncio.run(once())


@pytest.fixture(scope="module")
def team(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(made_county(demo_workspace, tmp_path_factory.mktemp("subscribed") / "workspace"))


def test_a_subscription_is_made_with_its_secret_shown_once_and_deleted(team: Team) -> None:
    made = team.ask("POST", ADDRESS, json=GOOD)
    assert made.status_code == 201, made.text
    one = made.json()
    assert made.headers["location"] == f"{ADDRESS}/{one['id']}"
    assert one["secret"].startswith("whsec_")
    listed = team.ask("GET", ADDRESS)
    (held,) = listed.json()["subscriptions"]
    assert (held["id"], held["status"], held["url"]) == (one["id"], "active", "https://hooks.example.org/…")
    assert [line["event"] for line in held["messages"]] == ["subscription.created"]
    assert one["secret"] not in listed.text
    assert "open-sesame" not in listed.text
    assert team.ask("DELETE", f"{ADDRESS}/{one['id']}").status_code == 204
    assert team.ask("GET", ADDRESS).json() == {"subscriptions": []}
    assert team.ask("DELETE", f"{ADDRESS}/{one['id']}").status_code == 404
    told = json.dumps(AuditLog(team.county.workspace).read(limit=20))
    assert "POST /teams/me/subscriptions" in told
    assert "open-sesame" not in told
    assert one["secret"] not in told


def test_another_team_neither_sees_nor_ends_it(team: Team) -> None:
    one = team.ask("POST", ADDRESS, json=GOOD).json()
    assert team.ask("GET", ADDRESS, team.neighbour).json() == {"subscriptions": []}
    assert team.ask("DELETE", f"{ADDRESS}/{one['id']}", team.neighbour).status_code == 404
    assert len(SubscriptionStore(team.county.workspace).held()) == 1
    # A colleague of the same team may.
    assert team.ask("DELETE", f"{ADDRESS}/{one['id']}", team.made_token(team.county.code)).status_code == 204


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/", "https://127.0.0.1/", "https://localhost/", "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/", "https://user:pass@hooks.example.org/", "https://hooks.force.local:9444/",
        "https://hooks.example.org/#x", "file:///etc/passwd", "",
    ],
)  # fmt: skip
def test_an_address_that_no_webhook_may_go_to_is_refused_and_named(team: Team, url: str) -> None:
    answer = team.ask("POST", ADDRESS, json={"url": url})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("url:")
    assert SubscriptionStore(team.county.workspace).held() == []


def test_a_host_of_the_own_network_is_taken_where_an_operator_names_it(team: Team) -> None:
    made = team.ask("POST", ADDRESS, json={"url": "https://hooks.force.local:9443/in"})
    assert made.status_code == 201
    team.ask("DELETE", made.headers["location"])


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"url": 1}', b'{"url": "https://a.b/", "more": 1}', b"{" * 5000, b"\xff"]
)
def test_a_body_that_is_none_is_refused(team: Team, body: bytes) -> None:
    answer = team.ask("POST", ADDRESS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert SubscriptionStore(team.county.workspace).held() == []


def test_a_team_has_ten_at_most(team: Team) -> None:
    found = [team.ask("POST", ADDRESS, json=GOOD) for _ in range(11)]
    assert [one.status_code for one in found] == [201] * 10 + [409]
    for one in found[:10]:
        team.ask("DELETE", one.headers["location"])


def test_another_area_is_forbidden(team: Team) -> None:
    assert team.ask("POST", f"{ADDRESS}?area=csp/E22999999", json=GOOD).status_code == 403
    assert team.ask("GET", "/teams/me/feed.atom?area=csp/E22999999").status_code == 403


def test_the_feed_says_how_many_and_never_where(team: Team) -> None:
    answer = team.ask("GET", "/teams/me/feed.atom")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.text)  # noqa: S314 - our own
    entries = feed.findall(f"{ATOM}entry")
    assert entries[0].findtext(f"{ATOM}title") == "Briefing: Wednesday 24 December 2025 to Tuesday 30 December 2025"
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    links = {link.get("href") for link in feed.iter(f"{ATOM}link")}
    assert links == {
        "https://partner.force.test/teams/me/feed.atom",
        "https://partner.force.test/teams/me/briefing?format=html",
    }
    where = team.county.middle
    for secret in ("House", f"{where.x:.0f}", f"{where.y:.0f}"):
        assert secret not in answer.text
    assert feed.findtext(f"{ATOM}subtitle") == "Not to be passed on."
    assert AuditLog(team.county.workspace).read(limit=1)[0]["action"] == "GET /teams/me/feed.atom"


def test_the_feed_stays_the_same_until_something_is_loaded(team: Team) -> None:
    first = team.ask("GET", "/teams/me/feed.atom").text
    assert team.ask("GET", "/teams/me/feed.atom").text == first


def test_an_alert_is_an_entry_that_says_until_when(demo_workspace: Path, tmp_path: Path) -> None:
    made = Team(made_county(demo_workspace, tmp_path / "workspace", last_day="2025-12-22"))
    feed = ET.fromstring(made.ask("GET", "/teams/me/feed.atom").text)  # noqa: S314 - our own
    found = {entry.findtext(f"{ATOM}title"): entry.findtext(f"{ATOM}content") for entry in feed.findall(f"{ATOM}entry")}
    assert "27 December 2025, 03:00" in str(found["Near-repeat alert: Burglary"])


def test_an_address_says_every_method_that_it_takes(team: Team) -> None:
    refused = team.ask("PUT", ADDRESS)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")
    assert team.ask("GET", f"{ADDRESS}/1").headers["allow"] == "DELETE"
    assert team.ask("POST", "/teams/me").headers["allow"] == "GET"
