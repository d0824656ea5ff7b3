"""What a team wrote stands on its neighbourhood's page, in its feed, its calendar and its report."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crimemap.products.builder import BuiltRelease, build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.names import area_folder
from tests.products.county import FORCE, county

WRITTEN = {
    "messages": [
        {"title": "Burst main & more", "text": "<p>Mind the <strong>ice</strong>.</p>", "date": "2025-07-02", "until": ""},
        {"title": "Fair on Sunday", "text": "<p>Come.</p>", "date": "2025-07-03", "until": "2031-07-06T00:00:00"},
    ],
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> BuiltRelease:
    inputs = county()
    (first, *rest) = inputs.neighbourhoods
    given = replace(inputs, neighbourhoods=[{**first, **WRITTEN}, *rest])
    options = ReleaseOptions(reports="on-demand", languages=("en", "cy"))
    return build_release(given, options, tmp_path_factory.mktemp("written"), now=datetime(2025, 9, 1, tzinfo=UTC))


def _of(written: BuiltRelease, name: str, *, at: str = "") -> str:
    return (written.path / (at or "site") / area_folder("neighbourhood", "N01", FORCE) / name).read_text(encoding="utf-8")


def test_a_page_shows_messages_the_newest_first_and_says_so_where_there_are_none(written: BuiltRelease) -> None:
    page = _of(written, "index.html")
    section = page[page.index('id="messages"') :]
    assert section.index("Fair on Sunday") < section.index("Burst main &amp; more")
    assert "<strong>ice</strong>" in section
    assert "3 July 2025. Holds until 6 July 2031." in section
    other = written.path / "site" / area_folder("neighbourhood", "N02", FORCE) / "index.html"
    assert "The team has written no messages to residents." in other.read_text(encoding="utf-8")


def test_a_feed_has_messages_on_their_own_day(written: BuiltRelease) -> None:
    feed = _of(written, "feed.atom")
    (entry,) = (one for one in feed.split("<entry>") if "Burst main" in one)
    assert "<updated>2025-07-02T00:00:00+00:00</updated>" in entry
    assert '<category term="message"/>' in entry
    assert "index.html#messages" in entry


def test_a_report_has_messages_and_another_language_has_them_under_its_own_heading(written: BuiltRelease) -> None:
    assert "Burst main &amp; more" in _of(written, "report.html", at="reports")
    welsh = _of(written, "index.html", at="site/cy")
    assert "Negeseuon gan eich tîm" in welsh
