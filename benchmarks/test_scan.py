"""
The scan statistic on real LSOAs, 999 simulations, beside the same windows evaluated with logarithms throughout in numpy.

No package that scans areas this way can be installed beside it; the plain evaluation of a few simulations stands in for one,
and its time is multiplied up. Both find the same largest ratio of each.
"""

import resource
import time

import geopandas as gpd
import numpy as np
import pytest
import shapely

from crimemap.analysis.clusters.scan import scan
from crimemap.analysis.clusters.scan_in_time import space_time_scan
from crimemap.analysis.clusters.scan_kernels import largest_of_simulations
from crimemap.analysis.clusters.scan_windows import circles
from tests.real_data import REAL_DATA, needs_real_data

pytestmark = needs_real_data
FOLDER = REAL_DATA / "boundaries" / "2017"
FORCES = {"E23000010": "West Yorkshire", "E23000005": "Greater Manchester"}


@pytest.fixture(scope="module")
def lsoas():
    import pandas as pd

    shapes = gpd.read_file(FOLDER / "lsoa11_bgc.gpkg").set_index("LSOA11CD")
    people = pd.read_csv(FOLDER / "lookup_lsoa11_lad17_csp17_pfa17_ctyua17_pop2011.csv").set_index("LSOA11CD")
    middle = shapely.centroid(shapes.geometry.to_numpy())
    table = people.join(pd.DataFrame({"x": shapely.get_x(middle), "y": shapely.get_y(middle)}, index=shapes.index))
    return table.dropna(subset=["x"])


def _plain(windows, simulated, due):
    """Each simulation's largest ratio, every window with its logarithms."""
    total = simulated[0].sum()

    def sums(values):
        running = np.concatenate([[0.0], np.cumsum(values[windows.member])])
        ends = np.arange(1, running.size)
        return running[ends] - np.repeat(running[windows.pointer[:-1]], np.diff(windows.pointer))

    e = sums(due)
    found = []
    for row in simulated:
        c = sums(row.astype(float))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = c * np.log(c / e) + np.where(c < total, (total - c) * np.log((total - c) / (total - e)), 0.0)
        found.append(np.where(windows.closed & (c > e), ratio, 0.0).max())
    return np.array(found)


def _plain_in_time(windows, cases, due, *, longest):
    """The largest ratio of all cylinders: for each run of periods all circles at once."""
    total, periods, largest = cases.sum(), cases.shape[1], 0.0
    start = np.repeat(windows.pointer[:-1], np.diff(windows.pointer))

    def of_circles(values):
        running = np.concatenate([[0.0], np.cumsum(values[windows.member])])
        return running[1:] - running[start]

    for first in range(periods):
        for last in range(first, min(first + longest, periods)):
            c = of_circles(cases[:, first : last + 1].sum(axis=1).astype(float))
            e = of_circles(due[:, first : last + 1].sum(axis=1))
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = c * np.log(c / e) + (total - c) * np.log((total - c) / (total - e))
            largest = max(largest, ratio[windows.closed & (c > e)].max(initial=0.0))
    return largest


def _measure(name, table, capsys, *, most_neighbours, plain):
    rng = np.random.default_rng(1)
    people = table["persons2011"].to_numpy(float)
    x, y = table["x"].to_numpy(), table["y"].to_numpy()
    rate = rng.gamma(4.0, 0.25, len(table))
    cases = rng.poisson(people / 150 * rate)
    start = time.perf_counter()
    found = scan(cases, people, x, y, rng=rng, simulations=999, most_neighbours=most_neighbours)
    ours = time.perf_counter() - start
    due = people / people.sum() * cases.sum()
    windows = circles(x, y, due, most_neighbours=most_neighbours)
    simulated = rng.multinomial(cases.sum(), due / due.sum(), size=plain).astype(np.int32)
    start = time.perf_counter()
    expected = _plain(windows, simulated, due)
    peer = (time.perf_counter() - start) / plain * 999
    assert largest_of_simulations(windows, simulated, due) == pytest.approx(expected, rel=1e-9)
    with capsys.disabled():
        print(f"\n{name}: {len(table):,} LSOAs, {cases.sum():,} incidents, {len(windows):,} windows, 999 simulations:")
        print(f"  crimemap {ours:.1f} s, plain evaluation {peer:.0f} s, {peer / ours:.1f} times as long")
        print(f"  {len(found.clusters)} clusters; {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB at most")
    return ours


@pytest.mark.parametrize("code", FORCES)
def test_a_force_with_windows_up_to_half_its_population(lsoas, code, capsys):
    table = lsoas[lsoas["PFA17CD"] == code]
    assert _measure(FORCES[code], table, capsys, most_neighbours=None, plain=20) < 20


@pytest.mark.parametrize(("months", "simulations", "limit_s"), [(12, 999, 20), (86, 99, 20)])
def test_a_force_in_space_and_time(lsoas, months, simulations, limit_s, capsys):
    table = lsoas[lsoas["PFA17CD"] == "E23000023"]  # Cambridgeshire, 529 LSOAs or so
    rng = np.random.default_rng(1)
    x, y = table["x"].to_numpy(), table["y"].to_numpy()
    rate = np.outer(table["persons2011"] / 150 * rng.gamma(4.0, 0.25, len(table)), rng.gamma(40.0, 1 / 40, months))
    cases = rng.poisson(rate)
    space_time_scan(cases[:40], x[:40], y[:40], rng=rng, simulations=19)  # compiles
    spent = time.process_time()
    start = time.perf_counter()
    found = space_time_scan(cases, x, y, rng=rng, simulations=simulations)
    ours, spent = time.perf_counter() - start, time.process_time() - spent
    due = np.outer(cases.sum(axis=1), cases.sum(axis=0)) / cases.sum()
    windows = circles(x, y, due.sum(axis=1))
    start = time.perf_counter()
    largest = _plain_in_time(windows, cases, due, longest=months // 2)
    peer = (time.perf_counter() - start) * (simulations + 1)
    assert found.clusters[0].llr == pytest.approx(largest, rel=1e-9)
    with capsys.disabled():
        print(f"\n{len(table)} LSOAs by {months} months, {cases.sum():,} incidents, {simulations} simulations:")
        print(
            f"  crimemap {ours:.1f} s ({spent:.1f} s of processors), plain evaluation {peer:.0f} s, {peer / ours:.0f} times"
        )
    assert ours < limit_s


def test_all_lsoas_with_windows_up_to_200_neighbours(lsoas, capsys):
    assert _measure("England and Wales", lsoas, capsys, most_neighbours=200, plain=5) < 120
