"""A team asks for its briefing: as JSON, as a page that runs nothing, and as a PDF that screen readers can read."""

import base64
import hashlib
import json
import re
import zlib
from pathlib import Path

import httpx
import pytest

from api.reports import Reports
from crimemap.access.audit_log import AuditLog
from crimemap.access.principal import TEAM_READ
from crimemap.access.tokens import TokenStore
from crimemap.errors import CrimemapError
from crimemap.products.briefing_page import briefing_page
from tests.api.test_partner import Partner
from tests.briefing_county import County, at, made_county

ADDRESS = "/teams/me/briefing"
WEEK = f"{ADDRESS}?from=2025-12-15&to=2025-12-21"


class Team:
    def __init__(self, county: County) -> None:
        self.county = county
        of = {"force": county.force, "neighbourhood": county.code, "days": 1}
        self.token = TokenStore(county.workspace).create(**of, scopes=[TEAM_READ])[1]
        self.partner = Partner(county.workspace)

    def get(self, address: str) -> httpx.Response:
        return self.partner.get(address, self.token)


@pytest.fixture(scope="module")
def team(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(made_county(demo_workspace, tmp_path_factory.mktemp("briefings") / "workspace"))


@pytest.fixture(scope="module")
def published(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(County(demo_workspace, tmp_path_factory.mktemp("published") / "workspace"))


def test_a_briefing_is_what_the_job_says_and_is_written_down(team: Team) -> None:
    answer = team.get(WEEK)
    assert answer.status_code == 200, answer.text
    assert answer.json() == json.loads(json.dumps(team.county.brief("2025-12-15", "2025-12-21")))
    assert answer.headers["cache-control"] == "no-store"
    (last,) = AuditLog(team.county.workspace).read(limit=1)
    assert (last["action"], last["area_code"]) == ("GET /teams/me/briefing", team.county.code)
    assert (last["first_month"], last["last_month"]) == ("2025-12", "2025-12")
    assert last["n_rows"] == answer.json()["counts"]["all"]["incidents"] > 0


def test_the_page_says_the_same_and_may_run_and_load_nothing(team: Team) -> None:
    answer = team.get(f"{WEEK}&format=html")
    page, said = answer.text, team.get(WEEK).json()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    (style,) = re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert "frame-ancestors 'none'" in policy
    assert re.findall(r"<script|<link|<img|<iframe|\son\w+=|\sstyle=|https?://(?!www\.w3\.org/2000/svg)", page) == []
    assert said["confidential"] is True
    assert "Confidential: from the force&#39;s own records" in page or "Confidential: from the force's own records" in page
    (alert,) = [one for one in said["near_repeat"]["alerts"] if one["incidents_in_area"]]
    assert f"{alert['within_m']:.0f} m" in page
    assert "27 December 2025, 03:00" in page
    for row in said["counts"]["offence_types"]:
        assert f'<th scope="row">{row["offence_type"]}</th><td class="n">{row["incidents"]}</td>' in page


def test_no_data_and_none_read_differently_on_the_page(team: Team) -> None:
    quiet = team.get(f"{ADDRESS}?from=2025-12-24&to=2025-12-30&format=html").text
    assert "No incident recorded" in quiet
    assert '<th scope="row">All types</th><td class="n">0</td>' in quiet
    unknown = team.get(f"{ADDRESS}?from=2025-12-25&to=2025-12-31&format=html").text
    assert "No incident recorded" not in unknown
    assert '<td class="n">0</td><td class="n">' not in unknown
    assert "That is not to say that nothing happened" in unknown


def test_the_pdf_is_tagged_and_has_the_words(team: Team) -> None:
    pytest.importorskip("weasyprint")
    answer = team.get(f"{WEEK}&format=pdf")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    streams = re.findall(rb"stream\n(.*?)\nendstream", answer.content, flags=re.DOTALL)
    inside = b"".join(zlib.decompress(one) if one.startswith(b"x") else one for one in streams)
    assert b"/Marked true" in inside
    assert b"/Lang (en-GB)" in inside
    assert b"pdfuaid" in inside
    assert inside.count(b"/S /Figure") == inside.count(b"/Alt ") == 1
    for kind in (b"/H1", b"/H2", b"/Table", b"/TH", b"/Caption"):
        assert b"/S " + kind in inside, kind
    assert answer.headers["content-disposition"].endswith('.pdf"')


def test_a_pdf_that_cannot_be_made_is_said_so_and_recorded_as_not_given(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> bytes:
        raise CrimemapError("the report took too long")

    monkeypatch.setattr(Reports, "printed", fails)
    answer = team.get(f"{WEEK}&format=pdf")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "15")
    assert AuditLog(team.county.workspace).read(limit=1)[0]["n_rows"] is None
    monkeypatch.setattr("api.routes.briefings.find_spec", lambda _: None)
    assert team.get(f"{WEEK}&format=pdf").status_code == 501


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("image/png", "application/json"),
    ],
)
def test_accept_says_the_form(team: Team, accept: str, kind: str) -> None:
    assert team.partner.get(WEEK, team.token, accept=accept).headers["content-type"] == kind


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("from=2025-12-15", "only one end"),
        ("from=yesterday&to=today", "from:"),
        ("shift=tonight", "shift:"),
        ("from=2025-12-15&to=2025-12-21&format=docx", "format:"),
        ("area=lsoa/1", "area:"),
    ],
)
def test_what_cannot_be_read_is_a_problem_that_names_the_parameter(team: Team, query: str, says: str) -> None:
    answer = team.get(f"{ADDRESS}?{query}")
    assert answer.status_code == 400
    assert says in answer.json()["detail"]


def test_days_of_which_only_the_month_is_known_are_refused_and_the_month_is_briefed(published: Team) -> None:
    refused = published.get(WEEK)
    assert refused.status_code == 400
    assert "only the month of each incident is known" in refused.json()["detail"]
    said = published.get(f"{ADDRESS}?from=2025-12&to=2025-12").json()
    assert said["near_repeat"]["status"] == "only_month_known"
    page = published.get(f"{ADDRESS}?from=2025-12&to=2025-12&format=html").text
    assert "Near repeat needs the day of each incident" in page
    assert "From published records" in page


def test_another_area_is_forbidden(team: Team) -> None:
    assert team.get(f"{ADDRESS}?area=csp/E22999999").status_code == 403
    assert team.get(f"{ADDRESS}?area=neighbourhood/other").status_code == 403


def test_a_name_or_place_that_would_run_is_text_on_the_page(team: Team) -> None:
    said = team.get(WEEK).json()
    hostile = '"><script>alert(1)</script><svg onload=alert(1)>'
    said["area_name"] = hostile
    for one in said["near_repeat"]["alerts"]:
        one["around"][0]["location"] = hostile
    for row in said["counts"]["offence_types"]:
        row["offence_type"] = hostile
    assert said["near_repeat"]["alerts"]
    page = briefing_page(said, outline=team.county.shape, made=at("2026-01-05 08:00"))
    assert page.count("&lt;script&gt;") > 3
    assert re.findall(r"<script|<svg on|<[^>]*\sonload=", page) == []
