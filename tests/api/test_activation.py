"""From one release to the next: noticed at once, no request lost, nothing left open."""

import shutil
import threading
from collections import Counter
from pathlib import Path

import httpx
import pytest

from api.public import create_app
from crimemap.settings import PublicSettings
from tests.api.client import InProcess
from tests.api.release_fixture import activate, make_release
from tests.api.server import serving

FIRST, SECOND = "20250301T120000Z-00000001", "20250401T120000Z-00000002"


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    folder = tmp_path / "releases"
    folder.mkdir()
    for release_id in (FIRST, SECOND):
        make_release(folder, release_id, seed=int(release_id[-1]), per_month=50, crowd=0)
    return folder


@pytest.fixture
def client(releases: Path) -> InProcess:
    return InProcess(create_app(PublicSettings(releases=releases, rate_limit_per_second=0)))


def _served(client: InProcess) -> str:
    return str(client.get("/v1/releases/active").json()["id"])


def test_without_an_active_release_everything_answers_503_and_says_so(client: InProcess) -> None:
    for path, kind in (("/api/forces", "text/plain"), ("/v1/areas", "application/problem+json"), ("/", "text/html")):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.headers["content-type"].startswith(kind)
        assert "No data is being served" in answer.text
        assert int(answer.headers["retry-after"]) > 0
    client.close()


def test_a_release_is_noticed_without_a_restart_and_so_is_the_way_back(client: InProcess, releases: Path) -> None:
    assert client.get("/api/forces").status_code == 503
    activate(releases, FIRST)
    assert _served(client) == FIRST
    tag = client.get("/api/forces").headers["etag"]
    activate(releases, SECOND)
    assert _served(client) == SECOND
    assert client.get("/api/forces", headers={"If-None-Match": tag}).status_code == 200
    assert SECOND in client.get("/").text
    activate(releases, FIRST)
    assert _served(client) == FIRST
    client.close()


def test_what_was_withdrawn_is_not_served(client: InProcess, releases: Path) -> None:
    activate(releases, FIRST)
    assert _served(client) == FIRST
    (releases / "active").unlink()
    assert client.get("/api/forces").status_code == 503
    client.close()


@pytest.mark.parametrize("named", ["nothing-here", "../releases", "", "a/b", ".", "x" * 200])
def test_a_name_that_is_no_release_leaves_the_old_one_in_place(client: InProcess, releases: Path, named: str) -> None:
    activate(releases, FIRST)
    assert _served(client) == FIRST
    activate(releases, named)
    assert _served(client) == FIRST
    client.close()


def test_a_damaged_release_leaves_the_old_one_in_place(client: InProcess, releases: Path) -> None:
    activate(releases, FIRST)
    assert _served(client) == FIRST
    (releases / SECOND / "release.duckdb").write_bytes(b"not a database" * 1000)
    activate(releases, SECOND)
    assert _served(client) == FIRST
    client.close()


def test_a_release_of_another_format_is_refused(client: InProcess, releases: Path, caplog: pytest.LogCaptureFixture) -> None:
    import duckdb

    with duckdb.connect(str(releases / FIRST / "release.duckdb")) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    activate(releases, FIRST)
    assert client.get("/api/forces").status_code == 503
    assert "has format 99" in caplog.text
    client.close()


def test_only_the_active_release_is_shown(client: InProcess, releases: Path) -> None:
    activate(releases, FIRST)
    assert [one["id"] for one in client.get("/v1/releases").json()["releases"]] == [FIRST]
    assert client.get(f"/v1/releases/{SECOND}").status_code == 404
    assert client.get(f"/v1/releases/{SECOND}/manifest").status_code == 404
    assert client.get(f"/v1/releases/{FIRST}/manifest").json()["id"] == FIRST
    client.close()


def test_under_load_no_request_is_lost_and_the_old_file_is_let_go(releases: Path, tmp_path: Path) -> None:
    activate(releases, FIRST)
    answers: Counter[tuple[int, str]] = Counter()
    stop = threading.Event()
    lock = threading.Lock()

    def ask(url: str) -> None:
        with httpx.Client(base_url=url) as asking:
            while not stop.is_set():
                for path in ("/api/crimes-street/all-crime?lat=52.5&lng=-1.45", "/v1/releases/active", "/"):
                    answer = asking.get(path)
                    with lock:
                        answers[answer.status_code, answer.headers["etag"].strip('"').split(".")[0]] += 1

    with serving(releases, tmp_path / "log") as server:
        workers = [threading.Thread(target=ask, args=(server.url,)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for release_id in (SECOND, FIRST, SECOND, FIRST, SECOND):
            stop.wait(0.4)
            activate(releases, release_id)
        stop.wait(0.6)
        stop.set()
        for worker in workers:
            worker.join()
        assert httpx.get(f"{server.url}/v1/releases/active").json()["id"] == SECOND
        opened = [path.readlink() for path in Path(f"/proc/{server.process.pid}/fd").iterdir()]
        databases = {path for path in opened if path.suffix == ".duckdb"}
    assert {status for status, _ in answers} == {200}
    assert {release_id for _, release_id in answers} == {FIRST, SECOND}
    assert databases == {releases / SECOND / "release.duckdb"}
    shutil.rmtree(releases)
