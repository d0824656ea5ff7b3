"""Search and "near me" in a reader's browser."""

from urllib.parse import quote

import pytest

from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.releases import Shelf
from crimemap.products.search_query import SearchFiles
from tests.api.server import serving as public_application
from tests.browser.conftest import Watched
from tests.browser.site_server import serving
from tests.browser.test_pages import violations
from tests.products.searchable import searchable_county

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

N01 = "/forces/west-demoshire/neighbourhoods/N01/index.html"


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("searched")
    built = build_release(searchable_county(), ReleaseOptions(languages=("en", "cy")), folder)
    Shelf(folder).activate(built.release_id)
    return built


@pytest.fixture(scope="module")
def plain(release):
    """Give the address of the release on a host of files alone."""
    with serving(release.path / "site") as address:
        yield address


@pytest.fixture(scope="module")
def served(release, tmp_path_factory):
    """Give the address of the release's own server."""
    with public_application(release.path.parent, tmp_path_factory.mktemp("served") / "log") as server:
        yield server.url


@pytest.fixture
def searching(browser, plain):
    contexts = []

    def _open(path="/", *, base=plain, width=1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        context.set_default_timeout(15_000)
        watched = Watched(context.new_page(), base)
        watched.page.goto(base + path)
        watched.page.wait_for_load_state("networkidle")
        return watched

    yield _open
    for context in contexts:
        context.close()


def suggestions(page, typed):
    page.locator("#search-text").press_sequentially(typed, delay=5)
    page.wait_for_selector("#search-text[aria-expanded=true]")
    return page.locator("[role=option]")


def test_somebody_gets_from_the_first_page_to_an_area_by_keyboard_alone(searching):
    watched = searching()
    page = watched.page
    while page.evaluate("document.activeElement.id") != "search-text":
        page.keyboard.press("Tab")
    page.keyboard.type("harb")
    page.wait_for_selector("#search-text[aria-expanded=true]")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-activedescendant')).innerText"
    ).startswith("Harbour & Quay")
    assert page.locator("[role=option][aria-selected=true]").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{N01}")
    assert "Harbour & Quay" in page.locator("h1").inner_text()
    assert watched.complaints == []


def test_the_arrow_keys_go_round_and_escape_closes_without_losing_what_was_typed(searching):
    page = searching().page
    count = suggestions(page, "ashby").count()
    assert count >= 2
    page.keyboard.press("ArrowUp")
    assert page.get_attribute("#search-text", "aria-activedescendant") == f"search-text-list-{count - 1}"
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#search-text", "aria-activedescendant") is None, "after the last comes the field"
    page.keyboard.press("Escape")
    assert page.get_attribute("#search-text", "aria-expanded") == "false"
    assert page.input_value("#search-text") == "ashby"


def test_the_number_of_suggestions_and_of_results_is_said(searching):
    page = searching().page
    suggestions(page, "mill lane")
    assert page.locator("[data-said]").inner_text().startswith("8 suggestions")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-results][data-ready=names]")
    assert page.locator("[data-said]").inner_text() == "11 results for “mill lane”"


def test_a_suggestion_can_be_pressed(searching):
    page = searching(width=375, has_touch=True).page
    suggestions(page, "harbour").first.tap()
    page.wait_for_url(f"**{N01}")


def test_a_misspelt_name_gives_what_was_meant(searching):
    watched = searching("/search/?q=Llanfiar")
    page = watched.page
    page.wait_for_selector("[data-results][data-ready=names]")
    assert "Nothing here is called “Llanfiar”. Did you mean “llanfair”?" in page.locator("#results").inner_text()
    page.locator("#results a", has_text="Llanfair").click()
    assert "Llanfair" in page.locator("h1").inner_text()
    assert watched.complaints == []


def test_where_nothing_is_found_the_page_says_what_to_do(searching):
    page = searching("/search/?q=Wolverhampton").page
    page.wait_for_selector("[data-results][data-ready=none]")
    text = page.locator("#results").inner_text()
    assert "Nothing here is called “Wolverhampton”." in text
    assert "Check the spelling" in text
    page.locator("#results a").click()
    assert page.locator("#forces").is_visible()


def test_a_known_postcode_opens_its_page_and_an_unknown_one_reads_well(searching):
    page = searching().page
    page.fill("#search-text", "zz1 1ab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{N01}")
    page.goto(page.url.replace(N01, "/search/?q=cf101aa"))
    page.wait_for_selector("[data-results][data-ready='unknown postcode']")
    assert "We don't know the postcode CF101AA. It may be new, or outside" in page.locator("#results").inner_text()


def test_a_search_is_in_the_address_and_going_back_brings_the_one_before(searching):
    page = searching("/search/?q=ashby").page
    page.wait_for_selector("[data-results][data-ready=names]")
    page.fill("#search-text", "brook")
    page.keyboard.press("Enter")
    page.wait_for_selector("#results :text('for “brook”')")
    assert page.url.endswith("?q=brook")
    assert page.evaluate("document.activeElement.id") == "results"
    page.go_back()
    page.wait_for_selector("#results :text('for “ashby”')")
    assert page.input_value("#search-text") == "ashby"


def test_a_hostile_name_and_a_hostile_question_stay_text(searching):
    question = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
    watched = searching(f"/search/?q={quote(question)}")
    watched.page.wait_for_selector("[data-results][data-ready]")
    assert watched.page.locator("#results img, #results script").count() == 0
    assert '<script>alert("1")</script> Way' in watched.page.locator("#results").inner_text()
    assert watched.complaints == []


def test_the_browser_and_the_server_answer_alike(searching, release):
    files = SearchFiles(release.path / "site" / "search")
    page = searching().page
    asked = [
        "ashby", "Ahsby", "mill lane", "mill lane brook", "saint marys", "st mary's rd", "chruch", "high stret",
        "zz1", "zz1 2", "ZZ1 1AB", "zz1 1zz", "cf10 1aa", "z", "zz", "maes y mor", "alert script", "harbour and quay",
        "ward 9", "w", "west ashby llanfair", "xxyyzz mill", "parking", "ST", "<b>", "llanfair ward", "éé", "1",
        "street 8 ashby", "cathedarl",
    ]  # fmt: skip
    for text in asked:
        answer = files.find(text, most=30)
        expected = {
            "status": answer.status,
            "total": answer.total,
            "meant": answer.meant,
            "more": answer.more,
            "results": [[one.name, one.kind, one.within, one.folder, one.force] for one in answer.results],
        }
        found = page.evaluate(
            """async text => {
                const { SearchFiles } = await import('/assets/js/search-index.js')
                const answer = await new SearchFiles(new URL('/search/', location)).find(text, 30)
                const results = answer.results.map(one => [one.name, one.kind, one.within, one.folder, one.force])
                return { ...answer, results }
            }""",
            text,
        )
        assert found == expected, text


NEAR = {"longitude": -1.99, "latitude": 52.153}


def test_near_me_asks_only_when_it_is_pressed_and_sends_no_position(searching, plain):
    watched = searching(geolocation=NEAR, permissions=["geolocation"])
    page, asked = watched.page, []
    page.on("request", lambda request: asked.append(request.url.removeprefix(plain)))
    page.evaluate(
        """() => {
            const real = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation)
            window.asked = 0
            navigator.geolocation.getCurrentPosition = (...given) => { window.asked++; real(...given) }
        }"""
    )
    suggestions(page, "ash")
    assert page.evaluate("window.asked") == 0
    page.keyboard.press("Escape")
    asked.clear()
    page.locator("[data-near] button").click()
    page.wait_for_selector("[data-near-answer] a")
    assert page.evaluate("window.asked") == 1
    link = page.locator("[data-near-answer] a")
    assert link.inner_text().endswith("Ashby, West Demoshire Police")
    assert [url for url in asked if url != "/search/index.json"] == ["/search/g-1780-1421.json"]
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert "52.1" not in page.content()
    assert "52.1" not in page.url
    link.click()
    page.wait_for_url("**/neighbourhoods/*/index.html")
    assert watched.complaints == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"geolocation": {"longitude": 0.1, "latitude": 51.5}, "permissions": ["geolocation"]}, "outside the areas"),
        ({}, "Your browser gave no position. Search by postcode or name instead."),
    ],
)
def test_near_me_says_what_to_do_where_it_cannot_help(searching, options, said):
    page = searching(**options).page
    page.locator("[data-near] button").click()
    page.wait_for_selector(f"[data-near-answer]:has-text('{said}')")


def test_the_servers_policies_let_the_site_ask_for_a_position(searching, served):
    watched = searching(base=served, geolocation=NEAR, permissions=["geolocation"])
    watched.page.locator("[data-near] button").click()
    watched.page.wait_for_selector("[data-near-answer] a")
    assert watched.complaints == []


def test_without_scripts_the_server_answers_and_a_host_of_files_says_where_the_lists_are(searching, served):
    page = searching(base=served, java_script_enabled=False).page
    assert not page.locator("[data-near]").is_visible()
    page.fill("#search-text", "ahsby")
    page.keyboard.press("Enter")
    assert "Did you mean “ashby”?" in page.locator("#results").inner_text()
    assert page.input_value("#search-text") == "ahsby"
    page.locator("#results a").first.click()
    assert "Ashby" in page.locator("h1").inner_text()
    plain_page = searching(java_script_enabled=False).page
    plain_page.fill("#search-text", "ashby")
    plain_page.keyboard.press("Enter")
    assert "no server that can search" in plain_page.locator("#results").inner_text()
    plain_page.locator("#results a").click()
    assert plain_page.locator("#forces").is_visible()


def test_the_welsh_page_searches_welsh_pages(searching):
    page = searching("/cy/search/?q=llanfair").page
    page.wait_for_selector("[data-results][data-ready=names]")
    page.locator("#results a").first.click()
    assert "/cy/forces/" in page.url
    assert page.get_attribute("html", "lang") == "cy"


def test_if_the_index_cannot_be_loaded_the_page_says_so(browser, plain):
    context = browser.new_context()
    page = context.new_page()
    page.route("**/search/*.json", lambda route: route.abort())
    page.goto(f"{plain}/search/?q=ashby")
    page.wait_for_selector("#results:has-text('The search could not be loaded')")
    context.close()


@pytest.mark.parametrize("width", [1280, 375, 320])
def test_axe_finds_nothing_while_suggestions_are_shown_nor_on_results(searching, width):
    watched = searching(width=width)
    suggestions(watched.page, "mill")
    watched.page.keyboard.press("ArrowDown")
    assert violations(watched.page) == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    results = searching("/search/?q=mill", width=width)
    results.page.wait_for_selector("[data-results][data-ready=names]")
    assert violations(results.page) == []
    assert results.page.evaluate("document.documentElement.scrollWidth") <= width
    assert watched.complaints == results.complaints == []


def test_a_search_loads_little(searching, plain):
    loaded = []
    watched = searching()
    watched.page.on("response", lambda answer: loaded.append(answer) if "/search/" in answer.url else None)
    suggestions(watched.page, "mill lane")
    watched.page.wait_for_timeout(300)
    assert loaded
    assert sum(len(answer.body()) for answer in loaded) < 60_000


def test_nothing_is_asked_for_before_somebody_types(searching, plain):
    asked = []
    watched = searching()
    watched.page.on("request", lambda request: asked.append(request.url))
    watched.page.reload()
    watched.page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/search/" in url]
