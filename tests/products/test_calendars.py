"""Calendars: an independent reading of what calendar programs would take up."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from crimemap.language import speaking
from crimemap.products.calendars import calendar_of
from crimemap.products.meetings import meetings_of

CREATED = datetime(2025, 6, 1, 9, tzinfo=UTC)
SINCE = date(2020, 1, 1)


def meeting(**changes):
    return {"title": "Surgery", "start_date": "2025-07-01T18:30:00", "end_date": "2025-07-01T19:30:00", **changes}


def written(*events, neighbourhood="f/N01", created=CREATED, since=SINCE):
    return calendar_of(meetings_of(events, since=since), name="Harbour", neighbourhood=neighbourhood, created=created)


def read(*events, **given):
    return Calendar.from_ical(written(*events, **given)).walk("VEVENT")


@pytest.mark.parametrize(("day", "hours"), [("2025-07-01", 1), ("2025-01-15", 0), ("2025-03-30", 1), ("2025-10-26", 0)])
def test_times_are_those_of_londons_clocks(day, hours):
    (event,) = read(meeting(start_date=f"{day}T18:30:00", end_date=f"{day}T19:30:00"))
    assert event["dtstart"].dt.utcoffset() == timedelta(hours=hours)
    assert event["dtstart"].params["TZID"] == "Europe/London"


def test_the_clocks_in_the_file_are_londons_in_every_hour_of_every_change():
    zone = Calendar.from_ical(written(meeting())).walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)
    london = ZoneInfo("Europe/London")
    for year in range(2020, 2040):
        for first in (datetime(year, 3, 24), datetime(year, 10, 24)):  # noqa: DTZ001
            for hour in range(24 * 9):
                moment = first + timedelta(hours=hour)
                if (moment.month, moment.hour) in {(3, 1), (10, 1)}:
                    continue  # the hour that does not exist, and the one that exists twice
                assert moment.replace(tzinfo=zone).utcoffset() == moment.replace(tzinfo=london).utcoffset(), moment


def test_a_time_with_an_offset_is_moved_to_london():
    (event,) = read(meeting(start_date="2025-07-01T17:30:00+00:00", end_date="2025-07-01T18:30:00Z"))
    assert event["dtstart"].dt.strftime("%H:%M") == "18:30"
    assert event["dtend"].dt.strftime("%H:%M") == "19:30"


def test_a_meeting_without_a_time_is_for_the_whole_day():
    for start in ("2025-07-01", "2025-07-01T00:00:00"):
        (event,) = read(meeting(start_date=start, end_date=None))
        assert (event["dtstart"].dt, event["dtend"].dt) == (date(2025, 7, 1), date(2025, 7, 2))


def test_a_meeting_keeps_its_identifier_from_release_to_release():
    first = read(meeting(), meeting(), meeting(title="Walk"))
    later = read(meeting(description="Bring a bicycle"), created=CREATED + timedelta(days=30))
    assert later[0]["uid"] == first[0]["uid"]
    assert len({str(one["uid"]) for one in first}) == 3
    assert read(meeting(), neighbourhood="f/N02")[0]["uid"] != first[0]["uid"]
    with speaking("cy"):
        assert read(meeting())[0]["uid"] == first[0]["uid"], "one meeting, whatever is spoken"


def test_an_end_before_the_start_becomes_an_hour():
    (event,) = read(meeting(end_date="2025-06-30T10:00:00"))
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(hours=1)


@pytest.mark.parametrize("start", [None, "", "soon", "2025-13-01T10:00:00", "0001-01-01T00:00:01+14:00", 7])
def test_a_meeting_without_a_day_is_left_out(start):
    assert read(meeting(start_date=start)) == []


def test_a_meeting_before_the_limit_is_left_out_and_one_on_its_day_is_not():
    events = [meeting(start_date="2025-06-30T23:59:00"), meeting(start_date="2025-07-01T00:30:00")]
    assert len(read(*events, since=date(2025, 7, 1))) == 1


def test_the_last_day_that_there_is_does_no_harm():
    assert len(read(meeting(start_date="9999-12-31", end_date=None))) == 1


def test_hostile_text_adds_no_line_and_no_tag():
    title = 'A <script>alert(1)</script>"b"; c, d\r\nEND:VEVENT\r\nBEGIN:VALARM & e'
    text = written(meeting(title=title, address="Hall\x00\nATTACH:x", description="<p>One</p><p>two\u2028three</p>"))
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert str(event["summary"]) == 'A "b"; c, d END:VEVENT BEGIN:VALARM & e'
    assert str(event["location"]) == "Hall ATTACH:x"
    assert str(event["description"]) == "One two three"
    assert event.subcomponents == []
    assert len(re.findall(rb"^END:VEVENT\r$", text, re.MULTILINE)) == 1


def test_lines_are_folded_and_ended_as_the_standard_has_it():
    text = written(meeting(title="Ŵy " * 60))
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert b"\n" not in text.replace(b"\r\n", b"")
