"""Reports that were printed before and still say the same are not printed again."""

import pytest

from crimemap.products import printed_reports
from crimemap.products.manifest import hash_files, write_manifest
from crimemap.products.page_record import EarlierPages, PageFile, PageRecord
from crimemap.products.printed_reports import PrintedReports
from crimemap.products.report_files import REPORT_FILE, report_source

pytest.importorskip("weasyprint", reason="printing needs WeasyPrint and Pango (the extra pdf)", exc_type=ImportError)


def said(_):
    pass


def with_source(release):
    source = report_source(release, "a")
    source.parent.mkdir(parents=True)
    source.write_text("<!doctype html><html lang=en><title>A</title><p>Harbour</p></html>", "utf-8")
    (release / "site/a").mkdir(parents=True)
    return PageFile(source.relative_to(release).as_posix())


@pytest.fixture
def earlier(tmp_path):
    """Give a release with one printed report."""
    release = tmp_path / "one"
    source = with_source(release)
    record = PageRecord(release, {"release_id": "one", "created": "2025-07-03T00:00:00+00:00"})
    record.note("a", "key", [source], inputs="inputs")
    reports = PrintedReports(release, EarlierPages(None))
    reports.print_later("a")
    reports.print_all(record, said)
    record.write()
    write_manifest(release, {"files": hash_files(release)})
    return release


def printed_next(earlier, folder):
    """Take the page into the next release and print what is to be printed there."""
    with_source(folder)
    pages = EarlierPages(earlier)
    entry = pages.take("a", folder, {"release_id": "two", "created": "2025-08-03T00:00:00+00:00"}, inputs="inputs")
    assert entry is not None
    record = PageRecord(folder, {"release_id": "two", "created": "2025-08-03T00:00:00+00:00"})
    record.keep("a", entry, inputs="inputs")
    reports = PrintedReports(folder, pages)
    reports.take("a", entry)
    reports.print_all(record, said)
    return reports.taken, (folder / f"site/a/{REPORT_FILE}").read_bytes()


def test_a_report_that_says_the_same_is_taken_as_it_was_printed(earlier, tmp_path):
    assert printed_next(earlier, tmp_path / "two") == (1, (earlier / f"site/a/{REPORT_FILE}").read_bytes())


def test_another_printer_prints_again(earlier, tmp_path, monkeypatch):
    monkeypatch.setattr(printed_reports, "printer", lambda: "another")
    taken, content = printed_next(earlier, tmp_path / "two")
    assert taken == 0
    assert content.startswith(b"%PDF")


def test_a_report_that_was_changed_since_is_printed_again(earlier, tmp_path):
    (earlier / f"site/a/{REPORT_FILE}").write_bytes(b"%PDF and nothing more")
    taken, content = printed_next(earlier, tmp_path / "two")
    assert taken == 0
    assert len(content) > 1000
