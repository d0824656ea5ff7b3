"""`/v1/alignment` in Welsh: the same documents, their sentences in the language that was asked for."""

import io
import re
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from api.public import create_app
from api.search_worker import Task, _searched
from api.store.opened import OpenedRelease
from crimemap.language import LANGUAGES
from crimemap.settings import PublicSettings
from tests.api.client import InProcess
from tests.api.test_alignment_searches import answered
from tests.in_two_languages import worded_alike

BASE = "/v1/alignment"
COLUMN = ["E22000901", "E22000905", "E22000909"]
BODY = {"units": "csp-2024", "targets": "bcu-2024"}
SCENARIO = {"scenario": {"merge": [{"units": COLUMN, "name": "The column"}]}}
#: Address, and how many words for people the document must have at least.
DOCUMENTS = {
    BASE: 1,
    f"{BASE}/pairs/csp-2024/bcu-2024": 0,
    f"{BASE}/pairs/csp-2024/pfa-2024": 0,
    f"{BASE}/pairs/csp-2024/bcu-2024/map": 0,
    f"{BASE}/ladder": 0,
    f"{BASE}/sets/csp-2024/map": 0,
    f"{BASE}/planning/csp-2024/bcu-2024": 1,
    f"{BASE}/planning/csp-2024/bcu-2024/bricks/E22000901": 0,
}


@pytest.fixture
def searching(mergers_release: Path) -> Iterator[InProcess]:
    made = InProcess(create_app(PublicSettings(releases=mergers_release, rate_limit_per_second=0)))
    yield made
    made.app.state.searches.close()
    made.close()


@pytest.mark.parametrize("path", sorted(DOCUMENTS))
def test_a_document_in_welsh_differs_in_its_sentences_alone(aligned: InProcess, path: str) -> None:
    english, welsh = aligned.get(path).json(), aligned.get(f"{path}?lang=cy").json()
    assert worded_alike(english, welsh) >= DOCUMENTS[path]
    assert aligned.get(f"{path}?lang=en").json() == english
    assert aligned.get(path).json() == english, "what was answered in Welsh is kept for nobody else"


def test_two_languages_are_answered_at_the_same_time_and_not_mixed(aligned: InProcess) -> None:
    path = f"{BASE}/planning/csp-2024/bcu-2024"
    asked = [f"{path}?lang={code}" for code in LANGUAGES] * 8
    english, welsh = (aligned.get(one).content for one in asked[:2])
    assert english != welsh
    assert [one.content for one in aligned.gather(*(f"http://crimemap.test{one}" for one in asked))] == [english, welsh] * 8


def test_what_a_release_is_missing_is_said_in_welsh(aligned: InProcess) -> None:
    assert aligned.get(f"{BASE}?lang=cy").json()["missing"] == ["Nid oes ffiniau siroedd yn y datganiad hwn."]


def test_a_score_in_welsh_differs_in_its_sentences_alone(aligned: InProcess) -> None:
    english = aligned.post(f"{BASE}/scenarios", json=BODY | SCENARIO).json()
    welsh = aligned.post(f"{BASE}/scenarios?lang=cy", json=BODY | SCENARIO).json()
    assert worded_alike(english, welsh) > 14
    assert {row["class"] for row in welsh["after"]} == {row["class"] for row in english["after"]}
    assert [one["flag"] for one in welsh["law"][0]["flags"]] == [one["flag"] for one in english["law"][0]["flags"]]
    assert welsh["law"][0]["parties"][0] | {"label": "council"} == english["law"][0]["parties"][0]
    assert welsh["law"][0]["parties"][0]["label"] == "cyngor"


@pytest.mark.parametrize("kind", ["html", "pdf"])
def test_a_report_is_written_in_welsh_for_whoever_asks(aligned: InProcess, kind: str) -> None:
    if kind == "pdf":
        pytest.importorskip("weasyprint", reason="WeasyPrint is not installed (pip install crimemap[pdf])")
    answer = aligned.post(f"{BASE}/reports?lang=cy&format={kind}", json=BODY | SCENARIO)
    assert answer.status_code == 200
    if kind == "pdf":
        streams = re.findall(rb"stream\n(.*?)\nendstream", answer.content, flags=re.DOTALL)
        inside = b"".join(zlib.decompress(stream) for stream in streams if stream.startswith(b"x"))
        assert b"/Lang (cy)" in inside
    else:
        assert '<html lang="cy">' in answer.text
        assert "Pwy sy'n gorfod cytuno" in answer.text
        assert "Who must agree" not in answer.text
        assert '<html lang="en-GB">' in aligned.post(f"{BASE}/reports", json=BODY | SCENARIO).text


def test_a_search_is_made_once_and_read_in_either_language(searching: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    service = searching.app.state.searches
    run = service._watch
    monkeypatch.setattr(service, "_watch", lambda search, task: (begun.append(search.id), run(search, task))[-1])
    asked = searching.post(f"{BASE}/searches?lang=cy", json=BODY)
    assert asked.status_code == 202
    assert asked.json()["says"] in {"Yn aros i chwiliadau eraill orffen.", "Yn dechrau."}
    english = answered(searching, asked.json()["id"])
    welsh = searching.get(f"{BASE}/searches/{asked.json()['id']}?lang=cy").json()
    assert worded_alike(english, welsh) > 14
    assert welsh["says"] == welsh["result"]["says"]
    assert "profwyd nad oes grwpio o fewn y terfynau" in welsh["says"]
    again = searching.post(f"{BASE}/searches", json=BODY)
    assert (again.status_code, again.json()) == (200, english)
    assert begun == [english["id"]]


def test_a_search_that_is_called_off_says_so_in_the_language_of_whoever_asks(searching: InProcess) -> None:
    path = f"{BASE}/searches/{searching.post(f'{BASE}/searches', json=BODY | {'options': {'max_changes': 2}}).json()['id']}"
    search = searching.app.state.searches.find(searching.get("/v1/releases/active").json()["id"], path.rsplit("/", 1)[1])
    searching.app.state.searches.cancel(search)
    said = [searching.request("DELETE", f"{path}?lang={code}").json()["says"] for code in LANGUAGES]
    assert said == ["The search was called off.", "Cafodd y chwiliad ei atal."]


def test_a_worker_words_what_it_found_in_every_language(mergers_release: Path) -> None:
    folder = mergers_release / (mergers_release / "active").read_text().strip()
    release = OpenedRelease(folder, cache_bytes=1_000_000)
    try:
        assert release.alignment is not None
        planning = release.alignment.planning("csp-2024", "bcu-2024")
        task = Task(planning=planning, options={"max_members": 2}, memory_bytes=0)
        said = _searched(task, io.StringIO())
    finally:
        release.close()
    assert set(said["words"]) == set(LANGUAGES)
    assert set(said["result"]) & set(said["words"]["cy"]) == set()


@pytest.mark.parametrize(
    ("method", "path"),
    [*(("GET", path) for path in sorted(DOCUMENTS)), ("GET", f"{BASE}/searches/{'0' * 32}")]
    + [("DELETE", f"{BASE}/searches/{'0' * 32}")]
    + [("POST", f"{BASE}/{name}") for name in ("scenarios", "searches", "reports")],
)
@pytest.mark.parametrize("lang", ["de", "", "CY", "en,cy", "x" * 500])
def test_another_language_is_refused_with_those_there_are(aligned: InProcess, method: str, path: str, lang: str) -> None:
    answer = aligned.request(method, f"{path}?lang={lang}", **({"json": BODY} if method == "POST" else {}))
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Take one of en, cy." in answer.json()["detail"]
    assert len(answer.json()["detail"]) < 100


def test_every_route_of_the_alignment_takes_a_language_and_the_description_says_which(aligned: InProcess) -> None:
    paths = {path: item for path, item in aligned.get("/openapi.json").json()["paths"].items() if path.startswith(BASE)}
    assert len(paths) == 11
    for item in paths.values():
        for operation in item.values():
            (found,) = [one for one in operation["parameters"] if one["name"] == "lang"]
            assert (found["required"], found["schema"]["enum"], found["schema"]["default"]) == (False, ["en", "cy"], "en")


def test_errors_are_in_english_whatever_was_asked_for(aligned: InProcess) -> None:
    for path in (f"{BASE}/pairs/csp-2024/nowhere", f"{BASE}/searches/none"):
        assert aligned.get(f"{path}?lang=cy").json() == aligned.get(path).json()
    body = BODY | {"scenario": {"merge": [{"units": ["E22000901", "E99999999"]}]}}
    english = aligned.post(f"{BASE}/scenarios", json=body)
    assert (english.status_code, aligned.post(f"{BASE}/scenarios?lang=cy", json=body).json()) == (400, english.json())


def test_a_release_from_before_there_was_welsh_answers_in_english(mergers_release: Path, tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    shutil.copytree(mergers_release, releases)
    folder = releases / (releases / "active").read_text().strip()
    with duckdb.connect(str(next(folder.glob("*.duckdb")))) as db:
        db.execute("DROP TABLE alignment_words")
        db.execute("""UPDATE planning SET notes = '["A note of before."]'""")
    made = InProcess(create_app(PublicSettings(releases=releases, rate_limit_per_second=0)))
    try:
        for path in DOCUMENTS:
            assert made.get(f"{path}?lang=cy").json() == made.get(path).json()
        score: Any = made.post(f"{BASE}/scenarios?lang=cy", json=BODY | SCENARIO).json()
        assert score["notes"] == ["A note of before."]
        assert score["rules"]["s5A(7)"] == "rhaid i gytundeb cyfuno fod yn ysgrifenedig"
    finally:
        made.app.state.searches.close()
        made.close()
