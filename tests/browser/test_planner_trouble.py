"""The planner page when something is not there: a server, JavaScript, an answer, a sensible entry."""

import json

import pytest

from crimemap.products.releases import Shelf
from tests.browser.site_server import serving
from tests.browser.test_pages import violations
from tests.browser.test_planner import TWO_MERGED

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def answering(page, pattern, status, body, headers=None):
    """Answer requests with a canned refusal, from the next one on."""
    text = json.dumps(body)
    page.route(
        pattern,
        lambda route: route.fulfill(
            status=status, body=text, content_type="application/problem+json", headers=headers or {}
        ),
    )


def test_without_javascript_the_ladder_and_the_fit_of_each_pair_read(planner):
    page = planner(java_script_enabled=False, ready=None).page
    text = page.locator("main").inner_text()
    assert "live in another command unit than most of their partnership" in text
    assert "crimemap mergers search" in text
    assert "need JavaScript" in text
    assert "not legal advice" in text
    assert "those numbers are estimates" in text
    assert "no recommendation to merge" in text
    assert page.locator("#ladder ~ .cm-table-box tbody tr").count() == 7
    assert not page.locator("[data-part=live]").is_visible()


def test_served_as_plain_files_the_page_says_what_needs_the_server_and_the_tables_read(browser, demo_workspace):
    releases = Shelf(demo_workspace / "releases")
    with serving(releases.path(releases.latest()) / "site") as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}/planner/")
        page.wait_for_selector("[data-planner][data-ready=without]")
        assert "need the server that comes with crimemap" in page.locator("[data-part=notice]").inner_text()
        assert page.locator("#ladder ~ .cm-table-box").is_visible()
        assert not page.locator("[data-part=live]").is_visible()
        assert violations(page) == []
        context.close()


def test_a_scenario_that_the_server_refuses_is_said_in_place(planner):
    page = planner("?tab=scenario").page
    answering(page, "**/v1/alignment/scenarios", 400, {"title": "Bad Request", "detail": "merge 1: no unit 'X'"})
    for name in ("Ashenholt", "Elverstow"):
        page.locator(".pl-checks__label, .govuk-checkboxes__label", has_text=name).first.click()
    page.click("#merge")
    assert page.locator("#outcome [role=alert]").inner_text() == "merge 1: no unit 'X'."


def test_a_busy_server_says_when_to_try_again(planner):
    page = planner("?tab=search").page
    answering(page, "**/v1/alignment/searches", 503, {"detail": "Other searches are running"}, {"Retry-After": "20"})
    page.click("#search")
    assert page.locator("#answer [role=alert]").inner_text() == "Other searches are running. Try again in 20 seconds."
    assert not page.locator(".pl-progress").is_visible()


def test_a_running_search_shows_how_far_it_is_and_can_be_cancelled(planner):
    page = planner("?tab=search").page
    asked = []
    running = {"id": "abc", "status": "running", "progress": 0.4, "says": "Choosing among 120 groups"}

    def answer(route):
        asked.append(route.request.method)
        route.fulfill(status=202, body=json.dumps(running), content_type="application/json")

    page.route("**/v1/alignment/searches**", answer)
    page.route("**/v1/alignment/searches/**", answer)
    page.click("#search")
    page.wait_for_selector(".pl-progress:has-text('Choosing among 120 groups (40%)')")
    assert page.locator("progress").evaluate("one => one.value") == 40
    assert "run=abc" in page.url
    page.click("#cancel")
    page.wait_for_selector("#answer:has-text('Cancelled.')")
    assert "DELETE" in asked
    assert "run=" not in page.url
    assert page.evaluate("document.activeElement.id") == "search"


def test_a_real_search_that_takes_long_says_how_far_it_is_and_is_cancelled(browser, long_search):
    """Nothing is canned: the server's own process searches, and ends when it is called off."""
    page = browser.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{long_search}/planner/?tab=search")
    page.wait_for_selector("[data-planner][data-ready=true]")
    page.click("#search")
    page.wait_for_selector(".pl-progress:has-text('part')")
    page.wait_for_function("/run=[0-9a-f]{32}/.test(location.search)")
    run = page.evaluate("new URLSearchParams(location.search).get('run')")
    told = page.request.get(f"{long_search}/v1/alignment/searches/{run}").json()
    assert told["status"] == "running"
    assert 0 <= told["progress"] < 1
    page.click("#cancel")
    page.wait_for_selector("#answer:has-text('Cancelled.')")
    assert page.request.get(f"{long_search}/v1/alignment/searches/{run}").json()["status"] == "cancelled"
    page.close()


def test_an_answer_that_is_no_longer_kept_is_said_and_leaves_the_address(planner):
    watched = planner("?tab=search&run=0000000000000000")
    watched.page.wait_for_selector("#answer:has-text('no longer kept')")
    assert "run=" not in watched.page.url


def test_a_limit_that_is_no_number_is_said_beside_the_field(planner):
    page = planner("?tab=search").page
    page.locator("summary", has_text="More limits").click()
    page.fill("#find-max", "lots")
    page.click("#search")
    assert page.locator("#find-max-error").text_content() == "Error: Enter a whole number, in figures."
    assert page.evaluate("document.activeElement.id") == "find-max"
    assert page.locator("#find-max").get_attribute("aria-invalid") == "true"


def test_limits_that_cannot_be_kept_are_the_servers_sentence(planner):
    page = planner("?tab=search").page
    page.locator("summary", has_text="More limits").click()
    page.fill("#find-max", "1000")
    page.click("#search")
    page.wait_for_selector("#answer [role=alert]")
    assert "1,000" in page.locator("#answer").inner_text() or "population" in page.locator("#answer").inner_text()


@pytest.mark.parametrize(
    "query",
    [
        "?units=csp-1066&targets=nothing",
        "?merge=X.Y&split=Z&choose=%3Cb%3E",
        "?merge=%E0%A4%A&tab=nonsense&view=&tolerance=x&find-max=--&savings-years=1e99",
        "?merge=E22900001.E22900002&merge=E22900002.E22900004",
    ],
)
def test_an_address_that_makes_no_sense_still_opens_the_page(planner, query):
    watched = planner(query)
    assert watched.complaints == []
    assert watched.page.locator("path.pl-unit").count() == 7


def test_if_the_server_goes_away_the_page_says_so_and_keeps_the_plan(planner):
    page = planner(TWO_MERGED).page
    page.wait_for_selector(".pl-tiles")
    page.route("**/v1/alignment/scenarios", lambda route: route.abort())
    page.fill("#merge-name-0", "Later")
    page.wait_for_selector("#outcome [role=alert]")
    assert "could not be reached" in page.locator("#outcome [role=alert]").inner_text()
    assert "Later" in page.url
