"""Feeds: read as strictly as RFC 4287 has them, the same from release to release, and harmless."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from lxml import etree
from markupsafe import Markup

from crimemap.language import speaking
from crimemap.periods import Period
from crimemap.products.facts import AreaFacts, MonthCount, Total, TypeFacts
from crimemap.products.feed_entries import meeting_entries, month_entries, month_words, priority_entries, when_words
from crimemap.products.feeds import Entry, feed_of, urn_of
from crimemap.products.meetings import meetings_of

ATOM = "{http://www.w3.org/2005/Atom}"
CREATED = datetime(2025, 8, 20, tzinfo=UTC)
ABOUT = ("neighbourhood", "f", "N01")
_WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def require_valid(text):
    """Hold a feed to what RFC 4287 demands of its elements; give its root."""
    root = etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))
    assert root.tag == f"{ATOM}feed"
    for one in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(one.findall(f"{ATOM}{name}")) == 1, name
        assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one.findtext(f"{ATOM}id"))
        assert _WHEN.fullmatch(one.findtext(f"{ATOM}updated"))
        links = one.findall(f"{ATOM}link")
        assert len({(link.get("rel", "alternate"), link.get("type"), link.get("hreflang")) for link in links}) == len(links)
        assert all(link.get("href") for link in links)
    assert root.find(f"{ATOM}author/{ATOM}name").text, "entries have no author of their own"
    assert any(link.get("rel") == "self" for link in root.findall(f"{ATOM}link"))
    ids = [one.findtext(f"{ATOM}id") for one in root.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    for content in root.iter(f"{ATOM}content"):
        assert content.get("type") == "html"
    return root


def area_facts():
    none = Total(incidents=0, months=12, no_data=12, suppressed=0)
    total = TypeFacts(offence_type="All", now=none, before=none, compared_now=0, compared_before=0, pairs=0, verdict=-1)
    return AreaFacts(
        index=0,
        area_type="neighbourhood",
        area_code="N01",
        area_name="Ward",
        force="f",
        vintage="2024",
        period=Period("2024-07", "2025-07"),
        total=total,
        types=[],
        months=[],
        population=None,
        population_vintage="",
    )


def feed(entries, **given):
    plain = {"about": ABOUT, "title": "Harbour", "subtitle": "", "updated": CREATED, "publisher": "Site", "rights": "OGL"}
    return feed_of(entries, **{**plain, **given})


def entry(**changes):
    plain = {"about": ("a",), "title": "One", "updated": CREATED, "content": Markup("<p>x</p>"), "anchor": "what"}
    return Entry(**{**plain, "category": "month", **changes})


def priorities(*given, said=None):
    told = said or [["Burglary: no clear change."]] * len(given)
    return priority_entries(given, told, about=ABOUT, neighbourhood="Harbour", latest_month="2025-06")


def meetings(*given, created=CREATED):
    found = meetings_of(given, since=date(2025, 1, 1))
    return meeting_entries(found, about=ABOUT, neighbourhood="Harbour", created=created)


def test_a_feed_without_an_entry_is_valid_and_dated():
    root = require_valid(feed([]))
    assert root.findtext(f"{ATOM}updated") == "2025-08-20T00:00:00+00:00"


def test_links_are_absolute_only_where_the_address_is_known():
    hrefs = [link.get("href") for link in require_valid(feed([entry()])).iter(f"{ATOM}link")]
    assert hrefs == ["feed.atom", "index.html", "index.html#what"]
    known = require_valid(feed([entry()], address="https://crime.example/x/"))
    assert [link.get("href") for link in known.iter(f"{ATOM}link")] == [f"https://crime.example/x/{one}" for one in hrefs]


def test_the_newest_entry_comes_first_and_dates_the_feed():
    times = [CREATED + timedelta(days=days) for days in (0, 2, 1)]
    root = require_valid(feed([entry(about=(str(k),), updated=time) for k, time in enumerate(times)]))
    found = [one.findtext(f"{ATOM}updated") for one in root.iter(f"{ATOM}entry")]
    assert found == sorted(found, reverse=True)
    assert root.findtext(f"{ATOM}updated") == found[0]


def test_a_language_has_identifiers_of_its_own_and_says_which_it_is():
    english = require_valid(feed([entry()]))
    with speaking("cy"):
        welsh = require_valid(feed([entry()]))
        assert urn_of("a") == welsh.find(f"{ATOM}entry").findtext(f"{ATOM}id")
    assert english.findtext(f"{ATOM}id") != welsh.findtext(f"{ATOM}id")
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert (english.get(lang), welsh.get(lang)) == ("en-GB", "cy")


def test_a_hostile_priority_reaches_no_reader():
    hostile = (
        '<p onclick="x()">Thefts<script>alert(1)</script> <a href="javascript:x">y</a><img src=//e.example/x>'
        "\x00\ufffe</p>]]>"
    )
    root = require_valid(feed(priorities({"issue": hostile, "issue-date": "2025-05-01T00:00:00", "action": hostile})))
    said = "".join(content.text for content in root.iter(f"{ATOM}content"))
    assert "Thefts" in said
    for bad in ("script", "onclick", "javascript", "<img", "\x00"):
        assert bad not in said
    assert "<" not in root.find(f"{ATOM}entry").findtext(f"{ATOM}title")


def test_a_priority_is_of_the_day_it_was_set_until_something_is_done_about_it():
    given = {"issue": "<p>Thefts</p>", "issue-date": "2025-05-01T00:00:00", "action": None, "action-date": None}
    (first,) = priorities(given)
    (same,) = priorities(given, said=[["Other figures."]])
    (acted,) = priorities({**given, "action": "<p>Patrols</p>", "action-date": "2025-06-09T00:00:00"})
    assert first.about == same.about == acted.about
    assert (first.updated, same.updated) == (datetime(2025, 5, 1, tzinfo=UTC),) * 2
    assert acted.updated == datetime(2025, 6, 9, tzinfo=UTC)
    assert "Patrols" in acted.content


def test_two_equal_priorities_are_two_entries():
    given = {"issue": "Thefts", "issue-date": None}
    require_valid(feed(priorities(given, given)))


def test_a_priority_without_a_date_is_of_the_end_of_the_latest_month():
    (one,) = priorities({"issue": "Thefts", "issue-date": "soon"})
    assert one.updated == datetime(2025, 7, 1, tzinfo=UTC)


def test_a_meeting_is_announced_four_weeks_before_and_never_in_the_future():
    near, far = meetings(
        {"title": "Walk", "start_date": "2025-08-25T18:00:00"}, {"title": "Walk", "start_date": "2025-12-01T18:00:00"}
    )
    assert near.updated == datetime(2025, 7, 28, 17, tzinfo=UTC)
    assert far.updated == CREATED
    assert near.about != far.about
    again = meetings({"title": "Walk", "start_date": "2025-08-25T18:00:00"}, created=CREATED + timedelta(days=30))
    assert again[0].about == near.about
    assert again[0].updated == near.updated


def test_when_a_meeting_is_says_the_day_of_the_week():
    timed, whole = meetings_of([{"start_date": "2025-08-25T18:00:00"}, {"start_date": "2025-08-26"}], since=date(2025, 1, 1))
    assert (when_words(timed), when_words(whole)) == ("Monday 25 August 2025 at 18:00", "Tuesday 26 August 2025")


@pytest.mark.parametrize(
    ("month", "said"),
    [
        (MonthCount(month="2025-05", incidents=0, status="counted"), "0 incidents were recorded in Ward in May 2025."),
        (MonthCount(month="2025-05", incidents=1, status="counted"), "1 incident was recorded in Ward in May 2025."),
        (
            MonthCount(month="2025-05", incidents=None, status="no_data"),
            "There is no data for Ward for May 2025. That does not mean that nothing was recorded.",
        ),
        (
            MonthCount(month="2025-05", incidents=None, status="suppressed"),
            "The number for Ward in May 2025 is too small to be shown.",
        ),
    ],
)
def test_zero_no_data_and_withheld_are_told_apart(month, said):
    assert month_words(area_facts(), month) == said


def test_a_force_records_and_an_area_is_where():
    month = MonthCount(month="2025-05", incidents=2, status="counted")
    said = month_words(replace(area_facts(), area_name="West Demoshire Police", area_type="force"), month)
    assert said == "2 incidents were recorded by West Demoshire Police in May 2025."


def test_the_latest_month_carries_the_summary_and_the_next_release_adds_one_entry():
    months = [MonthCount(month=f"2025-{k:02d}", incidents=k, status="counted") for k in range(1, 8)]

    def told(last):
        shown = replace(area_facts(), months=months[:last], period=Period("2025-01", f"2025-{last + 1:02d}"))
        return month_entries(shown, ["It <rose>."], about=ABOUT)

    first, second = told(6), told(7)
    assert [("&lt;rose" in one.content) for one in first] == [False] * 5 + [True]
    assert [one.about for one in second][:-1] == [one.about for one in first]
    assert [one.updated for one in second][:-1] == [one.updated for one in first]
    assert second[-1].updated == datetime(2025, 8, 1, tzinfo=UTC)
