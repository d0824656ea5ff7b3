"""The page for analyses on the demonstration county, with the application and a worker as processes of their own."""

import re
from dataclasses import dataclass

import pytest

from crimemap.access.tokens import TokenStore
from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.areas.store import AreaStore
from tests.api.analysts import borrowed
from tests.api.partner_server import partner_and_worker
from tests.browser.conftest import Watched
from tests.browser.test_pages import violations
from tests.browser.test_planner import tab_to

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@dataclass
class Served:
    url: str
    workspace: object

    def token(self, **of) -> str:
        return TokenStore(self.workspace).create(days=1, **({"scopes": ["jobs:run"]} | of))[1]


@pytest.fixture(scope="module")
def served(demo_workspace, tmp_path_factory):
    folder = tmp_path_factory.mktemp("jobs-page")
    workspace = borrowed(demo_workspace, folder / "workspace")
    with partner_and_worker(workspace, folder) as url:
        yield Served(url, workspace)


@pytest.fixture
def page_of(browser, served):
    """Give a function that opens the page, with a token or without."""
    contexts = []

    def _open(token="", *, width=1280, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True)
        contexts.append(context)
        context.set_default_timeout(90_000)  # an analysis runs meanwhile, on cores that other tests use
        watched = Watched(context.new_page(), served.url)
        watched.page.goto(f"{served.url}/jobs-page")
        watched.page.wait_for_selector("[data-jobs][data-ready=entry]")
        if token:
            watched.page.fill("#token", token)
            watched.page.keyboard.press("Enter")
            watched.page.wait_for_selector("[data-jobs][data-ready=true]")
            watched.page.wait_for_selector("[data-part=ask][data-process]")
        return watched

    yield _open
    for context in contexts:
        context.close()


def choose(page, process):
    page.select_option("#process", process)
    page.wait_for_selector(f"[data-part=ask][data-process={process}]")


def run(page):
    page.click("text=Run it")
    page.wait_for_selector(".jb-shown .jb-status:has-text('done'), [role=alert]")
    assert page.locator("[role=alert]").all_inner_texts() == []
    page.wait_for_selector(".jb-view table")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_axe_finds_nothing_before_while_and_after_an_analysis_and_nothing_is_refused_or_foreign(
    page_of, served, width, scheme
):
    watched = page_of(width=width, scheme=scheme)
    page = watched.page
    assert violations(page) == [], "entry"
    page.fill("#token", served.token())
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-part=ask][data-process]")
    for how in ("area", "draw", "force"):
        page.check(f"#how-{how}")
        if how != "force":
            page.wait_for_selector("path.jb-area")
        if how == "draw":
            for _ in range(2):
                page.click("text=Set a corner at the middle of the map")
        assert violations(page) == [], how
    choose(page, "hotspots")
    for summary in page.locator("[data-part=ask] details > summary").all():
        summary.click()
    page.fill("#input-cells", "h3:7")
    page.uncheck("#input-backtest")
    assert violations(page) == [], "form"
    run(page)
    page.wait_for_selector(".jb-legend li")
    page.locator(".jb-shown details > summary").click()
    assert violations(page) == [], "result"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert watched.complaints == []


def test_by_keyboard_alone_an_analysis_is_run_and_its_table_reached(page_of, served):
    watched = page_of()
    page = watched.page
    tab_to(page, "#token")
    page.keyboard.type(served.token())
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-part=ask][data-process]")
    tab_to(page, "#process")
    page.keyboard.type("Counts")
    page.wait_for_selector("[data-part=ask][data-process=counts]")
    tab_to(page, "#input-by")
    page.keyboard.type("csp")
    tab_to(page, "[data-part=ask] [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".jb-view table")
    assert page.locator(".jb-view tbody tr").count() == 7
    assert page.locator(".jb-view path.jb-piece").count() == 7
    tab_to(page, ".jb-view .pl-sort")
    assert watched.complaints == []


def test_the_token_stays_in_the_tab_and_is_forgotten_when_asked(page_of, served):
    token = served.token()
    page = page_of(token).page
    assert token not in page.url
    assert page.evaluate("Object.keys(localStorage).length") == 0
    assert page.evaluate("document.cookie") == ""
    page.reload()
    page.wait_for_selector("[data-jobs][data-ready=true]")
    page.click("text=Forget the token")
    assert page.locator("#token").input_value() == ""
    assert page.evaluate("Object.keys(sessionStorage).length") == 0
    assert page.evaluate("document.activeElement.id") == "token"
    page.reload()
    page.wait_for_selector("[data-jobs][data-ready=entry]")


@pytest.mark.parametrize(("scopes", "said"), [(None, "This token is not good"), (["admin"], "needs the scope jobs:run")])
def test_a_token_that_is_not_good_for_this_is_refused_with_a_sentence(page_of, served, scopes, said):
    page = page_of().page
    page.fill("#token", "crimemap_nothing" if scopes is None else served.token(scopes=scopes))
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[role=alert]:has-text('{said}')")
    assert page.locator("#token").is_visible()
    assert page.locator("[data-part=live]").is_hidden()


def test_an_area_is_drawn_by_mouse_by_key_and_in_writing_and_is_what_the_analysis_looks_at(page_of, served):
    watched = page_of(served.token())
    page = watched.page
    choose(page, "concentration")
    page.check("#how-draw")
    page.wait_for_selector("path.jb-area")
    box = page.locator(".jb-where .jb-map")
    for x, y in ((90, 90), (240, 100)):
        box.click(position={"x": x, "y": y})
    page.click("text=Set a corner at the middle of the map")
    assert page.locator(".jb-corner").count() == 3
    assert "3 corners." in page.locator(".jb-where").inner_text()
    page.click("text=Take the last corner back")
    assert page.locator(".jb-corner").count() == 2
    page.click("text=Run it")
    page.wait_for_selector("[role=alert]:has-text('three corners or more')")
    assert page.evaluate("document.activeElement.id") == "corners"
    west, south, east, north = AreaStore(served.workspace).read("csp-2024").frame.to_crs(4326).total_bounds
    x, y, dx, dy = (west + east) / 2, (south + north) / 2, (east - west) / 4, (north - south) / 4
    ring = [(y - dy, x - dx), (y - dy, x + dx), (y + dy, x + dx), (y + dy, x - dx)]
    page.fill("#corners", "\n".join(f"{lat:.5f}, {lng:.5f}" for lat, lng in ring))
    page.locator("#corners").blur()
    assert page.locator(".jb-corner").count() == 4
    run(page)
    assert "a drawn area" in page.locator(".jb-status").inner_text()
    page.locator(".jb-shown details > summary").click()
    asked = page.locator(".jb-asked").inner_text()
    assert "drawn:" + ";".join(f"{lng:.5f}".rstrip("0") + f",{lat:.5f}".rstrip("0") for lat, lng in ring) in asked
    assert watched.complaints == []


def test_a_team_is_offered_its_own_areas_and_not_the_whole_force(page_of, served):
    store = NeighbourhoodStore(served.workspace)
    force = store.forces()[0]
    own = store.neighbourhoods(force)[3]
    watched = page_of(served.token(force=force, neighbourhood=own["id"]))
    page = watched.page
    choose(page, "hotspots")
    assert page.locator("#how-force").count() == 0
    page.wait_for_selector("path.jb-area--chosen")
    assert page.locator("path.jb-area").count() == page.locator("#area option").count() == 1
    page.locator("summary", has_text="more inputs").click()
    page.fill("#input-cells", "h3:9")
    page.uncheck("#input-backtest")
    run(page)
    assert f":{own['id']}" in page.locator(".jb-status").inner_text()
    assert watched.complaints == []


def test_an_input_out_of_its_range_is_named_and_gets_the_focus(page_of, served):
    page = page_of(served.token()).page
    choose(page, "gistar")
    page.locator("summary", has_text="more inputs").click()
    page.fill("#input-ring", "99")
    page.click("text=Run it")
    page.wait_for_selector("[role=alert]:has-text('ring')")
    assert page.evaluate("document.activeElement.id") == "input-ring"
    page.fill("#input-ring", "wide")
    page.click("text=Run it")
    page.wait_for_selector("[role=alert]:has-text('wide is not a number')")
    assert page.locator(".jb-job").count() == 0


def test_a_back_test_shows_its_figure_its_leader_board_and_where_to_look_next(page_of, served):
    watched = page_of(served.token(), width=375)
    page = watched.page
    choose(page, "backtest")
    page.locator("summary", has_text="more inputs").click()
    for name, value in (("cells", "h3:7"), ("training_months", "6"), ("resamples", "100"), ("methods", "kde:quartic:2500")):
        page.fill(f"#input-{name}", value)
    run(page)
    page.wait_for_selector(".jb-view path.jb-piece")
    assert page.locator(".jb-figure").evaluate("image => image.complete && image.naturalWidth > 500")
    board, cells = page.locator(".jb-view caption").all_inner_texts()
    assert ("the table" in board, "the main layer" in cells) == (True, True)
    assert "kde" in page.locator(".jb-view table").first.inner_text().lower()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert watched.complaints == []


def test_files_are_saved_and_a_result_is_deleted(page_of, served):
    watched = page_of(served.token())
    page = watched.page
    choose(page, "counts")
    page.fill("#input-by", "csp")
    run(page)
    with page.expect_download() as saving:
        page.click("text=Table (CSV)")
    assert re.fullmatch(r"counts-[0-9a-f]{8}\.csv", saving.value.suggested_filename)
    assert len(saving.value.path().read_text().splitlines()) == 8
    page.click("text=Delete this result")
    page.wait_for_selector(".jb-job .jb-tag:has-text('dismissed')")
    page.wait_for_selector(".jb-shown .jb-status:has-text('dismissed')")
    assert page.locator(".jb-files").count() == 0
    assert watched.complaints == []


def test_a_job_that_cannot_be_done_says_why(page_of, served):
    page = page_of(served.token()).page
    choose(page, "counts")
    page.fill("#input-by", "csp")
    page.fill("#input-first_month", "1990-01")
    page.fill("#input-last_month", "1990-03")
    page.click("text=Run it")
    page.wait_for_selector(".jb-shown [role=alert]:has-text('no data from 1990-01 to 1990-03')")
    assert page.locator(".jb-tag--failed").count() == 2
