"""Canonical addresses, what other sites show, maps of the site: absolute only where the release knows where it will be."""

import re
import struct
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import pytest

from crimemap.errors import ParameterError
from crimemap.products.addresses import checked_site_address, write_crawler_files
from crimemap.products.builder import build_release
from crimemap.products.cards import CARD_KINDS
from crimemap.products.inputs import ReleaseOptions
from tests.products.county import LATEST, county

SITE = "https://crime.example.org/maps"
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(scope="module")
def placed(tmp_path_factory):
    options = ReleaseOptions(site_address=SITE, languages=("en", "cy"))
    return build_release(county(), options, tmp_path_factory.mktemp("placed"))


def locations(path):
    return [one.text for one in ET.fromstring(path.read_text("utf-8")).iter(f"{NAMESPACE}loc")]  # noqa: S314 - our own file


def pages(site):
    return [path for path in site.rglob("index.html") if "embed" not in path.parts]


def test_every_page_names_its_own_address_and_a_picture_that_is_there(placed):
    site = placed.path / "site"
    for path in pages(site):
        page = path.read_text("utf-8")
        folder = path.parent.relative_to(site).as_posix()
        expected = f"{SITE}/{'' if folder == '.' else f'{folder}/'}"
        assert f'<link rel="canonical" href="{expected}">' in page, path
        assert f'<meta property="og:url" content="{expected}">' in page
        picture = re.search(r'<meta property="og:image" content="([^"]+)">', page)[1]
        assert (site / picture.removeprefix(f"{SITE}/")).is_file(), path


def test_a_page_of_another_language_says_so_to_other_sites(placed):
    page = (placed.path / "site/cy/index.html").read_text("utf-8")
    assert '<meta property="og:locale" content="cy_GB">' in page
    assert "site-cy.png" in page


def test_pictures_have_the_size_that_pages_say(placed):
    folder = placed.path / "site/assets/cards"
    assert {path.name for path in folder.iterdir()} == {f"{kind}-{code}.png" for kind in CARD_KINDS for code in ("en", "cy")}
    for path in folder.iterdir():
        content = path.read_bytes()
        assert content[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", content[16:24]) == (1200, 630)
        assert len(content) < 100_000


def test_the_map_of_the_site_lists_every_page_once_but_what_nobody_should_be_led_to(placed):
    site = placed.path / "site"
    listed = [address for name in locations(site / "sitemap.xml") for address in locations(site / name.rsplit("/", 1)[1])]
    folders = {path.parent.relative_to(site).as_posix() for path in pages(site)} - {"search", "cy/search"}
    assert len(listed) == len(set(listed))
    assert set(listed) == {f"{SITE}/{'' if folder == '.' else f'{folder}/'}" for folder in folders}
    assert f"Sitemap: {SITE}/sitemap.xml" in (site / "robots.txt").read_text("utf-8").splitlines()
    dates = ET.fromstring((site / "sitemap-1.xml").read_text("utf-8")).iter(f"{NAMESPACE}lastmod")  # noqa: S314
    assert {one.text for one in dates} == {LATEST}


def test_a_map_of_a_large_site_is_split(tmp_path):
    site = tmp_path / "site"
    for n in range(23):
        (site / f"areas/csp/E{n}").mkdir(parents=True)
        (site / f"areas/csp/E{n}/index.html").touch()
    context = SimpleNamespace(options=ReleaseOptions(site_address=SITE), rows={}, inputs=county())
    write_crawler_files(context, site, most=10)
    names = [name.rsplit("/", 1)[1] for name in locations(site / "sitemap.xml")]
    assert names == ["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml"]
    assert [len(locations(site / name)) for name in names] == [10, 10, 3]


def test_without_an_address_nothing_absolute_is_written(built):
    site = built.path / "site"
    assert not list(site.glob("sitemap*.xml"))
    assert not (site / "assets/cards").exists()
    assert "Sitemap" not in (site / "robots.txt").read_text("utf-8")
    for path in site.rglob("*.html"):
        page = path.read_text("utf-8")
        assert "og:image" not in page
        assert 'rel="canonical"' not in page


def test_the_manifest_keeps_the_address(placed, built):
    assert placed.manifest["parameters"]["site_address"] == SITE
    assert built.manifest["parameters"]["site_address"] == ""


@pytest.mark.parametrize(
    "text", ["", "crime.example.org", "ftp://x.org", "https://", "https://x.org/?a=1", "https://x.org/#a",
             "https://a b.org", 'https://x.org/"><script>', "javascript:alert(1)", "https://me:pw@x.org", "https://x.org:99999"],
)  # fmt: skip
def test_what_is_not_the_address_of_a_site_is_refused(text):
    with pytest.raises(ParameterError, match="is not the address of a site"):
        checked_site_address(text)
