"""
Overlap of national sets beside `geopandas.overlay`, and people of bricks beside the straightforward way, in one run.

Ours is the whole of `overlap`, checks of the sets, measures and classes included. The straightforward way for people is the
overlay of both sets, that overlaid with the bricks, and each brick's people divided by area. Peak memory is the operating
system's figure for a process that does nothing else.
"""

import os
import subprocess
import sys
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from crimemap.alignment.ladder import ladder
from crimemap.alignment.overlap import divide_bricks, overlap
from tests.real_data import REAL_DATA, needs_real_data

# The peer warns of the lines along which areas touch.
pytestmark = [needs_real_data, pytest.mark.filterwarnings("ignore:.*dropped geometries:UserWarning")]
BOUNDARIES = REAL_DATA / "boundaries"
PAIRS = {
    "348 LADs by 314 CSPs": ("2017/lad17_bgc_from_lsoa11.gpkg", "2017/csp17_bgc_from_lsoa11.gpkg"),
    "official CSP20 by 2017 LADs": ("official/csp20_bgc_ew.gpkg", "2017/lad17_bgc_from_lsoa11.gpkg"),
    "official CSP20 by official LADs": ("official/csp20_bgc_ew.gpkg", "official/lad17_bgc_ew.gpkg"),
}
LEAST_TIMES_AS_LONG = 5.0


def _read(name, code=None):
    frame = gpd.read_file(BOUNDARIES / name)
    return frame if code is None else frame.set_index(code)


def _seconds(work):
    """Give what work makes, and the time and the processor time (of all threads) that it takes."""
    start = time.perf_counter(), time.process_time()
    found = work()
    return found, np.array([time.perf_counter() - start[0], time.process_time() - start[1]])


def _told(ours, peer):
    wall, cpu = (
        f"crimemap {ours[k]:.2f} s, geopandas.overlay {peer[k]:.2f} s, {peer[k] / ours[k]:.1f} times as long" for k in (0, 1)
    )
    return f"  {wall}\n  of the processor: {cpu}"


def _overlay(source, target):
    left, right = (frame[["geometry"]].rename_axis(name).reset_index() for name, frame in (("a", source), ("b", target)))
    peer = gpd.overlay(left, right, how="intersection")
    return peer.assign(area=peer.area).groupby(["a", "b"])["area"].sum()


@pytest.mark.parametrize("name", PAIRS)
def test_national_sets(name, capsys):
    source, target = (_read(file) for file in PAIRS[name])
    overlap(source.head(3), target.head(3))  # compiled by now
    rounds = [(_seconds(lambda: overlap(source, target)), _seconds(lambda: _overlay(source, target))) for _ in range(3)]
    found, expected = rounds[0][0][0].pieces, rounds[0][1][0]
    ours, peer = (np.min([one[k][1] for one in rounds], axis=0) for k in (0, 1))
    expected = expected[expected > 0]
    assert list(zip(found["source"], found["target"], strict=True)) == expected.index.to_list()
    worst = np.abs(found["area_m2"].to_numpy() / expected.to_numpy() - 1).max()
    with capsys.disabled():
        print(f"\n{name}:\n{_told(ours, peer)}")
        print(f"  {len(found):,} pieces from {found['area_m2'].min():.2g} m²; largest relative difference {worst:.1e}")
    assert worst < 1e-9
    assert peer[0] / ours[0] > LEAST_TIMES_AS_LONG


def _bricks():
    return _read("2017/lsoa11_bgc.gpkg", "LSOA11CD").rename(columns={"persons2011": "population"})


def _rungs():
    sets = {
        rung: _read(f"2017/{name}17_bgc_from_lsoa11.gpkg", f"{name.upper()}17CD")
        for rung, name in (("lad", "lad"), ("county", "ctyua"), ("pfa", "pfa"))
    }
    of_borough = pd.read_csv(BOUNDARIES / "lookups" / "met_bcu_2018_to_lad.csv", keep_default_na=False)
    of_borough = of_borough[of_borough["lad_code"] != ""].set_index("lad_code")["bcu_code"]
    sets["bcu"] = sets["lad"].loc[of_borough.index, ["geometry"]].assign(bcu=of_borough).dissolve("bcu")
    return sets


def _ladder(bricks, csp, sets):
    divided = divide_bricks(bricks, csp)
    return ladder({rung: overlap(csp, frame, bricks=bricks, source_bricks=divided) for rung, frame in sets.items()})


def _straightforward(bricks, source, target):
    left, right = (frame[["geometry"]].rename_axis(name).reset_index() for name, frame in (("a", source), ("b", target)))
    both = gpd.overlay(left, right)
    people = bricks[["population", "geometry"]].assign(own=bricks.area)
    parts = gpd.overlay(both, people, keep_geom_type=True)
    return (parts["population"] * parts.area / parts["own"]).groupby([parts["a"], parts["b"]]).sum()


def _csp():
    return _read("2017/csp17_bgc_from_lsoa11.gpkg", "CSP17CD")


def test_five_ladder_sets_with_people(capsys):
    bricks, csp, sets = _bricks(), _csp(), _rungs()
    _ladder(bricks.head(50), csp.head(3), {rung: frame.head(3) for rung, frame in sets.items()})
    found, spent = _seconds(lambda: _ladder(bricks, csp, sets))
    expected, peer = _seconds(lambda: {rung: _straightforward(bricks, csp, frame) for rung, frame in sets.items()})
    for rung, people in expected.items():
        of_areas = people.groupby("b").sum().reindex(sets[rung].index)
        assert found.areas[rung]["population"].to_numpy() == pytest.approx(of_areas.to_numpy(), rel=1e-6)
    with capsys.disabled():
        print(f"\n{len(bricks):,} bricks, CSPs with LADs, counties and unitary areas, BCUs of the Met, forces:")
        print(_told(spent, peer))
    assert spent[0] < 60


def test_bricks_that_both_sets_cut(capsys):
    """Official sets against bricks drawn otherwise: nearly every brick at a boundary is cut by both."""
    bricks, source, target = _bricks(), _read("official/csp20_bgc_ew.gpkg"), _read("official/lad17_bgc_ew.gpkg")
    found, spent = _seconds(lambda: overlap(source, target, bricks=bricks))
    expected, peer = _seconds(lambda: _straightforward(bricks, source, target))
    people = found.pieces.set_index(["source", "target"])["population"]
    together = pd.concat([people, expected], axis=1).fillna(0.0)
    off = (together.iloc[:, 0] - together.iloc[:, 1]).abs()
    with capsys.disabled():
        print(f"\n{len(bricks):,} bricks, official CSP20 and LADs:")
        print(_told(spent, peer))
        print(
            f"  {found.bricks.loc['population', 'cut']:,.0f} people in cut bricks; largest difference {off.max():.2g} people"
        )
    # Slivers of sea beside a brick's own coast are put back into the brick.
    assert off.max() < 1e-3 * together.max(axis=None)


PEAK = """
import resource, sys
from benchmarks.test_alignment import _bricks, _csp, _ladder, _rungs
given = _bricks(), _csp(), _rungs()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
_ladder(*given)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_peak_memory_of_the_ladder(capsys):
    run = subprocess.run(
        [sys.executable, "-c", PEAK], capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": "."}
    )
    read, peak = (int(line) / 1024 for line in run.stdout.split())
    with capsys.disabled():
        print(f"\nladder with people: {peak:.0f} MiB at most, of which {read:.0f} MiB once the sets were read")
    assert peak < 1536
