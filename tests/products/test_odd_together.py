"""A county in which everything is odd at once: pages of its areas still read, and are whole."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
import shapely

from crimemap.disclosure.audit import KnownPositions
from crimemap.products.audit import audit_release
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from tests.products.county import FORCE, MONTHS, county
from tests.products.test_html import faults

LOST = MONTHS[:12]
HOSTILE = (
    "</div></section></main><script>alert(11)</script><img src=x onerror=alert(12)><style>*{display:none}</style>"
    '<iframe src="https://evil.example"></iframe><svg onload=alert(13)><p>Theft <!-- unclosed <b>from '
    '<a href="javascript:alert(14)">cars'
)
NAME = 'Quay "North" & <i>Dock</i> \'s'


def odd():
    """Give the county with a year lost, a boundary in five parts, nobody in one ward, and hostile words."""
    inputs = county()
    coverage = inputs.coverage.copy()
    lost = coverage["month"].isin(LOST)
    coverage.loc[lost, ["source", "kind"]] = None
    coverage.loc[lost, "status"] = "no_data"
    coverage.loc[lost, "row_count"] = 0
    areas = inputs.areas.copy()
    first = areas.index[areas["area_code"] == "N01"][0]
    parts = [shapely.box(400_000 + 290 * k, 250_000, 400_250 + 290 * k, 251_400) for k in range(5)]
    areas.loc[[first], "geometry"] = areas.geometry.loc[[first]].map(lambda _: shapely.MultiPolygon(parts))
    areas.loc[areas["area_code"] == "N03", "population"] = 0
    areas.loc[areas["area_code"] == "N01", "area_name"] = NAME
    team = inputs.neighbourhoods[0]
    priority = {**team["priorities"][0], "issue": HOSTILE, "action": HOSTILE}
    event = {**team["events"][0], "title": HOSTILE, "description": HOSTILE, "address": NAME}
    changed = {**team, "name": NAME, "description": HOSTILE, "priorities": [priority], "events": [event]}
    return replace(
        inputs,
        areas=areas,
        coverage=coverage,
        incidents=inputs.incidents[~inputs.incidents["month"].isin(LOST)],
        outcomes=None,
        neighbourhoods=[changed, *inputs.neighbourhoods[1:]],
    )


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    options = ReleaseOptions(languages=("en", "cy"), reports="on-demand")
    return build_release(odd(), options, tmp_path_factory.mktemp("odd")).path


def page(release, path):
    return (release / "site" / path / "index.html").read_text("utf-8")


N01 = f"forces/{FORCE}/neighbourhoods/N01"


def test_the_release_passes_its_audit(release):
    assert audit_release(release, KnownPositions(forbidden=frozenset(), map_points=frozenset())) == []


def test_every_page_is_still_valid(release):
    assert faults(sorted((release / "site").rglob("*.html"))) == []


class _Found(HTMLParser):
    """What a browser would run, load or hide of a page."""

    def __init__(self):
        super().__init__()
        self.foreign = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in {"iframe", "style", "img", "object", "base"}:
            self.foreign.append(tag)
        self.foreign += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        self.foreign += [f"{tag} {value}" for value in given.values() if (value or "").lower().startswith("javascript:")]

    def handle_data(self, data):
        if self.cdata_elem == "script" and "alert" in data:
            self.foreign.append(data)


@pytest.mark.parametrize("path", [N01, f"cy/{N01}", f"embed/{N01}"])
def test_hostile_words_are_words(release, path):
    html = page(release, path)
    found = _Found()
    found.feed(html)
    assert found.foreign == []
    assert html.count("</main>") == 1
    assert "Quay &#34;North&#34; &amp; &lt;i&gt;Dock&lt;/i&gt; &#39;s" in html


def test_the_words_that_are_left_of_a_hostile_priority_are_read(release):
    section = page(release, N01).split('id="priorities"')[1].split("</section>")[0]
    assert "Theft" in section


def test_a_feed_with_hostile_words_is_xml(release):
    feed = ET.parse(release / "site" / N01 / "feed.atom")  # noqa: S314 - made by the code under test
    assert feed.getroot().tag == "{http://www.w3.org/2005/Atom}feed"


def test_a_boundary_in_five_parts_is_drawn_in_five(release):
    (feature,) = json.loads((release / f"site/data/{N01}/boundary.geojson").read_text("utf-8"))["features"]
    assert feature["geometry"]["type"] == "MultiPolygon"
    assert len(feature["geometry"]["coordinates"]) == 5
    assert feature["properties"]["name"] == NAME


def test_a_lost_year_is_said_and_drawn_as_a_gap_and_compared_with_nothing(release):
    for path in (f"forces/{FORCE}", N01):
        html = page(release, path)
        chart = re.search(r"<svg[^>]*cm-chart__wide.*?</svg>", html, re.DOTALL)[0]
        assert chart.count('class="cm-gap"') == len(LOST) + 1, "one more month has no data"
        assert "There is no data for 13 of 24 months: July 2023 to June 2024, February 2025." in html
        assert "not have enough months of data to compare" in html
        assert "more than chance" not in html.split('id="what"')[1].split("</section>")[0]


def test_a_lost_year_is_empty_in_downloads_and_never_zero(release):
    rows = (release / f"site/data/{N01}/counts.csv").read_text("utf-8").splitlines()[1:]
    lost = [row for row in rows if any(f",{month}," in row for month in LOST)]
    assert len(lost) == len(LOST) * 5
    assert all(row.endswith(",,no_data") for row in lost)


def test_where_nobody_lives_no_rate_is_given(release):
    html = page(release, f"forces/{FORCE}/neighbourhoods/N03")
    assert "for every 1,000 residents in 12 months" not in html
    assert "Nobody lives in this area" in html


def test_a_neighbourhood_without_incidents_says_none_and_has_a_map(release):
    html = page(release, f"forces/{FORCE}/neighbourhoods/N12")
    assert "No incidents" in html or "no incidents" in html
    counts = json.loads((release / f"site/data/forces/{FORCE}/neighbourhoods/N12/map.json").read_text("utf-8"))
    assert (counts["ids"], counts["counts"]) == ([], "")
