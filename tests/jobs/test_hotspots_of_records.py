"""A force's own records: coordinates that are off by a geocoding error, and times that let clusters be found in time."""

import numpy as np
import pandas as pd
import pytest

from crimemap.errors import ParameterError
from crimemap.jobs.registry import run
from tests.areas.made import EAST, NORTH
from tests.jobs.made import WEST_FORCE
from tests.jobs.made_records import build_records, rows

#: Ten days in May, on some 100 m: 40 burglaries, and as many at the same place over the half-year.
BURST = (EAST + 1500.0, NORTH + 500.0)
ASKED = {"force": WEST_FORCE, "first_month": "2024-01", "last_month": "2024-07"}


def _with_burst() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    day = np.concatenate([rng.uniform(120, 130, 40), rng.uniform(0, 170, 40)])
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")
    burst = pd.DataFrame(
        {
            "ref": [f"X{k:04d}" for k in range(80)],
            "offence": "Burglary",
            "from": start.floor("min"),
            "to": start.floor("min"),
            "x": (BURST[0] + rng.normal(0, 40, 80)).round(1),
            "y": (BURST[1] + rng.normal(0, 40, 80)).round(1),
        }
    )
    return pd.concat([rows(), burst], ignore_index=True)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    return build_records(tmp_path_factory.mktemp("records"), _with_burst())


def test_a_burst_is_a_cluster_in_time_with_its_first_and_last_moment(records):
    asked = {**ASKED, "method": "st-dbscan", "reach_m": 120.0, "reach_days": 4.0, "fewest": 8}
    result = run("clusters", records, asked)
    first = result.to_json()["clusters"][0]
    assert 35 <= first["incidents"] <= 50
    assert "2024-04-2" < first["first"] < first["last"] < "2024-05-2"
    said = result.to_json()["incidents"]
    assert said["selected"] == sum(said[name] for name in ("used", "outside_study_area", "without_position", "without_time"))
    alone = run("clusters", records, {**asked, "method": "dbscan"}).to_json()["clusters"][0]
    assert alone["incidents"] > first["incidents"] + 20
    assert alone["first"] is None


def test_own_coordinates_need_their_error_and_are_told_to_be_confidential(records):
    asked = {**ASKED, "area": "csp-2017:E22000002", "cells": "100m", "location_draws": 20}
    with pytest.raises(ParameterError, match="--geocoding-error"):
        run("hotspots", records, asked)
    sharp = run("hotspots", records, {**asked, "geocoding_error_m": 5.0})
    blurred = run("hotspots", records, {**asked, "geocoding_error_m": 150.0})
    assert sharp.to_json()["selection"]["confidential"]
    assert sharp.table()["hot_probability"].max() == 1.0
    assert blurred.areas["stability"].max() <= sharp.areas["stability"].max()
    assert sharp.to_json()["location"]["sigma_m"] == 5.0
