"""Jobs over HTTP: asked for, waited for, read by whoever asked and by nobody else, and dismissed."""

import io
import json
import threading
from datetime import timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.partner import create_app
from api.processes_offered import OFFERED
from crimemap.access.audit_log import AuditLog
from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.areas.store import AreaStore
from crimemap.cli import app as cli
from crimemap.crs import to_wgs84
from crimemap.jobs.queue.leases import JobLeases
from crimemap.jobs.queue.opening import limits_of, open_store
from crimemap.jobs.registry import run
from crimemap.settings import PrivateSettings
from crimemap.workspace import Workspace
from tests.api.analysts import Asking, borrowed, work_off

ASYNC = {"Prefer": "respond-async"}


@pytest.fixture(scope="module")
def workspace(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return borrowed(demo_workspace, tmp_path_factory.mktemp("analysts") / "workspace")


@pytest.fixture(scope="module")
def app(workspace: Workspace) -> FastAPI:
    return create_app(PrivateSettings(workspace=workspace.root, failed_attempts_per_minute=0, jobs_wait_s=20))


@pytest.fixture(scope="module")
def force(workspace: Workspace) -> str:
    return NeighbourhoodStore(workspace).forces()[0]


@pytest.fixture(scope="module")
def neighbourhoods(workspace: Workspace, force: str) -> tuple[str, list[str]]:
    areas = AreaStore(workspace)
    (info,) = [info for info in areas.sets() if info.area_type == "neighbourhood" and info.force == force]
    return info.set_id, list(areas.read(info.set_id).frame.index)


@pytest.fixture
def analyst(app: FastAPI, workspace: Workspace) -> Asking:
    return Asking(app, workspace, scopes=["jobs:run"])


@pytest.fixture
def team(app: FastAPI, workspace: Workspace, force: str, neighbourhoods: tuple[str, list[str]]) -> Asking:
    scopes = ["jobs:run", "planning"]
    return Asking(app, workspace, force=force, neighbourhood=neighbourhoods[1][0], scopes=scopes)


def app_force(workspace: Workspace) -> str:
    return NeighbourhoodStore(workspace).forces()[0]


def post(who: Asking, process: str, inputs: dict, *, headers: dict | None = ASYNC, **body: object):
    return who.post(f"/processes/{process}/execution", json={"inputs": inputs, **body}, headers=headers)


def test_a_job_is_accepted_done_and_its_files_are_what_the_process_gives(
    analyst: Asking, app: FastAPI, workspace: Workspace, force: str
) -> None:
    inputs = {"force": force, "cells": "h3:8", "backtest": False}
    outputs = {"json": {}, "geojson": {}, "csv": {}}
    answer = post(analyst, "gistar", inputs, outputs=outputs)
    assert answer.status_code == 201
    told = answer.json()
    assert answer.headers["location"] == f"http://partner.test/jobs/{told['jobID']}"
    assert (told["status"], told["processID"], told["type"]) == ("accepted", "gistar", "process")
    here = f"/jobs/{told['jobID']}"
    early = analyst.get(f"{here}/results")
    assert early.status_code == 404
    assert early.json()["type"].endswith("/result-not-ready")
    assert work_off(workspace, app.state.jobs) == 1
    done = analyst.get(here).json()
    assert (done["status"], done["progress"]) == ("successful", 100)
    assert done["created"] <= done["started"] <= done["finished"]
    listed = analyst.get(f"{here}/results").json()
    assert list(listed) == ["json", "geojson", "csv"]
    files = {name: analyst.get(one["href"].removeprefix("http://partner.test")) for name, one in listed.items()}
    for name, file in files.items():
        assert file.headers["content-type"].startswith(listed[name]["type"])
        assert len(file.content) == listed[name]["length"]
        assert file.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in file.headers["content-security-policy"]
    expected = run("hotspots", workspace, inputs)
    assert files["csv"].text == expected.table().to_csv(index=False, lineterminator="\n")
    layer = gpd.read_file(io.BytesIO(files["geojson"].content))
    assert len(layer) == len(next(iter(expected.layers().values())))
    assert layer.crs == 4326
    assert files["json"].json()["process"] == "hotspots"
    lines = analyst.get(f"{here}/log").json()["lines"]
    assert lines[0]["says"] == "Accepted"


def test_a_file_is_given_in_parts_and_not_again_to_whoever_has_it(
    analyst: Asking, app: FastAPI, workspace: Workspace, force: str
) -> None:
    job = post(analyst, "counts", {"by": "csp", "force": force}, outputs={"csv": {}}).json()["jobID"]
    work_off(workspace, app.state.jobs)
    path = f"/jobs/{job}/results/counts.csv"
    whole = analyst.get(path)
    part = analyst.get(path, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, whole.content[5:10])
    assert part.headers["content-range"] == f"bytes 5-9/{len(whole.content)}"
    again = analyst.get(path, headers={"If-None-Match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert analyst.get(f"/jobs/{job}/results/other.csv").status_code == 404
    assert analyst.get(f"/jobs/{job}/results/..%2F..%2Fjobs.sqlite").status_code == 404


def test_results_are_waited_for_and_given_at_once_when_a_worker_is_quick(
    analyst: Asking, app: FastAPI, workspace: Workspace, force: str
) -> None:
    inputs = {"by": "csp", "force": force}
    stop = threading.Event()

    def worker() -> None:
        while not stop.is_set():
            work_off(workspace, app.state.jobs)
            stop.wait(0.02)

    working = threading.Thread(target=worker)
    working.start()
    try:
        document = post(analyst, "counts", inputs, headers=None, outputs={"csv": {}})
        raw = post(analyst, "counts", inputs, headers={"Prefer": "respond-sync"}, outputs={"csv": {}}, response="raw")
    finally:
        stop.set()
        working.join()
    assert document.status_code == 200
    assert list(document.json()) == ["csv"]
    assert raw.status_code == 204
    assert 'rel="item"; type="text/csv"' in raw.headers["link"]


def test_without_a_worker_nobody_waits_longer_than_they_want(analyst: Asking, force: str) -> None:
    answer = post(analyst, "counts", {"by": "csp", "force": force}, headers={"Prefer": "wait=0"})
    assert answer.status_code == 201
    assert answer.json()["status"] == "accepted"
    assert analyst.delete(f"/jobs/{answer.json()['jobID']}").json()["status"] == "dismissed"


def test_a_job_that_waits_is_dismissed_and_never_runs_and_one_that_is_done_loses_its_results(
    analyst: Asking, app: FastAPI, workspace: Workspace, force: str
) -> None:
    first, second = (post(analyst, "counts", {"by": "csp", "force": force}).json()["jobID"] for _ in range(2))
    assert analyst.delete(f"/jobs/{first}").json()["status"] == "dismissed"
    assert work_off(workspace, app.state.jobs) == 1
    assert analyst.get(f"/jobs/{first}").json()["status"] == "dismissed"
    assert analyst.get(f"/jobs/{second}/results").status_code == 200
    assert analyst.delete(f"/jobs/{second}").status_code == 200
    for job in (first, second):
        assert analyst.get(f"/jobs/{job}/results").status_code == 410
        assert analyst.get(f"/jobs/{job}/results/counts.csv").status_code == 410


def test_a_job_that_fails_says_why(analyst: Asking, app: FastAPI, workspace: Workspace, force: str) -> None:
    inputs = {"force": force, "first_month": "1990-01", "last_month": "1990-02"}
    job = post(analyst, "hotspots", inputs).json()["jobID"]
    work_off(workspace, app.state.jobs)
    told = analyst.get(f"/jobs/{job}").json()
    assert told["status"] == "failed"
    assert "there are no data from 1990-01 to 1990-02" in told["message"]
    refused = analyst.get(f"/jobs/{job}/results")
    assert refused.status_code == 409
    assert "1990-01" in refused.json()["detail"]


def test_a_rotated_token_and_the_new_one_share_their_jobs_and_limits(
    analyst: Asking, app: FastAPI, workspace: Workspace, force: str
) -> None:
    asked = {"by": "csp", "force": force}
    before = post(analyst, "counts", asked, outputs={"csv": {}}).json()["jobID"]
    work_off(workspace, app.state.jobs)
    new = analyst.rotated(workspace)
    newest, other = new.rotated(workspace), Asking(app, workspace, scopes=["jobs:run"])
    after = post(newest, "counts", asked, outputs={"csv": {}}).json()["jobID"]
    for one in (analyst, new, newest):
        assert {job["jobID"] for job in one.get("/jobs").json()["jobs"]} == {before, after}
        assert one.get(f"/jobs/{before}").json()["inputs"] == one.get(f"/jobs/{before}").json()["inputs"] | asked
        assert one.get(f"/jobs/{before}/results/counts.csv").status_code == 200
    assert other.get("/jobs").json()["jobs"] == []
    assert [other.request(method, f"/jobs/{after}").status_code for method in ("GET", "DELETE")] == [404, 404]
    assert analyst.delete(f"/jobs/{after}").json()["status"] == "dismissed"
    # One more may wait than the limit says for neither of them: they wait together.
    most = app.state.settings.jobs_waiting
    codes = [post(who, "counts", asked).status_code for _ in range(most // 2) for who in (analyst, newest)]
    assert codes == [201] * most
    assert [post(who, "counts", asked).status_code for who in (analyst, new, newest)] == [429] * 3
    assert post(other, "counts", asked).status_code == 201
    leases = JobLeases(app.state.jobs, worker="test", lease=timedelta(seconds=60))
    running = [leases.claim(running_per_owner=2) for _ in range(4)]
    assert sorted(job.owner for job in running if job is not None) == sorted([analyst.name, analyst.name, other.name])
    for job in app.state.jobs.every():
        app.state.jobs.dismiss(job.id)


def test_jobs_kept_by_the_name_of_a_rotated_token_are_found_again_as_its_lines(workspace: Workspace, force: str) -> None:
    settings = PrivateSettings(workspace=workspace.root)
    first = Asking(create_app(settings), workspace, scopes=["jobs:run"])
    second, other = first.rotated(workspace), Asking(first.app, workspace, scopes=["jobs:run"])
    # As records were before: each token was an owner of its own.
    kept = {}
    with open_store(workspace, settings) as store:
        for who in (first, second, other):
            made = store.submit("counts", {"force": force}, owner=who.name, formats=["csv"], limits=limits_of(settings))
            kept[who.name] = made.id
    for who in (first, second, other):
        who.app = create_app(settings)
    ours = {kept[first.name], kept[second.name]}
    for who, expected in ((first, ours), (second, ours), (other, {kept[other.name]})):
        assert {job["jobID"] for job in who.get("/jobs").json()["jobs"]} == expected
    assert second.delete(f"/jobs/{kept[second.name]}").status_code == 200
    listed = CliRunner().invoke(cli, ["jobs", "list", "--owner", second.name, "--workspace", str(workspace.root), "--json"])
    assert {job["id"] for job in json.loads(listed.stdout)["jobs"]} == ours
    with open_store(workspace, settings) as store:
        for job_id in kept.values():
            store.dismiss(job_id)


def test_a_job_is_its_owners_alone_and_an_administrator_sees_its_status_without_what_was_asked(
    analyst: Asking, app: FastAPI, workspace: Workspace, force: str
) -> None:
    job = post(analyst, "counts", {"by": "csp", "force": force}, outputs={"csv": {}}).json()["jobID"]
    work_off(workspace, app.state.jobs)
    other = Asking(app, workspace, scopes=["jobs:run"])
    admin = Asking(app, workspace, scopes=["admin"])
    both = Asking(app, workspace, scopes=["admin", "jobs:run"])
    paths = [f"/jobs/{job}{rest}" for rest in ("", "/log", "/results", "/results/counts.csv")]
    assert [analyst.get(path).status_code for path in paths] == [200] * 4
    assert [other.get(path).status_code for path in paths] == [404] * 4
    assert [admin.get(path).status_code for path in paths] == [200, 200, 403, 403]
    assert [both.get(path).status_code for path in paths] == [200] * 4
    assert other.delete(f"/jobs/{job}").status_code == 404
    assert admin.delete(f"/jobs/{job}").status_code == 403
    assert other.get("/jobs").json()["jobs"] == []
    (seen,) = [one for one in admin.get("/jobs").json()["jobs"] if one["jobID"] == job]
    assert seen["owner"] == analyst.name
    assert "inputs" not in seen
    assert admin.get(f"/jobs?after={job}").status_code == 200
    assert other.get(f"/jobs?after={job}").status_code == 404


def test_jobs_are_listed_newest_first_by_page_process_and_status(
    analyst: Asking, app: FastAPI, workspace: Workspace, force: str
) -> None:
    asked = ["counts", "hotspots", "gistar", "counts"]
    given = {"counts": {"by": "csp", "force": force}}
    made = [post(analyst, name, given.get(name, {"force": force, "cells": "h3:7"})).json()["jobID"] for name in asked]
    assert [one["jobID"] for one in analyst.get("/jobs").json()["jobs"]] == made[::-1]
    page = analyst.get("/jobs?limit=3").json()
    (following,) = [one["href"] for one in page["links"] if one["rel"] == "next"]
    rest = analyst.get(following.removeprefix("http://partner.test")).json()
    assert [one["jobID"] for one in page["jobs"] + rest["jobs"]] == made[::-1]
    assert [one["rel"] for one in rest["links"]] == ["self"]
    by = {name: [one["jobID"] for one in analyst.get(f"/jobs?processID={name}").json()["jobs"]] for name in set(asked)}
    assert by == {"counts": [made[3], made[0]], "hotspots": [made[1]], "gistar": [made[2]]}
    analyst.delete(f"/jobs/{made[0]}")
    assert [one["jobID"] for one in analyst.get("/jobs?status=dismissed,failed").json()["jobs"]] == [made[0]]
    assert analyst.get("/jobs?datetime=../2020-01-01T00:00:00Z").json()["jobs"] == []
    assert len(analyst.get("/jobs?datetime=2020-01-01T00:00:00Z/..").json()["jobs"]) == 4
    assert analyst.get("/jobs?minDuration=1").json()["jobs"] == [], "none was begun"
    for query in ("status=lost", "datetime=yesterday", "limit=0", "limit=5000", "minDuration=-1", "type=service"):
        refused = analyst.get(f"/jobs?{query}")
        assert refused.status_code == 400
        assert refused.json()["detail"].startswith(query.partition("=")[0])
    for job in made:
        analyst.delete(f"/jobs/{job}")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"inputs": {"sudo": 1}}, "no input 'sudo'"),
        ({"inputs": {"statistic": "local-moran"}}, "no input 'statistic'"),
        ({"inputs": {"force": "x", "ring": 99}}, "inputs.ring: "),
        ({"inputs": {"force": "x", "alpha": "wide"}}, "inputs.alpha: "),
        ({"inputs": {}}, "Give force or area"),
        ({"inputs": {"force": {"href": "http://169.254.169.254/"}}}, "by value"),
        ({"inputs": []}, "inputs: this is not an object"),
        ({"inputs": {"force": "x"}, "outputs": {"docx": {}}}, "does not write 'docx'"),
        ({"inputs": {"force": "x"}, "outputs": {"csv": {"transmissionMode": "value"}}}, "by reference"),
        ({"inputs": {"force": "x"}, "subscriber": {"successUri": "http://10.0.0.1/"}}, "nobody is called back"),
        ({"inputs": {"force": "x"}, "mode": "async"}, "no field 'mode'"),
        ({"inputs": {"force": "x"}, "response": "xml"}, "response"),
        ({"inputs": {"area": "csp"}}, "SET:CODE"),
        ({"inputs": {"force": "x" * 500}}, "longer than"),
    ],
)
def test_what_cannot_be_run_is_refused_before_it_is_kept(analyst: Asking, body: dict, said: str) -> None:
    answer = analyst.post("/processes/gistar/execution", json=body, headers=ASYNC)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]
    assert "--" not in answer.json()["detail"]
    assert analyst.get("/jobs").json()["jobs"] == []


ANY_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["area", "force", "cells", "ring", "coverage", "by", "scenario", "options", "edge_correction", "offence"]
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    process=st.sampled_from(sorted(OFFERED)),
    body=st.one_of(
        ANY_JSON,
        st.fixed_dictionaries({"inputs": st.dictionaries(NAMES, ANY_JSON, max_size=4)}, optional={"outputs": ANY_JSON}),
    ),
)
def test_whatever_is_sent_the_answer_is_a_job_or_a_sentence(
    analyst: Asking, team: Asking, process: str, body: object
) -> None:
    for who in (analyst, team):
        # Written here, for a client of httpx sends no infinity: what Python reads as one must be refused as well.
        sent = {"content": json.dumps(body), "headers": {**ASYNC, "Content-Type": "application/json"}}
        answer = who.post(f"/processes/{process}/execution", **sent)
        assert answer.status_code in {201, 400, 403, 404, 409, 429}, answer.text
        if answer.status_code == 201:
            who.delete(f"/jobs/{answer.json()['jobID']}")
        else:
            assert answer.json()["detail"]


def test_a_file_of_the_machine_is_no_input(analyst: Asking) -> None:
    refused = post(analyst, "vintages", {"old": "csp", "new": "lad", "counts": "/etc/passwd"})
    assert refused.status_code == 400
    assert "no input 'counts'" in refused.json()["detail"]


def test_values_may_come_qualified(analyst: Asking, force: str) -> None:
    made = post(analyst, "counts", {"by": {"value": "csp", "mediaType": "text/plain"}, "force": force}).json()
    assert made["inputs"]["by"] == "csp"
    analyst.delete(f"/jobs/{made['jobID']}")


def test_a_body_that_is_too_large_or_no_json_is_refused(analyst: Asking) -> None:
    path = "/processes/kde/execution"
    assert analyst.post(path, content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert analyst.post(path, content=b"{}", headers={"Content-Type": "text/xml"}).status_code == 400
    large = json.dumps({"inputs": {"force": ["x" * 300] * 5_000}})
    assert analyst.post(path, content=large, headers={"Content-Type": "application/json"}).status_code == 413


def test_more_waiting_jobs_than_allowed_are_refused_for_a_while(workspace: Workspace, force: str) -> None:
    app = create_app(PrivateSettings(workspace=workspace.root, failed_attempts_per_minute=0, jobs_waiting=2))
    analyst = Asking(app, workspace, scopes=["jobs:run"])
    answers = [post(analyst, "counts", {"by": "csp", "force": force}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].headers["retry-after"] == "30"
    for answer in answers[:2]:
        analyst.delete(f"/jobs/{answer.json()['jobID']}")


def test_an_area_larger_than_allowed_is_refused(workspace: Workspace, force: str) -> None:
    app = create_app(PrivateSettings(workspace=workspace.root, failed_attempts_per_minute=0, jobs_largest_area_km2=1))
    refused = post(Asking(app, workspace, scopes=["jobs:run"]), "kde", {"force": force})
    assert refused.status_code == 400
    assert "km²" in refused.json()["detail"]


def test_a_team_runs_analyses_of_its_own_area_with_its_own_force_and_of_nothing_else(
    team: Asking, app: FastAPI, workspace: Workspace, force: str, neighbourhoods: tuple[str, list[str]]
) -> None:
    set_id, codes = neighbourhoods
    own = f"{set_id}:{codes[0]}"
    for process, inputs in (
        ("kde", {}),
        ("kde", {"area": own, "force": "elsewhere"}),
        ("kde", {"area": f"{set_id}:{codes[1]}"}),
        ("kde", {"area": own, "edge_correction": "none"}),
        ("kde", {"area": f"csp:{codes[0]}"}),
        ("kde", {"area": "nothing:x"}),
        ("counts", {"by": "csp"}),
        ("scan", {"by": "lsoa", "area": own}),
        ("change", {"by": "csp", "area": own, "before_first_month": "2025-01", "before_last_month": "2025-02"}),
        ("alignment", {"source": "csp", "target": "lad", "incidents": True}),
    ):
        assert post(team, process, inputs).status_code == 403, (process, inputs)
    made = post(team, "kde", {"area": own, "backtest": False}, outputs={"json": {}})
    assert made.status_code == 201
    assert made.json()["inputs"]["force"] == force
    assert made.json()["inputs"]["edge_correction"] == "uniform"
    work_off(workspace, app.state.jobs)
    here = f"/jobs/{made.json()['jobID']}"
    assert team.get(here).json()["status"] == "successful", team.get(here).text
    result = team.get(f"{here}/results/kde.json").json()
    assert result["incidents"]["around"] == 0
    assert result["selection"]["forces"] == [force]


def ring_of(shape, *, scale: float = 1.0) -> dict:
    """Draw a shape as GeoJSON, larger or smaller about its middle."""
    drawn = shapely.affinity.scale(shape, scale, scale).exterior.simplify(5)
    x, y = to_wgs84(*np.asarray(drawn.coords).T)
    return {"type": "Polygon", "coordinates": [[[float(a), float(b)] for a, b in zip(x, y, strict=True)]]}


def test_a_drawn_area_is_looked_at_and_a_teams_has_to_lie_in_its_own(
    team: Asking, analyst: Asking, app: FastAPI, workspace: Workspace, neighbourhoods: tuple[str, list[str]]
) -> None:
    shape = AreaStore(workspace).read(neighbourhoods[0]).frame.geometry.loc[neighbourhoods[1][0]]
    hull = shapely.convex_hull(shape)
    inner, outer = ring_of(shapely.buffer(shapely.point_on_surface(shape), 200)), ring_of(hull, scale=1.5)
    asked = {"cells": "h3:9", "backtest": False}
    for who, drawn, status in ((team, inner, 201), (team, outer, 403), (analyst, outer, 201)):
        force = {} if who is team else {"force": app_force(workspace)}
        made = post(who, "hotspots", {**asked, **force, "area": drawn}, outputs={"json": {}})
        assert made.status_code == status, made.text
    assert made.json()["inputs"]["area"].startswith("drawn:")
    work_off(workspace, app.state.jobs)
    result = analyst.get(f"/jobs/{made.json()['jobID']}/results/hotspots.json").json()
    area = result["study_area"]
    assert area["how"] == "an area that was drawn"
    assert area["area_km2"] == pytest.approx(hull.area * 2.25 / 1e6, rel=0.05)
    (read, *_) = AuditLog(workspace).read(who=analyst.name, limit=1)
    assert (read["area_type"], read["area_code"]) == ("drawn", "")


@pytest.mark.parametrize(
    "area",
    [
        {"type": "Point", "coordinates": [0, 0]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 51], [0, 52], [1, 51]], [[0.1, 51.1], [0.1, 51.2], [0.2, 51.1]]]},
        {"type": "Polygon", "coordinates": [[[0, 51], "x", [1, 51]]]},
        {"type": "Polygon", "coordinates": [[[0, 51], [True, 52], [1, 51]]]},
        {"type": "Polygon", "coordinates": [[[2.3, 48.8], [2.4, 48.8], [2.4, 48.9]]]},
        {"type": "Polygon", "coordinates": [[[51, 0], [52, 0], [51, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 51], [1, 52], [1, 51], [0, 52]]]},
        {"type": "Polygon", "coordinates": [[[0, 51], [0, 52], [1, 51]] * 200]},
        {"href": "http://127.0.0.1/area.json"},
        {},
    ],
)
def test_a_drawing_that_is_no_area_of_this_country_is_refused(analyst: Asking, area: dict) -> None:
    refused = post(analyst, "hotspots", {"area": area})
    assert refused.status_code == 400
    assert "area" in refused.json()["detail"]


def test_a_team_may_compare_boundaries_but_count_nothing_in_them(team: Asking) -> None:
    made = post(team, "alignment", {"source": "csp", "target": "lad"})
    assert made.status_code == 201
    team.delete(f"/jobs/{made.json()['jobID']}")


def test_the_audit_log_says_where_a_job_looks_and_how_many_rows_were_given_and_nothing_of_what_was_asked(
    team: Asking, app: FastAPI, workspace: Workspace, force: str, neighbourhoods: tuple[str, list[str]]
) -> None:
    set_id, codes = neighbourhoods
    inputs = {"area": f"{set_id}:{codes[0]}", "cells": "h3:9", "first_month": "2025-01", "last_month": "2025-12"}
    job = post(team, "hotspots", {**inputs, "backtest": False}, outputs={"csv": {}}).json()["jobID"]
    work_off(workspace, app.state.jobs)
    rows = len(pd.read_csv(io.BytesIO(team.get(f"/jobs/{job}/results/hotspots.csv").content)))
    read, asked = AuditLog(workspace).read(who=team.name, limit=2)
    assert asked["action"] == "POST /processes/{process_id}/execution"
    assert read["action"] == "GET /jobs/{job_id}/results/{name}"
    for one, n_rows in ((asked, None), (read, rows)):
        assert (one["force"], one["area_type"], one["area_code"]) == (force, "neighbourhood", codes[0])
        assert (one["first_month"], one["last_month"], one["n_rows"]) == ("2025-01", "2025-12", n_rows)
    assert "h3:9" not in json.dumps([read, asked])
