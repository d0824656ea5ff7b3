"""The public maps, as a reader uses them: by mouse, by key, by address, and on another site."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from crimemap.products.base_map import BaseMap
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from tests.browser.site_server import POLICY, serving
from tests.browser.test_pages import NEIGHBOURHOOD, violations
from tests.products.county import county
from tests.products.map_reading import decoded

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

MAP_FILE = f"/data{NEIGHBOURHOOD}map.json"
PURPLE = """() => {
  const sheet = document.querySelector('.leaflet-points-pane canvas')
  const dots = sheet.getContext('2d').getImageData(0, 0, sheet.width, sheet.height).data
  let n = 0
  for (let i = 3; i < dots.length; i += 4) if (dots[i] > 100) n++
  return n
}"""


def settled(page):
    """Wait until the address is kept and the sheets are painted."""
    page.wait_for_timeout(400)


def status(page):
    return page.inner_text("[data-map-status]")


def rows(page):
    cells = (
        "tr => [tr.querySelector('th').firstChild.textContent, ...[...tr.querySelectorAll('td')].map(e => e.textContent)]"
    )
    return page.locator("[data-map-list] tbody").evaluate(f"body => [...body.rows].map({cells})")


@pytest.fixture
def file(opened):
    page = opened("/about/").page
    return json.loads(page.evaluate("address => fetch(address).then(a => a.text())", MAP_FILE))


def expected(file, kind=None, months=None):
    """Count by name, independently of the page's script."""
    found = decoded(file, len(file["types"]))
    first, last = (file["months"].index(one) for one in months or file["period"])
    found = found[found["month"].between(first, last)]
    if kind:
        found = found[found["type"] == file["types"].index(kind)]
    names = [file["names"][k] for k in file["name"]]
    return {names[unit]: int(n) for unit, n in found.groupby("unit")["n"].sum().items()}


def test_the_map_opens_on_the_latest_year_with_points_hexagons_and_the_boundary(opened, file):
    page = opened(NEIGHBOURHOOD).page
    assert page.get_attribute("#map", "data-ready") == "true"
    assert page.locator("#map path.cm-boundary").count() == 1
    assert f"{sum(expected(file).values()):,} recorded incidents" in status(page)
    assert "No data for February 2025" in status(page)
    assert page.evaluate(PURPLE) > 500
    key = page.inner_text("#map-legend")
    assert "dark outline: hotspot" in key
    assert "grid: squares of" in key


def test_a_type_and_months_change_the_list_the_points_and_the_sentence(opened, file):
    page = opened(NEIGHBOURHOOD).page
    page.locator("[data-map-list] summary").click()
    before = page.evaluate(PURPLE)
    page.select_option("#map-type", label="Burglary")
    page.select_option("#map-from", label="January 2025")
    page.select_option("#map-to", label="March 2025")
    settled(page)
    wanted = expected(file, "Burglary", ("2025-01", "2025-03"))
    listed = rows(page)
    assert len(listed) == len(wanted) > 0
    assert {name: (n, kind) for name, n, kind, _ in listed} == {name: (str(n), "Burglary") for name, n in wanted.items()}
    assert f"{sum(wanted.values())} recorded incidents" in status(page)
    assert 0 < page.evaluate(PURPLE) < before / 3


def test_a_month_without_data_is_said_and_hatched_and_not_counted_as_zero(opened):
    page = opened(f"{NEIGHBOURHOOD}?from=2025-02&to=2025-02").page
    assert status(page) == "All types, February 2025: no data. That is not a zero."
    assert "hatched: no data" in page.inner_text("#map-legend")
    drawn = page.evaluate(PURPLE.replace("points-pane", "shade-pane"))
    assert drawn > 1000, "the hatching"


def test_the_address_gives_the_same_view_again_and_the_way_back_leads_to_the_page_before(opened):
    watched = opened("/about/")
    page = watched.page
    watched.open(NEIGHBOURHOOD)
    page.select_option("#map-type", label="Shoplifting")
    page.select_option("#map-shade", label="Density")
    page.uncheck("[data-map-layer][value=areas]")
    page.locator("[data-map-list] summary").click()
    page.focus("#map")
    page.keyboard.press("+")
    settled(page)
    page.wait_for_timeout(500)
    address, said, listed = page.url, status(page), rows(page)
    assert "type=shoplifting" in address
    assert "show=points,density" in address
    page.reload()
    page.wait_for_selector("[data-ready=true]")
    settled(page)
    assert (page.url, status(page), rows(page)) == (address, said, listed)
    assert page.input_value("#map-shade") == "density"
    page.go_back()
    assert page.url.endswith("/about/")


@pytest.mark.parametrize(
    "query", ["type=nonsense&from=2099-01&to=1", "at=a,b,c&show=<b>", "at=99,400,90", "from=2025-06&to=2025-01"]
)
def test_an_address_that_makes_no_sense_opens_the_map_as_usual(opened, query):
    watched = opened(f"{NEIGHBOURHOOD}?{query}")
    assert watched.complaints == []
    assert "All types, July 2024 to June 2025" in status(watched.page)


def test_the_slider_steps_through_months_and_says_each(opened, file):
    page = opened(NEIGHBOURHOOD).page
    page.focus("#map-month")
    page.keyboard.press("ArrowLeft")
    n = sum(expected(file, months=("2025-05", "2025-05")).values())
    assert status(page) == f"All types, May 2025: {n} recorded incidents with a map point."
    assert page.get_attribute("#map-month", "aria-valuetext") == "May 2025"
    assert page.get_attribute("[data-map-status]", "role") == "status"
    first = page.locator(".cm-legend").first.inner_text()
    page.click("[data-map-step='-1']")
    assert "April 2025" in status(page)
    assert page.locator(".cm-legend").first.inner_text() == first, "the same classes for every month"
    page.click("[data-map-reset]")
    assert "July 2024 to June 2025" in status(page)


def test_playing_goes_on_by_itself_and_pauses(opened):
    page = opened(f"{NEIGHBOURHOOD}?from=2024-01&to=2024-01").page
    page.click("[data-map-play]")
    assert page.inner_text("[data-map-play]") == "Pause"
    page.locator("[data-map-status]", has_text="February 2024").wait_for(timeout=5_000)
    page.click("[data-map-play]")
    said = status(page)
    page.wait_for_timeout(1_500)
    assert status(page) == said


def test_who_asks_for_less_motion_is_given_steps_and_no_playing(browser, site):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(site + NEIGHBOURHOOD)
    page.wait_for_selector("[data-ready=true]")
    assert not page.locator("[data-map-play]").is_visible()
    page.click("[data-map-step='-1']")
    assert "June 2025" not in status(page)
    context.close()


def test_by_key_alone_places_are_reached_named_opened_and_left_again(opened):
    page = opened(NEIGHBOURHOOD).page
    page.focus("#map")
    names = []
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('cm-cursor')"):
            break
    for _ in range(3):
        names.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        page.keyboard.press("ArrowRight")
    assert len(set(names)) == 3
    assert re.match(r"Street 6: \d+ recorded incidents\. Place 1 of 20\.", names[0])
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    fourth = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "dialog"
    assert fourth.split(":")[0] in page.inner_text(".cm-popup")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Close"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == fourth
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.classList.contains('cm-cursor')"), "one stop for all places"


def test_a_row_of_the_list_or_of_the_pages_table_shows_its_place_and_takes_the_focus_back(opened):
    page = opened(NEIGHBOURHOOD).page
    page.locator("[data-map-list] summary").click()
    for button in (page.locator("[data-map-list] tbody button").nth(2), page.locator("#streets button").first):
        button.focus()
        name = button.evaluate("e => e.closest('th').firstChild.textContent.trim()")
        page.keyboard.press("Enter")
        assert name in page.inner_text(".cm-popup")
        page.keyboard.press("Escape")
        assert button.evaluate("e => e === document.activeElement")


def test_the_list_is_sorted_by_its_headings(opened):
    page = opened(NEIGHBOURHOOD).page
    page.locator("[data-map-list] summary").click()
    page.locator("[data-map-list] th[data-sort=name] button").click()
    assert [row[0] for row in rows(page)] == [f"Street {k}" for k in range(1, 21)]
    assert page.get_attribute("[data-map-list] th[data-sort=name]", "aria-sort") == "ascending"
    assert page.get_attribute("[data-map-list] th[data-sort=n]", "aria-sort") is None


def test_a_click_says_what_is_there_and_hexagons_can_be_asked_too(opened):
    page = opened("/forces/west-demoshire/").page
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.32, box["y"] + box["height"] * 0.79)
    assert "Around Street" in page.inner_text(".cm-popup")


def test_the_map_is_moved_by_key(opened):
    page = opened(NEIGHBOURHOOD).page
    page.focus("#map")
    before = page.evaluate("document.querySelector('#map .leaflet-map-pane').style.transform")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(600)
    assert page.evaluate("document.querySelector('#map .leaflet-map-pane').style.transform") != before


def test_everything_that_can_be_pressed_is_wide_enough_for_a_finger(opened):
    page = opened(NEIGHBOURHOOD, width=375).page
    small = page.evaluate(
        """() => [...document.querySelectorAll('[data-map-box] :is(button, select, input, .leaflet-bar a, .cm-cursor)')]
        .filter(e => e.checkVisibility()).map(e => [e.className || e.id, e.getBoundingClientRect()])
        .filter(([, r]) => r.width < 24 || r.height < 24).map(([name]) => name)"""
    )
    assert small == []


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_with_the_list_open_a_place_open_and_density_shown(opened, width):
    watched = opened(f"{NEIGHBOURHOOD}?show=points,density&list=open", width=width)
    watched.page.locator("[data-map-list] tbody button").first.click()
    settled(watched.page)
    assert violations(watched.page) == []
    assert watched.complaints == []


class _Tiles(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "image/svg+xml")
        self.end_headers()
        self.wfile.write(
            b'<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><path d="M0 0h256v256H0z" fill="#dde"/></svg>'
        )

    def log_message(self, *_):
        pass


@pytest.fixture
def tiles():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Tiles)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_background_is_loaded_from_the_named_server_alone_and_attributed(browser, tiles, tmp_path):
    origin = f"http://127.0.0.1:{tiles.server_address[1]}"
    background = BaseMap(url=f"{origin}/{{z}}/{{x}}/{{y}}.svg", attribution="Example <Mapping>")
    made = build_release(county(), ReleaseOptions(base_map=background), tmp_path)
    said = json.loads((made.path / "site/base-map.json").read_text("utf-8"))
    assert said["origin"] == origin
    policy = POLICY.replace("img-src 'self' data:", f"img-src 'self' data: {said['origin']}")
    with serving(made.path / "site", policy=policy) as site:
        page = browser.new_page()
        complaints = []
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto(site + NEIGHBOURHOOD)
        page.wait_for_selector("[data-ready=true]")
        page.wait_for_load_state("networkidle")
        assert any(re.fullmatch(r"/\d+/\d+/\d+\.svg", path) for path in tiles.asked)
        assert "Example <Mapping>" in page.inner_text(".leaflet-control-attribution")
        assert "grid" not in page.inner_text("#map-legend")
        page.uncheck("[data-map-layer][value=background]")
        assert page.locator(".leaflet-tile").count() == 0
        settled(page)
        assert "grid" in page.inner_text("#map-legend")
        assert complaints == []
        page.close()


def test_without_a_background_named_no_page_asks_for_any(opened):
    page = opened(NEIGHBOURHOOD).page
    assert page.locator("[data-map-layer][value=background]").count() == 0
    assert page.locator(".leaflet-tile").count() == 0


class _Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!DOCTYPE html><title>Another site</title>" + self.server.lines)

    def log_message(self, *_):
        pass


@pytest.fixture
def elsewhere():
    server = ThreadingHTTPServer(("127.0.0.2", 0), _Elsewhere)
    server.lines = b""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_lines_that_a_page_gives_show_the_map_on_another_site_and_no_other_page_can_be_framed(
    browser, planner_site, elsewhere
):
    context = browser.new_context()
    page = context.new_page()
    area = "/forces/wendleshire/neighbourhoods/CAS01/"
    page.goto(planner_site + area)
    page.wait_for_selector("[data-ready=true]")
    lines = page.locator("#map-code").input_value()
    assert f'src="{planner_site}/embed{area}index.html"' in lines
    elsewhere.lines = lines.encode()
    there = f"http://127.0.0.2:{elsewhere.server_address[1]}/"
    page.goto(there)
    frame = page.frame_locator("iframe")
    frame.locator("[data-ready=true]").wait_for(timeout=15_000)
    assert "recorded incidents" in frame.locator("[data-map-status]").inner_text()
    assert frame.locator(f'a[href$="{area.strip("/")}/index.html"]').count() == 1
    elsewhere.lines = f'<iframe src="{planner_site}{area}"></iframe>'.encode()
    refused = []
    page.on("console", lambda said: refused.append(said.text))
    page.goto(there)
    page.wait_for_timeout(800)
    assert any("frame-ancestors" in said for said in refused)
    context.close()
