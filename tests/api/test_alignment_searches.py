"""Searches for mergers: each in a process that can be ended, few at once, and none left behind."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import searches as module
from api.errors import BusyError
from api.models_alignment import SearchStatus
from api.public import create_app
from api.searches import Question, Search, Searches
from api.store.opened import OpenedRelease
from crimemap.alignment.mergers.planning import Planning
from crimemap.settings import PublicSettings
from tests.api.client import InProcess
from tests.api.server import serving

BASE = "/v1/alignment/searches"
BODY = {"units": "csp-2024", "targets": "bcu-2024"}
#: A worker that reads its task and then says nothing.
SILENT = (sys.executable, "-c", "import sys, time; sys.stdin.buffer.read(1); time.sleep(120)")


@pytest.fixture
def client(mergers_release: Path) -> Iterator[InProcess]:
    made = InProcess(create_app(PublicSettings(releases=mergers_release, rate_limit_per_second=0)))
    yield made
    made.app.state.searches.close()
    made.close()


@pytest.fixture
def planning(mergers_release: Path) -> Iterator[Planning]:
    folder = mergers_release / (mergers_release / "active").read_text().strip()
    release = OpenedRelease(folder, cache_bytes=1_000_000)
    assert release.alignment is not None
    yield release.alignment.planning("csp-2024", "bcu-2024")
    release.close()


@pytest.fixture
def service() -> Iterator[Searches]:
    made = Searches(at_once=1, waiting=1, memory_mb=2048)
    yield made
    made.close()


def until(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def answered(client: Any, search_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"{BASE}/{search_id}").json()
        return None if found["status"] == "running" else found

    return until(look)  # type: ignore[no-any-return]


def question(**options: Any) -> Question:
    return Question(release_id="r1", units="csp-2024", targets="bcu-2024", options=options)


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_a_search_finds_the_mergers_that_make_command_units_and_is_asked_once(client: InProcess) -> None:
    begun = client.post(BASE, json=BODY)
    assert begun.status_code == 202
    assert SearchStatus.model_validate_json(begun.content).status == "running"
    found = answered(client, begun.json()["id"])
    assert (found["status"], found["progress"]) == ("done", 1.0)
    result = found["result"]
    assert (result["status"], result["people"], result["proved"]) == ("optimal", 0.0, True)
    assert sorted(sorted(step["units"]) for step in result["scenario"]["merge"]) == [
        [f"E22{901 + column + 4 * row:06d}" for row in range(3)] for column in range(4)
    ]
    again = client.post(BASE, json=BODY)
    assert (again.status_code, again.json()) == (200, found)
    scored = client.post("/v1/alignment/scenarios", json=BODY | {"scenario": result["scenario"]}).json()
    assert {row["class"] for row in scored["after"]} == {"coterminous"}


def test_what_cannot_be_kept_is_a_failure_that_says_so(client: InProcess) -> None:
    begun = client.post(BASE, json=BODY | {"options": {"min_population": 1e9}}).json()
    found = answered(client, begun["id"])
    assert found["status"] == "failed"
    assert found["says"]
    assert "result" not in found


def test_a_search_is_never_taken_from_a_cache_on_the_way(client: InProcess) -> None:
    begun = client.post(BASE, json=BODY | {"options": {"max_changes": 1}})
    path = f"{BASE}/{begun.json()['id']}"
    answer = client.get(path, headers={"If-None-Match": "*"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


def test_a_search_is_called_off_and_can_be_asked_again(client: InProcess) -> None:
    body = BODY | {"options": {"max_changes": 2}}
    path = f"{BASE}/{client.post(BASE, json=body).json()['id']}"
    service: Searches = client.app.state.searches
    search = service.find(client.get("/v1/releases/active").json()["id"], path.rsplit("/", 1)[1])
    assert search is not None
    process = until(lambda: search.process)
    assert client.request("DELETE", path).json()["status"] == "cancelled"
    assert client.get(path).json()["status"] == "cancelled"
    until(lambda: ended(process.pid))
    assert client.post(BASE, json=body).status_code == 202
    assert answered(client, path.rsplit("/", 1)[1])["status"] == "done"
    assert client.request("DELETE", path).json()["status"] == "done"
    assert client.request("DELETE", f"{BASE}/none").status_code == 404


def test_longer_than_the_server_allows_is_refused(client: InProcess) -> None:
    for seconds in (20.5, 1e12, -1, 0, "long", [1]):
        answer = client.post(BASE, json=BODY | {"options": {"time_limit_s": seconds}})
        assert answer.status_code == 400, seconds


def test_the_time_that_is_given_is_kept_and_the_best_so_far_is_told(client: InProcess) -> None:
    begun = client.post(BASE, json=BODY | {"options": {"time_limit_s": 1e-6}}).json()
    found = answered(client, begun["id"])
    assert found["result"]["status"] == "time_limit"
    assert found["result"]["proved"] is False


def test_no_more_run_or_wait_than_may(service: Searches, planning: Planning, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMMAND", SILENT)
    first, second = (service.ask(question(max_changes=k), lambda: planning, seconds=60) for k in range(2))
    until(lambda: first.process)
    assert (second.status, second.process) == ("running", None)
    assert "Waiting" in second.says
    with pytest.raises(BusyError, match="2 searches are running or waiting"):
        service.ask(question(max_changes=2), lambda: planning, seconds=60)
    assert service.ask(question(max_changes=0), lambda: planning, seconds=60) is first
    service.cancel(second)
    service.ask(question(max_changes=2), lambda: planning, seconds=60)
    service.cancel(first)
    assert until(lambda: service.find("r1", question(max_changes=2).id)).status == "running"


def test_a_server_that_is_busy_answers_503_and_says_when_to_come_back(
    mergers_release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COMMAND", SILENT)
    app = create_app(PublicSettings(releases=mergers_release, rate_limit_per_second=0, searches_waiting=0))
    client = InProcess(app)
    answers = [client.post(BASE, json=BODY | {"options": {"max_changes": k}}) for k in range(2)]
    app.state.searches.close()
    client.close()
    assert [answer.status_code for answer in answers] == [202, 503]
    assert int(answers[1].headers["retry-after"]) > 0
    assert answers[1].headers["content-type"] == "application/problem+json"


def test_a_process_that_does_not_end_is_ended(
    service: Searches, planning: Planning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COMMAND", SILENT)
    monkeypatch.setattr(module, "_GRACE_SECONDS", 0.2)
    search = service.ask(question(), lambda: planning, seconds=0.1)
    process = until(lambda: search.process)
    until(lambda: search.status != "running")
    assert (search.status, search.says) == ("failed", "The search did not end within 0.1 s.")
    until(lambda: ended(process.pid))


@pytest.mark.parametrize("case", ["it ends", "it says nonsense", "it says too much"])
def test_a_process_that_fails_is_a_failure_and_the_next_search_runs(
    service: Searches, planning: Planning, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    code = {"it ends": "", "it says nonsense": "print('{')", "it says too much": "print('x' * 200)"}[case]
    with monkeypatch.context() as patched:
        patched.setattr(module, "COMMAND", (sys.executable, "-c", f"import sys; sys.stdin.buffer.read(1); {code}"))
        patched.setattr(module, "_LONGEST_ANSWER", 100)
        search = service.ask(question(), lambda: planning, seconds=60)
        until(lambda: search.status != "running")
    assert search.status == "failed"
    assert ("too large" if case == "it says too much" else "without an answer") in search.says
    again = service.ask(question(), lambda: planning, seconds=60)
    until(lambda: again.status != "running")
    assert again.status == "done"


def test_more_memory_than_allowed_is_a_failure_and_not_the_end_of_the_server(planning: Planning) -> None:
    tight = Searches(at_once=1, waiting=0, memory_mb=1)
    search = tight.ask(question(), lambda: planning, seconds=60)
    until(lambda: search.status != "running")
    tight.close()
    assert search.status == "failed"


def test_searches_of_another_release_are_called_off_and_forgotten(
    service: Searches, planning: Planning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COMMAND", SILENT)
    old = service.ask(question(), lambda: planning, seconds=60)
    process = until(lambda: old.process)
    newer = Question(release_id="r2", units="csp-2024", targets="bcu-2024", options={})
    assert newer.id != question().id
    service.ask(newer, lambda: planning, seconds=60)
    assert old.status == "cancelled"
    until(lambda: ended(process.pid))
    assert service.find("r1", old.id) is None
    assert service.find("r1", newer.id) is None


def test_answers_are_forgotten_when_there_are_too_many(
    service: Searches, planning: Planning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_KEPT", 3)
    held = service._searches
    for k in range(5):
        search = Search(id=f"old-{k}", release_id="r1", seconds=1, status="done", result=b"{}")
        held[search.id] = search
    monkeypatch.setattr(module, "COMMAND", SILENT)
    service.ask(question(), lambda: planning, seconds=60)
    assert [*held][:2] == ["old-3", "old-4"]
    assert len(held) == 3


def test_the_same_question_has_the_same_name_and_another_has_another() -> None:
    assert question(a=1, b=[2]).id == question(b=[2], a=1).id
    assert len({question(a=1).id, question(a=2).id, question().id}) == 3


def test_a_real_server_searches_and_leaves_no_process_behind(mergers_release: Path, tmp_path: Path) -> None:
    with serving(mergers_release, tmp_path / "log") as server, httpx.Client(base_url=server.url, timeout=30) as asking:
        begun = asking.post(BASE, json=BODY)
        assert begun.status_code == 202
        assert answered(asking, begun.json()["id"])["result"]["people"] == 0.0
        asking.post(BASE, json=BODY | {"options": {"max_changes": 3}})
        (child,) = until(lambda: _children(server.process.pid))
        environment = Path(f"/proc/{child}/environ").read_bytes().decode()
        assert "CRIMEMAP" not in environment
        opened = {str(path.readlink()) for path in Path(f"/proc/{child}/fd").iterdir()}
        assert not [path for path in opened if path.endswith(".duckdb")]
    until(lambda: ended(child), 20)
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_server_that_is_killed_takes_its_searches_with_it(mergers_release: Path, tmp_path: Path) -> None:
    with serving(mergers_release, tmp_path / "log") as server, httpx.Client(base_url=server.url, timeout=30) as asking:
        asking.post(BASE, json=BODY | {"options": {"max_changes": 4}})
        (child,) = until(lambda: _children(server.process.pid))
        os.kill(server.process.pid, signal.SIGKILL)
        until(lambda: ended(child), 20)


def _children(pid: int) -> list[int]:
    """Give the searches of a server that are running."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z" and b"search_worker" in command:
            found.append(int(path.parent.name))
    return found


def test_a_search_that_names_what_is_not_there_is_refused_at_once(client: InProcess) -> None:
    for options in ({"must_join": [["nowhere", "elsewhere"]]}, {"forces": ["E23999999"]}):
        answer = client.post(BASE, json=BODY | {"options": options})
        assert answer.status_code == 400, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
