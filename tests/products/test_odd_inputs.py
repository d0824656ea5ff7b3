"""Inputs that a careful builder must survive: each reads well and breaks nothing."""

from dataclasses import replace

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from crimemap.crs import NATIONAL_GRID
from crimemap.disclosure.audit import KnownPositions
from crimemap.products.audit import audit_release
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from tests.products.county import FORCE, LATEST, county

NOTHING = KnownPositions(forbidden=frozenset(), map_points=frozenset())


def built(inputs, folder, **options):
    made = build_release(inputs, ReleaseOptions(**options), folder)
    assert audit_release(made.path, NOTHING) == []
    return made.path / "site"


def without_areas(inputs):
    empty = inputs.areas.iloc[:0]
    return replace(
        inputs,
        areas=empty,
        place_areas=inputs.place_areas.iloc[:0],
        area_parents=inputs.area_parents.iloc[:0],
        boundary_sets=[],
        neighbourhoods=[],
    )


def test_a_force_without_any_boundaries_has_its_page(tmp_path):
    site = built(without_areas(county()), tmp_path)
    assert "incidents were recorded by West Demoshire Police" in (site / "forces" / FORCE / "index.html").read_text()


def test_one_month_only(tmp_path):
    inputs = county()
    inputs = replace(
        inputs,
        first_month=LATEST,
        incidents=inputs.incidents[inputs.incidents["month"] == LATEST],
        coverage=inputs.coverage[inputs.coverage["month"] == LATEST],
    )
    page = (built(inputs, tmp_path) / "forces" / FORCE / "index.html").read_text()
    assert "incidents were recorded by West Demoshire Police in June 2025" in page
    assert "not have enough months of data to compare" in page


def test_no_incident_has_a_location(tmp_path):
    inputs = county()
    rows = inputs.incidents.assign(place_id=pd.array([pd.NA] * len(inputs.incidents), dtype="Int64"))
    page = (built(replace(inputs, incidents=rows), tmp_path) / "forces" / FORCE / "index.html").read_text()
    assert "0.0% of incidents in the latest 12 months have a map point" in page


def test_forty_offence_types_with_strange_names(tmp_path):
    inputs = county()
    names = [f'Type {k} <i>&amp; "more"</i>' for k in range(40)]
    rows = inputs.incidents.assign(offence_type=np.array(names)[np.arange(len(inputs.incidents)) % 40])
    page = (built(replace(inputs, incidents=rows), tmp_path) / "forces" / FORCE / "index.html").read_text()
    assert "<i>" not in page
    written = page.count("Type 7 &lt;i&gt;")
    assert written >= 2, "in the table, and among what the map can be asked for"
    assert page.count("Type 7 &lt;i&gt;&amp;amp; &#34;more&#34;&lt;/i&gt;") == written


def test_a_renamed_offence_type_is_one_series(tmp_path):
    inputs = county()
    old = inputs.incidents["offence_type"].where(inputs.incidents["month"] > "2024-06", "Violent crime")
    made = build_release(replace(inputs, incidents=inputs.incidents.assign(offence_type=old)), ReleaseOptions(), tmp_path)
    with duckdb.connect(made.path / "release.duckdb", read_only=True) as db:
        assert db.execute("SELECT count(*) FROM categories WHERE url = 'violent-crime'").fetchone()[0] == 1
        assert db.execute("SELECT count(*) FROM counts WHERE offence_type = 'Violent crime'").fetchone()[0] == 0


def test_a_boundary_in_five_parts_with_a_hole(tmp_path):
    inputs = county()
    parts = [shapely.box(400_000 + 300 * k, 250_000, 400_200 + 300 * k, 250_200) for k in range(4)]
    ring = shapely.box(401_000, 251_000, 401_400, 251_400).difference(shapely.box(401_100, 251_100, 401_200, 251_200))
    frame = inputs.areas.copy()
    at = frame.index[frame["area_code"] == "N01"][0]
    frame.loc[at, "geometry"] = shapely.MultiPolygon([*parts, ring])
    frame = gpd.GeoDataFrame(frame, crs=NATIONAL_GRID)
    made = build_release(replace(inputs, areas=frame), ReleaseOptions(), tmp_path)
    with duckdb.connect(made.path / "release.duckdb", read_only=True) as db:
        shape, ring_text = db.execute("SELECT geometry, ring FROM areas WHERE area_code = 'N01'").fetchone()
    assert len(shapely.from_wkb(bytes(shape)).geoms) == 5
    assert ring_text.count("[") == 6, "the largest part alone, five corners and the list"


@pytest.mark.parametrize("resolution", [7, 10])
def test_other_sizes_of_hexagon(tmp_path, resolution):
    import h3

    inputs = county()
    places = inputs.places.copy()
    cells = [
        int(h3.latlng_to_cell(y, x, resolution), 16) for x, y in zip(places["longitude"], places["latitude"], strict=True)
    ]
    places["cell"] = pd.Series(cells, dtype="uint64")
    site = built(replace(inputs, places=places), tmp_path, h3_resolution=resolution)
    assert (site / "data" / "forces" / FORCE / "hotspots.csv").is_file()


def test_open_and_confidential_months_together_take_the_stricter_rule_where_it_applies(tmp_path):
    inputs = county()
    late = inputs.incidents["month"] >= "2025-04"
    rows = inputs.incidents.assign(kind=np.where(late, "confidential", "open"))
    rows["persistent_id"] = rows["persistent_id"].where(~late, "")
    coverage = inputs.coverage.copy()
    coverage.loc[coverage["month"] >= "2025-04", "kind"] = "confidential"
    made = build_release(replace(inputs, incidents=rows, coverage=coverage), ReleaseOptions(), tmp_path)
    assert audit_release(made.path, NOTHING) == []
    with duckdb.connect(made.path / "release.duckdb", read_only=True) as db:
        months = {row[0] for row in db.execute("SELECT DISTINCT month FROM counts WHERE status = 'suppressed'").fetchall()}
        small = {
            row[0] for row in db.execute("SELECT DISTINCT month FROM counts WHERE incidents BETWEEN 1 AND 4").fetchall()
        }
    assert months <= {"2025-04", "2025-05", "2025-06"}
    assert not small & {"2025-04", "2025-05", "2025-06"}
    assert "2025-01" in small, "open data are served as they are"


def test_a_name_that_a_spreadsheet_would_run_is_written_as_text(tmp_path):
    inputs = county()
    frame = inputs.areas.copy()
    frame.loc[frame["area_code"].isin(["N03", "E07000901"]), "area_name"] = "=HYPERLINK(1)"
    site = built(replace(inputs, areas=frame), tmp_path)
    files = list((site / "data").rglob("counts.csv"))
    assert sum("'=HYPERLINK(1)" in file.read_text() for file in files) == 3
    assert not any(",=HYPERLINK" in file.read_text() for file in files)
