import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlparse

import pytest

from crimemap.products.downloads import DICTIONARY


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.ids, self.inline = [], set(), []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.found += [given[name] for name in ("href", "src") if given.get(name)]
        self.found += [
            value for name, value in attrs if name in {"data-boundary", "data-points", "data-hexagons", "data-context"}
        ]
        self.ids.add(given.get("id"))
        self.inline += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        if tag == "style":
            self.inline.append("style")
        if tag == "script" and not given.get("src"):
            self.inline.append("script")


def parsed(path):
    parser = Links()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser


@pytest.fixture(scope="module")
def site(built):
    return built.path / "site"


def pages(site):
    return sorted(site.rglob("*.html"))


def test_every_link_leads_to_a_file_of_the_release(site):
    broken = []
    for page in pages(site):
        here = "http://site/" + page.relative_to(site).as_posix()
        for link in parsed(page).found:
            if link.startswith(("#", "mailto:", "tel:", "https://")):
                continue
            path = urlparse(urljoin(here, link)).path.lstrip("/")
            if not (site / path).is_file():
                broken.append((page.name, link))
    assert broken == []


def test_every_fragment_leads_to_an_element(site):
    for page in pages(site):
        found = parsed(page)
        for link in found.found:
            if link.startswith("#") and len(link) > 1:
                assert link[1:] in found.ids, (page, link)


def test_no_page_has_inline_script_or_style_but_the_one_that_the_policy_knows(site):
    for page in pages(site):
        allowed = [] if page.parent.name == "maps" or "embed" in page.relative_to(site).parts else ["script"]
        assert parsed(page).inline == allowed, page


def test_nothing_is_loaded_from_another_server(site):
    for path in site.rglob("*"):
        if path.suffix in {".html", ".css"} and "assets/leaflet" not in path.as_posix():
            assert not re.search(r"""(?:src=|@import|url\()\s*["']?(?:https?:)?//""", path.read_text(encoding="utf-8")), path
    for script in (site / "maps").glob("*.js"):
        assert "http" not in script.read_text(encoding="utf-8")


def test_no_government_font_or_crown_is_used(site):
    css = (site / "assets/govuk/govuk-frontend.min.css").read_text()
    assert "GDS Transport" not in css
    assert "crest.svg" not in css
    assert not list((site / "assets").rglob("*.woff*"))
    assert not any("govuk-footer__crown" in page.read_text() or "govuk-logo" in page.read_text() for page in pages(site))


def test_names_with_quotes_and_brackets_are_text(site):
    page = (site / "forces/west-demoshire/neighbourhoods/N02/index.html").read_text()
    assert "<b>St Mary" not in page
    assert "&lt;b&gt;St Mary&#39;s&lt;/b&gt;" in page


def test_hostile_html_of_a_force_is_cleaned(site):
    page = (site / "forces/west-demoshire/neighbourhoods/N01/index.html").read_text()
    assert "alert(" not in page.replace("javascript:alert(1)", "")
    assert 'href="javascript:' not in page
    assert "Shoplifting on the quay" in page


def test_a_neighbourhood_without_a_boundary_has_a_page_that_says_so(site):
    folders = [p for p in (site / "forces/west-demoshire/neighbourhoods").iterdir() if p.name.startswith("evil")]
    assert len(folders) == 1
    assert "has no boundary in this release" in (folders[0] / "index.html").read_text()
    assert not Path(site.parent.parent / "evil id").exists()


def test_a_neighbourhood_without_incidents_reads_well(site):
    page = (site / "forces/west-demoshire/neighbourhoods/N12/index.html").read_text()
    assert "No incidents were recorded in Ward 12" in page


def test_a_month_without_data_is_a_gap_in_the_chart_and_said_in_the_table(site):
    page = (site / "forces/west-demoshire/index.html").read_text()
    assert page.count('class="cm-gap"') == 2, "once in each size of the chart"
    assert "no data" in page
    assert "There is no data for 1 of 24 months: February 2025" in page


def test_the_planted_rise_is_said_to_be_more_than_chance(site):
    page = (site / "forces/west-demoshire/neighbourhoods/N01/index.html").read_text()
    assert re.search(r"Shoplifting \(\d+ to \d+\) rose by more than chance would explain", page)


def test_counts_of_a_download_equal_the_page(site):
    with (site / "data/forces/west-demoshire/neighbourhoods/N01/counts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    year = sorted({row["month"] for row in rows})[-12:]
    total = sum(int(row["incidents"] or 0) for row in rows if row["offence_type"] == "All" and row["month"] in year)
    assert f"{total:,} incidents were recorded" in (site / "forces/west-demoshire/neighbourhoods/N01/index.html").read_text()


@pytest.mark.parametrize("name", ["counts.csv", "streets.csv", "hotspots.csv"])
def test_every_column_of_a_download_is_in_the_dictionary(site, name):
    known = [column for file, column, _ in DICTIONARY if file == name]
    for path in (site / "data").rglob(name):
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        assert set(header) == set(known), path


def test_the_page_for_addresses_that_are_not_there_links_from_the_root(site):
    links = [link for link in parsed(site / "404.html").found if not link.startswith(("#", "https://"))]
    assert links
    assert all(link.startswith("/") for link in links)
    assert (site / "robots.txt").read_text("utf-8").startswith("User-agent: *\n")
    assert "Disallow: /*/report.pdf$" in (site / "robots.txt").read_text("utf-8").splitlines()


def test_points_are_drawn_for_neighbourhoods_and_listed_for_all(site):
    drawn = {path.parent for path in (site / "data").rglob("points.geojson")}
    listed = {path.parent for path in (site / "data").rglob("streets.csv")}
    assert {path.parent.name for path in drawn} == {"neighbourhoods"}
    assert drawn < listed


def test_a_hotspot_is_named_by_its_street_and_neighbourhood_on_the_saved_map(site):
    page = (site / "maps/west-demoshire.html").read_text("utf-8")
    street, area = re.search(r'<th scope="row">([^<]+)</th><td>([^<]+)</td>', page).groups()
    assert street.startswith("Street ")
    assert area == "Harbour &amp; Quay", "where the busy place was planted"


def test_every_geojson_is_longitude_first_and_inside_england_and_wales(site):
    for path in (site / "data").rglob("*.geojson"):
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
            flat = re.findall(r"-?\d+\.?\d*", json.dumps(feature["geometry"]["coordinates"]))
            assert all(-7 < float(x) < 3 for x in flat[::2]), path
            assert all(49 < float(y) < 56 for y in flat[1::2]), path


def test_a_page_with_its_charts_is_under_150_kilobytes(site):
    assert max(page.stat().st_size for page in pages(site)) < 150_000
