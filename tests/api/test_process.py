"""The public process, looked at from outside: it opens nothing of the private side and is told of none."""

import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from crimemap.cli import servers
from crimemap.errors import ConflictError
from crimemap.workspace import Workspace
from tests.api.release_fixture import activate, make_release
from tests.api.server import free_port, serving

PRIVATE_MODULES = (
    "crimemap.incidents",
    "crimemap.areas",
    "crimemap.pipeline",
    "crimemap.jobs",
    "crimemap.workspace",
    "crimemap.cli",
)
MARK = "sealed-4f1d"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace whose private folders nobody may read, and a release of it that is active."""
    made = Workspace(tmp_path_factory.mktemp("walls") / MARK).create()
    release = make_release(made.releases, per_month=200, crowd=0)
    activate(made.releases, release.id)
    (made.incidents / "rows.parquet").write_text("private")
    for folder in (made.incidents, made.places, made.areas, made.lookups, made.neighbourhoods, made.downloads):
        folder.chmod(0)
    return made


def _touch_everything(url: str) -> None:
    for path in (
        "/",
        "/maps/a.html",
        "/api/forces",
        "/api/northmarch/NM01/boundary",
        "/api/locate-neighbourhood?q=52.45,-1.55",
        "/api/crimes-street/all-crime?lat=52.512345&lng=-1.454321",
        "/api/crimes-at-location?lat=52.5&lng=-1.45",
        "/v1/areas/neighbourhood/NM04/geometry",
        "/v1/summaries/neighbourhood/NM03",
        "/v1/hotspots/northmarch",
        "/v1/releases/active/manifest",
    ):
        assert httpx.get(url + path).status_code == 200, path


def test_no_file_of_the_private_side_is_open_mapped_or_named(workspace: Workspace, tmp_path: Path) -> None:
    with serving(workspace.releases, tmp_path / "log") as server:
        _touch_everything(server.url)
        process = Path(f"/proc/{server.process.pid}")
        opened = {str(path.readlink()) for path in (process / "fd").iterdir()}
        mapped = {line.split(maxsplit=5)[5] for line in (process / "maps").read_text().splitlines() if line.count("/")}
        environment = dict(item.split("=", 1) for item in (process / "environ").read_bytes().decode().split("\0") if item)
        command = (process / "cmdline").read_bytes().decode()
        folder = (process / "cwd").readlink()
    below = {path for path in opened | mapped if MARK in path}
    assert below, "the release itself is open"
    assert all(Path(path).is_relative_to(workspace.releases) for path in below), below
    assert {name for name, value in environment.items() if MARK in value} == {"CRIMEMAP_RELEASES"}
    assert "CRIMEMAP_WORKSPACE" not in environment
    assert MARK not in command
    assert folder == workspace.releases


def test_every_file_the_process_ever_opens_is_the_programs_or_the_releases(workspace: Workspace, tmp_path: Path) -> None:
    """Python reports each file that is opened: an audit hook writes down those below the workspace."""
    hook = tmp_path / "sitecustomize.py"
    seen = tmp_path / "seen"
    hook.write_text(
        "import sys\n"
        f"seen = open({str(seen)!r}, 'a', buffering=1)\n"
        "def hook(event, args):\n"
        f"    if event in ('open', 'os.listdir', 'os.scandir') and {MARK!r} in str(args[0]):\n"
        "        seen.write(str(args[0]) + '\\n')\n"
        "sys.addaudithook(hook)\n"
    )
    with serving(workspace.releases, tmp_path / "log", PYTHONPATH=str(tmp_path)) as server:
        _touch_everything(server.url)
    paths = seen.read_text().splitlines()
    assert paths
    assert all(Path(path).is_relative_to(workspace.releases) for path in paths)


def test_the_log_holds_no_coordinates(workspace: Workspace, tmp_path: Path) -> None:
    with serving(workspace.releases, tmp_path / "log") as server:
        _touch_everything(server.url)
        httpx.post(f"{server.url}/api/crimes-street/all-crime", data={"poly": "52.512345,-1.454321:1,1"})
        httpx.get(f"{server.url}/api/locate-neighbourhood?q=52.512345,x")
    log = (tmp_path / "log").read_text()
    assert "GET /api/crimes-street/all-crime HTTP" in log
    assert "52.5" not in log
    assert "lat=" not in log


def test_the_public_application_loads_no_module_of_the_private_side() -> None:
    code = "import sys, api.public, api.main, api.search_worker; api.main.public; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "api.public" in said
    assert not [name for name in said if name.startswith((*PRIVATE_MODULES, "api.partner"))]


CRIMEMAP = (sys.executable, "-c", "from crimemap.cli import main; main()")


@contextmanager
def _said(workspace: Workspace, *options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run `crimemap serve --json` and give it and what it says."""
    command = [*CRIMEMAP, "serve", "--workspace", str(workspace.root), "--port", "0", "--partner-port", "0", "--json"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True, env=os.environ | environment) as started:
        try:
            assert started.stdout is not None
            yield started, json.loads(started.stdout.readline())
        finally:
            if started.poll() is None:
                started.terminate()
                started.wait(30)


@contextmanager
def _served(workspace: Workspace, **environment: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run `crimemap serve --public` and give it and what it says of its one server."""
    with _said(workspace, "--public", **environment) as (started, said):
        (server,) = said["servers"]
        assert said["workers"] == []
        yield started, server


def test_serve_starts_says_where_and_ends_cleanly(workspace: Workspace) -> None:
    with _served(workspace, CRIMEMAP_WORKSPACE=str(workspace.root)) as (started, server):
        assert httpx.get(f"{server['url']}api/forces").status_code == 200
        environment = Path(f"/proc/{server['pid']}/environ").read_bytes().decode()
        assert "CRIMEMAP_WORKSPACE" not in environment
        assert environment.count(MARK) == 1
        started.send_signal(signal.SIGINT)
        out, _ = started.communicate(timeout=30)
        assert started.returncode == 0
        assert out == ""
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{server['url']}api/forces")


def test_a_port_in_use_is_a_clear_sentence(workspace: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = _refused("--workspace", str(workspace.root), "--port", port)
    assert f"port {port} of 127.0.0.1 is in use" in refused
    assert "--port" in refused


def test_serve_without_a_release_says_how_to_make_one(tmp_path: Path) -> None:
    assert "crimemap release build" in _refused("--workspace", str(tmp_path / "empty"), "--port", str(free_port()))


def test_a_host_that_is_not_this_machine_is_a_clear_sentence(workspace: Workspace) -> None:
    assert "--host" in _refused("--workspace", str(workspace.root), "--host", "192.0.2.55", "--port", "0")


def _refused(*options: str) -> str:
    refused = subprocess.run([*CRIMEMAP, "serve", *options], capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
    return refused.stderr


def test_serve_ends_its_server_when_it_is_terminated(workspace: Workspace) -> None:
    with _served(workspace) as (started, server):
        started.terminate()
        started.communicate(timeout=30)
        assert started.returncode == 0
        deadline = time.monotonic() + 10
        while Path(f"/proc/{server['pid']}").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not Path(f"/proc/{server['pid']}").exists()


def test_without_a_choice_both_applications_and_a_worker_are_served(workspace: Workspace) -> None:
    with _said(workspace) as (started, said):
        public, partner = said["servers"]
        assert (public["application"], partner["application"]) == ("public", "partner")
        assert httpx.get(f"{public['url']}api/forces").status_code == 200
        assert httpx.get(f"{partner['url']}teams/me").status_code == 401
        assert len(said["workers"]) == 1
        started.terminate()
        started.communicate(timeout=30)
        assert started.returncode == 0


def test_where_the_partner_application_is_served_a_worker_runs_its_jobs_and_ends_with_it(workspace: Workspace) -> None:
    with _said(workspace, "--partner") as (started, said):
        assert [server["application"] for server in said["servers"]] == ["partner"]
        (worker,) = said["workers"]
        assert "worker" in Path(f"/proc/{worker['pid']}/cmdline").read_text().split("\0")
        assert str(workspace.root) in Path(f"/proc/{worker['pid']}/environ").read_text()
        started.terminate()
        started.communicate(timeout=30)
        assert started.returncode == 0
        assert not Path(f"/proc/{worker['pid']}").exists()


def test_a_worker_that_was_killed_is_started_again_and_a_server_is_not(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    again = servers.Server(servers.WORKER, "", ended, math.inf)
    watched = [servers.Server(servers.WORKER, "", ended, -math.inf)]
    monkeypatch.setattr(servers, "_started_worker", lambda _workspace: again)
    with monkeypatch.context() as patched:
        patched.setattr(time, "sleep", lambda _seconds: signal.raise_signal(signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            servers.watch(workspace, watched)
    assert watched == [again]
    with pytest.raises(ConflictError, match="ended by itself"):
        servers.watch(workspace, [servers.Server(servers.PARTNER, "", ended, -math.inf)])
