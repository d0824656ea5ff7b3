"""OWSLib's client of OGC API Processes against the partner application and a worker, each a process of its own."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from owslib.ogcapi import REQUEST_HEADERS
from owslib.ogcapi.processes import Processes

from crimemap.access.tokens import TokenStore
from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.workspace import Workspace
from tests.api.analysts import borrowed
from tests.api.partner_server import partner_and_worker

NAMED = {"hotspots", "kde", "gistar", "near-repeat", "backtest", "alignment", "mergers"}


@pytest.fixture(scope="module")
def served(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Workspace, Path]]:
    """The partner application and a worker over the demonstration county, with a drawer of its own for jobs."""
    folder = tmp_path_factory.mktemp("ogc-processes")
    workspace = borrowed(demo_workspace, folder / "workspace")
    with partner_and_worker(workspace, folder) as url:
        yield url, workspace, folder


@pytest.fixture
def service(served: tuple[str, Workspace, Path], monkeypatch: pytest.MonkeyPatch) -> Processes:
    url, workspace, _ = served
    _, text = TokenStore(workspace).create(scopes=["jobs:run"], days=1)
    # OWSLib writes the headers that it is given into its own module's.
    monkeypatch.setattr("owslib.ogcapi.REQUEST_HEADERS", dict(REQUEST_HEADERS))
    return Processes(url, headers={"Authorization": f"Bearer {text}"})


def test_owslib_finds_and_describes_the_analyses(service: Processes) -> None:
    assert {one["id"] for one in service.processes()} >= NAMED
    assert service.process("gistar")["inputs"]["ring"]["schema"]["maximum"] == 10
    assert "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core" in service.conformance()["conformsTo"]
    definition = service.api()
    assert definition["openapi"].startswith("3.0")
    assert "/processes/{processID}/execution" in definition["paths"]


def test_owslib_runs_an_analysis_as_a_job_whose_progress_is_told_and_whose_results_are_read(
    service: Processes, served: tuple[str, Workspace, Path]
) -> None:
    force = NeighbourhoodStore(served[1]).forces()[0]
    asked = {"force": force, "cells": "h3:8"}
    job = service.execute("hotspots", asked, {"geojson": {}, "geopackage": {}, "html": {}}, async_=True)
    assert job["status"] in {"accepted", "running"}
    assert service.response_headers["location"].endswith(f"/jobs/{job['jobID']}")
    seen = []
    for _ in range(1_200):
        told = service._request(path=f"jobs/{job['jobID']}")
        seen.append((told["status"], told["progress"], told["message"]))
        if told["status"] not in {"accepted", "running"}:
            break
        time.sleep(0.05)
    assert seen[-1][:2] == ("successful", 100), seen[-1]
    assert [progress for _, progress, _ in seen] == sorted(progress for _, progress, _ in seen)
    assert len({message for _, _, message in seen}) >= 3, "progress was told"
    results = service._request(path=f"jobs/{job['jobID']}/results")
    assert set(results) == {"geojson", "geopackage", "html"}
    layer = service._request(path=results["geojson"]["href"].removeprefix(f"{served[0]}/"))
    assert layer["type"] == "FeatureCollection"
    assert len(layer["features"]) > 10
    assert job["jobID"] in {one["jobID"] for one in service._request(path="jobs")["jobs"]}
    assert service._request(method="DELETE", path=f"jobs/{job['jobID']}")["status"] == "dismissed"


def test_owslib_waits_for_results(service: Processes, served: tuple[str, Workspace, Path]) -> None:
    force = NeighbourhoodStore(served[1]).forces()[0]
    results = service.execute("kde", {"force": force, "backtest": False}, {"geotiff": {}})
    assert results["geotiff"]["type"].startswith("image/tiff")
    path = results["geotiff"]["href"].removeprefix(f"{served[0]}/")
    assert service._request(path=path, as_dict=False)[:4] in {b"II*\0", b"II+\0"}


def test_owslib_is_told_what_cannot_be_run(service: Processes) -> None:
    with pytest.raises(RuntimeError, match="no input 'radius'"):
        service.execute("gistar", {"radius": 5})


def test_neither_process_wrote_a_token_into_its_log(service: Processes, served: tuple[str, Workspace, Path]) -> None:
    text = service.headers["Authorization"].removeprefix("Bearer ")
    service.processes()
    logs = [(served[2] / name).read_text() for name in ("api.log", "worker.log")]
    assert "GET /processes" in logs[0]
    assert all(text[22:] not in log for log in logs)
