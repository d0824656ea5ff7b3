"""Messages to residents: those whose last day has passed are hidden, however old the page is."""

from dataclasses import replace

import pytest

from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from tests.browser.site_server import serving
from tests.products.county import county

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGE = "/forces/west-demoshire/neighbourhoods/{}/"
NONE = "The team has no message to residents now."


def _message(title, until):
    return {"title": title, "text": f"<p>{title}</p>", "date": "2025-07-01", "until": until}


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    """Give the address of a release in which one team's messages end and another's last."""
    made = county()
    teams = {str(one["id"]): one for one in made.neighbourhoods}
    teams["N01"] = {**teams["N01"], "messages": [_message("Road closed", "2025-07-10"), _message("Thefts", "2025-07-20")]}
    teams["N03"] = {**teams["N03"], "messages": [_message("Road closed", "2025-07-10"), _message("New office", "")]}
    release = build_release(
        replace(made, neighbourhoods=list(teams.values())), ReleaseOptions(), tmp_path_factory.mktemp("messages")
    )
    with serving(release.path / "site") as address:
        yield address


@pytest.fixture
def seen(browser, messages):
    """Give a function that opens a team's page at a time, and gives the titles of messages that are seen and all words."""
    contexts = []

    def _seen(code, at, *, scripts=True):
        contexts.append(browser.new_context(java_script_enabled=scripts, timezone_id="America/New_York"))
        page = contexts[-1].new_page()
        if scripts:
            page.clock.set_fixed_time(at)
        page.goto(messages + PAGE.format(code))
        page.wait_for_load_state("networkidle")
        section = page.locator("section:has(#messages)")
        return [one.inner_text() for one in section.locator("h3").all() if one.is_visible()], section.inner_text()

    yield _seen
    for context in contexts:
        context.close()


def test_a_message_is_there_through_its_last_day_in_the_united_kingdom_and_no_longer(seen):
    assert seen("N01", "2025-07-10T22:59:00Z")[0] == ["Road closed", "Thefts"]
    assert seen("N01", "2025-07-10T23:01:00Z")[0] == ["Thefts"], "in summer the day ends an hour before Greenwich's"


def test_where_every_message_has_ended_the_page_says_that_there_is_none_now(seen):
    titles, said = seen("N01", "2025-08-01T12:00:00Z")
    assert titles == []
    assert NONE in said
    assert NONE not in seen("N01", "2025-07-15T12:00:00Z")[1]


def test_a_message_without_a_last_day_stays(seen):
    titles, said = seen("N03", "2031-01-01T12:00:00Z")
    assert titles == ["New office"]
    assert NONE not in said


def test_without_scripts_each_message_says_until_when_it_holds(seen):
    titles, said = seen("N01", "", scripts=False)
    assert titles == ["Road closed", "Thefts"]
    assert "Holds until 10 July 2025." in said
    assert NONE not in said
