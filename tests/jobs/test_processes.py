"""Each process on the small workspace: figures counted independently, and every incident accounted for."""

import json
import sqlite3
import xml.etree.ElementTree as ET
from collections import Counter
from contextlib import closing

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from crimemap.crs import to_national_grid
from crimemap.errors import CrimemapError, EmptyInputError, NotFoundError, ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.registry import PROCESSES, process, run
from crimemap.jobs.writers import write_result
from crimemap.workspace import Workspace
from tests.areas.made import EAST, NORTH
from tests.jobs.made import CLUSTER, EAST_FORCE, MONTHS, WEST_FORCE, east_rows, west_rows


def _published() -> pd.DataFrame:
    """Every row of the archive, with the number of the square it lies in, 1 to 12; 0 without a position."""
    rows = [row | {"force": WEST_FORCE} for month in MONTHS for row in west_rows(month)]
    rows += [row | {"force": EAST_FORCE} for month in MONTHS if month != "2024-03" for row in east_rows(month)]
    table = pd.DataFrame(rows)
    placed = table["Longitude"] != ""
    x, y = to_national_grid(table.loc[placed, "Longitude"].astype(float), table.loc[placed, "Latitude"].astype(float))
    table["square"] = 0
    table.loc[placed, "square"] = (x - EAST) // 1000 + 6 * ((y - NORTH) // 1000) + 1
    return table


PUBLISHED = _published()


class TestCounts:
    def test_a_geopackage_opens_with_areas_filled_by_their_counts(self, made, tmp_path):
        result = run("counts", made, {"by": "csp-2017"})
        write_result(result, tmp_path / "counts.gpkg", process="counts")
        with closing(sqlite3.connect(tmp_path / "counts.gpkg")) as con:
            ((layer, style),) = con.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault").fetchall()
        ranges = [(float(one.get("lower")), float(one.get("upper"))) for one in ET.fromstring(style).findall(".//range")]  # noqa: S314
        rows = result.table()
        counted = rows.loc[rows["status"] == "counted", "incidents"].astype(float)
        assert layer == "counts"
        assert ranges[0] == (0.0, 0.5), "nothing recorded is a class of its own"
        assert all(sum(low < n <= high or n == low == 0 for low, high in ranges) == 1 for n in counted)

    def test_counts_are_those_of_the_published_rows(self, made):
        rows = run("counts", made, {"by": "csp-2017", "by_month": True}).table()
        expected = Counter(zip(PUBLISHED["square"], PUBLISHED["Month"], strict=True))
        counted = rows[rows["status"] == "counted"]
        assert len(rows) == 12 * 4
        for row in counted.itertuples():
            assert row.incidents == expected[(int(row.area_code[-6:]), row.month)]

    def test_no_data_is_no_count_and_0_is_one(self, made):
        rows = (
            run("counts", made, {"by": "csp", "by_month": True, "offence": "burglary"})
            .table()
            .set_index(["area_code", "month"])
        )
        assert rows.loc[("E22000004", "2024-03"), "status"] == "no_data"
        assert rows.loc[("E22000004", "2024-02"), ["incidents", "status"]].tolist() == [0, "counted"]
        assert (rows.loc["E22000006", "status"] == "no_data").all(), "no loaded force covers the sixth square"

    def test_every_incident_is_accounted_for(self, made):
        for asked in (
            {},
            {"force": WEST_FORCE},
            {"force": EAST_FORCE, "offence": "anti-social-behaviour"},
            {"by_offence": True},
        ):
            said = run("counts", made, {"by": "csp-2017", **asked}).to_json()["incidents"]
            assert said["selected"] == said["counted"] + said["elsewhere"] + said["without_position"]
        everything = run("counts", made, {"by": "csp-2017"}).to_json()["incidents"]
        assert everything["selected"] == len(PUBLISHED)
        assert everything["without_position"] == 4

    def test_a_force_lists_its_own_areas(self, made):
        result = run("counts", made, {"by": "csp-2017", "force": WEST_FORCE})
        assert result.table()["area_code"].tolist() == [f"E22{i:06d}" for i in (1, 2, 3, 7, 8, 9)]
        assert (result.table()["status"] == "counted").all()

    def test_a_period_with_a_gap_is_part_of_one(self, made):
        rows = run("counts", made, {"by": "lad-2017", "force": EAST_FORCE}).table()
        assert rows["status"].tolist() == ["partial", "partial"]
        assert rows["months_with_data"].tolist() == [3, 3]

    def test_offence_types_add_up_to_all(self, made):
        each = run("counts", made, {"by": "csp", "by_offence": True, "force": WEST_FORCE}).table()
        every = run("counts", made, {"by": "csp", "force": WEST_FORCE}).table().set_index("area_code")["incidents"]
        assert sorted(each["offence_type"].unique()) == ["Anti-social behaviour", "Burglary"]
        assert each.groupby("area_code")["incidents"].sum().to_dict() == every.to_dict()

    def test_rates_are_per_thousand_of_the_people_of_the_lsoas(self, made):
        result = run("counts", made, {"by": "csp-2017", "force": WEST_FORCE, "rates": "population"})
        row = result.table().iloc[0]
        assert row["denominator"] == sum(100 + i for i in (0, 1, 12, 13))
        assert row["rate"] == pytest.approx(row["incidents"] / row["denominator"] * 1000)
        assert row["rate_low"] < row["rate"] < row["rate_high"]
        assert result.to_json()["denominator"]["how"].startswith("summed over the areas of lsoa-2011")

    def test_a_part_of_a_period_has_no_rate_and_says_so(self, made):
        rows = run("counts", made, {"by": "csp-2017", "force": EAST_FORCE, "rates": "households"}).table()
        assert (rows["rate_status"] == "partial").all()
        assert rows["rate"].isna().all()

    def test_without_force_areas_the_force_with_most_incidents_decides(self, without_forces):
        result = run("counts", without_forces, {"by": "lad-2017"})
        assert result.to_json()["coverage_by"].startswith("the force with most incidents")
        assert result.table()["force"].tolist()[:5] == [WEST_FORCE] * 3 + [EAST_FORCE] * 2
        assert result.to_json()["rows"][5]["force"] is None

    def test_missing_people_and_sets_say_what_to_add(self, made):
        with pytest.raises(NotFoundError, match=r"no population of 2031|no population is known"):
            run("counts", made, {"by": "csp", "rates": "population", "vintage": "2031"})
        with pytest.raises(NotFoundError, match="no such boundary set"):
            run("counts", made, {"by": "ward-2021"})

    def test_a_map_that_would_fill_the_memory_is_refused_and_a_table_is_not(self, made, monkeypatch):
        result = run("counts", made, {"by": "csp-2017", "by_month": True, "by_offence": True})
        monkeypatch.setattr("crimemap.jobs.processes.counts._MOST_CORNERS", 5 * len(result.table()))
        assert len(result.layers()["counts"]) == len(result.table()), "a square has 5 corners, the first twice"
        monkeypatch.setattr("crimemap.jobs.processes.counts._MOST_CORNERS", 5 * len(result.table()) - 1)
        with pytest.raises(ParameterError, match=r"would draw .* Write a table"):
            result.layers()


class TestHotspots:
    def test_the_cluster_is_hot_and_little_else(self, made):
        result = run("hotspots", made, {"force": WEST_FORCE, "resolution": 10})
        hot = result.layers()["hotspots"].query("hotspot")
        centre = shapely.Point(CLUSTER)
        assert hot.intersects(centre).sum() == 1
        assert hot.distance(centre).max() < 250
        assert result.table()["incidents"].sum() == result.used

    def test_every_incident_is_accounted_for(self, made):
        for asked in (
            {"force": WEST_FORCE},
            {"area": "csp-2017:E22000002"},
            {"force": WEST_FORCE, "area": "lad-2017:E07000003"},
        ):
            said = run("hotspots", made, {**asked, "resolution": 10}).to_json()["incidents"]
            assert said["selected"] == said["used"] + said["outside_study_area"] + said["without_position"]

    def test_cells_hold_the_places_that_lie_in_them(self, made):
        """Cells come from positions: the parent of a finer cell need not hold the point."""
        result = run("hotspots", made, {"force": WEST_FORCE, "resolution": 9})
        cells = result.layers()["hotspots"]
        west = PUBLISHED[(PUBLISHED["force"] == WEST_FORCE) & (PUBLISHED["square"] > 0)]
        x, y = to_national_grid(west["Longitude"].astype(float), west["Latitude"].astype(float))
        _, cell = shapely.STRtree(cells.geometry.to_numpy()).query(shapely.points(x, y), predicate="within")
        assert np.bincount(cell, minlength=len(cells)).tolist() == cells["incidents"].tolist()

    def test_the_study_area_is_the_forces_own_and_empty_cells_count(self, made):
        result = run("hotspots", made, {"force": WEST_FORCE, "resolution": 10})
        said = result.to_json()
        assert said["study_area"]["area_code"] == "E23000091"
        assert said["cells"]["tested"] > said["cells"]["with_incidents"] > 0
        assert result.table()["area_inside_km2"].sum() == pytest.approx(6.0, rel=1e-3)

    def test_without_boundaries_only_cells_seen_are_compared_and_that_is_said(self, without_forces):
        said = run("hotspots", without_forces, {"force": WEST_FORCE, "resolution": 9}).to_json()
        assert said["study_area"]["area_km2"] is None
        assert "ever recorded an incident" in said["study_area"]["how"]
        assert said["incidents"]["outside_study_area"] == 0

    def test_an_area_counts_what_lies_inside_it_of_any_force(self, made):
        result = run("hotspots", made, {"area": "csp-2017:E22000009", "resolution": 10})
        assert result.used == (PUBLISHED["square"] == 9).sum()

    def test_an_area_whose_force_has_no_data_is_not_an_area_without_crime(self, made):
        with pytest.raises(EmptyInputError, match="no data of the force that this area belongs to"):
            run("hotspots", made, {"area": "csp-2017:E22000006"})
        with pytest.raises(EmptyInputError, match=r"no data of east-demoshire from 2024-03 to 2024-03"):
            run("hotspots", made, {"area": "csp-2017:E22000004", "first_month": "2024-03", "last_month": "2024-03"})

    def test_fewer_than_three_incidents_show_no_pattern(self, made):
        with pytest.raises(EmptyInputError, match="fewer than 3"):
            run("hotspots", made, {"area": "csp-2017:E22000001", "offence": "burglary"})

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({}, "neither a force nor an area"),
            ({"force": WEST_FORCE, "resolution": 99}, "less than or equal to 15"),
            ({"force": WEST_FORCE, "ring": 0}, "greater than or equal to 1"),
            ({"force": WEST_FORCE, "alpha": 2}, "less than 1"),
            ({"force": WEST_FORCE, "test": "guess"}, "'exact', 'monte-carlo' or 'normal'"),
            ({"force": WEST_FORCE, "colour": "red"}, "extra inputs are not permitted"),
            ({"area": "E22000001"}, "not SET:CODE"),
        ],
    )
    def test_what_cannot_be_asked_is_refused_with_the_reason(self, made, asked, said):
        with pytest.raises(ParameterError, match=said):
            run("hotspots", made, asked)


class TestKde:
    def test_it_peaks_in_the_cluster(self, made):
        highest = run("kde", made, {"force": WEST_FORCE, "bandwidth": 300}).to_json()["highest"]
        assert np.hypot(highest["easting"] - CLUSTER[0], highest["northing"] - CLUSTER[1]) < 100

    def test_every_incident_is_accounted_for(self, made):
        for asked in ({"force": WEST_FORCE}, {"area": "csp-2017:E22000009"}):
            said = run("kde", made, {**asked, "bandwidth": 300}).to_json()["incidents"]
            assert said["selected"] == said["used"] + said["around"] + said["too_far"] + said["without_position"]

    def test_incidents_beyond_the_boundary_keep_density_from_falling_off(self, made):
        said = run("kde", made, {"area": "csp-2017:E22000009", "bandwidth": 300}).to_json()
        assert said["incidents"]["used"] == (PUBLISHED["square"] == 9).sum()
        assert said["incidents"]["around"] > 0

    def test_without_boundaries_the_surface_integrates_to_the_incidents(self, without_forces):
        said = run("kde", without_forces, {"force": WEST_FORCE, "bandwidth": 300, "kernel": "gaussian"}).to_json()
        assert said["surface"]["incidents_under_surface"] == pytest.approx(said["incidents"]["used"], rel=1e-9)

    def test_a_rule_is_named_with_what_it_chose(self, made):
        surface = run("kde", made, {"force": WEST_FORCE, "bandwidth": "silverman"}).to_json()["surface"]
        assert surface["bandwidth_rule"] == "silverman"
        assert surface["bandwidth_m"] > 100

    @pytest.mark.parametrize("bandwidth", ["0", "-1", "nan", "wide", "0.01"])
    def test_a_bandwidth_that_cannot_be_used_is_refused(self, made, bandwidth):
        with pytest.raises(ParameterError, match="bandwidth"):
            run("kde", made, {"force": WEST_FORCE, "bandwidth": bandwidth})


class TestOverlap:
    def test_districts_of_two_squares_are_found(self, made):
        result = run("overlap", made, {"source": "csp-2017", "target": "lad-2017", "population": "lsoa-2011"})
        assert result.targets["n_matches"].tolist() == [2] * 6
        assert result.sources["best_match_name"].tolist() == [f"District {i}" for i in range(1, 7)] * 2
        assert result.found.bricks.loc["population", "total"] == sum(100 + i for i in range(48))

    def test_bricks_without_numbers_say_what_to_add(self, made):
        with pytest.raises(NotFoundError, match="lookups add"):
            run("overlap", made, {"source": "csp", "target": "lad", "population": "lad-2017"})


class TestRegistry:
    def test_results_are_json_without_loss(self, made):
        asked = {
            "counts": {"by": "csp", "rates": "population"},
            "hotspots": {"force": WEST_FORCE, "resolution": 10},
            "kde": {"force": WEST_FORCE},
            "clusters": {"force": WEST_FORCE},
            "scan": {"by": "lsoa", "force": WEST_FORCE, "simulations": 99},
            "concentration": {"force": WEST_FORCE},
            "ladder": {},
            "overlap": {"source": "csp", "target": "lad"},
            "vintages": {"old": "csp", "new": "lad"},
            "emerging": {"force": WEST_FORCE},
            "change": {
                "by": "csp",
                "first_month": "2024-04",
                "before_first_month": "2024-01",
                "before_last_month": "2024-03",
            },
        }
        # The others need days, a longer time or a proposal: their own tests try them.
        elsewhere = {"backtest", "mergers-score", "mergers-search", "near-repeat", "profiles"}
        assert asked.keys() | elsewhere == PROCESSES.keys()
        for name, given in asked.items():
            result = run(name, made, given)
            said = json.loads(json.dumps(result.to_json(), allow_nan=False))
            assert said["process"] == name
            assert all(isinstance(layer, gpd.GeoDataFrame) and layer.crs == 27700 for layer in result.layers().values())

    def test_every_process_describes_its_inputs(self):
        for found in PROCESSES.values():
            schema = found.inputs.model_json_schema()
            assert all(field.get("description") for field in schema["properties"].values()), found.id

    def test_progress_is_told_and_never_goes_back(self, made):
        told = []
        run("hotspots", made, {"force": WEST_FORCE}, progress=lambda what, done: told.append((what, done)))
        assert [done for _, done in told] == sorted(done for _, done in told)
        assert len(told) >= 3

    def test_an_unknown_process_and_an_absent_workspace_are_errors(self, tmp_path):
        with pytest.raises(NotFoundError, match=", ".join(PROCESSES)):
            process("astrology")
        with pytest.raises(CrimemapError, match="no workspace here"):
            run("kde", Workspace(tmp_path / "none"), {"force": WEST_FORCE})

    def test_nothing_is_written_to_the_workspace(self, made):
        def seen() -> dict[str, int]:
            return {str(p): p.stat().st_mtime_ns for p in made.root.rglob("*") if p.is_file()}

        before = seen()
        with IncidentStore(made).connect() as con:
            con.execute("SELECT count(*) FROM incidents").fetchall()
        run("hotspots", made, {"force": WEST_FORCE})
        assert seen() == before
