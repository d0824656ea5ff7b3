"""A team's briefing in a real browser: readable by everybody, under its own policy, on any screen."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crimemap.products.briefing_page import briefing_page, briefing_policy
from tests.briefing_county import County, at, made_county
from tests.browser.test_pages import violations

ADDRESS = "https://partner.force.test/teams/me/briefing"
PERIODS = {
    "week": ("2025-12-15", "2025-12-21", None),
    "shift": (None, None, "2025-12-21T22:00/2025-12-22T07:00"),
    "month": ("2025-11", "2025-11", None),
    "no data": ("2026-02-01", "2026-02-07", None),
}


@pytest.fixture(scope="module")
def county(demo_workspace: Any, tmp_path_factory: pytest.TempPathFactory) -> County:
    return made_county(demo_workspace, tmp_path_factory.mktemp("briefed") / "workspace")


@pytest.fixture
def shown(browser: Any, county: County) -> Iterator[Callable[..., tuple[Any, list[str]]]]:
    """Give a function that shows a briefing as it is served, and what the page complains of."""
    contexts = []

    def show(name: str, *, width: int, scheme: str) -> tuple[Any, list[str]]:
        html = briefing_page(county.brief(*PERIODS[name]), outline=county.shape, made=at("2026-01-05 08:00"))
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page, complaints = context.new_page(), []
        page.on("console", lambda said: complaints.append(said.text))
        page.on("request", lambda request: None if request.url == ADDRESS else complaints.append(request.url))
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": briefing_policy()}
        context.route(ADDRESS, lambda route: route.fulfill(body=html, headers=headers))
        page.goto(ADDRESS)
        return page, complaints

    yield show
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
@pytest.mark.parametrize("name", PERIODS)
def test_axe_finds_nothing_and_the_page_asks_for_nothing(
    shown: Callable[..., tuple[Any, list[str]]], name: str, width: int, scheme: str
) -> None:
    page, complaints = shown(name, width=width, scheme=scheme)
    assert complaints == []
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Its own style is let in by the policy: without it headings would be in the browser's own colour.
    assert page.evaluate("getComputedStyle(document.querySelector('h2')).color") != page.evaluate(
        "getComputedStyle(document.body).color"
    )
