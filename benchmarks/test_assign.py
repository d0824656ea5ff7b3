"""
Every incident of the real archives assigned to five boundary sets, beside `geopandas.sjoin` of the incidents, in one run.

Both end with the area of each incident in each set. Ours starts from longitudes and latitudes: finding the distinct places,
projecting them and bringing their areas back to the incidents are part of its time. The peer is given its points made and
projected. Reading files is not timed for either.
"""

import time
import zipfile
from pathlib import Path

import duckdb
import geopandas as gpd
import numpy as np
import pytest

from crimemap.areas.accept import accept
from crimemap.areas.assign import PointGrid
from crimemap.areas.catalogue import area_type
from crimemap.areas.read import read_boundary_file
from crimemap.crs import to_national_grid
from crimemap.incidents.places import PlaceIndex, microdegrees
from tests.real_data import REAL_DATA, needs_real_data

SETS = {
    "lad": "lad17_bgc_from_lsoa11.gpkg",
    "csp": "csp17_bgc_from_lsoa11.gpkg",
    "ctyua": "ctyua17_bgc_from_lsoa11.gpkg",
    "pfa": "pfa17_bgc_from_lsoa11.gpkg",
    "lsoa": "lsoa11_bgc.gpkg",
}


@pytest.fixture(scope="module")
def incidents(tmp_path_factory):
    """Longitude and latitude of every street row that has a position."""
    folder = tmp_path_factory.mktemp("csv")
    for archive in sorted((REAL_DATA / "police-uk").glob("*.zip")):
        with zipfile.ZipFile(archive) as held:
            for name in held.namelist():
                if name.endswith("-street.csv"):
                    (folder / f"{archive.stem}-{Path(name).name}").write_bytes(held.read(name))
    rows = duckdb.execute(
        "SELECT try_cast(Longitude AS DOUBLE) AS x, try_cast(Latitude AS DOUBLE) AS y "
        "FROM read_csv(?, union_by_name=true, all_varchar=true, header=true)",
        [f"{folder}/*.csv"],
    ).fetchnumpy()
    x, y = (np.ma.filled(rows[axis], np.nan) for axis in ("x", "y"))
    placed = np.isfinite(x) & np.isfinite(y)
    return x[placed], y[placed]


@pytest.fixture(scope="module")
def frames():
    made = {}
    for kind, file in SETS.items():
        raw = read_boundary_file(REAL_DATA / "boundaries" / "2017" / file, area_type(kind), "2017")
        made[kind] = accept(raw, area_type(kind), where=file).frame
    return made


def ours(longitude, latitude, frames):
    """Give, for each set, the row of the area of each incident."""
    places = PlaceIndex(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32))
    place = places.ids(microdegrees(longitude), microdegrees(latitude)) - 1
    _, place_longitude, place_latitude = places.pending()
    grid = PointGrid(*to_national_grid(place_longitude, place_latitude))
    return {kind: grid.assign(frame)[place] for kind, frame in frames.items()}


def joined(points, frames, predicate):
    return {
        kind: gpd.sjoin(points, frame[["geometry"]], how="left", predicate=predicate)["area_code"]
        for kind, frame in frames.items()
    }


@needs_real_data
def test_assigning_every_incident_to_five_sets(incidents, frames, capsys):
    longitude, latitude = incidents
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*to_national_grid(longitude, latitude)), crs="EPSG:27700")

    start = time.perf_counter()
    found = ours(longitude, latitude, frames)
    our_s = time.perf_counter() - start

    start = time.perf_counter()
    peer = joined(points, frames, "intersects")
    peer_s = time.perf_counter() - start

    start = time.perf_counter()
    joined(points, frames, "within")
    within_s = time.perf_counter() - start

    for kind, frame in frames.items():
        codes = np.append(frame.index.to_numpy(dtype=object), "")
        # A point on a border comes twice from the join; ours is the lowest code.
        lowest = peer[kind].fillna("").groupby(level=0).min()
        assert (codes[found[kind]] == lowest.to_numpy(dtype=object)).all(), kind
    with capsys.disabled():
        print(f"\n{longitude.size:,} incidents, {len(frames)} sets, the same answers")
        print(f"  crimemap                            {our_s:7.2f} s")
        print(f"  geopandas.sjoin                     {peer_s:7.2f} s   {peer_s / our_s:6.1f} times as long")
        print(f"  geopandas.sjoin, predicate 'within' {within_s:7.2f} s   {within_s / our_s:6.1f} times as long")
    assert peer_s / our_s > 20
