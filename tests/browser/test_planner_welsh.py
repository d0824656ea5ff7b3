"""The planner in Welsh, served as it is to the public: what its scripts say is Welsh in every tab."""

import re

import pytest

from crimemap.language import WELSH
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.script_words import script_words
from tests.api.server import serving as public_application
from tests.browser.conftest import Watched
from tests.browser.planner_tabs import each_tab
from tests.browser.test_pages import violations
from tests.products.county import county_of_mergers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# Everything that is seen or read aloud, a text a line.
SAID = """root => {
  const ATTRIBUTES = ['aria-label', 'title', 'alt', 'data-label', 'label', 'placeholder']
  const found = []
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
  for (let node = walk.currentNode; node; node = walk.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) found.push(node.data)
    else found.push(...ATTRIBUTES.map((name) => node.getAttribute(name) ?? ''))
  }
  return found.map((text) => text.trim()).filter(Boolean)
}"""
# Words that Welsh does not have, and no sentence of the page in English is without.
ENGLISH = re.compile(
    r"\b(the|of|and|are|with|that|which|this|people|areas?|not|for|from|outside|known|fit|fits|by|there|other|lines?|share|"
    r"units?|partnerships?|districts?|count(?:y|ies)|forces?|save|show|choose|zoom|move|merge|split|search|remove)\b",
    re.IGNORECASE,
)
# Names of areas of the county, of commands and of files, which are the same in every language.
NAMES = re.compile(r"crimemap[\w ]*|“[^”]*”|\b(District|Partnership|Unit) \d+|West Demoshire")


@pytest.fixture(scope="module")
def welsh_site(tmp_path_factory):
    releases = tmp_path_factory.mktemp("welsh-planner") / "releases"
    made = build_release(county_of_mergers(), ReleaseOptions(languages=("en", "cy")), releases)
    (releases / "active").write_text(made.release_id)
    with public_application(releases, tmp_path_factory.mktemp("welsh-planner-log") / "log") as server:
        yield server.url


@pytest.fixture
def welsh(browser, welsh_site):
    """Give a function that opens the Welsh planner at a query, and waits until it is alive."""
    contexts = []

    def _open(query="", *, width=1280):
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        context.set_default_timeout(15_000)
        watched = Watched(context.new_page(), welsh_site)
        watched.page.goto(f"{welsh_site}/cy/planner/{query}")
        watched.page.wait_for_selector("[data-planner][data-ready=true]")
        return watched

    yield _open
    for context in contexts:
        context.close()


def english_of(page):
    """Give the texts of the living part that stand in the catalogue in English, or that have English words."""
    words = script_words(WELSH, "planner")
    keys = {key for key, text in words.items() if text != key}
    said = page.evaluate(SAID, page.query_selector("[data-part=live]"))
    assert len(said) > 100
    return [text for text in said if text in keys or ENGLISH.search(NAMES.sub("", text))]


@pytest.mark.parametrize("width", [1280, 375])
def test_no_tab_has_english_left_and_axe_finds_nothing(welsh, width):
    watched = welsh(width=width)
    page = watched.page
    page.click("#tab-scenario")
    boxes = page.locator(".pl-list input[type=checkbox]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.click("#merge")
    page.wait_for_selector(".pl-tiles")
    page.locator("#small-areas > summary").click()
    page.select_option("#small-unit", index=1)
    page.wait_for_selector(".pl-small-list input")
    for name in each_tab(page):
        assert english_of(page) == [], name
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert page.locator("[data-planner] [lang]").count() == 0
    assert watched.complaints == []


def test_the_walk_would_see_a_text_that_stayed_english(welsh):
    page = welsh().page
    page.evaluate("document.querySelector('[data-part=said]').textContent = 'Undone.'")
    assert english_of(page) == ["Undone."]
    page.evaluate("document.querySelector('[data-part=said]').textContent = 'Something else of the page'")
    assert english_of(page) == ["Something else of the page"]


def test_every_question_to_the_server_is_asked_in_welsh(welsh):
    watched = welsh()
    asked = []
    watched.page.on("request", lambda request: asked.append(request.url) if "/v1/" in request.url else None)
    watched.page.reload()
    watched.page.wait_for_selector("[data-planner][data-ready=true]")
    assert asked
    assert [one for one in asked if "lang=cy" not in one] == []


def test_the_words_of_the_planner_are_read_by_its_page_alone(welsh, welsh_site):
    page = welsh().page
    asked = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]) if "/words/" in request.url else None)
    page.reload()
    page.wait_for_selector("[data-planner][data-ready=true]")
    assert set(asked) == {"cy.json", "cy-planner.json"}
    asked.clear()
    page.goto(f"{welsh_site}/cy/search/")
    page.wait_for_load_state("networkidle")
    assert set(asked) == {"cy.json"}
