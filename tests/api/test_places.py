"""Where analyses may look, as far as a token reaches."""

from pathlib import Path

import pytest
import shapely
from fastapi import FastAPI

from api.partner import create_app
from crimemap.areas.store import AreaStore
from crimemap.crs import to_national_grid
from crimemap.settings import PrivateSettings
from crimemap.workspace import Workspace
from tests.api.analysts import Asking, borrowed


@pytest.fixture(scope="module")
def workspace(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return borrowed(demo_workspace, tmp_path_factory.mktemp("places") / "workspace")


@pytest.fixture(scope="module")
def app(workspace: Workspace) -> FastAPI:
    return create_app(PrivateSettings(workspace=workspace.root, failed_attempts_per_minute=0))


def test_an_analyst_is_told_every_set_and_force_with_its_months_and_a_team_its_own(
    app: FastAPI, workspace: Workspace
) -> None:
    analyst = Asking(app, workspace, scopes=["jobs:run"])
    told = analyst.get("/areas").json()
    assert {one["set_id"] for one in told["sets"]} == {info.set_id for info in AreaStore(workspace).sets()}
    assert not told["team"]
    assert told["areas"] == []
    (force,) = told["forces"]
    assert force["first_month"] < force["last_month"]
    assert len(told["offence_types"]) > 5
    csp = AreaStore(workspace).resolve("csp")
    code = AreaStore(workspace).read(csp.set_id).frame.index[0]
    (neighbourhood,) = [info for info in AreaStore(workspace).sets() if info.area_type == "neighbourhood"]
    own = AreaStore(workspace).read(neighbourhood.set_id).frame.index[0]
    team = Asking(app, workspace, scopes=["jobs:run"], force=force["force"], neighbourhood=own, areas=[f"csp/{code}"])
    told = team.get("/areas").json()
    assert told["team"]
    assert [one["area"] for one in told["areas"]] == [f"{neighbourhood.set_id}:{own}", f"{csp.set_id}:{code}"]
    assert {one["set_id"] for one in told["sets"]} == {neighbourhood.set_id, csp.set_id}
    assert [one["properties"]["code"] for one in team.get(f"/areas/{csp.set_id}").json()["features"]] == [code]
    assert team.get(f"/areas/{AreaStore(workspace).resolve('lad').set_id}").status_code == 403


def test_shapes_are_those_of_the_set_to_what_a_screen_shows(app: FastAPI, workspace: Workspace) -> None:
    analyst = Asking(app, workspace, scopes=["jobs:run"])
    info = AreaStore(workspace).resolve("csp")
    frame = AreaStore(workspace).read(info.set_id).frame
    answer = analyst.get(f"/areas/{info.set_id}")
    assert answer.headers["content-type"] == "application/geo+json"
    for feature in answer.json()["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        metres = shapely.transform(shape, lambda xy: shapely.get_coordinates(shapely.points(*to_national_grid(*xy.T))))
        assert metres.area == pytest.approx(frame.geometry.loc[feature["properties"]["code"]].area, rel=0.01)
    assert analyst.get("/areas/nothing-2020").status_code == 404


def test_the_page_and_its_assets_are_open_and_hold_nothing_and_nothing_else_is(app: FastAPI, workspace: Workspace) -> None:
    nobody = Asking(app, workspace, scopes=["planning"])
    without = {"Authorization": ""}
    page = nobody.get("/jobs-page", headers=without)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "wendleshire" not in page.text.lower()
    assert nobody.get("/jobs-page/assets/js/jobs/main.js", headers=without).status_code == 200
    for path in (
        "/jobs-page/assets/../../pyproject.toml",
        "/jobs-page/assets/%2e%2e/%2e%2e/errors.py",
        "/jobs-page/assets/",
    ):
        assert nobody.get(path, headers=without).status_code in {401, 404}
    assert nobody.get("/areas", headers=without).status_code == 401
