"""What a team reads of its incidents: all of its own area, nothing else, whole over pages and exact over time."""

import csv
import io
import json
import shutil
from collections.abc import Callable  # noqa: TC003 - beside what runs
from pathlib import Path
from typing import Any

import pytest
import shapely
from typer.testing import CliRunner

from crimemap.access.audit_log import AuditLog
from crimemap.access.principal import TEAM_READ
from crimemap.access.tokens import TokenStore
from crimemap.areas.store import AreaStore
from crimemap.cli import app as cli
from crimemap.crs import to_wgs84
from crimemap.incidents.store import IncidentStore
from crimemap.workspace import Workspace
from tests.api.test_partner import Partner

ADDRESS = "/teams/me/incidents"
CHANGES = "/teams/me/incidents/changes"

DESCRIBED = """
name = "own"
kind = "confidential"
force = "{force}"
crs = "EPSG:27700"
[columns]
id = "ref"
offence_type = "type"
occurred_from = "from"
easting = "x"
northing = "y"
location = "where"
outcome = "outcome"
"""


class Team:
    """A workspace of its own that months can be loaded into, and a team that asks."""

    def __init__(self, demo_workspace: Path, root: Path) -> None:
        for name in ("incidents", "places", "areas", "neighbourhoods"):
            shutil.copytree(demo_workspace / name, root / name)
        self.workspace = Workspace(root)
        self.folder = root.parent
        areas = AreaStore(self.workspace)
        (info,) = [info for info in areas.sets() if info.area_type == "neighbourhood"]
        self.force = str(info.force)
        frame = areas.read(info.set_id).frame
        self.code, self.other = str(frame.index[3]), str(frame.index[10])
        self.shape, self.other_shape = frame.geometry.loc[self.code], frame.geometry.loc[self.other]
        self.csp = self._csp(areas)
        store = TokenStore(self.workspace)
        of = {"force": self.force, "neighbourhood": self.code, "scopes": [TEAM_READ], "days": 1}
        self.token, self.wide = store.create(**of)[1], store.create(**of, areas=[f"csp/{self.csp}"])[1]
        self.partner = Partner(self.workspace)

    def _csp(self, areas: AreaStore) -> str:
        (info,) = [info for info in areas.sets() if info.area_type == "csp"]
        frame = areas.read(info.set_id).frame
        return str(frame.index[shapely.contains(frame.geometry.to_numpy(), shapely.point_on_surface(self.shape))][0])

    def get(self, address: str, token: str | None = None) -> Any:
        return self.partner.get(address, token or self.token)

    def json(self, address: str) -> dict[str, Any]:
        answer = self.get(address)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, address: str) -> list[dict[str, Any]]:
        found = [self.json(address)]
        while found[-1]["next_cursor"]:
            found.append(self.json(f"{address}&cursor={found[-1]['next_cursor']}"))
        return found

    def ingest(self, rows: list[tuple[Any, ...]], name: str = "own", archive_month: str | None = None) -> None:
        (self.folder / "own.toml").write_text(DESCRIBED.format(force=self.force))
        path = self.folder / f"{name}.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("ref", "type", "from", "x", "y", "where", "outcome"), *rows])
        options = ["ingest", str(path), "--source", str(self.folder / "own.toml"), "--workspace", str(self.workspace.root)]
        done = CliRunner().invoke(cli, options + (["--archive-month", archive_month] if archive_month else []))
        assert done.exit_code == 0, done.output

    def row(
        self, ref: str, when: str, *, at: shapely.Point | None = None, where: str = "", outcome: str = ""
    ) -> tuple[Any, ...]:
        point = at or shapely.point_on_surface(self.shape)
        return (ref, "Burglary", when, point.x, point.y, where, outcome)


@pytest.fixture
def team(demo_workspace: Path, tmp_path: Path) -> Team:
    return Team(demo_workspace, tmp_path / "workspace")


@pytest.fixture(scope="module")
def reader(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Team:
    """A team whose workspace no test changes."""
    return Team(demo_workspace, tmp_path_factory.mktemp("reader") / "workspace")


def test_a_team_reads_every_incident_of_its_area_and_no_other(reader: Team) -> None:
    pages = reader.pages(f"{ADDRESS}?from=2024-11&to=2025-12&limit=7")
    found = [one for page in pages for one in page["incidents"]]
    with IncidentStore(reader.workspace).connect() as con:
        rows = con.execute("SELECT id, easting, northing FROM incidents JOIN places USING (place_id)").df()
    inside = rows[shapely.intersects_xy(reader.shape, rows["easting"], rows["northing"])]
    assert len(pages) > 3
    assert sorted(one["id"] for one in found) == sorted(inside["id"])
    assert {page["matched"] for page in pages} == {len(found)}
    assert [one["month"] for one in found] == sorted((one["month"] for one in found), reverse=True)


def test_filters_let_through_what_they_say(reader: Team) -> None:
    every = reader.json(f"{ADDRESS}?from=2025-01&to=2025-12")["incidents"]
    kind = every[0]["offence_type"]
    wanted = [one["id"] for one in every if one["offence_type"] == kind]
    assert [
        one["id"] for one in reader.json(f"{ADDRESS}?from=2025-01&to=2025-12&offence_type={kind}")["incidents"]
    ] == wanted
    by_slug = reader.json(f"{ADDRESS}?from=2025-01&to=2025-12&category={every[0]['category']}")
    assert [one["id"] for one in by_slug["incidents"]] == wanted
    outcome = next(one["last_outcome"] for one in every if one["last_outcome"])
    found = reader.json(f"{ADDRESS}?from=2025-01&to=2025-12&outcome={outcome}")["incidents"]
    assert [one["id"] for one in found] == [one["id"] for one in every if one["last_outcome"] == outcome]
    assert reader.json(f"{ADDRESS}?offence_type=Nothing%20like%20it")["matched"] == 0


def test_a_month_without_data_is_named_and_not_an_empty_one(reader: Team) -> None:
    answer = reader.get(f"{ADDRESS}?from=2020-01&to=2020-02&format=csv")
    assert answer.headers["crimemap-no-data"] == "2020-01,2020-02"
    assert reader.json(f"{ADDRESS}?from=2020-01&to=2020-01")["months"][0]["status"] == "no_data"


def test_incidents_of_which_only_the_month_is_known_are_in_no_part_of_it(reader: Team) -> None:
    whole = reader.json(f"{ADDRESS}?from=2025-11-01&to=2025-11-30")
    part = reader.json(f"{ADDRESS}?from=2025-11-02&to=2025-11-30")
    assert whole["matched"] > 0
    assert (whole["undated_left_out"], part["matched"]) == (0, 0)
    assert part["undated_left_out"] == whole["matched"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "from=2025-02-30",
        "from=yesterday",
        "from=2025-03&to=2025-01",
        "from=1990-01&to=2025-01",
        "category=x",
        "offence_type=a&category=burglary",
        "cursor=x",
        "cursor=" + "A" * 5000,
        "format=exe",
        "area=csp",
        "area=ward/E1",
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(reader: Team, query: str) -> None:
    answer = reader.get(f"{ADDRESS}?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_a_granted_area_is_read_and_any_other_is_forbidden(reader: Team) -> None:
    assert reader.get(f"{ADDRESS}?area=csp/{reader.csp}").status_code == 403
    assert reader.get(f"{ADDRESS}?area=neighbourhood/{reader.other}", reader.wide).status_code == 403
    assert reader.get(f"{CHANGES}?area=csp/{reader.csp}").status_code == 403
    wide = reader.get(f"{ADDRESS}?area=csp/{reader.csp}", reader.wide).json()
    assert wide["matched"] > reader.json(ADDRESS)["matched"] > 0
    logged = AuditLog(reader.workspace).read(limit=2)[1]
    assert (logged["area_type"], logged["area_code"]) == ("csp", reader.csp)
    assert logged["n_rows"] == len(wide["incidents"])


def test_a_cursor_opens_nothing_of_another_area_or_question(reader: Team) -> None:
    cursor = reader.json(f"{ADDRESS}?limit=1")["next_cursor"]
    assert reader.get(f"{ADDRESS}?limit=1&cursor={cursor}").status_code == 200
    assert reader.get(f"{ADDRESS}?area=csp/{reader.csp}&cursor={cursor}", reader.wide).status_code == 400
    assert reader.get(f"{ADDRESS}?category=burglary&cursor={cursor}").status_code == 400


def test_geojson_and_csv_hold_what_json_does(reader: Team) -> None:
    told = reader.json(f"{ADDRESS}?limit=5")
    shown = reader.get(f"{ADDRESS}?limit=5&format=geojson")
    assert shown.headers["content-type"] == "application/geo+json"
    features = shown.json()["features"]
    assert [one["id"] for one in features] == [one["id"] for one in told["incidents"]]
    assert features[0]["geometry"]["coordinates"] == [told["incidents"][0]["longitude"], told["incidents"][0]["latitude"]]
    text = reader.get(f"{ADDRESS}?limit=5&format=csv")
    assert text.headers["content-type"].startswith("text/csv")
    assert [int(row["id"]) for row in csv.DictReader(io.StringIO(text.text))] == [one["id"] for one in told["incidents"]]
    assert 'rel="next"' in text.headers["link"]


def test_own_records_are_given_as_they_are_and_take_the_place_of_published_ones(team: Team) -> None:
    at = shapely.point_on_surface(team.shape)
    rows = [team.row("A1", "2025-11-14T22:15", where='=HYPERLINK("x")'), team.row("A2", "2025-11-02T03:00")]
    team.ingest([*rows, team.row("A3", "2025-11-03T03:00", at=shapely.point_on_surface(team.other_shape))])
    found = team.json(f"{ADDRESS}?from=2025-11&to=2025-11")
    assert [one["crime_id"] for one in found["incidents"]] == ["A1", "A2"]
    one = found["incidents"][0]
    assert (one["occurred_from"], one["kind"]) == ("2025-11-14T22:15:00", "confidential")
    longitude, latitude = to_wgs84(at.x, at.y)
    assert (one["longitude"], one["latitude"]) == pytest.approx((float(longitude), float(latitude)), abs=2e-6)
    assert found["months"] == [{"month": "2025-11", "status": "loaded", "source": "own", "kind": "confidential"}]
    assert [one["crime_id"] for one in team.json(f"{ADDRESS}?from=2025-11-10&to=2025-11-14")["incidents"]] == ["A1"]
    assert "'=HYPERLINK" in team.get(f"{ADDRESS}?from=2025-11&to=2025-11&format=csv").text
    # With the summary: the same month, the same count.
    months = team.json("/teams/me/summary?months=3")["months"]
    assert {month["month"]: month["incidents"] for month in months}["2025-11"] == 2


def test_pages_stay_as_they_were_at_the_first_while_months_are_loaded(team: Team) -> None:
    before = [one["id"] for page in team.pages(f"{ADDRESS}?limit=5") for one in page["incidents"]]
    first = team.json(f"{ADDRESS}?limit=5")
    team.ingest([team.row("B1", "2025-12-24T10:00")])
    found, cursor = list(first["incidents"]), first["next_cursor"]
    while cursor:
        page = team.json(f"{ADDRESS}?limit=5&cursor={cursor}")
        found, cursor = found + page["incidents"], page["next_cursor"]
    assert [one["id"] for one in found] == before
    assert "B1" in [one["crime_id"] for one in team.json(f"{ADDRESS}?limit=5")["incidents"]]


def _follow(team: Team, since: str, limit: int) -> tuple[list[dict[str, Any]], str]:
    found: list[dict[str, Any]] = []
    while True:
        part = team.json(f"{CHANGES}?since={since}&limit={limit}")
        found, since = found + part["changes"], part["since"]
        if not part["more"]:
            return found, since


def _held(team: Team) -> dict[int, dict[str, Any]]:
    return {
        one["id"]: one for page in team.pages(f"{ADDRESS}?from=2024-01&to=2026-12&limit=1000") for one in page["incidents"]
    }


@pytest.mark.parametrize("limit", [1000, 3])
def test_whoever_follows_the_changes_holds_what_whoever_reads_anew_does(team: Team, limit: int) -> None:
    held, since = _held(team), team.json(CHANGES)["since"]
    inside, outside = shapely.point_on_surface(team.shape), shapely.point_on_surface(team.other_shape)
    deliveries: list[Callable[[], None]] = [
        # A month of its own takes the place of a published one; a new month comes; one outside is nobody's business.
        lambda: team.ingest(
            [
                team.row("C1", "2025-12-03T10:00"),
                team.row("C2", "2025-12-04T10:00"),
                team.row("C3", "2025-12-04T10:00", at=outside),
            ],
            "one",
        ),
        # Changed, withdrawn, moved in, new.
        lambda: team.ingest(
            [
                team.row("C1", "2025-12-03T10:00", outcome="Offender fined"),
                team.row("C3", "2025-12-04T10:00", at=inside),
                team.row("C4", "2025-12-31T23:59"),
            ],
            "two",
            "2026-01",
        ),
        # The same again: nothing.
        lambda: team.ingest(
            [
                team.row("C4", "2025-12-31T23:59"),
                team.row("C1", "2025-12-03T10:00", outcome="Offender fined"),
                team.row("C3", "2025-12-04T10:00", at=inside),
            ],
            "three",
            "2026-02",
        ),
    ]
    seen = []
    for deliver in deliveries:
        deliver()
        found, since = _follow(team, since, limit)
        assert len({one["id"] for one in found}) == len(found)
        seen.append({one["crime_id"]: one["change"] for one in found if str(one["crime_id"]).startswith("C")})
        for one in found:
            change = one.pop("change")
            assert (one["id"] in held) == (change != "new")
            if change == "withdrawn":
                del held[one["id"]]
            else:
                held[one["id"]] = one
        assert held == _held(team)
    assert seen[0] == {"C1": "new", "C2": "new"}
    assert seen[1] == {"C1": "changed", "C2": "withdrawn", "C3": "new", "C4": "new"}
    assert seen[2] == {}
    assert _follow(team, since, limit)[0] == []


def test_a_page_gives_the_token_to_follow_on_from_its_state(team: Team) -> None:
    since = team.json(ADDRESS)["since"]
    team.ingest([team.row("D1", "2026-01-05T09:00")])
    found = team.json(f"{CHANGES}?since={since}")["changes"]
    assert [(one["change"], one["crime_id"]) for one in found] == [("new", "D1")]
    assert team.get(f"{CHANGES}?since={since}&format=csv").text.splitlines()[1].startswith("new,")


def test_a_token_whose_state_is_gone_says_so_and_what_to_do(team: Team) -> None:
    team.ingest([team.row("E1", "2026-01-05T09:00")])
    answer = team.json(f"{ADDRESS}?limit=1")
    since, cursor = answer["since"], answer["next_cursor"]
    for path in (team.workspace.incidents / "incidents" / "month=2026-01").rglob("*.parquet"):
        old = path
    team.ingest([team.row("E2", "2026-01-06T09:00")], "later", "2026-02")
    old.unlink()
    for address in (f"{CHANGES}?since={since}", f"{ADDRESS}?limit=1&cursor={cursor}"):
        gone = team.get(address)
        assert gone.status_code == 410
        assert "Read everything again" in gone.json()["detail"]


@pytest.mark.parametrize("since", ["x", "e30", json.dumps({"kind": "since"}), "é", "A" * 700])
def test_a_token_that_nobody_gave_is_refused(reader: Team, since: str) -> None:
    assert reader.get(f"{CHANGES}?since={since}").status_code == 400
