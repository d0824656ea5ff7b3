"""Every type of page in every dress: wide and narrow, light and dark, in both languages, without scripts, on paper."""

import pytest

from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from tests.browser.conftest import Watched
from tests.browser.site_server import serving
from tests.browser.test_pages import TAGS, violations
from tests.products.county import county

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

FORCE = "/forces/west-demoshire/"
NEIGHBOURHOOD = f"{FORCE}neighbourhoods/N01/"
TYPES = {
    "home": "/",
    "search": "/search/?q=mill",
    "neighbourhood": NEIGHBOURHOOD,
    "neighbourhood without a boundary": f"{FORCE}neighbourhoods/evil-id-de30f3c5/",
    "partnership": "/areas/csp/E22000901/",
    "district": "/areas/lad/E07000901/",
    "force": FORCE,
    "areas of a force": f"{FORCE}inside/neighbourhood/",
    "changes": f"{FORCE}changes/",
    "compare": "/compare/",
    "about": "/about/",
    "planner": "/planner/",
    "embedded map": f"/embed{NEIGHBOURHOOD}",
    "page not found": "/404.html",
}
LANGUAGES = {"English": "", "Welsh": "/cy"}
WIDE, NARROW = 1280, 320
# Every rule is asked once wide in light and once narrow in dark; those that colours can break are asked in all four.
_OF_COLOUR = ["color-contrast", "link-in-text-block"]
# What needs the server that this plain one of files is not: the planner asks it for its scenarios and says so.
_ONLY_SERVED = {"planner"}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Give the address of a site in English and Welsh."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crimemap.products.areas_below._MOST_ON_PAGE", 10)  # the force's 12 neighbourhoods have their own page
        made = build_release(county(), ReleaseOptions(languages=("en", "cy")), tmp_path_factory.mktemp("quality"))
    with serving(made.path / "site") as address:
        yield address


@pytest.fixture
def look(browser, both):
    """Give a function that opens a type of page in a language."""
    contexts = []

    def _look(name, language="English", **options):
        contexts.append(browser.new_context(viewport={"width": WIDE, "height": 900}, **options))
        watched = Watched(contexts[-1].new_page(), both)
        watched.open(LANGUAGES[language] + TYPES[name])
        return watched

    yield _look
    for context in contexts:
        context.close()


def _scrolls_sideways(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TYPES)
def test_no_rule_is_broken_wide_or_narrow_light_or_dark(look, name, language):
    watched = look(name, language)
    page = watched.page
    for width, scheme, tags in (
        (WIDE, "light", TAGS),
        (WIDE, "dark", _OF_COLOUR),
        (NARROW, "light", _OF_COLOUR),
        (NARROW, "dark", TAGS),
    ):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert violations(page, tags) == [], f"{width} px, {scheme}"
        assert not _scrolls_sideways(page)
    if name not in _ONLY_SERVED:
        assert watched.complaints == []


def test_pages_are_dark_for_who_asks_and_paper_stays_white(look):
    page = look("neighbourhood", color_scheme="dark").page
    ground = "getComputedStyle(document.body).backgroundColor"
    ink = "getComputedStyle(document.querySelector('h1')).color"
    dark = [page.evaluate(ground), page.evaluate(ink)]
    page.emulate_media(media="print")
    paper = [page.evaluate(ground), page.evaluate(ink)]
    assert dark == ["rgb(18, 25, 28)", "rgb(241, 244, 245)"]
    assert paper[0] == "rgb(255, 255, 255)"
    assert paper[1] in {"rgb(0, 0, 0)", "rgb(11, 12, 12)"}


_MARKS = {"cm-bar": 3, "cm-bar--before": 3, "cm-gap": 0, "cm-band-end": 3}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_marks_of_a_chart_stand_out_from_the_page(look, scheme):
    page = look("neighbourhood", color_scheme=scheme).page
    found = page.evaluate(
        """names => {
          const light = colour => { const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3).map(v => v / 255)
            .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b }
          const ground = light(getComputedStyle(document.body).backgroundColor)
          return names.map(name => {
            const mark = document.querySelector(`.cm-chart__wide .${name}`), style = mark && getComputedStyle(mark)
            const own = style && light(name.startsWith('cm-bar') ? style.fill : style.stroke)
            return style && (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05) })
        }""",
        list(_MARKS),
    )
    seen = {name: ratio for name, ratio in zip(_MARKS, found, strict=True) if ratio is not None}
    assert {"cm-bar", "cm-bar--before"} <= set(seen)
    assert all(ratio >= _MARKS[name] for name, ratio in seen.items()), seen


@pytest.mark.parametrize("name", TYPES)
def test_without_scripts_and_without_images_the_page_reads_and_does_not_scroll_sideways(browser, both, name):
    context = browser.new_context(viewport={"width": NARROW, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.route("**/*", lambda route: route.abort() if route.request.resource_type == "image" else route.continue_())
    page.goto(both + TYPES[name])
    assert page.locator("h1").first.is_visible()
    assert len(page.locator("main").inner_text()) > 100
    context.close()
