"""What a reader's browser makes of the pages."""

import pytest

from tests.browser.conftest import AXE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NEIGHBOURHOOD = "/forces/west-demoshire/neighbourhoods/N01/"
PAGES = {
    "home": "/",
    "about": "/about/",
    "force": "/forces/west-demoshire/",
    "partnership": "/areas/csp/E22000901/",
    "neighbourhood": NEIGHBOURHOOD,
    "neighbourhood without incidents": "/forces/west-demoshire/neighbourhoods/N12/",
    "embedded map": f"/embed{NEIGHBOURHOOD}",
    "saved map": "/maps/west-demoshire.html",
    "page not found": "/404.html",
}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page, asked=TAGS):
    """Run axe for tags or rules; it comes in through the debugger, as the policy forbids inline script."""
    page.evaluate(AXE.read_text("utf-8"))
    return page.evaluate(
        """tags => axe.run({runOnly: tags}).then(
               result => result.violations.map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' | ')}`))""",
        asked,
    )


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_is_refused_or_foreign(opened, name, width):
    watched = opened(PAGES[name], width=width)
    assert watched.complaints == []
    assert violations(watched.page) == []


def test_axe_would_find_a_fault(opened):
    page = opened("/about/").page
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(found.startswith("button-name") for found in violations(page))


def unfolded(page):
    """Open everything that is folded away, and give the page."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    return page


@pytest.mark.parametrize("name", PAGES)
def test_nothing_needs_scrolling_sideways_at_320_pixels(opened, name):
    page = unfolded(opened(PAGES[name], width=320).page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("width", [375, 320])
@pytest.mark.parametrize("name", PAGES)
def test_no_number_of_a_table_is_cut_off_on_a_telephone(opened, name, width):
    page = unfolded(opened(PAGES[name], width=width).page)
    boxes = "[...document.querySelectorAll('.cm-table-box, .cm-matrix, .govuk-details__text')]"
    assert (
        page.evaluate(f"{boxes}.filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent.trim().slice(0, 80))")
        == []
    )
    spilt = """[...document.querySelectorAll('main th, main td')].filter(
        e => e.scrollWidth > e.clientWidth && getComputedStyle(e).display !== 'none').map(e => e.textContent)"""
    assert page.evaluate(spilt) == []


@pytest.mark.parametrize("name", ["force", "partnership"])
def test_months_by_type_fit_a_telephone_and_paper_in_both_directions(opened, name):
    page = unfolded(opened(PAGES[name], width=320).page)
    tables = page.locator(".cm-matrix table")
    assert tables.count() >= 2
    assert page.locator(".cm-matrix tbody th[scope=row]").first.is_visible()
    assert max(tables.nth(k).locator("thead th").count() for k in range(tables.count())) <= 4
    page.set_viewport_size({"width": 680, "height": 900})  # what A4 leaves between its margins
    page.emulate_media(media="print")
    assert tables.first.is_visible()
    wide = "[...document.querySelectorAll('.cm-matrix td, .cm-matrix th')].filter(e => e.scrollWidth > e.clientWidth + 1)"
    assert page.evaluate(f"{wide}.map(e => e.textContent)") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 680


def test_a_table_that_is_folded_on_a_telephone_is_still_a_table_to_a_screen_reader(opened):
    page = opened(NEIGHBOURHOOD, width=320).page
    assert page.evaluate("getComputedStyle(document.querySelector('#streets tbody tr')).display") == "grid"
    debugger = page.context.new_cdp_session(page)
    debugger.send("Accessibility.enable")
    top = debugger.send("DOM.getDocument")["root"]["nodeId"]
    table = debugger.send("DOM.querySelector", {"nodeId": top, "selector": "#streets"})["nodeId"]

    def found(role):
        return len(debugger.send("Accessibility.queryAXTree", {"nodeId": table, "role": role})["nodes"])

    assert {role: found(role) for role in ("table", "row", "columnheader", "rowheader", "cell")} == {
        "table": 1,
        "row": 16,
        "columnheader": 3,
        "rowheader": 15,
        "cell": 30,
    }


def test_a_saved_map_is_dark_around_its_light_sheet_where_that_is_asked_for_and_never_on_paper(opened):
    page = opened("/maps/west-demoshire.html").page
    background = "one => getComputedStyle(one).backgroundColor"
    page.emulate_media(color_scheme="dark")
    assert page.locator("body").evaluate(background) == "rgb(18, 25, 28)"
    assert page.locator(".folium-map").evaluate(background) == "rgb(255, 255, 255)"
    assert violations(page) == []
    page.emulate_media(color_scheme="dark", media="print")
    assert page.locator("body").evaluate(background) == "rgba(0, 0, 0, 0)"


def test_a_policy_violation_would_be_noticed(opened):
    watched = opened("/about/")
    watched.page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
    assert any("Content Security Policy" in said for said in watched.complaints)


def test_the_first_tab_is_the_skip_link_and_it_leads_to_the_content(opened):
    page = opened(NEIGHBOURHOOD).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "govuk-skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"


def test_without_javascript_every_fact_is_there_and_the_map_is_not(opened):
    page = opened(NEIGHBOURHOOD, javascript=False).page
    assert page.locator("#streets tbody tr").count() == 15
    assert page.locator("svg.cm-chart__wide").is_visible()
    assert not page.locator("#map").is_visible()
    assert "The map needs JavaScript" in page.locator("#map-legend").inner_text()


def test_on_a_phone_the_narrow_chart_is_shown(opened):
    page = opened(NEIGHBOURHOOD, width=375).page
    assert page.locator("svg.cm-chart__narrow").is_visible()
    assert not page.locator("svg.cm-chart__wide").is_visible()


def test_if_the_data_cannot_be_loaded_the_page_says_where_the_facts_are(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.route("**/map.json", lambda route: route.abort())
    page.goto(site + NEIGHBOURHOOD)
    page.wait_for_selector("[data-ready=failed]")
    assert "same facts are in the table" in page.locator("#map").inner_text()
    context.close()


def test_the_saved_map_draws_under_the_strict_policy(opened):
    watched = opened("/maps/west-demoshire.html")
    watched.page.wait_for_selector(".folium-map path.leaflet-interactive")
    assert watched.page.locator(".folium-map path").count() > 20
    assert watched.complaints == []


def test_a_printed_page_keeps_its_tables_and_drops_the_navigation(opened):
    page = opened(NEIGHBOURHOOD).page
    page.emulate_media(media="print")
    assert not page.locator(".cm-header__nav").is_visible()
    assert page.locator("#streets").is_visible()
