"""A release patch is what a whole build would be where teams write, and the release that it is made from elsewhere."""

import hashlib
import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from crimemap.errors import CrimemapError, DisclosureError, NotFoundError, ReleaseError
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseInputs, ReleaseOptions
from crimemap.products.manifest import verify_files
from crimemap.products.names import area_folder
from crimemap.products.patched_release import PatchedRelease, differing_teams, patch_release
from crimemap.products.pdf import require_pdf
from tests.products.county import FORCE, county

NOW = datetime(2025, 9, 1, tzinfo=UTC)
OPTIONS = ReleaseOptions(reports="on-demand", languages=("en", "cy"))
PAGES = area_folder("neighbourhood", "N01", FORCE)


def _wrote(one: dict[str, Any]) -> dict[str, Any]:
    """What the team of a neighbourhood says in place of what it said."""
    return {
        **one,
        "contact_details": {"email": "new@example.org"},
        "messages": [{"title": "Burst main", "text": "<p>Mind.</p>", "date": "2025-07-02", "until": ""}],
        "priorities": [
            {"issue": "<p>Burglary on Mill Lane</p>", "issue-date": "2025-01-10", "action": None, "action-date": None},
            *(one.get("priorities") or []),
        ],
        "events": [{"title": "Surgery", "start_date": "2031-07-01T18:30:00", "end_date": "", "address": "Hall"}],
    }


@pytest.fixture(scope="module")
def inputs() -> ReleaseInputs:
    return county()


@pytest.fixture(scope="module")
def base(inputs: ReleaseInputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_release(inputs, OPTIONS, tmp_path_factory.mktemp("patched"), now=NOW).path


@pytest.fixture(scope="module")
def before(base: Path) -> dict[str, tuple[int, bytes]]:
    return _contents(base)


@pytest.fixture(scope="module")
def patched(base: Path, before: dict[str, tuple[int, bytes]], inputs: ReleaseInputs) -> PatchedRelease:
    assert before
    return patch_release(base, [_wrote(inputs.neighbourhoods[0])], now=NOW)


@pytest.fixture(scope="module")
def whole(inputs: ReleaseInputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same words in a release that is built from the beginning."""
    first, *rest = inputs.neighbourhoods
    given = replace(inputs, neighbourhoods=[_wrote(first), *rest])
    return build_release(given, OPTIONS, tmp_path_factory.mktemp("whole"), now=NOW + timedelta(seconds=1)).path


def _contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}


def _same(text: str) -> str:
    """A text without the names of releases, a calendar without its time, a page without the day of a patch."""
    text = re.sub(r"<!-- part: words -->.*?<!-- end: words -->", "", text, flags=re.DOTALL)
    return re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{8}", "ID", re.sub(r"DTSTAMP:\w+", "", text))


def _entries(feed: str) -> list[str]:
    return sorted(re.findall(r"<entry>.*?</entry>", feed, re.DOTALL))


@pytest.mark.parametrize("language", ["", "cy/"])
def test_pages_calendars_and_reports_are_what_a_whole_build_makes(
    patched: PatchedRelease, whole: Path, language: str
) -> None:
    for name in (
        f"site/{language}{PAGES}/index.html",
        f"site/{language}{PAGES}/calendar.ics",
        f"reports/{language}{PAGES}/report.html",
    ):
        made, expected = ((folder / name).read_text(encoding="utf-8") for folder in (patched.path, whole))
        assert _same(made) == _same(expected), name
    name = f"site/{language}{PAGES}/feed.atom"
    made, expected = ((folder / name).read_text(encoding="utf-8") for folder in (patched.path, whole))
    assert _entries(made) == _entries(expected)
    assert made.partition("<entry>")[0] == expected.partition("<entry>")[0]
    updated = re.findall(r"<entry>.*?<updated>(.*?)</updated>", made, re.DOTALL)
    assert updated == sorted(updated, reverse=True)


def test_the_database_is_what_a_whole_build_makes_but_for_its_name(patched: PatchedRelease, base: Path, whole: Path) -> None:
    def rows(folder: Path, sql: str) -> list[Any]:
        with duckdb.connect(folder / "release.duckdb", read_only=True) as db:
            return db.execute(sql).fetchall()

    every = "SELECT * FROM neighbourhoods ORDER BY ALL"
    assert rows(patched.path, every) == rows(whole, every) != rows(base, every)
    meta = dict(rows(patched.path, "SELECT key, value FROM meta"))
    assert meta["release_id"] == patched.release_id == patched.path.name
    for table in ("counts", "incidents", "areas", "places"):
        assert rows(patched.path, f"FROM {table} ORDER BY ALL") == rows(base, f"FROM {table} ORDER BY ALL")


def test_its_manifest_is_true_and_says_what_it_was_made_from(patched: PatchedRelease, base: Path) -> None:
    assert verify_files(patched.path) == []
    manifest = json.loads((patched.path / "manifest.json").read_text())
    assert (manifest["patch_of"], manifest["patched"]) == (base.name, [f"{FORCE}/N01"])
    assert patched.release_id > base.name


def test_the_release_that_it_is_made_from_is_not_touched_and_the_rest_is_shared(
    patched: PatchedRelease, base: Path, before: dict[str, tuple[int, bytes]]
) -> None:
    assert _contents(base) == before
    assert verify_files(base) == []
    changed = {name for name, (_, content) in _contents(patched.path).items() if content != before.get(name, (0, b""))[1]}
    files = ("index.html", "feed.atom", "calendar.ics")
    own = {f"site/{language}{PAGES}/{name}" for language in ("", "cy/") for name in files}
    own |= {f"reports/{language}{PAGES}/report.html" for language in ("", "cy/")}
    assert changed == own | {"release.duckdb", "manifest.json"}
    shared = [name for name in before if (base / name).stat().st_ino == (patched.path / name).stat().st_ino]
    assert len(shared) == len(before) - len(changed & before.keys())


def test_a_patch_of_a_patch_takes_meetings_and_their_calendar_away(
    patched: PatchedRelease, base: Path, inputs: ReleaseInputs
) -> None:
    again = patch_release(patched.path, [{**_wrote(inputs.neighbourhoods[0]), "events": []}], now=NOW)
    assert verify_files(again.path) == verify_files(patched.path) == []
    assert not (again.path / "site" / PAGES / "calendar.ics").exists()
    assert "calendar.ics" not in (again.path / "site" / PAGES / "index.html").read_text()
    back = patch_release(again.path, [inputs.neighbourhoods[0]], now=NOW)
    site, before = back.path / "site" / PAGES, base / "site" / PAGES
    assert (site / "feed.atom").read_text() == (before / "feed.atom").read_text()
    page, old = (folder.joinpath("index.html").read_text() for folder in (site, before))
    assert page.replace(" What the team says was published later, on 1 September 2025.", "") == old


def _foot(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<!--.*?-->", "", page[page.index("<footer") :])).split())


def test_a_patched_page_and_report_name_the_release_of_their_figures_and_the_day_of_the_words(
    base: Path, inputs: ReleaseInputs
) -> None:
    later = patch_release(base, [_wrote(inputs.neighbourhoods[0])], now=NOW + timedelta(days=9))
    page = (later.path / "site" / PAGES / "index.html").read_text(encoding="utf-8")
    said = f"Release {base.name}, made 1 September 2025. What the team says was published later, on 10 September 2025."
    assert said in _foot(page)
    assert "published later" not in (base / "site" / PAGES / "index.html").read_text(encoding="utf-8")
    report = (later.path / "reports" / PAGES / "report.html").read_text(encoding="utf-8")
    words = "What the team says was published later, on 10 September 2025."
    assert f"as release {base.name}, made 1 September 2025." in report
    assert words in report
    assert "ddiweddarach, ar 10 Medi 2025" in (later.path / "site/cy" / PAGES / "index.html").read_text(encoding="utf-8")
    again = patch_release(later.path, [inputs.neighbourhoods[0]], now=NOW + timedelta(days=20))
    page = (again.path / "site" / PAGES / "index.html").read_text(encoding="utf-8")
    assert page.count("published later, on") == 1
    assert f"Release {base.name}" in _foot(page), "the figures are still those of the first release"
    assert "on 21 September 2025" in _foot(page)


def test_a_printed_report_is_printed_anew_and_the_one_of_the_earlier_release_stays(
    base: Path, inputs: ReleaseInputs, tmp_path: Path
) -> None:
    if not _can_print():
        pytest.skip("WeasyPrint or its pango libraries are not on this machine")
    printed = tmp_path / base.name
    shutil.copytree(base, printed)
    name, old = f"site/{PAGES}/report.pdf", b"%PDF-1.7 of the release before"
    (printed / name).write_bytes(old)
    manifest = json.loads((printed / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][name] = {"size": len(old), "sha256": hashlib.sha256(old).hexdigest()}
    (printed / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    patched = patch_release(printed, [_wrote(inputs.neighbourhoods[0])], now=NOW)
    made = (patched.path / name).read_bytes()
    assert made.startswith(b"%PDF-")
    assert made != old
    source = (patched.path / "reports" / PAGES / "report.html").read_text(encoding="utf-8")
    assert "Burst main" in source
    assert len(made) > 10_000, "a whole report, with its charts and fonts"
    assert (printed / name).read_bytes() == old
    assert verify_files(patched.path) == []
    assert not (patched.path / f"site/cy/{PAGES}/report.pdf").exists(), "what was not printed before is not printed now"


def _can_print() -> bool:
    try:
        require_pdf()
    except CrimemapError:
        return False
    return True


def test_a_build_after_a_patch_does_not_take_the_patched_page(
    patched: PatchedRelease, base: Path, inputs: ReleaseInputs, tmp_path: Path
) -> None:
    shutil.copytree(patched.path, tmp_path / patched.release_id)
    built = build_release(inputs, OPTIONS, tmp_path, now=NOW + timedelta(seconds=2))
    assert built.areas.built == len(("en", "cy")), "only the page in each language that the patch made"
    page = f"site/{PAGES}/index.html"
    assert _same((built.path / page).read_text()) == _same((base / page).read_text())


def test_only_teams_that_say_something_else_differ(base: Path, patched: PatchedRelease, inputs: ReleaseInputs) -> None:
    new = [_wrote(inputs.neighbourhoods[0]), *inputs.neighbourhoods[1:]]
    assert differing_teams(base, inputs.neighbourhoods) == []
    assert differing_teams(base, new) == [new[0]]
    assert differing_teams(patched.path, new) == []


def test_what_is_refused_leaves_nothing_behind(base: Path, inputs: ReleaseInputs) -> None:
    held = sorted(path.name for path in base.parent.iterdir())
    (base.parent / ".building-1").mkdir()  # of a patch that was killed

    def refuse(folder: Path, written: Any) -> None:
        assert f"site/{PAGES}/index.html" in written
        assert (folder / f"site/{PAGES}/index.html").is_file()
        raise DisclosureError("no")

    with pytest.raises(DisclosureError):
        patch_release(base, [_wrote(inputs.neighbourhoods[0])], check=refuse)
    with pytest.raises(NotFoundError):
        patch_release(base, [{**inputs.neighbourhoods[0], "id": "X99"}])
    assert sorted(path.name for path in base.parent.iterdir()) == held


def test_a_release_that_lacks_a_file_is_not_patched(base: Path, inputs: ReleaseInputs, tmp_path: Path) -> None:
    broken = tmp_path / base.name
    shutil.copytree(base, broken)
    (broken / "site" / "index.html").unlink()
    with pytest.raises(ReleaseError, match="missing"):
        patch_release(broken, [_wrote(inputs.neighbourhoods[0])])
    assert [path.name for path in tmp_path.iterdir()] == [base.name]
