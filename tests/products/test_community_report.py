"""The report to the community: a picture that holds what it says, and a PDF that a screen reader can follow."""

import re
import shutil
import subprocess
import zlib
from importlib.util import find_spec
from itertools import pairwise

import numpy as np
import pytest
import shapely
from lxml import etree

from crimemap.language import speaking
from crimemap.products.builder import build_release
from crimemap.products.charts import monthly_chart
from crimemap.products.facts import MonthCount
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.pdf import pdf_of
from crimemap.products.report_chart import printed_chart
from crimemap.products.report_files import report_source
from crimemap.products.report_map import MOST_HEXAGONS, MapContents, MapPlace, map_key, report_map
from tests.products.county import FORCE, county

SVG = "{http://www.w3.org/2000/svg}"


def hexagons(n, *, side=100.0):
    around = np.arange(6) * np.pi / 3
    return np.array(
        [
            shapely.Polygon(np.column_stack([side * np.cos(around), k * np.sqrt(3) * side + side * np.sin(around)]))
            for k in range(n)
        ],
        dtype=object,
    )


def contents(shape=None, **changes):
    cells = changes.pop("hexagons", hexagons(3))
    plain = {
        "shape": shapely.box(-200, -200, 700, 700) if shape is None else shape,
        "hexagons": cells,
        "incidents": np.arange(1, len(cells) + 1, dtype=np.int64),
        "hot": np.zeros(len(cells), dtype=np.bool_),
        "breaks": [1, 3],
    }
    return MapContents(**{**plain, **changes})


def drawn(one, title="A map"):
    text = str(report_map(one, title=title))
    return etree.fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode())


def paths(root, **wanted):
    return [one.get("d") for one in root.iter(f"{SVG}path") if all(one.get(k) == v for k, v in wanted.items())]


def test_hexagons_of_a_class_share_its_colour_and_hotspots_one_outline():
    root = drawn(contents(hot=np.array([True, True, False])))
    light, dark = paths(root, fill="#c9e1ea"), paths(root, fill="#94c3d5")
    assert light[0].count("M") == 2, "1 and 2 are of the class from 1"
    assert dark[0].count("M") == 1, "3 is of the class from 3"
    outline = paths(root, stroke="#1d1d1b", fill="none", **{"stroke-width": "1.8"})
    assert outline[0].count("M") == 1, "two that touch have one line around them"


def test_too_many_hexagons_leave_hotspots_alone_and_the_key_says_so():
    many = hexagons(MOST_HEXAGONS + 1, side=1.0)
    hot = np.zeros(len(many), dtype=np.bool_)
    hot[:2] = True
    crowded = contents(hexagons=many, hot=hot, shape=shapely.box(-10, 0, 10, 8000), breaks=[1, 100])
    assert crowded.only_hot
    assert sum(d.count("M") for d in paths(drawn(crowded), fill="#c9e1ea")) == 2
    assert "no colour: not a hotspot" in [one["words"] for one in map_key(crowded, numbered="", dotted="")]


def test_numbers_are_drawn_where_their_places_are_and_nothing_outside_the_frame():
    places = [
        MapPlace(easting=0, northing=0, incidents=9, label="1"),
        MapPlace(easting=99_999, northing=0, incidents=9, label="2"),
        MapPlace(easting=100, northing=100, incidents=1),
    ]
    root = drawn(contents(places=places))
    assert [one.text for one in root.iter(f"{SVG}text") if one.get("font-size") == "10"] == ["1"]
    assert len([one for one in root.iter(f"{SVG}circle") if one.get("fill") == "#5b2c6f"]) == 2


def test_names_do_not_lie_over_one_another():
    others = np.array([shapely.box(x, y, x + 300, y + 60) for x in range(-200, 700, 300) for y in range(-200, 500, 60)])
    root = drawn(contents(others=others, other_names=[f"Ward number {k}" for k in range(len(others))]))
    named = [one for one in root.iter(f"{SVG}text") if one.get("fill") == "#3a4145"]
    boxes = sorted((float(one.get("y")), float(one.get("x")), len(one.text) * 6.4) for one in named)
    assert len(boxes) > 3
    for (y0, x0, wide), (y1, x1, _) in pairwise(boxes):
        assert y1 - y0 >= 11 or abs(x1 - x0) >= wide - 1


@pytest.mark.parametrize(
    "shape",
    [
        shapely.box(0, 0, 1, 1),
        shapely.box(0, 0, 1, 50_000),
        shapely.box(0, 0, 90_000, 1),
        shapely.MultiPolygon([shapely.box(k * 900, 0, k * 900 + 400, 700) for k in range(5)]),
        shapely.box(0, 0, 900, 900) - shapely.box(300, 300, 500, 500),
    ],
    ids=["one metre", "tall", "wide", "five parts", "a hole"],
)
def test_any_shape_fits_its_frame(shape):
    root = drawn(contents(shape))
    _, _, width, height = map(float, root.get("viewBox").split())
    assert (width, 300 <= height <= 460) == (680, True)
    (line,) = paths(root, stroke="#17495a")
    numbers = np.array(re.findall(r"-?\d+\.\d", line), dtype=float).reshape(-1, 2)
    assert numbers[:, 0].min() >= -0.1
    assert numbers[:, 1].min() >= -0.1
    assert numbers[:, 0].max() <= width + 0.1
    assert numbers[:, 1].max() <= height + 0.1


def test_a_map_without_hexagons_says_where_it_is_and_how_large():
    root = drawn(contents(hexagons=np.empty(0, dtype=object), breaks=[]))
    said = [one.text for one in root.iter(f"{SVG}text")]
    assert any(text.endswith((" m", " km")) for text in said)
    assert "N" in said
    assert [one["words"] for one in map_key(contents(hexagons=np.empty(0, dtype=object)), numbered="", dotted="")] == [
        "boundary"
    ]


def test_names_with_tags_are_text_in_a_map():
    hostile = "<script>\"&'"
    root = drawn(
        contents(others=np.array([shapely.box(-200, -200, 700, 700)]), other_names=[hostile]), title=f"Map {hostile}"
    )
    assert root.findtext(f"{SVG}title") == f"Map {hostile}"
    assert not list(root.iter(f"{SVG}script"))


def test_a_printed_chart_needs_no_style_sheet():
    months = [MonthCount(month=f"2024-{k:02d}", incidents=k * 3, status="counted") for k in range(1, 11)]
    months += [
        MonthCount(month="2024-11", incidents=None, status="no_data"),
        MonthCount(month="2024-12", incidents=None, status="suppressed"),
    ]
    text = str(printed_chart(monthly_chart(months, chart_id="t", title="Months", expected={"2024-03": (1, 40)})))
    root = etree.fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode())
    assert not [one for one in root.iter() if one.get("class") or one.get("style")]
    assert all(one.get("fill") for one in root.iter(f"{SVG}rect", f"{SVG}text"))
    assert all(one.get("stroke") for one in root.iter(f"{SVG}path"))
    assert "highest in October 2024" in root.findtext(f"{SVG}title")


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    options = ReleaseOptions(reports="on-demand", languages=("en", "cy"))
    return build_release(county("confidential"), options, tmp_path_factory.mktemp("report")).path


def test_what_is_withheld_on_the_page_is_withheld_in_the_report(release):
    folder = f"forces/{FORCE}/neighbourhoods/N03"
    report = report_source(release, folder).read_text(encoding="utf-8")
    page = (release / "site" / folder / "index.html").read_text(encoding="utf-8")
    assert page.count("not shown") > 3
    assert "not shown" in report
    numbers = set(re.findall(r'class="n">(?:<span>)?([\d,]+)', report))
    told = set(re.findall(r"[\d,]+", re.sub(r"<[^>]+>", " ", page)))
    assert numbers <= told, "no number that the page does not have"


@pytest.mark.skipif(find_spec("weasyprint") is None, reason="the extra 'pdf' is not installed")
@pytest.mark.parametrize(("language", "tag"), [("en", "en-GB"), ("cy", "cy")])
def test_a_report_is_a_tagged_pdf_with_title_and_language(release, language, tag):
    folder = f"forces/{FORCE}/neighbourhoods/N01" if language == "en" else "cy/areas/csp/E22000901"
    with speaking(language):
        printed = pdf_of(report_source(release, folder).read_text(encoding="utf-8"))
    streams = re.findall(rb"stream\n(.*?)\nendstream", printed, re.DOTALL)
    inside = b"".join(zlib.decompress(one) if one.startswith(b"x") else one for one in streams)
    assert b"/Marked true" in inside
    assert f"/Lang ({tag})".encode() in inside
    assert b"/DisplayDocTitle true" in inside
    assert b"pdfuaid" in inside
    assert inside.count(b"/S /Figure") == inside.count(b"/Alt "), "no picture is without words"
    for kind in (b"/H1", b"/H2", b"/Table", b"/TH", b"/Caption", b"/L "):
        assert b"/S " + kind.strip() in inside, kind


@pytest.mark.skipif(find_spec("weasyprint") is None or not shutil.which("pdfinfo"), reason="needs WeasyPrint and poppler")
def test_an_independent_reader_finds_headings_in_order(release, tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf_of(report_source(release, "areas/csp/E22000901").read_text(encoding="utf-8")))
    read = subprocess.run(["pdfinfo", "-struct", path], capture_output=True, text=True, check=True).stdout
    levels = [int(found) for found in re.findall(r"^\s*H([1-6])\b", read, re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), "no level is left out"
    assert len(re.findall(r"^\s*Table\b", read, re.MULTILINE)) >= 4
