"""Two to four areas side by side in a real browser: chosen by key, kept in the address, said to those who do not see."""

import pytest

from tests.browser.test_pages import TAGS, violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WARDS = [f"forces/west-demoshire/neighbourhoods/N0{k}" for k in (1, 3, 4)]
PARTNERSHIP = "areas/csp/E22000901"
READY = "#compare-result[data-ready='{}']"


def address(*folders, more=""):
    return "/compare/?" + "&".join(f"area={one}" for one in folders) + more


def asked(page):
    return page.evaluate("new URLSearchParams(location.search).getAll('area')")


def add(page, folder):
    """Choose an area and add it, by key alone."""
    page.locator("#compare-area").focus()
    page.locator("#compare-area").select_option(folder)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def test_areas_are_chosen_by_key_and_stand_side_by_side_with_the_numbers_of_their_pages(opened):
    watched = opened("/compare/")
    page = watched.page
    page.wait_for_selector("#compare-area option", state="attached")
    assert page.locator("#compare-status").inner_text() == "Choose areas to compare."
    add(page, WARDS[0])
    page.wait_for_selector(READY.format(1))
    assert "Add one more area" in page.locator("#compare-status").inner_text()
    add(page, PARTNERSHIP)
    page.wait_for_selector(READY.format(2))
    assert page.locator(".cm-side-by-side thead th").all_inner_texts()[1:] == ["Harbour & Quay", "Ashby"]
    first = page.locator(".cm-side-by-side tbody tr").first
    told = first.locator("td strong").all_inner_texts()
    own = [opened(f"/{folder}/").page.locator(".cm-fact dd").first.inner_text() for folder in (WARDS[0], PARTNERSHIP)]
    assert [one.partition(" ")[0] for one in told] == own
    assert watched.complaints == []


def test_the_address_keeps_the_choice_and_opens_it_again(opened):
    page = opened(address(*WARDS[:2])).page
    page.wait_for_selector(READY.format(2))
    page.locator("#compare-type").select_option("Shoplifting")
    add(page, WARDS[2])
    page.wait_for_selector(READY.format(3))
    assert asked(page) == WARDS
    kept = page.url.removeprefix(page.evaluate("location.origin"))
    again = opened(kept).page
    again.wait_for_selector(READY.format(3))
    assert again.locator(".cm-chosen a").all_inner_texts() == page.locator(".cm-chosen a").all_inner_texts()
    assert again.locator("#compare-type").input_value() == "Shoplifting"
    assert again.locator(".cm-multiple").count() == 3


def test_a_removed_area_is_gone_and_focus_stays_where_the_work_is(opened):
    page = opened(address(*WARDS)).page
    page.wait_for_selector(READY.format(3))
    page.locator(".cm-remove").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(READY.format(2))
    assert asked(page) == WARDS[1:]
    assert page.locator("#compare-status").inner_text().startswith("Harbour & Quay is no longer compared.")
    assert "cm-remove" in page.evaluate("document.activeElement.className")


def test_four_are_the_most_and_an_area_is_taken_once(opened):
    page = opened(address(*WARDS, PARTNERSHIP, "areas/csp/E22000902")).page
    page.wait_for_selector(READY.format(4))
    assert len(asked(page)) == 5, "the address is left as it came until something is chosen"
    assert page.locator(".cm-chosen li").count() == 4
    assert page.locator("#compare-form button").is_disabled()
    twice = opened(address(WARDS[0])).page
    twice.wait_for_selector(READY.format(1))
    add(twice, WARDS[0])
    assert twice.locator("#compare-status").inner_text() == "This area is chosen already."


def test_an_area_that_the_release_does_not_have_is_said_to_be_missing_and_the_rest_is_shown(browser, site):
    page = browser.new_page()
    page.goto(site + address(WARDS[0], "areas/csp/E22999999", "../../etc/passwd"))
    page.wait_for_selector(READY.format(1))
    assert "1 area could not be read" in page.locator("#compare-status").inner_text()
    assert page.locator(".cm-chosen li").count() == 1
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_a_full_comparison_breaks_no_rule_and_needs_no_scrolling_sideways(opened, width, scheme):
    watched = opened("/compare/", width=width)
    page = watched.page
    page.emulate_media(color_scheme=scheme)
    page.goto(watched.site + address(*WARDS, PARTNERSHIP))
    page.wait_for_selector(READY.format(4))
    assert violations(page, TAGS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_words_about_javascript_are_for_those_without_it(opened):
    words = "Putting areas side by side needs JavaScript"
    assert not opened("/compare/").page.get_by_text(words).is_visible()
    plain = opened("/compare/", javascript=False).page
    assert plain.get_by_text(words).is_visible()
    assert not plain.locator("#compare-form").is_visible()
