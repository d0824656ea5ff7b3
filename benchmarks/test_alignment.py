"""
Overlap of national sets beside `geopandas.overlay`, and people of bricks beside the straightforward way, in one run.

The straightforward way for people is the overlay of the bricks with each set, and each brick's people divided by area.
"""

import time

import geopandas as gpd
import numpy as np
import pytest

from crimemap.alignment.overlap import divide_bricks, overlap
from crimemap.alignment.shared import shared_areas
from tests.real_data import REAL_DATA, needs_real_data

# The peer warns of the lines along which areas touch.
pytestmark = [needs_real_data, pytest.mark.filterwarnings("ignore:.*dropped geometries:UserWarning")]
BOUNDARIES = REAL_DATA / "boundaries"
PAIRS = {
    "348 LADs by 314 CSPs": ("2017/lad17_bgc_from_lsoa11.gpkg", "2017/csp17_bgc_from_lsoa11.gpkg"),
    "official CSP20 by 2017 LADs": ("official/csp20_bgc_ew.gpkg", "2017/lad17_bgc_from_lsoa11.gpkg"),
    "official CSP20 by official LADs": ("official/csp20_bgc_ew.gpkg", "official/lad17_bgc_ew.gpkg"),
}
#: Pieces smaller than this are compared in square metres: they are what two roundings of one line leave.
SMALL_M2 = 10.0


def _read(name):
    return gpd.read_file(BOUNDARIES / name)


def _seconds(work, *, best_of=1):
    spent = []
    for _ in range(best_of):
        start = time.perf_counter()
        found = work()
        spent.append(time.perf_counter() - start)
    return found, min(spent)


def _overlay(source, target):
    left, right = ({"a": np.arange(len(source))}, {"b": np.arange(len(target))})
    peer = gpd.overlay(gpd.GeoDataFrame(left, geometry=source.geometry), gpd.GeoDataFrame(right, geometry=target.geometry))
    return peer.assign(area=peer.area).groupby(["a", "b"])["area"].sum()


@pytest.mark.parametrize("name", PAIRS)
def test_national_sets(name, capsys):
    source, target = (_read(file) for file in PAIRS[name])
    shapes = [np.asarray(frame.geometry.array, dtype=object) for frame in (source, target)]
    (i, j, area, _), ours = _seconds(lambda: shared_areas(*shapes), best_of=3)
    expected, peer = _seconds(lambda: _overlay(source, target), best_of=2)
    expected = expected[expected > 0]
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == expected.index.to_list()
    off = np.abs(area - expected.to_numpy())
    large = expected.to_numpy() > SMALL_M2
    worst = (off / expected.to_numpy())[large].max()
    with capsys.disabled():
        print(f"\n{name}: crimemap {ours:.2f} s, geopandas.overlay {peer:.2f} s, {peer / ours:.1f} times as long")
        print(f"  {len(area):,} pieces; largest relative difference {worst:.1e}; {(~large).sum()} of under {SMALL_M2:g} m²")
    assert worst < 1e-9
    assert off[~large].max(initial=0) < 1e-6


def test_five_ladder_sets_with_people(capsys):
    bricks = _read("2017/lsoa11_bgc.gpkg").set_index("LSOA11CD").rename(columns={"persons2011": "population"})
    csp = _read("2017/csp17_bgc_from_lsoa11.gpkg").set_index("CSP17CD")
    sets = {
        name: _read(f"2017/{name}17_bgc_from_lsoa11.gpkg").set_index(f"{name.upper()}17CD")
        for name in ("lad", "ctyua", "pfa")
    }
    sets["csp20"] = _read("official/csp20_bgc_ew.gpkg").set_index("CSP20CD")

    def ours():
        divided = divide_bricks(bricks, csp)
        found = {name: overlap(csp, frame, bricks=bricks, source_bricks=divided) for name, frame in sets.items()}
        return {name: one.targets["population"] for name, one in found.items()}

    def straightforward():
        made = {}
        for name, frame in sets.items():
            both = gpd.overlay(frame[["geometry"]].rename_axis("unit").reset_index(), csp[["geometry"]])
            parts = gpd.overlay(
                both[["unit", "geometry"]], bricks[["population", "geometry"]].assign(own=bricks.area), keep_geom_type=True
            )
            people = parts["population"] * parts.area / parts["own"]
            made[name] = people.groupby(parts["unit"]).sum().reindex(frame.index)
        return made

    found, spent = _seconds(ours)
    expected, peer = _seconds(straightforward)
    for name, people in found.items():
        assert people.to_numpy() == pytest.approx(expected[name].to_numpy(), rel=2e-3 if name == "csp20" else 1e-6)
    with capsys.disabled():
        print(f"\n{len(bricks):,} bricks, CSPs with LADs, counties and unitary areas, forces, official CSP20:")
        print(f"  crimemap {spent:.1f} s, geopandas.overlay {peer:.1f} s, {peer / spent:.1f} times as long")
