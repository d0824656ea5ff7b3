"""On two real worker processes: counts bit for bit, surfaces to 1e-12, and one worker may be lost."""

import os
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crimemap.analysis.grids.cells import parse_cells
from crimemap.engine import LocalEngine, current_engine, running_on
from crimemap.engine.dask_workers import dask_engine
from crimemap.incidents.store import IncidentStore
from crimemap.jobs import partition_counts
from crimemap.jobs.cell_counts import count_cells
from crimemap.jobs.job_file import run_job
from crimemap.jobs.places import count_places
from crimemap.jobs.registry import run
from crimemap.jobs.selection import Selection, choose
from tests.jobs.made import WEST_FORCE
from tests.jobs.test_backtest import ASKED
from tests.jobs.test_job_file import BACKTEST, written

pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def mark(tmp_path_factory):
    """Name the file that is there once a worker was lost; the workers know it from their environment."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("lost") / "worker"
        patch.setenv("CRIMEMAP_TEST_MARK", str(path))
        yield path


@pytest.fixture(scope="module")
def engine(mark):
    """Give two worker processes; what a test does not run on them runs on threads."""
    with dask_engine(workers=2, memory="1GiB") as engine:
        assert isinstance(current_engine(), LocalEngine)
        yield engine


@pytest.fixture
def chosen(made):
    with IncidentStore(made).connect() as con:
        return choose(con, Selection())


def same(here, there) -> bool:
    columns = ("cell", "month", "offence", "incidents")
    return here.offence_types == there.offence_types and all(
        getattr(here, name).tobytes() == getattr(there, name).tobytes()
        and getattr(here, name).dtype == getattr(there, name).dtype
        for name in columns
    )


def lose_the_worker_once(task):
    """Kill the worker that counts first, as a machine that fails would, and count on the next."""
    lost = Path(os.environ["CRIMEMAP_TEST_MARK"])
    if not lost.exists():
        lost.write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL)
    return partition_counts.count_partition(task)


@pytest.mark.parametrize("kind", ["h3:9", "250m", None])
def test_counts_are_bit_for_bit_those_of_threads(made, chosen, engine, monkeypatch, kind):
    cells = None if kind is None else parse_cells(kind)
    here = count_cells(made, chosen, cells, by_offence=True)
    monkeypatch.setattr("crimemap.jobs.cell_counts._BYTES_AT_ONCE", 0)
    assert same(here, count_cells(made, chosen, cells, by_offence=True, engine=engine))


@pytest.mark.parametrize("asked", [{}, {"force": WEST_FORCE, "offence": "burglary"}])
def test_places_are_counted_as_the_database_counts_them(made, engine, asked):
    with IncidentStore(made).connect() as con:
        chosen = choose(con, Selection(**asked))
        here = count_places(con, chosen, workspace=made)
        with running_on(engine):
            there = count_places(con, chosen, workspace=made)
    pd.testing.assert_frame_equal(here.table, there.table)
    assert (here.selected, here.without_position) == (there.selected, there.without_position)


def test_counts_are_the_same_when_a_worker_is_lost_on_the_way(made, chosen, engine, mark, monkeypatch):
    here = count_cells(made, chosen, parse_cells("250m"), by_offence=True)
    monkeypatch.setattr("crimemap.jobs.cell_counts._BYTES_AT_ONCE", 0)
    monkeypatch.setattr("crimemap.jobs.cell_counts.count_partition", lose_the_worker_once)
    there = count_cells(made, chosen, parse_cells("250m"), by_offence=True, engine=engine)
    assert same(here, there)
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_a_back_test_is_the_same_and_its_risk_to_1e_12(made, engine):
    here = run("backtest", made, ASKED)
    with running_on(engine):
        there = run("backtest", made, ASKED)
    assert there.to_json() == here.to_json()
    np.testing.assert_allclose(there.risk, here.risk, rtol=1e-12)


def test_hotspots_are_the_same(made, engine):
    asked = {"force": WEST_FORCE, "cells": "250m", "first_month": "2024-03", "last_month": "2024-04"}
    here = run("hotspots", made, asked)
    with running_on(engine):
        there = run("hotspots", made, asked)
    assert here.to_json()["backtest"]["available"]
    assert there.to_json() == here.to_json()
    pd.testing.assert_frame_equal(here.table(), there.table(), check_exact=True)


def test_surfaces_are_the_same_to_1e_12(made, engine):
    asked = {"force": WEST_FORCE, "bandwidth": "500", "first_month": "2024-03", "last_month": "2024-04"}
    here = run("kde", made, asked)
    with running_on(engine):
        there = run("kde", made, asked)
    np.testing.assert_allclose(there.value, here.value, rtol=1e-12)
    assert there.to_json()["backtest"] == here.to_json()["backtest"]


def test_a_job_gives_the_same_bytes(made, engine, tmp_path):
    path = written(tmp_path, BACKTEST, "out.csv")
    run_job(made, path)
    with running_on(engine):
        assert run_job(made, path).same_as_before is True
