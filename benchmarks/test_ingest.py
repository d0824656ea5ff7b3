"""
Ingest of every real archive, beside DuckDB reading the same CSV files as text, in one run.

Both are whole processes, start-up included. The peer is given the files already unpacked and parses them, doing nothing
with what it reads but adding up its length; ours unpacks, checks, cleans, identifies, places and stores. Rounds alternate,
so that whatever else the machine does falls on both. Peak memory is the operating system's figure for the process.
"""

import os
import statistics
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass

import pytest

from tests.real_data import REAL_DATA, needs_real_data

ROUNDS = 3
MOST_TIMES_THE_PEER = 5.0
MOST_BYTES = 1.5 * 2**30

PEER = """
import sys, duckdb
con = duckdb.connect()
for kind in ("street", "outcomes", "stop-and-search"):
    con.sql(f"SELECT sum(length(COLUMNS(*))) FROM read_csv('{sys.argv[1]}/*/*-{kind}.csv', all_varchar = true)").fetchall()
"""


@dataclass(frozen=True)
class Run:
    wall_s: float
    cpu_s: float
    peak_bytes: int


def run(*command):
    start = time.perf_counter()
    child = subprocess.Popen([sys.executable, *map(str, command)], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def ingest(workspace, *archives):
    return run("-c", "from crimemap.cli import main; main()", "ingest", *archives, "--workspace", workspace, "--json")


@pytest.fixture(scope="module")
def archives():
    return sorted((REAL_DATA / "police-uk").glob("*.zip"))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory, archives):
    folder = tmp_path_factory.mktemp("csv")
    for archive in archives:
        (folder / archive.stem).mkdir()
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                (folder / archive.stem / name.rsplit("/", 1)[-1]).write_bytes(opened.read(name))
    return folder


@needs_real_data
def test_ingest_takes_at_most_five_times_as_long_as_reading_the_text(tmp_path, archives, unpacked):
    peers, ours = [], []
    for n in range(ROUNDS):
        peers.append(run("-c", PEER, unpacked))
        ours.append(ingest(tmp_path / str(n), *archives))
    wall, cpu = (
        [statistics.median(getattr(each, name) for each in runs) for runs in (ours, peers)] for name in ("wall_s", "cpu_s")
    )
    peak = max(each.peak_bytes for each in ours)
    print(f"\ningest {wall[0]:.2f} s, DuckDB reading the text {wall[1]:.2f} s: {wall[0] / wall[1]:.2f} times")
    print(
        f"processor time {cpu[0]:.2f} s and {cpu[1]:.2f} s: {cpu[0] / cpu[1]:.2f} times; peak memory {peak / 2**20:.0f} MiB"
    )
    assert wall[0] <= MOST_TIMES_THE_PEER * wall[1]
    assert peak <= MOST_BYTES


@needs_real_data
def test_memory_does_not_grow_with_the_number_of_archives(tmp_path, archives):
    one, every = ingest(tmp_path / "one", archives[1]), ingest(tmp_path / "every", *archives)
    print(f"\npeak memory with one archive {one.peak_bytes / 2**20:.0f} MiB, with five {every.peak_bytes / 2**20:.0f} MiB")
    assert every.peak_bytes <= one.peak_bytes * 1.5
