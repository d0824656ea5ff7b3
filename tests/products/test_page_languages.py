"""In which languages pages stand, and how one is reached from another."""

import re
from types import SimpleNamespace
from urllib.parse import urljoin, urlparse

import pandas as pd
import pytest

from crimemap.errors import ParameterError
from crimemap.language import speaking
from crimemap.products.context import SiteContext
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.page_languages import forces_of_languages, page_folder
from tests.products.test_site import parsed


@pytest.fixture(scope="module")
def site(bilingual):
    return bilingual.path / "site"


def addresses(site):
    return sorted(page.relative_to(site).as_posix() for page in site.rglob("*.html") if page.parent.name != "maps")


def with_a_switch(site):
    """Give every page but the maps inside other people's pages, which have chosen the language already."""
    return [page for page in addresses(site) if not page.removeprefix("cy/").startswith("embed/")]


def switches(site, page):
    """Give where a page's language switch leads to."""
    text = (site / page).read_text("utf-8")
    found = re.findall(r'<a class="govuk-language-navigation__link" href="([^"]+)"', text)
    return [urlparse(urljoin(f"http://site/{page}", one)).path.lstrip("/") for one in found]


def test_every_page_has_its_counterpart_and_nothing_else_is_written_twice(site):
    english = [page for page in addresses(site) if not page.startswith("cy/")]
    assert addresses(site) == sorted([*english, *(f"cy/{page}" for page in english)])
    assert {"404.html", "about", "areas", "forces", "index.html"} <= {path.name for path in (site / "cy").iterdir()}
    files = [path for path in (site / "cy").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".html", ".atom", ".ics"}


def test_the_switch_leads_to_the_counterpart_and_back(site):
    for page in with_a_switch(site):
        (other,) = switches(site, page)
        assert other == (page.removeprefix("cy/") if page.startswith("cy/") else f"cy/{page}")
        assert switches(site, other) == [page]


def test_a_page_says_its_language_and_where_the_others_are(site):
    for page in with_a_switch(site):
        text = (site / page).read_text("utf-8")
        assert f'<html lang="{"cy" if page.startswith("cy/") else "en-GB"}"' in text
        alternates = dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)"', text))
        there = {code: urlparse(urljoin(f"http://site/{page}", href)).path.lstrip("/") for code, href in alternates.items()}
        english = page.removeprefix("cy/")
        assert there == {"en-GB": english, "cy": f"cy/{english}"}


def test_links_to_pages_stay_in_their_language_and_all_lead_somewhere(site):
    for page in addresses(site):
        for link in parsed(site / page).found:
            if link.startswith(("#", "mailto:", "tel:", "https://")):
                continue
            there = urlparse(urljoin(f"http://site/{page}", link)).path.lstrip("/")
            assert (site / there).is_file(), (page, link)
            if there.endswith(".html") and not there.startswith("maps/") and there not in switches(site, page):
                assert there.startswith("cy/") == page.startswith("cy/"), (page, link)


def test_a_release_in_english_alone_has_no_switch_and_no_welsh(built):
    assert not (built.path / "site" / "cy").exists()
    assert not (built.path / "site" / "assets" / "words").exists()
    page = (built.path / "site" / "index.html").read_text("utf-8")
    assert "language-navigation" not in page
    assert "hreflang" not in page
    assert "css/languages.css" not in page


def test_forces_of_wales_have_welsh_pages_and_others_do_not():
    found = forces_of_languages(["south-wales", "north-wales", "cheshire"], None)
    assert found == {"en": {"south-wales", "north-wales", "cheshire"}, "cy": {"south-wales", "north-wales"}}
    assert list(forces_of_languages(["cheshire"], None)) == ["en"]
    assert list(forces_of_languages(["south-wales"], ("en",))) == ["en"]


@pytest.mark.parametrize("languages", [("cy",), ("cy", "en"), ("en", "fr"), ("en", "en")])
def test_languages_that_cannot_be_are_refused(languages):
    with pytest.raises(ParameterError):
        ReleaseOptions(languages=languages)


def test_the_english_root_is_no_folder_of_its_own():
    assert page_folder("") == ""
    with speaking("cy"):
        assert page_folder("") == "cy"
        assert page_folder("about") == "cy/about"


def test_a_link_to_a_page_that_is_english_alone_leads_to_english():
    areas = pd.DataFrame({"area_type": "lad", "area_code": ["W1", "E1"], "force": ["gwent", "kent"]})
    context = SiteContext(
        inputs=SimpleNamespace(forces=[{"id": "gwent", "name": "Gwent Police"}, {"id": "kent", "name": "Kent Police"}]),
        options=ReleaseOptions(),
        facts=SimpleNamespace(periods={"gwent": 1, "kent": 1}, cube=SimpleNamespace(areas=areas)),
        hotspots={},
        release_id="",
        created="",
        attribution=[],
        hashes={},
    )
    assert [context.address(i) for i in (0, 1)] == ["areas/lad/W1/index.html", "areas/lad/E1/index.html"]
    with speaking("cy"):
        assert [context.address(i) for i in (0, 1)] == ["areas/lad/W1/index.html", "../areas/lad/E1/index.html"]
        assert context.force_address("kent") == "../forces/kent/index.html"
        assert context.force_names == {"gwent": "Heddlu Gwent", "kent": "Kent Police"}
    assert context.languages_of("kent") == ["en"]
