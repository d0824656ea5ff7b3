"""Who may frame a page, and whose images it may show."""

import json
from pathlib import Path

import pytest

from api.middleware import CONTENT_SECURITY_POLICY
from api.policies import page_policy, tiles_origin
from crimemap.errors import ParameterError
from crimemap.products.base_map import BASE_MAP_FILE, BaseMap, write_base_map
from tests.api.client import InProcess
from tests.api.release_fixture import InventedRelease

TILES = BaseMap(url="https://tiles.example.org/{z}/{x}/{y}.png", attribution="Example <Mapping>")


@pytest.fixture
def embedded(invented: InventedRelease) -> str:
    for start in ("", "cy/"):
        page = invented.folder / "site" / f"{start}embed/areas/csp/E1/index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("<!DOCTYPE html><title>Map</title>", encoding="utf-8")
    return "/embed/areas/csp/E1/"


def directive(policy: str, name: str) -> str:
    return next(part.strip() for part in policy.split(";") if part.strip().startswith(name))


def test_an_embedded_map_may_be_framed_by_any_site(client: InProcess, embedded: str) -> None:
    for path in (embedded, f"/cy{embedded}"):
        headers = client.get(path).headers
        assert directive(headers["Content-Security-Policy"], "frame-ancestors") == "frame-ancestors *"
        assert "X-Frame-Options" not in headers
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/about/", "/embed/no/such/map/", "/no/such/page", "/v1/releases/active"])
def test_nothing_else_may(client: InProcess, embedded: str, path: str) -> None:
    headers = client.get(path).headers
    assert directive(headers["Content-Security-Policy"], "frame-ancestors") == "frame-ancestors 'self'"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"


def test_an_embedded_map_may_do_no_more_than_any_page_but_be_framed(tmp_path: Path) -> None:
    policy = page_policy(tmp_path, Path("embed/areas/csp/E1/index.html"))
    assert policy.replace("frame-ancestors *", "frame-ancestors 'self'") == CONTENT_SECURITY_POLICY


def test_pages_may_show_images_of_the_background_that_the_release_names_and_of_no_other(tmp_path: Path) -> None:
    assert page_policy(tmp_path, Path("index.html")) == CONTENT_SECURITY_POLICY
    site = tmp_path / "site"
    site.mkdir()
    write_base_map(TILES, site)
    policy = page_policy(site, Path("areas/csp/E1/index.html"))
    assert directive(policy, "img-src") == "img-src 'self' data: https://tiles.example.org"
    assert policy.count("https://tiles.example.org") == 1
    assert directive(policy, "script-src") == directive(CONTENT_SECURITY_POLICY, "script-src")


@pytest.mark.parametrize(
    "said", ["[]", "{}", "no json", '{"origin": "https://x; script-src *"}', '{"origin": 3}', '{"origin": ""}']
)
def test_what_is_no_origin_comes_into_no_header(tmp_path: Path, said: str) -> None:
    (tmp_path / BASE_MAP_FILE).write_text(said, encoding="utf-8")
    assert tiles_origin(tmp_path) == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://tiles.example.org/map.png",
        "https://{s}.example.org/{z}/{x}/{y}.png",
        "//tiles.example.org/{z}/{x}/{y}.png",
        "javascript:alert('{z}{x}{y}')",
        "https://tiles.example.org;script-src/{z}/{x}/{y}.png",
        'https://tiles.example.org/{z}/{x}/{y}.png" onload="x',
        "https://user@tiles.example.org/{z}/{x}/{y}.png",
    ],
)
def test_an_address_that_is_no_tile_of_one_server_is_refused(url: str) -> None:
    with pytest.raises(ParameterError):
        BaseMap(url=url, attribution="Example")


def test_tiles_without_a_word_of_whose_they_are_are_refused() -> None:
    with pytest.raises(ParameterError, match="whose"):
        BaseMap(url=TILES.url, attribution=" ")


def test_tiles_beside_the_site_need_no_other_origin(tmp_path: Path) -> None:
    write_base_map(BaseMap(url="/tiles/{z}/{x}/{y}.png", attribution="Ours"), tmp_path)
    assert json.loads((tmp_path / BASE_MAP_FILE).read_text("utf-8"))["origin"] == ""
    assert page_policy(tmp_path, Path("index.html")) == CONTENT_SECURITY_POLICY
