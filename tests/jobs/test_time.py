"""Near repeat, profiles, emerging hotspots and change on small workspaces: figures counted independently."""

import json
import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from crimemap.errors import EmptyInputError, ParameterError
from crimemap.jobs.registry import run
from crimemap.jobs.writers import require_writable, write_result
from tests.areas.made import EAST, NORTH
from tests.jobs.made import CLUSTER, EAST_FORCE, WEST_FORCE
from tests.jobs.made_records import FOLLOWED, LEFT_OUT, N, build_records, rows

ALL = {"first_month": "2024-01", "last_month": "2024-07"}
HALVES = {
    "first_month": "2024-03",
    "last_month": "2024-04",
    "before_first_month": "2024-01",
    "before_last_month": "2024-02",
}


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    return build_records(tmp_path_factory.mktemp("time"))


@pytest.fixture(scope="module")
def near(records):
    return run("near-repeat", records, {**ALL, "permutations": 99})


class TestNearRepeat:
    def test_every_incident_is_accounted_for(self, near):
        said = near.to_json()["incidents"]
        assert said["selected"] == N + FOLLOWED + LEFT_OUT
        assert said["selected"] == sum(count for name, count in said.items() if name != "selected")
        assert (said["time_too_uncertain"], said["without_position"]) == (1, 1)

    def test_pairs_are_those_of_the_records(self, near):
        table = rows().iloc[:-LEFT_OUT]
        middle = table["from"] + (table["to"] - table["from"]) / 2
        i, j = np.triu_indices(len(table), 1)
        x, y = table["x"].to_numpy(), table["y"].to_numpy()
        apart = np.hypot(x[i] - x[j], y[i] - y[j])
        days = np.abs((middle.to_numpy()[i] - middle.to_numpy()[j]) / np.timedelta64(1, "D"))
        bands = near.bands.set_index(["space_band", "time_band"])
        nearest = bands.loc[("0 to under 100 m", "0 to under 7 days")]
        assert nearest["observed"] == ((apart < 100) & (days < 7)).sum() > FOLLOWED
        assert nearest["p_value"] == nearest["p_adjusted"] == 0.01
        assert nearest["knox_ratio"] > 4

    def test_followers_are_named_with_what_they_follow(self, near):
        table = near.table().set_index("crime_id")
        followers = table.loc[[f"B{k:04d}" for k in range(N, N + FOLLOWED)]]
        assert (followers["role"] == "follower").all()
        named = followers["follows"] == [f"B{k:04d}" for k in range(FOLLOWED)]
        assert named.mean() > 0.9, "another may have come between"
        assert (followers["metres_from"][named] == 30).all()

    def test_layers_draw_incidents_and_links(self, near):
        layers = near.layers()
        assert len(layers["near_repeats"]) == N + FOLLOWED
        assert (layers["links"].length < 200).all()
        assert len(layers["links"]) == near.to_json()["links"]["followers"]

    def test_a_geopackage_opens_with_every_role_marked_by_its_own_shape(self, near, tmp_path):
        write_result(near, tmp_path / "near.gpkg", process="near-repeat")
        with closing(sqlite3.connect(tmp_path / "near.gpkg")) as con:
            held = dict(con.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"))
        assert sorted(held) == ["links", "near_repeats"]
        points = ET.fromstring(held["near_repeats"])  # noqa: S314 - written above
        marked = {one.get("value") for one in points.findall(".//category")}
        assert set(near.table()["role"]) <= marked
        shapes = [one.get("value") for one in points.findall(".//Option[@name='name']")]
        assert len(set(shapes)) == len(shapes) == len(marked)
        assert ET.fromstring(held["links"]).find(".//symbol").get("type") == "line"  # noqa: S314 - written above

    def test_months_alone_are_refused_with_the_reason(self, made):
        for process in ("near-repeat", "profiles"):
            with pytest.raises(EmptyInputError, match=r"only the month is known \(data.police.uk publishes no closer\)"):
                run(process, made, {"force": WEST_FORCE})

    def test_the_same_seed_gives_the_same_document(self, records, near):
        again = run("near-repeat", records, {**ALL, "permutations": 99})
        assert json.dumps(again.to_json()) == json.dumps(near.to_json())
        other = run("near-repeat", records, {**ALL, "permutations": 99, "seed": 2})
        assert other.to_json()["bands"] != near.to_json()["bands"]

    def test_an_area_takes_what_lies_inside_it(self, records):
        said = run("near-repeat", records, {**ALL, "area": "csp-2017:E22000001", "permutations": 9}).to_json()
        table = rows()
        inside = (table["x"] < EAST + 1000) & (table["y"] < NORTH + 1000)
        assert said["incidents"]["used"] + said["incidents"]["time_too_uncertain"] == inside.sum()
        assert said["incidents"]["outside_study_area"] == (~inside & table["x"].notna()).sum()

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"space_bands_m": "100,x"}, "not the ends of bands"),
            ({"space_bands_m": "200,100"}, "ascending order"),
            ({"time_bands_days": "0"}, "not the ends of bands"),
            ({"permutations": 0}, "greater than or equal to 1"),
            ({"distance": "crow"}, "'euclidean' or 'manhattan'"),
            ({"within_m": 0}, "greater than 0"),
        ],
    )
    def test_what_cannot_be_asked_is_refused(self, records, asked, said):
        with pytest.raises(ParameterError, match=said):
            run("near-repeat", records, {**ALL, **asked})

    def test_too_few_close_enough_times_are_refused(self, records):
        with pytest.raises(EmptyInputError, match="fewer than 3 make no pattern"):
            run("near-repeat", records, {"first_month": "2024-01", "last_month": "2024-01", "longest_interval_days": 1e-9,
                                         "area": "csp-2017:E22000001"})  # fmt: skip


class TestProfiles:
    def test_burglaries_about_two_in_the_morning_are_found_there(self, records):
        said = run("profiles", records, ALL).to_json()
        mean = said["mean_hour"]
        assert mean["low"] < mean["hour"] < mean["high"]
        assert 3 < mean["hour"] < 5, "half way through intervals that begin about two"
        assert said["intervals"]["exact"] > N / 4 - 1
        assert sum(row["incidents"] for row in said["hours"]) == pytest.approx(N + FOLLOWED + LEFT_OUT)
        assert len(said["week"]) == 168

    def test_days_of_exact_times_are_counted_by_the_calendar(self, tmp_path):
        table = rows().iloc[:N].assign(to=lambda frame: frame["from"])
        said = run("profiles", build_records(tmp_path, table), ALL).to_json()
        named = table["from"].dt.day_name().value_counts()
        assert {row["bin"]: row["incidents"] for row in said["days"]} == pytest.approx(named.to_dict())

    def test_dates_without_a_clock_are_not_midnight(self, tmp_path):
        table = (
            rows().iloc[:N].assign(**{name: lambda frame, name=name: frame[name].dt.normalize() for name in ("from", "to")})
        )
        with pytest.raises(EmptyInputError, match="dates without a clock"):
            run("profiles", build_records(tmp_path, table), ALL)


class TestEmerging:
    def test_the_lasting_cluster_is_persistent_and_nothing_else_is_anything(self, made):
        result = run("emerging", made, {"force": WEST_FORCE, "cells": "h3:10"})
        marked = result.with_pattern
        assert set(marked["category"]) <= {f"{name} hot" for name in ("persistent", "sporadic", "consecutive", "new")}
        assert "persistent hot" in set(marked["category"])
        shapes = result.layers()["emerging"]
        assert shapes[shapes["category"] != "none"].distance(gpd.points_from_xy([CLUSTER[0]], [CLUSTER[1]])[0]).max() < 300

    def test_every_incident_is_accounted_for(self, made):
        for asked in ({"force": WEST_FORCE}, {"force": EAST_FORCE}, {"area": "csp-2017:E22000009"}):
            said = run("emerging", made, {**asked, "cells": "h3:10"}).to_json()["incidents"]
            assert said["selected"] == sum(count for name, count in said.items() if name != "selected")

    def test_a_month_without_data_is_no_data(self, made):
        said = run("emerging", made, {"force": EAST_FORCE, "cells": "500m"}).to_json()
        assert [period["status"] for period in said["periods"]] == ["counted", "counted", "no_data", "counted"]
        assert said["cells"]["with_pattern"] == 0

    def test_periods_of_several_months_end_with_the_last(self, made):
        with pytest.raises(EmptyInputError, match=r"4 months are 2 periods; fewer than 3"):
            run("emerging", made, {"force": WEST_FORCE, "months_per_period": 2})

    def test_nowhere_is_refused(self, made):
        with pytest.raises(ParameterError, match="neither a force nor an area"):
            run("emerging", made, {})


class TestChange:
    def test_areas_have_the_counts_of_the_two_periods(self, made):
        months = run("counts", made, {"by": "csp-2017", "by_month": True}).table()
        result = run("change", made, {"by": "csp-2017", **HALVES}).table().set_index("area_code")
        counted = months.assign(half=np.where(months["month"] < "2024-03", "before", "after"))
        sums = counted.pivot_table(index="area_code", columns="half", values="incidents", aggfunc="sum")
        assert result["before"].to_dict() == sums["before"].to_dict()
        assert result["after"].to_dict() == sums["after"].to_dict()

    def test_no_data_is_not_less(self, made):
        rows = run("change", made, {"by": "csp-2017", **HALVES, "first_month": "2024-03", "last_month": "2024-03"}).table()
        east = rows[rows["force"] == EAST_FORCE]
        assert (east["verdict"] == "no data").all()
        assert east["ratio"].isna().all()
        assert (rows[rows["force"].isna()]["verdict"] == "no data").all()

    @pytest.mark.parametrize(
        "asked", [{"by": "csp-2017"}, {"cells": "h3:9", "force": WEST_FORCE}, {"by": "csp", "force": EAST_FORCE}]
    )
    def test_every_incident_is_accounted_for(self, made, asked):
        said = run("change", made, {**asked, **HALVES}).to_json()
        counts = said["incidents"]
        assert counts["selected"] == sum(count for name, count in counts.items() if name != "selected")
        assert all(count >= 0 for count in counts.values())
        assert sum(said["verdicts"].values()) >= len(said["rows"])

    def test_the_poisson_test_needs_no_months_to_see_dispersion(self, made):
        few = run("change", made, {"by": "lad-2017", "force": WEST_FORCE, **HALVES}).table()
        poisson = run("change", made, {"by": "lad-2017", "force": WEST_FORCE, **HALVES, "test": "poisson"}).table()
        assert (few["verdict"] == "too few to say").all()
        assert (poisson["verdict"] == "no clear change").any()
        assert (poisson["dispersion"] == 1).all()

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({}, "areas or cells are compared"),
            ({"by": "csp", "cells": "h3:9"}, "areas or cells are compared"),
            ({"cells": "h3:9"}, "neither a force nor an area"),
            ({"by": "csp", "area": "csp-2017:E22000001"}, "goes with cells"),
            ({"by": "csp", "before_first_month": "2024-01"}, "lacks an end"),
            ({"by": "csp", "before_first_month": "2024-02", "before_last_month": "2024-01"}, "holds no month"),
            (
                {"by": "csp", "before_first_month": "2024-01", "before_last_month": "2024-03", "first_month": "2024-03"},
                "share",
            ),
            ({"by": "csp", "before_first_month": "2024-13", "before_last_month": "2024-03"}, "not a month"),
        ],
    )
    def test_what_cannot_be_asked_is_refused(self, made, asked, said):
        with pytest.raises(ParameterError, match=said):
            run("change", made, asked)

    def test_without_an_earlier_year_there_is_nothing_to_compare_with(self, made):
        with pytest.raises(EmptyInputError, match="no data from 2023-01 to 2023-04 to compare with"):
            run("change", made, {"by": "csp"})


class TestFiles:
    @pytest.mark.parametrize(
        ("process", "asked"),
        [
            ("near-repeat", {**ALL, "permutations": 9}),
            ("profiles", ALL),
            ("emerging", {"force": WEST_FORCE, "first_month": "2024-01", "last_month": "2024-06"}),
            ("change", {"by": "csp-2017", "first_month": "2024-04", "last_month": "2024-06",
                        "before_first_month": "2024-01", "before_last_month": "2024-03"}),
        ],
    )  # fmt: skip
    def test_tables_maps_and_figures_are_written(self, records, tmp_path, process, asked):
        result = run(process, records, asked)
        for suffix in (".csv", ".png") if process == "profiles" else (".csv", ".gpkg", ".geojson", ".parquet", ".png"):
            path = tmp_path / f"out{suffix}"
            write_result(result, path, process=process)
            assert path.stat().st_size > 500
        assert len(pd.read_csv(tmp_path / "out.csv")) == len(result.table())
        assert (tmp_path / "out.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        json.dumps(result.to_json(), allow_nan=False)

    def test_hours_have_no_place_on_a_map(self, tmp_path):
        with pytest.raises(ParameterError, match=r"Take one of: \.csv, \.png"):
            require_writable(tmp_path / "p.gpkg", "profiles")
