"""Searches that the server answers itself, and pages that only an earlier release had."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.public import create_app
from api.site_search import earlier_name, search_asked
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.releases import Shelf
from crimemap.settings import PublicSettings
from tests.api.client import InProcess
from tests.products.searchable import searchable_county

OLD = "forces/west-demoshire/neighbourhoods/OLD"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("releases")
    built = build_release(searchable_county(), ReleaseOptions(languages=("en", "cy")), folder)
    Shelf(folder).activate(built.release_id)
    for release, name in (("20200101T000000Z-aaaaaaaa", "Llanfair"), ("29990101T000000Z-bbbbbbbb", "Not yet published")):
        page = folder / release / "site" / (OLD if release < "2100" else "forces/future") / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"<!DOCTYPE html><title>{name} \u2013 Crime in your area</title>", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(releases: Path) -> Iterator[InProcess]:
    asked = InProcess(create_app(PublicSettings(releases=releases, rate_limit_per_second=0)))
    yield asked
    asked.close()


def listed(page: str) -> str:
    return page.partition('<ol class="cm-results">')[2].partition("</ol>")[0]


def names(page: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'<a class="govuk-link" href="[^"]*">(.*?)</a>', listed(page))]


def addresses(page: str) -> list[str]:
    return re.findall(r'href="([^"]*)"', listed(page))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("llanfair", "Llanfair"),
        ("Ahsby", "Ashby"),
        ("saint+marys+rd", "Saint Mary's Road"),
        ("maes+y+m%C3%B4r", "Maes-y-Môr"),
    ],
)
@pytest.mark.parametrize("path", ["/search/", "/search/index.html"])
def test_a_search_is_answered_with_links_that_lead_to_pages(server: InProcess, path: str, query: str, found: str) -> None:
    answer = server.get(f"{path}?q={query}")
    assert answer.status_code == 200
    assert names(answer.text)[0] == found
    for address in addresses(answer.text):
        assert server.get(f"/search/{address}").status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "noscript" not in answer.text, "the page does not say that it cannot search"


def test_a_postcode_leads_straight_to_its_page(server: InProcess) -> None:
    answer = server.get("/search/index.html?q=zz11ab")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "../forces/west-demoshire/neighbourhoods/N01/index.html",
    )


def test_a_postcode_that_nobody_knows_reads_well(server: InProcess) -> None:
    page = html.unescape(server.get("/search/?q=cf10+1aa").text)
    assert "We don't know the postcode CF10 1AA. It may be new, or outside the areas that this site has." in page
    near = html.unescape(server.get("/search/?q=zz1+1zz").text)
    assert "Postcodes that begin in the same way are in:" in near
    assert len(names(near)) > 1


def test_what_was_typed_comes_back_as_text_only(server: InProcess) -> None:
    for query in (
        "%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "%3C!--+results+--%3E",
        "%27+onfocus%3D%27x",
        "%00",
        "%ff%fe",
        "{{7*7}}",
    ):
        answer = server.get(f"/search/?q={query}")
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "onfocus='x" not in answer.text
        assert 'value=""><' not in answer.text


@pytest.mark.parametrize("query", ["", "q=", "q=%20%20", "x=1", "&&&=", "q"])
def test_without_a_question_the_page_is_the_static_one(server: InProcess, query: str) -> None:
    answer = server.get(f"/search/?{query}")
    assert answer.status_code == 200
    assert "<noscript>" in answer.text


def test_a_very_long_question_is_cut(server: InProcess) -> None:
    assert server.get(f"/search/?q={'a+' * 20_000}").status_code == 200


def test_the_welsh_page_answers_in_its_language_with_welsh_pages(server: InProcess) -> None:
    answer = server.get("/cy/search/?q=llanfair")
    assert answer.status_code == 200
    assert '<html lang="cy"' in answer.text
    address = addresses(answer.text)[0]
    assert server.get(f"/cy/search/{address}").headers["content-language"] == "cy"


def test_a_search_can_be_asked_for_without_its_body(server: InProcess) -> None:
    answer = server.request("HEAD", "/search/?q=ashby")
    assert (answer.status_code, answer.text) == (200, "")


def test_a_page_that_an_earlier_release_had_is_said_to_be_gone_and_its_place_is_listed(server: InProcess) -> None:
    for path in (f"/{OLD}/", f"/{OLD}", f"/{OLD}/index.html"):
        answer = server.get(path)
        assert answer.status_code == 404
        assert "An earlier release had a page at this address" in answer.text
        assert names(answer.text) == ["Llanfair"]
    address = addresses(answer.text)[0]
    assert server.get(address).status_code == 200


def test_a_page_that_never_was_is_not_said_to_be_gone(server: InProcess) -> None:
    for path in ("/forces/nowhere/", "/forces/future/", "/../site", "/areas"):
        answer = server.get(path)
        assert answer.status_code == 404
        assert "earlier release had a page" not in answer.text
        assert 'name="q"' in answer.text, "and the search is offered"


@pytest.mark.parametrize("path", ["/", "", "/../../etc", "/.hidden/x", "/a\\b", "/a\nb", f"/{'x' * 5000}", "/\ud800"])
def test_no_path_makes_the_look_at_earlier_releases_leave_them(releases: Path, path: str) -> None:
    active = releases / Shelf(releases).active()
    assert earlier_name(active / "site", path) is None


def test_only_the_page_of_results_is_searched(releases: Path) -> None:
    site = releases / Shelf(releases).active() / "site"
    assert search_asked(site, site / "index.html", b"q=a") is None
    assert search_asked(site, site / "search" / "index.json", b"q=a") is None
    assert search_asked(site, site / "search" / "index.html", b"q=a+b") == "a b"
