"""A force with a thousand neighbourhoods: every page of it stays small, and every neighbourhood is found."""

import re
from posixpath import join, normpath

import pytest

from crimemap.products.area_pages import area_values
from crimemap.products.context import SiteContext
from crimemap.products.inside_pages import inside_pages
from crimemap.products.map_box import map_values
from crimemap.products.page_writing import write_page
from tests.products.force_of_any_size import FORCE, made_force
from tests.products.site_context import context_of

MOST_HTML = 150_000
N = 1_000
FOLDER = f"forces/{FORCE}"


@pytest.fixture(scope="module")
def context() -> SiteContext:
    return context_of(made_force(N, months=36, each=2), aligned=False)


@pytest.fixture(scope="module")
def pages(context: SiteContext, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the pages of the force, its police force area and what is inside them, by their folders."""
    site = tmp_path_factory.mktemp("thousand")
    for page in inside_pages(context, {FORCE}):
        write_page(site, "inside.html", page.folder, context, page.values, force=page.force)
    for key in (("force", FORCE), ("pfa", "E23000099"), ("csp", "E22000901")):
        index = context.rows[FORCE, *key]
        values = area_values(context, index) | map_values(context, index) | {"report": "", "calendar": "", "feed": ""}
        write_page(site, "area.html", context.folder(index), context, values, force=FORCE)
    return {path.parent.relative_to(site).as_posix(): path.read_text("utf-8") for path in site.rglob("index.html")}


def _links(page: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', page)


def test_no_page_of_a_force_of_a_thousand_neighbourhoods_is_large(pages: dict[str, str]) -> None:
    assert {folder: len(page) for folder, page in pages.items() if len(page.encode()) >= MOST_HTML} == {}
    assert len(pages) == 3 + 2 * (1 + N // 25)


def test_each_neighbourhood_is_in_one_table_with_a_link_to_its_page(context: SiteContext, pages: dict[str, str]) -> None:
    found: list[str] = []
    for folder, page in pages.items():
        if folder.startswith(f"{FOLDER}/inside/neighbourhood/"):
            ways = re.findall(r'<th scope="row"><a href="([^"]+)"', page)
            found += [normpath(join(folder, way)) for way in ways]
    kinds = context.facts.cube.areas["area_type"]
    own = [context.address(int(at)) for at in (kinds == "neighbourhood").to_numpy().nonzero()[0]]
    assert sorted(found) == sorted(own)
    assert len(found) == N


def test_the_forces_page_leads_to_each_part_and_each_part_back(pages: dict[str, str]) -> None:
    inside = f"{FOLDER}/inside/neighbourhood"
    for start in (FOLDER, inside):
        ways = {normpath(join(start, way)).removesuffix("/index.html") for way in _links(pages[start])}
        assert {f"{inside}/{k}" for k in range(1, N // 25 + 1)} <= ways
    part = pages[f"{inside}/7"]
    ways = {normpath(join(f"{inside}/7", way)) for way in _links(part)}
    assert {f"{inside}/index.html", f"{FOLDER}/index.html", "index.html"} <= ways
    assert "<h1" in part
    assert re.search(r"<h1[^>]*>Neighbourhoods in [^<]*West Demoshire[^<]*: District \d+</h1>", part)


def test_the_maps_of_a_thousand_draw_each_class_that_the_key_counts(pages: dict[str, str]) -> None:
    page = pages[f"{FOLDER}/inside/neighbourhood"]
    drawings = re.findall(r'<svg class="cm-areas".*?</svg>', page, re.DOTALL)
    assert len(drawings) == 2
    keys = re.findall(r'<ul class="cm-chart__key">(.*?)</ul>', page, re.DOTALL)
    assert [sum(int(n) for n in re.findall(r"\((\d+)\)</li>", key)) for key in keys] == [N, N]
    outlines = dict(re.findall(r'<path id="n-(\d+)" d="([^"]+)"', drawings[0]))
    for drawing, key in zip(drawings, keys, strict=True):
        for name, n in re.findall(r'class="cm-class-(\w+)".*?\((\d+)\)</li>', key):
            group = re.search(rf'<g class="cm-class-{name}">(.*?)</g>', drawing)[1]
            drawn = [outlines[at] for at in re.findall(r'href="#n-(\d+)"', group)]
            assert sum(d.count("M") for d in drawn) == int(n), name
