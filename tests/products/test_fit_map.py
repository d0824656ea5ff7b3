"""Maps of fit as one drawing."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import geopandas as gpd
import pytest
import shapely

from crimemap.alignment.classes import CLASSES
from crimemap.errors import CrsError, EmptyInputError
from crimemap.products.fit_map import FIT_COLOURS, class_key, fit_map

SVG = "{http://www.w3.org/2000/svg}"


def areas(*, names=("A", "B"), classes=("nested", "coterminous"), changed=(True, False), crs=27700):
    shapes = shapely.box([400_000, 410_000], 300_000, [410_000, 420_000], 310_000)
    return gpd.GeoDataFrame({"name": names, "class": classes, "changed": changed}, geometry=shapes, crs=crs)


def drawn(frame, **more):
    made = fit_map(frame, title="Fit", description="Two areas", map_id="m", **more)
    return ET.fromstring(str(made).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S314 - ours


def relative_luminance(colour):
    channels = [int(colour.lstrip("#").ljust(6, colour[-1])[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_class_has_a_colour_and_no_two_read_alike_in_grey():
    assert tuple(FIT_COLOURS) == CLASSES
    grey = sorted(relative_luminance(colour) for colour in FIT_COLOURS.values())
    assert min(later - earlier for earlier, later in pairwise(grey)) > 0.03


def test_every_class_but_the_best_has_a_pattern_too():
    for name in CLASSES:
        assert ("url(#k-" in class_key(name, "k")) == (name != "coterminous")


def test_the_drawing_says_what_it_shows_and_names_only_what_changes():
    svg = drawn(areas())
    assert svg.get("role") == "img"
    assert [svg.find(f"{SVG}{name}").text for name in ("title", "desc")] == ["Fit", "Two areas"]
    words = [text.text for text in svg.iter(f"{SVG}text") if text.get("aria-hidden") is None]
    assert words == ["A", "2 km"]


def test_names_are_written_not_run():
    made = fit_map(areas(names=("<script>x</script>", "B")), title="<b>", description="&", map_id="m")
    assert "<script>" not in made
    assert "&lt;script&gt;x&lt;/script&gt;" in made
    assert "&lt;b&gt;" in made


def test_everything_lies_on_the_sheet_whatever_its_form():
    tall = gpd.GeoDataFrame(
        {"name": ["A long name that is wider than the sheet"], "class": ["split"], "changed": [True]},
        geometry=[shapely.box(400_000, 100_000, 401_000, 600_000)],
        crs=27700,
    )
    svg = drawn(tall, width=300, tallest=400)
    _, _, width, height = map(float, svg.get("viewBox").split())
    assert height < 440
    for path in svg.iter(f"{SVG}path"):
        if path.get("fill-rule") == "evenodd":
            pairs = [pair.split() for pair in path.get("d").strip("MZ").split("L")]
            assert all(0 <= float(x) <= width and 0 <= float(y) <= height for x, y in pairs)


def test_two_drawings_of_one_extent_have_one_scale():
    extent = (390_000.0, 290_000.0, 430_000.0, 320_000.0)
    both = [drawn(areas().iloc[:n], extent=extent).get("viewBox") for n in (1, 2)]
    assert both[0] == both[1]


def test_holes_stay_holes():
    ring = shapely.box(400_000, 300_000, 410_000, 310_000).difference(shapely.box(402_000, 302_000, 404_000, 304_000))
    frame = gpd.GeoDataFrame({"name": ["A"], "class": ["nested"], "changed": [False]}, geometry=[ring], crs=27700)
    paths = [path for path in drawn(frame).iter(f"{SVG}path") if path.get("fill-rule") == "evenodd"]
    assert paths
    assert all(path.get("d").count("Z") == 2 for path in paths)


def test_a_map_of_nothing_or_in_degrees_is_refused():
    with pytest.raises(EmptyInputError, match="no areas to draw"):
        fit_map(areas().iloc[:0], title="", description="", map_id="m")
    with pytest.raises(CrsError):
        fit_map(areas(crs=4326), title="", description="", map_id="m")
