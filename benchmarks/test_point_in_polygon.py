"""
The polygon of each of the real incidents, beside `geopandas.sjoin` and SedonaDB, in one run.

As the store does it: incidents carry the number of their place, so each place is looked up once. Beside that, as if no two
points were one place. Points are made and projected for all. Install `sedonadb`, `geoarrow-pyarrow`, `geoarrow-c` and
`geoarrow-types`.
"""

import statistics
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from benchmarks.test_assign import frames, incidents
from crimemap.areas.assign import PointGrid
from crimemap.crs import to_national_grid
from crimemap.incidents.places import PlaceIndex, microdegrees
from tests.real_data import needs_real_data

__all__ = ["frames", "incidents"]

_TOGETHER = 5
_ROUNDS = 3


def wards(lsoa):
    """Join small areas five by five along a space-filling curve: as many areas as England and Wales have wards."""
    order = lsoa.geometry.hilbert_distance().sort_values(kind="stable").index
    number = pd.Series(np.arange(len(order)) // _TOGETHER, index=order).reindex(lsoa.index)
    made = lsoa[["geometry"]].assign(group=number.to_numpy()).dissolve("group")
    made.index = made.index.map("W{:05d}".format).rename("area_code")
    return made


def timed(work):
    took, found = [], None
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        found = work()
        took.append(time.perf_counter() - start)
    return statistics.median(took), found


def sedona(points, frame):
    sedonadb = pytest.importorskip("sedonadb")
    session = sedonadb.connect()
    session.create_data_frame(points.assign(i=np.arange(len(points)))).to_view("points")
    session.create_data_frame(frame.reset_index()[["area_code", "geometry"]]).to_view("areas")
    sql = "SELECT p.i, a.area_code FROM points p JOIN areas a ON ST_Intersects(p.geometry, a.geometry)"
    return timed(lambda: session.sql(sql).to_pandas())


@needs_real_data
@pytest.mark.parametrize(("what", "times_sjoin", "times_sedona"), [("districts", 15, 4), ("wards", 4, 1.5)])
def test_points_in_polygons(incidents, frames, capsys, *, what, times_sjoin, times_sedona):
    x, y = to_national_grid(*incidents)
    frame = frames["lad"] if what == "districts" else wards(frames["lsoa"])
    points = gpd.GeoDataFrame(geometry=shapely.points(x, y), crs="EPSG:27700")
    known = PlaceIndex(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32))
    place = known.ids(*(microdegrees(axis) for axis in incidents)) - 1
    px, py = to_national_grid(*known.pending()[1:])
    PointGrid(px[:1000], py[:1000]).assign(frame)
    ours, row = timed(lambda: PointGrid(px, py).assign(frame)[place])
    plain, each = timed(lambda: PointGrid(x, y).assign(frame))
    assert (row == each).all()
    sjoin, peer = timed(lambda: gpd.sjoin(points, frame[["geometry"]], predicate="intersects"))
    other, theirs = sedona(points, frame)

    codes = frame.index.to_numpy()
    mine = pd.Series(np.where(row >= 0, codes[np.maximum(row, 0)], None))
    for name, pairs in (
        ("sjoin", pd.Series(peer["area_code"].to_numpy(), index=peer.index)),
        ("sedonadb", pd.Series(theirs["area_code"].to_numpy(), index=theirs["i"].to_numpy())),
    ):
        # On a line shared by two polygons a point is in both; ours takes one of them.
        alone = pairs[~pairs.index.duplicated(keep=False)]
        wrong = int((mine.reindex(alone.index) != alone).sum())
        assert wrong == 0, (name, wrong)
        assert mine.notna().sum() == pairs.index.nunique()
    with capsys.disabled():
        print(
            f"\n{len(x):,} points in {len(frame):,} {what}: {ours:.2f} s, each by itself {plain:.2f} s; "
            f"sjoin {sjoin:.2f} s, {sjoin / ours:.1f} and {sjoin / plain:.1f} times; "
            f"SedonaDB {other:.2f} s, {other / ours:.1f} and {other / plain:.1f} times"
        )
    assert sjoin >= times_sjoin * ours
    assert other >= times_sedona * ours
