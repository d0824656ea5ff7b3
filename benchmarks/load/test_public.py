"""The public application under load: one worker, a release of every force, points drawn from the incidents themselves."""

import json
import os
import shutil
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.load.asked import Asked, drawn
from benchmarks.load.wrk import Figures, load
from tests.api.release_fixture import activate
from tests.api.server import RunningServer, serving

_RELEASES = os.environ.get("CRIMEMAP_LOAD_RELEASES", "")
_SECONDS = float(os.environ.get("CRIMEMAP_LOAD_SECONDS", "20"))
_REQUESTS = 100_000

pytestmark = [
    pytest.mark.skipif(not _RELEASES, reason="CRIMEMAP_LOAD_RELEASES names no folder of releases with an active one"),
    pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed"),
]


@pytest.fixture(scope="module")
def releases() -> Path:
    return Path(_RELEASES)


@pytest.fixture(scope="module")
def asked(releases: Path) -> Asked:
    return drawn(releases / (releases / "active").read_text().strip())


@pytest.fixture(scope="module")
def server(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with serving(releases, tmp_path_factory.mktemp("log") / "log") as running:
        yield running


def _say(what: str, found: Figures) -> None:
    print(
        f"\n{what}: {found.per_second:,.0f} a second; median {found.p50_ms:.1f} ms, 95 % {found.p95_ms:.1f} ms, "
        f"99 % {found.p99_ms:.1f} ms, longest {found.max_ms:.0f} ms; {found.refused} refused, {found.broken} broken"
    )


def _resident_mib(server: RunningServer) -> float:
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _answered(server: RunningServer, paths: list[str]) -> list[str]:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        return [path for path in paths if client.get(path).status_code == httpx.codes.OK]


def test_light_calls_at_five_hundred_a_second(server: RunningServer, asked: Asked, capsys):
    load(server.url, asked.light, seconds=3, per_second=200)
    found = load(server.url, asked.light, seconds=_SECONDS, per_second=500)
    most = load(server.url, asked.light, seconds=5, per_second=None, connections=8)
    with capsys.disabled():
        _say("light calls, 500 a second asked", found)
        _say("light calls, as fast as they come", most)
    assert found.broken == 0
    assert found.p99_ms < 20


def test_streets_of_a_month_at_one_hundred_a_second(server: RunningServer, asked: Asked, capsys):
    load(server.url, asked.street, seconds=5, per_second=50)
    found = load(server.url, asked.street, seconds=_SECONDS, per_second=100)
    with capsys.disabled():
        _say("crimes-street, 100 a second asked", found)
    assert found.broken == 0
    assert found.p99_ms < 100


def test_a_polygon_of_ten_thousand_crimes(server: RunningServer, asked: Asked, capsys):
    body, took = json.loads(asked.polygon), []
    for _ in range(9):
        start = time.perf_counter()
        answer = httpx.post(f"{server.url}/api/crimes-street/all-crime", data=body, timeout=30)
        took.append(time.perf_counter() - start)
        assert answer.status_code == 200
    with capsys.disabled():
        print(f"\npolygon with {len(answer.json()):,} crimes: median {1000 * statistics.median(took):.0f} ms")
    assert statistics.median(took) < 1


def test_memory_after_one_hundred_thousand_requests(server: RunningServer, asked: Asked, capsys):
    mixed = [path for pair in zip(asked.light, asked.street * 3, strict=False) for path in pair]
    done, marks = 0, []
    while done < _REQUESTS:
        found = load(server.url, mixed, seconds=10, per_second=None, connections=8)
        assert found.broken == 0
        done += found.requests
        marks.append((done, _resident_mib(server)))
    with capsys.disabled():
        print("\nmemory: " + ", ".join(f"{mib:.0f} MiB after {n:,}" for n, mib in marks))
    # Caches fill in the first third; from then on nothing may grow.
    third = next(mib for n, mib in marks if n >= _REQUESTS / 3)
    assert marks[-1][1] < third * 1.05


def test_activating_releases_under_load_loses_no_request(server: RunningServer, releases: Path, capsys):
    current = (releases / "active").read_text().strip()
    others = [made.name for made in releases.iterdir() if (made / "manifest.json").exists() and made.name != current]
    if not others:
        pytest.skip("there is only one release")
    stop = threading.Event()
    swapped = 0

    def swap() -> None:
        nonlocal swapped
        for name in (others[0], current, others[0], current):
            if stop.wait(_SECONDS / 6):
                return
            activate(releases, name)
            swapped += 1

    # What both releases answer: a place that only one of them knows is rightly not found in the other.
    both = _answered(server, drawn(releases / others[0]).light[:400])
    at_work = threading.Thread(target=swap)
    at_work.start()
    try:
        found = load(server.url, both, seconds=_SECONDS, per_second=300)
    finally:
        stop.set()
        at_work.join()
        activate(releases, current)
    with capsys.disabled():
        _say(f"{swapped} releases activated under load", found)
    assert swapped
    assert (found.refused, found.broken) == (0, 0)
