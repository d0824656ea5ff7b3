"""Reports on demand: printed once, kept outside the release, and never more at a time than allowed."""

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

import api.reports
from api.public import create_app
from api.reports import ReportCache, Reports, is_report
from crimemap.products.report_files import report_source
from crimemap.settings import PublicSettings
from tests.api.client import InProcess
from tests.api.release_fixture import activate, make_release

AREAS = ("areas/csp/E1", "areas/csp/E2", "areas/csp/E3")
PAGE = '<!DOCTYPE html><html lang="en-GB"><head><title>{0}</title></head><body><h1>{0}</h1></body></html>'
PDF = b"%PDF-1.7 of "
HOST = "http://crimemap.test"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory with an active release that has three reports, and one that is printed already."""
    folder = tmp_path_factory.mktemp("reports") / "releases"
    folder.mkdir()
    made = make_release(folder, per_month=50, crowd=10)
    for area in AREAS:
        source = report_source(made.folder, area)
        source.parent.mkdir(parents=True)
        source.write_text(PAGE.format(area), encoding="utf-8")
    printed = made.folder / "site" / "areas" / "csp" / "E9" / "report.pdf"
    printed.parent.mkdir(parents=True)
    printed.write_bytes(PDF + b"E9")
    activate(folder, made.id)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def client(releases: Path, cache: Path) -> Iterator[InProcess]:
    yield from serving(releases, cache)


def serving(releases: Path, cache: Path | None, **given: object) -> Iterator[InProcess]:
    settings = PublicSettings(releases=releases, rate_limit_per_second=0, report_cache=cache, **given)  # type: ignore[arg-type]
    made = InProcess(create_app(settings))
    yield made
    made._loop.run_until_complete(made.app.state.reports.close())
    made.close()


class Press:
    """Stands in for the process that prints, to count and to hold it."""

    def __init__(self) -> None:
        self.printed: list[str] = []
        self.at_once = self.most_at_once = 0
        self.go = threading.Event()
        self.go.set()
        self._lock = threading.Lock()

    def __call__(self, document: bytes) -> bytes:
        (area,) = re.findall(r"<h1>areas/csp/(\w+)</h1>", document.decode())
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.printed.append(area)
        self.go.wait(10)
        with self._lock:
            self.at_once -= 1
        return PDF + area.encode()


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Press:
    made = Press()
    monkeypatch.setattr(Reports, "_run", lambda _, document: made(document))
    monkeypatch.setattr(api.reports, "find_spec", lambda _: True)
    return made


def address(area: str) -> str:
    return f"/{area}/report.pdf"


@pytest.mark.skipif(find_spec("weasyprint") is None, reason="the extra 'pdf' is not installed")
def test_a_report_is_printed_by_a_process_of_its_own(client: InProcess, cache: Path) -> None:
    answer = client.get(address(AREAS[0]))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-1.7")
    assert b"/StructTreeRoot" in answer.content or b"ObjStm" in answer.content
    assert "inline" in answer.headers["content-disposition"]
    assert answer.headers["etag"]
    assert [path.read_bytes() for path in cache.glob("*.pdf")] == [answer.content]


def test_a_report_is_kept_for_who_asks_next(client: InProcess, press: Press) -> None:
    first, second = client.get(address(AREAS[0])), client.get(address(AREAS[0]))
    assert first.content == second.content == PDF + b"E1"
    client.get(f"//areas//csp/E1{'/report.pdf'}")
    assert len(press.printed) == 1, "another way to write the address is no other report"
    assert client.get(address(AREAS[0]), headers={"If-None-Match": first.headers["etag"]}).status_code == 304


def test_many_who_ask_at_once_wait_for_one_printing(client: InProcess, press: Press) -> None:
    answers = client.gather(*[f"{HOST}{address(AREAS[0])}"] * 12)
    assert {answer.status_code for answer in answers} == {200}
    assert len(press.printed) == 1


def test_no_more_are_printed_at_once_than_allowed(client: InProcess, press: Press) -> None:
    answers = client.gather(*(f"{HOST}{address(area)}" for area in AREAS))
    assert [answer.content for answer in answers] == [PDF + name for name in (b"E1", b"E2", b"E3")]
    assert press.most_at_once == 1


def test_who_comes_when_enough_are_waiting_is_asked_to_come_again(releases: Path, cache: Path, press: Press) -> None:
    running = serving(releases, cache, reports_waiting=0)
    client = next(running)
    press.go.clear()
    threading.Timer(0.3, press.go.set).start()
    answers = client.gather(*(f"{HOST}{address(area)}" for area in AREAS))
    assert sorted(answer.status_code for answer in answers) == [200, 503, 503]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert all(answer.headers["retry-after"] == "15" for answer in refused)
    assert all(answer.headers["cache-control"] == "no-store" for answer in refused)
    assert client.get(address(AREAS[2])).status_code == 200
    next(running, None)


def test_what_the_release_has_not_is_not_found(client: InProcess, press: Press) -> None:
    for path in ("/areas/csp/E4/report.pdf", "/report.pdf", "/areas/../../../report.pdf", "/areas/csp/%2e%2e/report.pdf"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "Not here" in answer.text
    assert press.printed == []


def test_the_documents_themselves_are_not_served(client: InProcess) -> None:
    for path in ("/reports/areas/csp/E1/report.html", "/areas/csp/E1/report.html", "/../reports/areas/csp/E1/report.html"):
        assert client.get(path).status_code == 404


def test_a_report_that_is_in_the_release_is_served_as_it_is(client: InProcess, press: Press) -> None:
    answer = client.get("/areas/csp/E9/report.pdf")
    assert (answer.status_code, answer.content) == (200, PDF + b"E9")
    assert press.printed == []


def test_without_the_means_to_print_the_answer_says_so(client: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.reports, "find_spec", lambda _: None)
    answer = client.get(address(AREAS[0]))
    assert (answer.status_code, answer.headers["content-type"]) == (501, "application/problem+json")
    assert client.get("/areas/csp/E4/report.pdf").status_code == 404


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(lambda python: (python, "-c", "import time; time.sleep(30)"), id="too slow"),
        pytest.param(lambda python: (python, "-c", "raise SystemExit(1)"), id="fails"),
        pytest.param(lambda python: (python, "-c", "print('no pdf')"), id="prints something else"),
    ],
)
def test_a_report_that_fails_ends_and_is_not_tried_again_at_once(
    releases: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, command: Callable[[str], tuple[str, ...]]
) -> None:
    monkeypatch.setattr(api.reports, "find_spec", lambda _: True)
    running = serving(releases, cache, report_time_limit_s=0.5)
    client = next(running)
    client.app.state.reports._command = command(api.reports.sys.executable)
    started = time.monotonic()
    assert client.get(address(AREAS[0])).status_code == 503
    assert time.monotonic() - started < 10
    client.app.state.reports._command = ("/no/such/program",)
    answer = client.get(address(AREAS[0]))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "15")
    assert not list(cache.glob("*"))
    next(running, None)


def test_the_printing_process_is_told_of_no_release(
    client: InProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(api.reports, "find_spec", lambda _: True)
    monkeypatch.setenv("CRIMEMAP_RELEASES", "/secret/place")
    seen = tmp_path / "seen"
    program = f"import os,sys; open({str(seen)!r},'w').write(repr(dict(os.environ))); sys.stdout.write('%PDF-')"
    client.app.state.reports._command = (api.reports.sys.executable, "-c", program)
    assert client.get(address(AREAS[0])).status_code == 200
    assert "secret" not in seen.read_text()


def test_reports_count_towards_the_limit_of_requests(releases: Path, cache: Path, press: Press) -> None:
    settings = PublicSettings(releases=releases, rate_limit_per_second=1, rate_limit_burst=2, report_cache=cache)
    client = InProcess(create_app(settings))
    assert [client.get(address(AREAS[0])).status_code for _ in range(3)] == [200, 200, 429]
    assert len(press.printed) == 1
    client.close()


def test_the_least_lately_used_are_dropped_when_the_cache_is_full(tmp_path: Path) -> None:
    cache = ReportCache(tmp_path, most_bytes=25)
    for k, key in enumerate(("a", "b")):
        cache.keep(key, b"x" * 10)
        os.utime(tmp_path / f"{key}.pdf", (1000 + k, 1000 + k))
    assert cache.read("a") == b"x" * 10
    cache.keep("c", b"x" * 10)
    assert [cache.read(key) is not None for key in ("a", "b", "c")] == [True, False, True]
    cache.keep("large", b"x" * 99)
    assert cache.read("large") is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["large.pdf"]


def test_a_folder_of_its_own_is_private_and_goes_with_the_process() -> None:
    cache = ReportCache(None, most_bytes=100)
    cache.keep("a", b"x")
    assert cache.read("a") == b"x"
    folder = cache._own
    assert folder is not None
    assert folder.stat().st_mode & 0o077 == 0
    cache.close()
    assert not folder.exists()


def test_a_cache_that_cannot_be_written_does_no_harm(client: InProcess, cache: Path, press: Press) -> None:
    cache.write_bytes(b"a file where the folder should be")
    assert client.get(address(AREAS[0])).content == PDF + b"E1"
    assert client.get(address(AREAS[0])).status_code == 200
    assert len(press.printed) == 2


def test_only_reports_of_areas_are_reports() -> None:
    assert not is_report("/areas/csp/E1/report.pdf.html")
    assert not is_report("/areas/csp/E1/myreport.pdf")
