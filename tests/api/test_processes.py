"""OGC API Processes: what is offered to whom, and how it is described."""

import json

import pytest
from fastapi import FastAPI

from api.partner import create_app
from api.processes_documents import OUTPUTS
from api.processes_offered import OFFERED
from crimemap.jobs.registry import PROCESSES
from crimemap.settings import PrivateSettings
from crimemap.workspace import Workspace
from tests.api.analysts import Asking

NAMED = {"hotspots", "kde", "gistar", "near-repeat", "backtest", "alignment", "mergers"}
PLANNED = {"alignment", "ladder", "mergers", "mergers-score", "vintages"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("processes")).create()


@pytest.fixture(scope="module")
def app(workspace: Workspace) -> FastAPI:
    return create_app(PrivateSettings(workspace=workspace.root, failed_attempts_per_minute=0))


@pytest.fixture(scope="module")
def analyst(app: FastAPI, workspace: Workspace) -> Asking:
    return Asking(app, workspace, scopes=["jobs:run"])


@pytest.fixture(scope="module")
def planner(app: FastAPI, workspace: Workspace) -> Asking:
    return Asking(app, workspace, scopes=["planning"])


def test_every_analysis_of_the_registry_is_offered_under_one_name_and_those_that_analysts_know_are_among_them(
    analyst: Asking,
) -> None:
    listed = analyst.get("/processes").json()["processes"]
    names = {one["id"] for one in listed}
    assert names >= NAMED
    assert len(names) == len(listed) == len(PROCESSES) + 1
    assert {OFFERED[name].process.id for name in names} == PROCESSES.keys()
    for one in listed:
        assert one["jobControlOptions"] == ["sync-execute", "async-execute", "dismiss"]
        assert one["outputTransmission"] == ["reference"]
        assert analyst.get(one["links"][0]["href"].removeprefix("http://partner.test")).status_code == 200


def test_a_planner_is_offered_analyses_of_boundaries_and_refused_those_of_incidents(planner: Asking) -> None:
    assert {one["id"] for one in planner.get("/processes").json()["processes"]} == PLANNED
    assert planner.get("/processes/alignment").status_code == 200
    refused = planner.get("/processes/kde")
    assert refused.status_code == 403
    assert "jobs:run" in refused.json()["detail"]


def test_a_description_has_every_input_with_its_schema_and_default_and_nothing_that_names_a_file(analyst: Asking) -> None:
    for one in OFFERED.values():
        found = analyst.get(f"/processes/{one.id}").json()
        inner = one.process.inputs.model_json_schema()
        left_out = {"gistar": {"statistic"}, "vintages": {"counts"}}.get(one.id, set())
        assert found["inputs"].keys() == inner["properties"].keys() - left_out
        for name, given in found["inputs"].items():
            assert given["minOccurs"] == (name in inner.get("required", ()))
            assert given["schema"].get("default") == inner["properties"][name].get("default")
            assert given["description"]
        assert "$ref" not in json.dumps(found)
        assert "json" in found["outputs"]
        assert found["outputs"].keys() <= OUTPUTS.keys()
    assert "geotiff" in analyst.get("/processes/kde").json()["outputs"]


def test_there_is_no_analysis_under_a_name_that_is_not_listed(analyst: Asking) -> None:
    for name in ("overlap", "mergers-search", "astrology", "x" * 300):
        answer = analyst.get(f"/processes/{name}")
        assert answer.status_code == 404
        assert answer.json()["type"].endswith("/ogcapi-processes-1/1.0/no-such-process")
        assert answer.headers["content-type"] == "application/problem+json"


def test_every_link_of_the_landing_page_leads_somewhere_but_the_ones_of_later_steps(analyst: Asking) -> None:
    links = analyst.get("/").json()["links"]
    assert {"self", "service-desc", "conformance", "http://www.opengis.net/def/rel/ogc/1.0/processes"} <= {
        one["rel"] for one in links
    }
    for rel in ("self", "service-desc", "conformance"):
        (href,) = [one["href"] for one in links if one["rel"] == rel]
        assert analyst.get(href.removeprefix("http://partner.test")).status_code == 200
    classes = analyst.get("/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core" in classes


def test_the_definition_names_only_routes_that_there_are(analyst: Asking, app: FastAPI) -> None:
    answer = analyst.get("/definition")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert answer.json()["openapi"].startswith("3.0")
    assert answer.json()["servers"] == [{"url": "http://partner.test"}]


def test_a_name_of_the_host_that_is_none_is_refused(analyst: Asking) -> None:
    answer = analyst.get("/", headers={"Host": 'x"><script>'})
    assert answer.status_code == 400
