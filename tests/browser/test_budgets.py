"""What pages may weigh, whom they may ask, and that nothing moves while they load. Times are measured in benchmarks/site."""

import gzip
from urllib.parse import urlsplit

import pytest

from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.resources import web_path
from tests.browser.site_server import serving
from tests.products.force_of_any_size import FORCE, made_force

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

MOST_HTML, MOST_ASSETS = 150_000, 250_000
NEIGHBOURHOOD = f"/forces/{FORCE}/neighbourhoods/N007/"
TYPES = {
    "home": "/",
    "search": "/search/?q=ward",
    "neighbourhood": NEIGHBOURHOOD,
    "partnership": "/areas/csp/E22000901/",
    "district": "/areas/lad/E07000901/",
    "force": f"/forces/{FORCE}/",
    "changes": f"/forces/{FORCE}/changes/",
    "compare": "/compare/",
    "compare two areas": f"/compare/?area={NEIGHBOURHOOD.strip('/')}&area=areas/csp/E22000901",
    "compare an area that is not there": f"/compare/?area={NEIGHBOURHOOD.strip('/')}&area=areas/csp/E22000999",
    "about": "/about/",
    "planner": "/planner/",
    "embedded map": f"/embed{NEIGHBOURHOOD}",
    "page not found": "/404.html",
}
_WATCH_SHIFTS = """
window.shifts = []
const named = source => source.node && (source.node.id || source.node.className || source.node.nodeName)
new PerformanceObserver(list => {
  for (const one of list.getEntries()) window.shifts.push([one.value, ...one.sources.map(named)])
}).observe({ type: 'layout-shift', buffered: true })"""
#: Less than a shift of one line of a small control: 0.00 as browsers round it.
_NOTHING = 0.001


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """Give a release of 50 neighbourhoods, 36 months and 14 types of offence, in two languages."""
    options = ReleaseOptions(languages=("en", "cy"))
    return build_release(made_force(50, each=25), options, tmp_path_factory.mktemp("budgets")).path


@pytest.fixture(scope="module")
def large(release):
    with serving(release / "site") as address:
        yield address


def slowly(page):
    """Slow a page's network and processor down, so that what comes late is seen to come late."""
    debugger = page.context.new_cdp_session(page)
    debugger.send("Network.enable")
    speeds = {"downloadThroughput": 1_250_000, "uploadThroughput": 500_000}
    debugger.send("Network.emulateNetworkConditions", {"offline": False, "latency": 60, **speeds})
    debugger.send("Emulation.setCPUThrottlingRate", {"rate": 2})


def moved(page):
    """Give what moved while a page was loaded, excused by browsers or not; nothing if that is next to nothing."""
    shifts = page.evaluate("window.shifts")
    return [] if sum(value for value, *_ in shifts) < _NOTHING else shifts


@pytest.fixture
def on_a_phone(browser):
    """Give a function that opens an address as a slow phone does, and gives the page and the addresses that it asked for."""
    contexts = []

    def _open(address):
        contexts.append(browser.new_context(viewport={"width": 375, "height": 667}, is_mobile=True, has_touch=True))
        page, asked = contexts[-1].new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        slowly(page)
        page.add_init_script(_WATCH_SHIFTS)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        return page, asked

    yield _open
    for context in contexts:
        context.close()


def test_every_page_with_its_charts_is_small(release):
    pages = {path: path.stat().st_size for path in (release / "site").rglob("*.html") if "maps" not in path.parts}
    assert len(pages) > 200
    assert {path: size for path, size in pages.items() if size >= MOST_HTML} == {}


@pytest.mark.parametrize("name", TYPES)
def test_a_page_asks_nobody_else_loads_little_that_is_shared_and_stays_where_it_is(on_a_phone, large, name):
    page, asked = on_a_phone(large + TYPES[name])
    assert [one for one in asked if not one.startswith((f"{large}/", "data:"))] == []
    shared = {urlsplit(one).path.removeprefix("/assets/") for one in asked if "/assets/" in one}
    files = [path for path in (web_path() / one for one in shared) if path.is_file()]
    assert len(files) >= 4
    assert sum(len(gzip.compress(path.read_bytes(), mtime=0)) for path in files) < MOST_ASSETS
    assert moved(page) == []


def test_the_planner_stays_where_it_is_when_its_server_answers(on_a_phone, planner_site):
    page, asked = on_a_phone(f"{planner_site}/planner/")
    page.wait_for_selector("[data-planner][data-ready=true]")
    assert moved(page) == []
    assert [one for one in asked if not one.startswith((f"{planner_site}/", "data:"))] == []


def test_what_moves_would_be_noticed(on_a_phone, large):
    page, _ = on_a_phone(f"{large}/about/")
    page.evaluate(
        "document.querySelector('main').prepend(Object.assign(document.createElement('p'), {textContent: 'late'}))"
    )
    page.wait_for_function("window.shifts.length > 0")


def test_all_that_pages_share_is_less_than_one_page_may_load():
    files = [path for path in web_path().rglob("*") if path.suffix in {".css", ".js"}]
    assert sum(len(gzip.compress(path.read_bytes(), mtime=0)) for path in files) < MOST_ASSETS
