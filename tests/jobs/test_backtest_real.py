"""The back-test on three real years of the City of London, beside the same figures worked out from the published rows."""

import zipfile

import numpy as np
import pandas as pd
import pytest
import shapely

from crimemap.areas.store import AreaStore
from crimemap.crs import to_national_grid
from crimemap.jobs.registry import run
from crimemap.pipeline.areas import add_areas
from crimemap.pipeline.ingest import ingest
from crimemap.workspace import Workspace
from tests.real_data import REAL_DATA, needs_real_data

pytestmark = [needs_real_data, pytest.mark.real_data]
ARCHIVE = REAL_DATA / "police-uk" / "city-of-london-2018-to-2020.zip"
ASKED = {
    "force": "city-of-london",
    "cells": "100m",
    "methods": "kde:quartic:200",
    "coverage": "10%",
    "first_month": "2018-01",
    "last_month": "2019-12",
    "resamples": 500,
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = Workspace(tmp_path_factory.mktemp("city") / "workspace")
    ingest(made, [ARCHIVE])
    add_areas(made, REAL_DATA / "boundaries" / "2017" / "pfa17_bgc_from_lsoa11.gpkg", area_type="pfa", vintage="2017")
    return made


@pytest.fixture(scope="module")
def published():
    with zipfile.ZipFile(ARCHIVE) as archive:
        names = [name for name in archive.namelist() if name.endswith("city-of-london-street.csv")]
        rows = pd.concat([pd.read_csv(archive.open(name)) for name in names]).dropna(subset=["Longitude"])
    rows["x"], rows["y"] = to_national_grid(rows["Longitude"], rows["Latitude"])
    return rows


def test_hits_are_those_worked_out_from_the_rows(workspace, published):
    found = run("backtest", workspace, ASKED).found
    city = AreaStore(workspace).read("pfa-2017").frame.geometry.loc["E23000034"]
    inside = published[shapely.intersects_xy(city, published["x"], published["y"])]
    column, row = (inside["x"] // 100).astype(int), (inside["y"] // 100).astype(int)
    counts = pd.crosstab(column * 100_000 + row, inside["Month"])
    west, south = 100 * (counts.index // 100_000), 100 * (counts.index % 100_000)
    squares = shapely.intersection(shapely.box(west, south, west + 100, south + 100), city)
    ground = pd.Series(shapely.area(squares), index=counts.index)
    k = [method.name for method in found.methods].index("last:12")
    for period, caught in zip(found.periods, found.caught[k, :, 0], strict=True):
        test = counts[period.test.start]
        assert period.incidents == test.sum()
        density = counts.loc[:, period.training.start : period.test.start].iloc[:, :-1].sum(axis=1) / ground
        order = density.sort_values(ascending=False).index
        edge = density[order[np.searchsorted(ground[order].cumsum(), 0.1 * city.area)]]
        lowest, highest = test[density > edge * (1 + 1e-9)].sum(), test[density >= edge * (1 - 1e-9)].sum()
        assert lowest <= caught <= highest
        assert highest - lowest < 0.1 * test.sum(), "few cells are alike where the choice ends"


def test_places_that_had_much_crime_keep_having_it(workspace):
    scores = {score.method: score for score in run("backtest", workspace, ASKED).found.scores}
    assert scores["last:12"].pai_low > scores["last:1"].pai > scores["area"].pai == pytest.approx(1.0)
    assert scores["last:12"].pei > 0.8
