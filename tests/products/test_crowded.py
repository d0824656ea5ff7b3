"""Forces with more areas and hexagons than a page or a map can hold, and areas with holes."""

import json
import re

import pandas as pd
import pytest
import shapely

from crimemap.crs import to_national_grid
from crimemap.products import area_lists, downloads
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from tests.products.county import FORCE, county


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site whose limits are so low that the small county passes them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(area_lists, "LONGEST_LIST", 5)
        patch.setattr(downloads, "MOST_DRAWN", 20)
        return build_release(county(), ReleaseOptions(), tmp_path_factory.mktemp("crowded")).path / "site"


def test_a_long_list_is_grouped_by_district_in_elements_that_open_without_script(site):
    page = (site / f"forces/{FORCE}/index.html").read_text("utf-8")
    section = page.split('id="list-neighbourhood"')[1].split("</section>")[0]
    assert re.findall(r"summary-text\">([^<]+)<", section) == ["Ashby (6)", "Brook (6)"]
    assert section.count("<li>") == 12


def test_a_long_list_inside_one_district_is_cut_along_the_alphabet(site):
    page = (site / "areas/lad/E07000901/index.html").read_text("utf-8")
    section = page.split('id="list-neighbourhood"')[1].split("</section>")[0]
    assert section.count("<details") == 1
    assert section.count("<li>") == 6


def test_a_map_of_too_many_hexagons_draws_hotspots_only_and_says_so(site):
    drawn = json.loads((site / f"data/forces/{FORCE}/map.geojson").read_text("utf-8"))["features"]
    hexagons = [one["properties"] for one in drawn if one["properties"].get("layer") != "outline"]
    assert hexagons
    assert all(one["hotspot"] for one in hexagons)
    page = (site / f"forces/{FORCE}/index.html").read_text("utf-8")
    assert 'data-only-hot="true"' in page
    assert "No colour does not mean that nothing was recorded" in page


def test_a_hotspot_whose_centre_is_in_a_hole_of_its_district_is_still_counted_there(built, tmp_path):
    found = pd.read_csv(built.path / f"site/data/forces/{FORCE}/hotspots.csv")
    hot = found[found["hotspot"]]
    holes = shapely.union_all(shapely.buffer(shapely.points(*to_national_grid(hot["longitude"], hot["latitude"])), 30))
    inputs = county()
    districts = inputs.areas["area_type"] == "lad"
    inputs.areas.loc[districts, "geometry"] = inputs.areas.loc[districts, "geometry"].difference(holes)
    holed = build_release(inputs, ReleaseOptions(), tmp_path).path
    pages = [(path / "site/areas/lad/E07000901/index.html").read_text("utf-8") for path in (built.path, holed)]
    told = [re.search(r"(\w+) hexagons? in Ashby (?:is|are)", page)[1] for page in pages]
    assert told[0] == told[1] != "No"


def test_a_map_that_can_hold_its_hexagons_draws_them_all(built):
    drawn = json.loads((built.path / f"site/data/forces/{FORCE}/map.geojson").read_text("utf-8"))["features"]
    hexagons = [one["properties"] for one in drawn if one["properties"].get("layer") != "outline"]
    assert any(not one["hotspot"] for one in hexagons)
    page = (built.path / f"site/forces/{FORCE}/index.html").read_text("utf-8")
    assert "data-only-hot" not in page
