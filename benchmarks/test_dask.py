"""
Counting seven million rows on one and on two worker processes, and hexagons of the store beside h3ronpy on the incidents.

The rows are those of the archive of eight forces, nine times under other years. `pip install h3ronpy` brings the peer.
"""

import statistics
import time

import duckdb
import numpy as np
import pytest

from benchmarks.repeated import repeated
from crimemap.analysis.grids.cells import parse_cells
from crimemap.engine import LocalEngine
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.cell_counts import count_cells
from crimemap.jobs.selection import Selection, choose
from crimemap.pipeline.ingest import ingest
from crimemap.workspace import Workspace
from tests.real_data import REAL_DATA, needs_real_data

pytestmark = needs_real_data
YEARS = range(2017, 2026)
ROUNDS = 7
KIND = "h3:9"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return repeated(tmp_path_factory.mktemp("seven"), YEARS)


@pytest.fixture(scope="module")
def chosen(workspace):
    with IncidentStore(workspace).connect() as con:
        return choose(con, Selection(first_month=f"{YEARS[0]}-01", last_month=f"{YEARS[-1]}-12"))


def _seconds(work):
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def _sent(client):
    """Bytes that the workers wrote into their connections as results."""
    return sum(client.run(lambda dask_worker: sum(one["compressed"] for one in dask_worker.transfer_outgoing_log)).values())


@pytest.mark.parametrize("by_month", [False, True])
def test_two_workers_beside_one(workspace, chosen, capsys, by_month):
    dask = pytest.importorskip("crimemap.engine.dask_workers")

    def work(engine):
        return count_cells(workspace, chosen, parse_cells(KIND), by_month=by_month, engine=engine)

    spent = {1: [], 2: []}
    local = [_seconds(lambda: work(LocalEngine(2)))[1] for _ in range(3)]
    with dask.dask_engine(workers=1) as one, dask.dask_engine(workers=2) as two:
        for engine in (one, two):
            expected = work(engine)  # warm: libraries are loaded, places are known
        before = _sent(two.client)
        for _ in range(ROUNDS):  # turn and turn about, so that what else the machine does falls on both
            for n, engine in ((1, one), (2, two)):
                found, seconds = _seconds(lambda engine=engine: work(engine))
                spent[n].append(seconds)
                assert (found.incidents == expected.incidents).all()
        sent = (_sent(two.client) - before) / ROUNDS
    ratio = statistics.median(spent[1]) / statistics.median(spent[2])
    with capsys.disabled():
        print(f"\n{found.selected:,} rows by {KIND}{' and month' if by_month else ''}, {len(found.cell):,} counts:")
        print(
            f"  one worker {statistics.median(spent[1]):.2f} s, two {statistics.median(spent[2]):.2f} s: {ratio:.2f} times"
        )
        print(f"  two threads of this process {statistics.median(local):.2f} s")
        print(f"  tables of counts {found.exchanged_bytes / 1e6:.1f} MB, sent by the workers {sent / 1e6:.1f} MB a run")
        print(f"  positions of the rows would be {16 * found.selected / 1e6:.1f} MB")
    assert sent < 1.2 * found.exchanged_bytes + 1e6, "what travels is counts"
    assert ratio >= 1.5


def test_hexagons_of_the_store_beside_h3ronpy(tmp_path, capsys):
    h3ronpy = pytest.importorskip("h3ronpy.vector")
    workspace = Workspace(tmp_path / "workspace")
    ingest(workspace, sorted((REAL_DATA / "police-uk").glob("*.zip")))
    with IncidentStore(workspace).connect() as con:
        every = choose(con, Selection(first_month="2010-01", last_month="2025-12"))
        rows = con.execute("SELECT p.latitude, p.longitude FROM incidents i JOIN places p USING (place_id)").fetchnumpy()
    latitude, longitude = np.ascontiguousarray(rows["latitude"]), np.ascontiguousarray(rows["longitude"])

    def peer():
        cell = np.asarray(h3ronpy.coordinates_to_cells(latitude, longitude, 9)).astype(np.int64)
        return np.unique(cell, return_counts=True)

    def peer_by_database():
        cell = np.asarray(h3ronpy.coordinates_to_cells(latitude, longitude, 9))  # noqa: F841 - DuckDB reads it
        return duckdb.sql("SELECT column0 AS cell, count(*) AS n FROM cell GROUP BY ALL ORDER BY ALL").fetchnumpy()

    def ours():
        return count_cells(workspace, every, parse_cells(KIND), by_month=False)

    ours()
    spent = {"ours": [], "peer": [], "counted by DuckDB": []}
    for _ in range(ROUNDS):
        found, seconds = _seconds(ours)
        spent["ours"].append(seconds)
        (cell, n), seconds = _seconds(peer)
        spent["peer"].append(seconds)
        _, seconds = _seconds(peer_by_database)
        spent["counted by DuckDB"].append(seconds)
    assert (found.cell == cell).all()
    assert (found.incidents == n).all()
    medians = {name: statistics.median(times) for name, times in spent.items()}
    best = min(medians["peer"], medians["counted by DuckDB"])
    with capsys.disabled():
        print(f"\n{found.selected:,} incidents of the store by {KIND}: {medians['ours']:.3f} s, files read and all;")
        print(f"  h3ronpy on positions in memory {best:.3f} s: {best / medians['ours']:.1f} times as long")
    assert best / medians["ours"] >= 5
