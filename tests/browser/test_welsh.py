"""Welsh pages in a reader's browser: their scripts speak Welsh too, and the switch leads there and back."""

import pytest

from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from tests.browser.conftest import Watched
from tests.browser.site_server import serving
from tests.browser.test_pages import violations
from tests.products.county import county

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NEIGHBOURHOOD = "/forces/west-demoshire/neighbourhoods/N01/"
PAGES = ["/cy/", "/cy/about/", f"/cy{NEIGHBOURHOOD}", "/cy/compare/"]


@pytest.fixture(scope="module")
def welsh(tmp_path_factory):
    made = build_release(county(), ReleaseOptions(languages=("en", "cy")), tmp_path_factory.mktemp("welsh"))
    with serving(made.path / "site") as address:
        yield address


@pytest.fixture
def watched(browser, welsh):
    context = browser.new_context(viewport={"width": 375, "height": 900})
    yield Watched(context.new_page(), welsh)
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_on_welsh_pages_and_nothing_is_refused(watched, path):
    page = watched.open(path)
    assert violations(page) == []
    assert watched.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_the_switch_leads_to_welsh_and_back_by_keyboard(watched):
    page = watched.open(NEIGHBOURHOOD)
    page.get_by_role("link", name="Cymraeg").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cy{NEIGHBOURHOOD}*")
    assert page.evaluate("document.documentElement.lang") == "cy"
    page.get_by_role("link", name="English").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: NEIGHBOURHOOD in url and "/cy/" not in url)


def test_areas_set_side_by_side_on_a_welsh_page_have_welsh_types_and_months(watched):
    page = watched.open(f"/cy/compare/?area={NEIGHBOURHOOD.strip('/')}&area=areas/csp/E22000901")
    page.wait_for_selector("#compare-result[data-ready='2']")
    said = page.locator("main").inner_text()
    assert "Dwyn o siopau" in said
    assert "Mehefin 2025" in said
    shown = page.locator("#compare-type option").all_inner_texts()
    assert len(shown) == len(set(shown)) > 3
    for english in ("Shoplifting", "Burglary", "Anti-social behaviour", "June 2025", "July 2023"):
        assert english not in said
        assert english not in " ".join(shown)
    assert page.locator("#compare-type option[value=Shoplifting]").inner_text() == "Dwyn o siopau", "addresses stay the same"


def test_the_map_of_a_welsh_page_speaks_welsh(watched):
    page = watched.open(f"/cy{NEIGHBOURHOOD}")
    page.wait_for_selector("[data-ready=true]")
    said = page.locator("#map-legend").inner_text()
    assert "man problemus" in said
    assert "hotspot" not in said
