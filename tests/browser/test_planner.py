"""The planner page on the demonstration county, served as it is to the public."""

import csv
import io
import re
from urllib.parse import parse_qs, urlparse

import pytest

from crimemap.alignment.mergers.scenario import parse_toml
from tests.browser.planner_tabs import TABS, each_tab
from tests.browser.test_pages import violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NORTH = ("Ashenholt", "Brindlemoor")
TWO_MERGED = "?tab=scenario&view=change&merge=E22900001.E22900002&choose=E22900004"


def figure(page, label):
    """Give the number of a tile of the outcome."""
    return page.locator(".pl-tile", has=page.locator("dt", has_text=label)).locator(".pl-tile__now").inner_text()


def region(page, name):
    return page.locator(f"#panel-{name}")


def tab_to(page, selector, *, backwards=False, most=80):
    """Press Tab until an element that matches has the focus."""
    for _ in range(most):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def press_on_map(page, name):
    """Go to an area of the map with the arrow keys, from wherever the map's own stop is."""
    tab_to(page, "path.pl-unit", most=20)
    seen = set()
    frontier = ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]
    for step in range(60):
        label = page.evaluate("document.activeElement.getAttribute('aria-label')")
        if label.startswith(name):
            page.keyboard.press("Enter")
            return label
        seen.add(label)
        page.keyboard.press(frontier[(step // 3) % 4])
    raise AssertionError(f"{name} is not reached by arrow keys, only {seen}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_in_any_tab_and_nothing_is_refused_or_foreign(planner, width, scheme):
    watched = planner(f"{TWO_MERGED}&area=E22900003&pick=E01900372", width=width, scheme=scheme)
    page = watched.page
    page.wait_for_selector(".pl-tiles")
    page.wait_for_selector("path[data-small]")
    for name in each_tab(page):
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert watched.complaints == []


def test_by_mouse_a_merger_is_made_scored_undone_and_made_again(planner):
    watched = planner()
    page = watched.page
    for name in NORTH:
        page.locator(f"path.pl-unit[aria-label^='{name}']").dispatch_event("click")
    assert page.locator("#tab-scenario").get_attribute("aria-selected") == "true"
    assert "Ashenholt and Brindlemoor" in page.locator(".pl-choice").inner_text()
    page.click("#merge")
    page.wait_for_selector(".pl-tiles")
    assert figure(page, "partnerships") == "6"
    said = page.locator("[data-part=outcome-words]").inner_text()
    assert re.match(r"6 partnerships instead of 7\. [\d,]+ people misplaced, [\d,]+ fewer than before\.", said)
    row = page.locator("#outcome tr", has_text="Ashenholt and Brindlemoor").first.inner_text()
    assert "the same area" in row, "the best merger, known by construction"
    assert "North Area" in row
    assert "Splits a county" in page.locator("#outcome").inner_text()
    assert page.locator("path[data-fill=group-0]").count() == 2
    page.click("#undo")
    page.wait_for_selector(".pl-tiles", state="detached")
    page.click("#redo")
    page.wait_for_selector(".pl-tiles")
    page.go_back()
    page.wait_for_selector(".pl-tiles", state="detached")
    assert watched.complaints == []


def test_the_letters_of_a_name_are_not_steps_to_undo(planner):
    page = planner(TWO_MERGED).page
    page.wait_for_selector(".pl-tiles")
    before = page.evaluate("history.length")
    page.locator("#merge-name-0").press_sequentially("abc")
    page.wait_for_url(re.compile("abc"))
    assert page.evaluate("history.length") == before
    assert page.get_attribute("#undo", "aria-disabled") == "true"


def test_a_click_on_a_piece_that_differs_chooses_the_area_that_its_people_belong_to(planner):
    page = planner().page
    page.locator("path.pl-piece--differ").first.dispatch_event("click")
    chosen = page.locator(".pl-choice strong + *, .pl-choice p").first.inner_text()
    assert "Corrindale and Dunfleet" in chosen or "Fennerby" in chosen


def test_by_keyboard_alone_sets_are_chosen_a_merger_is_made_and_a_point_of_the_front_is_taken(planner):
    page = planner().page
    tab_to(page, "#targets")
    page.keyboard.type("dis")
    page.wait_for_url(re.compile("targets=lad"))
    page.wait_for_selector("[data-planner][data-ready=true]")
    page.wait_for_timeout(1_200)  # until a browser takes letters for a new word
    page.keyboard.type("com")
    page.wait_for_url(re.compile("targets=bcu"))
    page.wait_for_selector("[data-planner][data-ready=true]")
    label = press_on_map(page, NORTH[0])
    assert "people" in label
    press_on_map(page, NORTH[1])
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    tab_to(page, "#merge")
    page.keyboard.press("Enter")
    page.wait_for_selector(".pl-tiles")
    assert page.evaluate("document.activeElement.id") == "merge", "the place is not lost"
    assert figure(page, "partnerships") == "6"
    tab_to(page, "[role=tab]", backwards=True)
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-search"
    tab_to(page, "#search")
    page.keyboard.press("Enter")
    page.wait_for_selector(".pl-plot__point")
    assert "Proved" in page.locator("#answer").inner_text()
    tab_to(page, ".pl-plot__point")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("6 partnerships, 1 merger")
    page.keyboard.press("Enter")
    tab_to(page, "#use-point")
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel-scenario:not([hidden]) .pl-tiles")
    assert figure(page, "partnerships") == "6"
    assert page.evaluate("document.activeElement.textContent") == "Try a scenario"


def test_the_focus_is_seen_on_areas_tabs_and_points(planner):
    page = planner("?tab=search").page
    tab_to(page, "path.pl-unit")
    assert page.locator("path.pl-focus-line").count() == 1
    tab_to(page, "[role=tab]")
    assert page.evaluate("getComputedStyle(document.activeElement).backgroundColor") == "rgb(255, 221, 0)"
    assert page.locator("path.pl-focus-line").count() == 0


def test_each_area_of_the_map_has_its_own_name_and_one_stop_for_the_tab_key(planner):
    page = planner().page
    labels = page.eval_on_selector_all("path.pl-unit", "all => all.map(one => one.getAttribute('aria-label'))")
    assert len(labels) == len(set(labels)) == 7
    assert page.locator("path.pl-unit[tabindex='0']").count() == 1


def test_a_map_that_nobody_moved_shows_all_of_it_in_whatever_room_a_tab_leaves(planner):
    """The matrix takes room from the map."""
    page = planner().page
    wide = page.locator("[data-part=map]").bounding_box()["width"]
    for name in ("matrix", "fit"):
        page.click(f"#tab-{name}")
        page.wait_for_timeout(100)
        frame = page.locator("[data-part=map]").bounding_box()
        assert (frame["width"] < wide) == (name == "matrix")
        for area in page.locator("path.pl-unit").all():
            box = area.bounding_box()
            assert frame["x"] <= box["x"], (name, area.get_attribute("aria-label"))
            assert box["x"] + box["width"] <= frame["x"] + frame["width"], (name, area.get_attribute("aria-label"))
    page.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(500)
    scale = page.locator(".leaflet-control-scale-line").first
    closer = scale.bounding_box()["width"], scale.inner_text()
    page.click("#tab-matrix")
    page.wait_for_timeout(100)
    assert (scale.bounding_box()["width"], scale.inner_text()) == closer, "who has zoomed in keeps what they see"


def test_the_address_restores_the_plan(planner):
    first = planner(TWO_MERGED).page
    first.wait_for_selector(".pl-tiles")
    first.locator("summary", has_text="Limits for local focus").click()
    first.fill("#limit-distance", "5")
    first.wait_for_selector("#outcome:has-text('beyond: distance')")
    first.fill("#merge-name-0", "The North & more")
    first.fill("#scenario-name", "Plan* of ~ Tuesday.")
    first.wait_for_url(re.compile("Tuesday"))
    query = urlparse(first.url).query
    second = planner(f"?{query}").page
    second.wait_for_selector("#outcome:has-text('beyond: distance')")
    assert second.input_value("#merge-name-0") == "The North & more"
    assert second.input_value("#scenario-name") == "Plan* of ~ Tuesday."
    assert second.input_value("#limit-distance") == "5"
    assert second.is_checked("[id='area-E22900004']")
    assert parse_qs(urlparse(second.url).query) == parse_qs(query)


def test_a_partnership_is_split_by_district_and_scored(planner):
    page = planner("?tab=scenario").page
    page.fill("#find-area", "corrin")
    page.locator(".pl-checks input").check()
    page.click("#split")
    page.wait_for_selector(".pl-tiles")
    assert figure(page, "partnerships") == "8"
    assert page.locator("path[data-fill=split-off]").count() == 2
    assert {"Corrindale", "Dunfleet Sands"} <= set(page.locator("#outcome th[scope=row]").all_inner_texts())


def test_by_mouse_small_areas_are_ticked_moved_undone_and_in_the_address(planner):
    watched = planner("?tab=scenario&choose=E22900003")
    page = watched.page
    page.click("#move")
    page.wait_for_selector("path[data-small]")
    assert page.locator("path[data-small]").count() == page.locator(".pl-small-list input").count() == 111
    codes = [page.locator("path[data-small]").nth(k).get_attribute("data-small") for k in (0, 1)]
    first, second = (page.locator(f"path[data-small='{code}']") for code in codes)
    first.dispatch_event("click")
    second.dispatch_event("click")
    assert page.locator("#ticked").inner_text().startswith("2 small areas ticked")
    second.dispatch_event("click")
    assert page.locator("path[data-small][aria-pressed=true]").count() == 1
    page.click(".pl-small-choice button:has-text('All in South Area')")
    ticked = page.locator(".pl-small-list input:checked").count()
    assert ticked == 18, "17 in the South Area, and the one ticked by hand"
    first.dispatch_event("click")
    page.select_option("#small-to", label="Elverstow")
    page.click("#move-small")
    page.wait_for_selector(".pl-tiles")
    assert figure(page, "people who change area") == "25,396"
    assert "17 small areas of Corrindale and Dunfleet to Elverstow" in page.locator(".pl-steps").inner_text()
    rows = page.locator("#outcome table").first.locator("tr", has_text="Corrindale and Dunfleet").all_inner_texts()
    assert ["lines cross" in row for row in rows] == [True, False], "what lay in another command unit is gone"
    again = planner(f"?{urlparse(page.url).query}").page
    again.wait_for_selector(".pl-tiles")
    assert figure(again, "people who change area") == "25,396"
    assert again.locator("path.pl-small--moved").count() == 17
    page.click("#undo")
    page.wait_for_selector(".pl-tiles", state="detached")
    assert page.locator("path.pl-small--moved").count() == 0
    page.click("#redo")
    page.wait_for_selector(".pl-tiles")
    with page.expect_download() as waited:
        page.click("#save-toml")
    (move,) = parse_toml(waited.value.path().read_text("utf-8")).moves
    assert (len(move.bricks), move.to) == (17, "E22900004")
    assert watched.complaints == []


def test_by_keyboard_alone_small_areas_are_ticked_on_the_map_and_in_the_list_and_moved(planner):
    page = planner("?tab=scenario").page
    page.locator("#small-areas summary").focus()
    page.keyboard.press("Enter")
    tab_to(page, "#small-unit")
    page.keyboard.type("Corr")
    page.wait_for_selector("path[data-small]")
    tab_to(page, "path[data-small]", backwards=True)
    page.keyboard.press(" ")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label.endswith("Ticked")
    assert page.locator("path.pl-focus-line").count() == 1
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement.getAttribute('aria-label')") != label:
            break
    page.keyboard.press("Enter")
    assert page.locator("#ticked").inner_text().startswith("2 small areas ticked")
    tab_to(page, ".pl-small-list input")
    page.keyboard.press(" ")
    assert page.evaluate("document.activeElement.matches('.pl-small-list input:checked')"), "the place is not lost"
    tab_to(page, "#small-to", most=160)
    page.keyboard.type("Elv")
    tab_to(page, "#move-small")
    page.keyboard.press("Enter")
    page.wait_for_selector(".pl-tiles")
    assert "3 small areas of Corrindale and Dunfleet to Elverstow" in page.locator(".pl-steps").inner_text()
    page.locator(".pl-small-list li", has_text="moves to Elverstow").locator("input").first.check()
    page.click("#stay-small")
    page.wait_for_selector(".pl-steps:has-text('2 small areas of Corrindale')")


def test_the_scenario_file_is_what_the_commands_read_and_the_table_is_what_is_shown(planner):
    page = planner(TWO_MERGED + "&split=E22900003&name=A+%22quoted%22+%E2%9C%93").page
    page.wait_for_selector(".pl-tiles")
    with page.expect_download() as waited:
        page.click("#save-toml")
    scenario = parse_toml(waited.value.path().read_text("utf-8"))
    assert scenario.name == 'A "quoted" ✓'
    assert scenario.merges[0].units == ("E22900001", "E22900002")
    assert len(scenario.splits[0].into) == 2
    page.click("#tab-matrix")
    with page.expect_download() as waited:
        page.locator("#panel-matrix .pl-save button").click()
    rows = list(csv.DictReader(io.StringIO(waited.value.path().read_text("utf-8-sig"))))
    assert len(rows) == page.locator("#panel-matrix tbody tr").count()
    assert sum(float(row["People"]) for row in rows) == pytest.approx(917_037)


def test_the_report_for_a_board_is_one_page_about_this_scenario(planner):
    watched = planner(TWO_MERGED)
    page = watched.page
    page.wait_for_selector(".pl-tiles")
    with page.expect_download() as waited:
        page.click("#save-report")
    assert waited.value.suggested_filename == "merger-report.html"
    report = waited.value.path().read_text("utf-8")
    assert report.lstrip().startswith("<!DOCTYPE html>")
    assert "Ashenholt and Brindlemoor" in report
    assert watched.complaints == []


def test_the_report_is_saved_as_a_pdf_too(planner):
    pytest.importorskip("weasyprint", reason="WeasyPrint is not installed (pip install crimemap[pdf])")
    watched = planner(TWO_MERGED)
    watched.page.wait_for_selector(".pl-tiles")
    with watched.page.expect_download() as waited:
        watched.page.click("#save-pdf")
    assert waited.value.suggested_filename == "merger-report.pdf"
    assert waited.value.path().read_bytes().startswith(b"%PDF-")
    assert watched.complaints == []


def test_what_stands_under_the_map_is_whole_beside_the_matrix(planner):
    page = planner("?tab=matrix").page
    side = page.locator(".pl-map-side")
    assert side.evaluate("one => one.scrollHeight <= one.clientHeight + 1")
    assert side.locator(".cm-note").last.is_visible()


def test_a_table_is_sorted_by_a_column_and_says_so(planner):
    page = planner("?tab=matrix").page
    page.click("#panel-matrix .pl-sort:has-text('People')")
    assert page.locator("#panel-matrix th[aria-sort=descending]").count() == 1
    shown = [int(text.replace(",", "")) for text in page.locator("#panel-matrix td[data-label=People]").all_inner_texts()]
    assert shown == sorted(shown, reverse=True)


def test_savings_are_not_shown_until_somebody_stands_behind_them(planner):
    page = planner(TWO_MERGED).page
    page.wait_for_selector(".pl-tiles")
    assert "None are shown" in page.locator("#outcome").inner_text()
    page.locator("summary", has_text="Assumptions for savings").click()
    given = {"cost": ("80,000", "£120,000"), "saved": ("30", "50"), "change": ("10000", "20000"), "apart": ("0", "50000")}
    for name, values in given.items():
        for end, value in zip(("low", "high"), values, strict=True):
            page.fill(f"#savings-{name}-{end}", value)
    page.fill("#savings-years", "5")
    page.locator("summary", has_text="What counts as the same area").click()
    assert page.locator("#savings-source-error").text_content() == "Error: Say where these figures come from."
    assert "None are shown" in page.locator("#outcome").inner_text()
    page.fill("#savings-source", "an example")
    page.wait_for_selector("#outcome:has-text('£24,000 to £60,000')")
    assert "an example" in page.locator("#outcome").inner_text()


def test_a_hostile_name_of_an_area_is_text_everywhere(planner, planner_site, browser):
    hostile = '<img src=x onerror=alert(1)><script>alert(1)</script>"'
    context = browser.new_context()
    page = context.new_page()
    said = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)

    def renamed(route):
        answer = route.fetch()
        escaped = hostile.replace('"', '\\"')
        route.fulfill(response=answer, body=re.sub(r"Ashenholt(?= and|\")|North Area", lambda _: escaped, answer.text()))

    page.route("**/v1/alignment/**", renamed)
    page.goto(f"{planner_site}/planner/{TWO_MERGED}")
    page.wait_for_selector(".pl-tiles")
    for name in TABS:
        page.click(f"#tab-{name}")
        if name == "search":
            page.click("#search")
            page.wait_for_selector(".pl-plot__point")
            page.locator(".pl-plot__point").first.click()
        else:
            assert hostile in region(page, name).inner_text(), name
    page.click("#tab-fit")
    page.locator("path.pl-unit").first.hover(force=True)
    assert page.evaluate("document.querySelectorAll('main img, main script').length") == 0
    assert said == []
    context.close()


def test_a_printed_plan_keeps_its_tables_and_drops_its_buttons(planner):
    page = planner(TWO_MERGED).page
    page.wait_for_selector(".pl-tiles")
    page.emulate_media(media="print")
    assert page.locator("#outcome table").first.is_visible()
    assert page.locator("[data-part=map]").is_visible()
    assert not page.locator("#merge").is_visible()
    assert not page.locator("[role=tablist]").is_visible()
