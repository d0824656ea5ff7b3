"""Forces with more areas and hexagons than a page or a map can hold, and areas with holes."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import shapely

from crimemap.crs import to_national_grid
from crimemap.products import area_lists, map_counts
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from tests.products.county import FORCE, TYPES, county
from tests.products.map_reading import decoded


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site whose limits are so low that the small county passes them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(area_lists, "LONGEST_LIST", 5)
        patch.setattr(map_counts, "MOST_POINTS", 100)
        return build_release(county(), ReleaseOptions(), tmp_path_factory.mktemp("crowded")).path / "site"


def test_a_long_list_is_grouped_by_district_in_elements_that_open_without_script(site):
    page = (site / f"forces/{FORCE}/index.html").read_text("utf-8")
    section = page.split('id="list-neighbourhood"')[1].split("</section>")[0]
    assert re.findall(r"summary-text\">([^<]+\(\d+\))<", section) == ["Ashby (6)", "Brook (6)"]
    assert len(re.findall(r'<th scope="row">(?:<b>\d*</b> )?<a ', section)) == 12


def test_a_long_list_inside_one_district_is_cut_along_the_alphabet(site):
    page = (site / "areas/lad/E07000901/index.html").read_text("utf-8")
    section = page.split('id="list-neighbourhood"')[1].split("</section>")[0]
    assert len(re.findall(r"summary-text\">[^<]+\(6\)<", section)) == 1
    assert len(re.findall(r'<th scope="row">(?:<b>\d*</b> )?<a ', section)) == 6


def test_an_area_with_too_many_map_points_has_its_hexagons_counted_with_the_same_sums(site, built):
    crowded = json.loads((site / f"data/forces/{FORCE}/map.json").read_text("utf-8"))
    usual = json.loads((built.path / f"site/data/forces/{FORCE}/map.json").read_text("utf-8"))
    assert (crowded["unit"], usual["unit"]) == ("hexagon", "point")
    assert crowded["at"] == []
    assert crowded["hexagons"] == usual["hexagons"]
    counted = [decoded(one, len(TYPES)) for one in (crowded, usual)]
    assert counted[0].groupby(["month", "type"])["n"].sum().equals(counted[1].groupby(["month", "type"])["n"].sum())
    by_hexagon = counted[1].assign(unit=np.array(usual["cell"])[counted[1]["unit"]])
    assert counted[0].groupby("unit")["n"].sum().equals(by_hexagon.groupby("unit")["n"].sum())


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
