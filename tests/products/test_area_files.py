"""What a release puts beside the pages of its areas, and that it stays the same fact in the next release."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from importlib.util import find_spec

import pytest
from icalendar import Calendar
from lxml import etree

from crimemap.products import area_files
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.report_files import report_source
from tests.products.county import FORCE, LATEST, MONTHS, county
from tests.products.test_feeds import ATOM, require_valid

N01 = f"forces/{FORCE}/neighbourhoods/N01"
WITH_REPORTS = ReleaseOptions(reports="on-demand", languages=("en", "cy"))
HOSTILE = '<img src=x onerror=alert(1)>"><script>alert(2)</script>\x00'


def made_hostile(inputs):
    """Give a county whose second team, called <b>St Mary's</b> "East", writes what no page should repeat."""
    teams = [dict(one) for one in inputs.neighbourhoods]
    teams[1] |= {
        "description": HOSTILE,
        "priorities": [{"issue": f"<p>Litter {HOSTILE}</p>", "issue-date": "2025-04-02", "action": HOSTILE}],
        "events": [{"title": f"Walk {HOSTILE}\r\nBEGIN:VALARM", "start_date": "2025-07-05", "address": HOSTILE}],
        "contact_details": {"web": "javascript:alert(3)"},
    }
    return replace(inputs, neighbourhoods=teams)


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return build_release(made_hostile(county()), WITH_REPORTS, tmp_path_factory.mktemp("files")).path


@pytest.fixture(scope="module")
def later(tmp_path_factory):
    """Give a later release of the same facts, which begins a month later and has English pages alone."""
    inputs = made_hostile(county())
    kept = inputs.incidents["month"] >= MONTHS[1], inputs.coverage["month"] >= MONTHS[1]
    fewer = replace(inputs, first_month=MONTHS[1], incidents=inputs.incidents[kept[0]], coverage=inputs.coverage[kept[1]])
    return build_release(
        fewer,
        ReleaseOptions(),
        tmp_path_factory.mktemp("later"),
        now=datetime(2030, 1, 1, tzinfo=UTC),
    ).path


def feeds(folder):
    return sorted((folder / "site").rglob("feed.atom"))


def entries(path):
    root = require_valid(path.read_bytes())
    return {
        one.findtext(f"{ATOM}id"): (one.findtext(f"{ATOM}title"), one.findtext(f"{ATOM}updated"))
        for one in root.iter(f"{ATOM}entry")
    }


def test_every_area_has_a_valid_feed_in_every_language(release):
    site = release / "site"
    linked = {path.parent for path in site.rglob("index.html") if 'href="feed.atom"' in path.read_text(encoding="utf-8")}
    assert {path.parent for path in feeds(release)} == linked
    assert len([path for path in linked if "cy" not in path.parts]) == 19, "12 neighbourhoods, 1 more, 5 areas, 1 force"
    assert any("cy" in path.parts for path in feeds(release))
    for path in feeds(release):
        require_valid(path.read_bytes())


def test_a_feed_tells_of_the_month_the_priority_and_the_meeting(release):
    root = require_valid((release / "site" / N01 / "feed.atom").read_bytes())
    kinds = [one.find(f"{ATOM}category").get("term") for one in root.iter(f"{ATOM}entry")]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"month": 12, "priority": 1, "meeting": 1}
    latest = next(
        one for one in root.iter(f"{ATOM}entry") if one.findtext(f"{ATOM}updated").startswith("2025-07-01T00:00:00")
    )
    page = (release / "site" / N01 / "index.html").read_text(encoding="utf-8")
    assert "Shoplifting" in latest.findtext(f"{ATOM}content")
    assert "rose by more than chance would explain" in latest.findtext(f"{ATOM}content")
    assert '<link rel="alternate" type="application/atom+xml" href="feed.atom"' in page


def test_the_same_facts_have_the_same_entries_in_the_next_release(release, later):
    compared = 0
    for again in feeds(later):
        path = release / again.relative_to(later)
        before, after = entries(path), entries(again)
        assert set(before) == set(after)
        assert before == after
        compared += len(before)
    assert compared > 200


def test_a_calendar_holds_the_meetings_and_is_offered_beside_them(release, later):
    path = release / "site" / N01 / "calendar.ics"
    (event,) = Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert (str(event["summary"]), str(event["location"])) == ("Surgery", "Library")
    (again,) = Calendar.from_ical((later / "site" / N01 / "calendar.ics").read_bytes()).walk("VEVENT")
    assert again["uid"] == event["uid"]
    assert 'href="calendar.ics"' in (path.parent / "index.html").read_text(encoding="utf-8")
    assert (release / "site" / "cy" / N01 / "calendar.ics").is_file()


def test_an_empty_calendar_is_not_written_and_not_offered(release):
    without = release / "site" / f"forces/{FORCE}/neighbourhoods/N03"
    assert not (without / "calendar.ics").exists()
    assert "calendar.ics" not in (without / "index.html").read_text(encoding="utf-8")


def test_a_meeting_that_was_before_the_figures_end_is_on_the_page_but_in_no_calendar(tmp_path):
    inputs = county()
    teams = [dict(one) for one in inputs.neighbourhoods]
    teams[0]["events"] = [{"title": "Past", "start_date": f"{LATEST}-30T18:00:00"}]
    site = build_release(replace(inputs, neighbourhoods=teams), ReleaseOptions(), tmp_path).path / "site"
    assert not (site / N01 / "calendar.ics").exists()
    page = (site / N01 / "index.html").read_text(encoding="utf-8")
    assert "Past" in page
    assert "no calendar of them" in page


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.text, self.svgs = [], [], 0

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def document(release, folder):
    parser = Tags()
    parser.feed(report_source(release, folder).read_text(encoding="utf-8"))
    return parser


def test_hostile_texts_reach_neither_feed_nor_calendar_nor_report(release):
    folder = f"forces/{FORCE}/neighbourhoods/N02"
    feed = (release / "site" / folder / "feed.atom").read_text(encoding="utf-8")
    calendar = (release / "site" / folder / "calendar.ics").read_text(encoding="utf-8")
    report = document(release, folder)
    said = "".join(one.text for one in etree.fromstring(feed.encode()).iter(f"{ATOM}content"))
    assert "Litter" in said
    for text in (said, calendar):
        assert not re.search(r"<\s*(script|img|b)\b|onerror|\x00", text)
    assert calendar.count("BEGIN:VALARM") == calendar.count("BEGIN:VALARM\\") + 1, "as words of the title alone"
    assert not re.search(r"^BEGIN:VALARM", calendar, re.MULTILINE)
    assert {"script", "img", "iframe", "link", "b"}.isdisjoint(tag for tag, _ in report.found)
    assert not any(name.startswith("on") or name == "style" for _, given in report.found for name in given)
    assert not any(str(given.get("href", "")).startswith("javascript") for _, given in report.found)
    assert '<b>St Mary\'s</b> "East"' in "".join(report.text), "the name itself is text"


def test_reports_are_of_neighbourhoods_and_partnerships(release):
    found = {path.parent.relative_to(release / "reports").as_posix() for path in (release / "reports").rglob("report.html")}
    english = {one for one in found if not one.startswith("cy/")}
    assert {f"areas/csp/{code}" for code in ("E22000901", "E22000902")} < english
    assert len(english) == 15, "12 neighbourhoods, one without a boundary, 2 partnerships"
    assert {f"cy/{one}" for one in english} == found - english


def test_every_report_says_all_that_its_page_says(release):
    said = " ".join("".join(document(release, N01).text).split())
    for words in (
        "Report to the community",
        "Harbour & Quay",
        "rose by more than chance would explain",
        "Shoplifting on the quay",
        "Street 6",
        "1 July 2025, 18:30",
        "no data",
        "What is not shown",
        "Contains OS data © Crown copyright",
        release.name,
    ):
        assert words in said, words


def test_a_report_draws_its_map_and_chart_with_words_for_who_cannot_see_them(release):
    for folder, most in ((N01, 2), ("areas/csp/E22000901", 2)):
        text = report_source(release, folder).read_text(encoding="utf-8")
        titles = re.findall(r'<svg[^>]*role="img"[^>]*><title>([^<]+)</title>', text)
        assert len(titles) == most
        assert any("Map of recorded incidents" in one for one in titles)
        assert any("highest in" in one for one in titles)
        assert not re.search(r'<svg[^>]*class="', text), "a PDF knows no class of the site's style sheet"


def test_a_neighbourhood_without_a_boundary_has_a_report_without_a_map(release):
    (folder,) = [
        path.parent.relative_to(release / "reports").as_posix()
        for path in (release / "reports" / "forces").rglob("report.html")
        if "evil" in path.as_posix()
    ]
    report = document(release, folder)
    assert "has no boundary" in "".join(report.text)
    assert "svg" not in {tag for tag, _ in report.found}


def test_pages_offer_a_report_only_where_there_will_be_one(release, built):
    linked = (release / "site" / N01 / "index.html").read_text(encoding="utf-8")
    plain = (built.path / "site" / N01 / "index.html").read_text(encoding="utf-8")
    force = (release / "site" / "forces" / FORCE / "index.html").read_text(encoding="utf-8")
    assert 'href="report.pdf"' in linked
    assert "report.pdf" not in plain
    assert "report.pdf" not in force
    assert not (built.path / "reports").exists()


@pytest.mark.skipif(find_spec("weasyprint") is None, reason="the extra 'pdf' is not installed")
def test_reports_are_printed_into_the_release_where_that_is_wanted(tmp_path, monkeypatch):
    monkeypatch.setattr(area_files, "REPORTED_TYPES", frozenset({"csp"}))  # two are enough to see that they are
    told = []
    made = build_release(county(), ReleaseOptions(reports="pdf"), tmp_path, progress=told.append)
    printed = sorted((made.path / "site").rglob("report.pdf"))
    assert len(printed) == 2
    assert all(path.read_bytes().startswith(b"%PDF-") for path in printed)
    assert any(re.fullmatch(r"printed 2 reports in \d+ s, \d+\.\d a second", one) for one in told)
    listed = json.loads((made.path / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert "site/areas/csp/E22000901/report.pdf" in listed
