"""
A back-test of five methods by 24 months on real forces, on hexagons and on squares, and the same figures done plainly.

Three years are one published year thrice, so what is foreseen says nothing: it is the time that is measured.
"""

import resource
import time

import numpy as np
import pytest

from benchmarks.repeated import repeated
from crimemap.jobs.registry import run
from crimemap.pipeline.areas import add_areas
from tests.real_data import REAL_DATA, needs_real_data

pytestmark = needs_real_data
METHODS = "kde:quartic:600,kde:gaussian:600,gistar:1,decay:6:quartic:600,last:12"


@pytest.mark.parametrize(
    ("force", "cells"), [("merseyside", "h3:9"), ("devon-and-cornwall", "h3:9"), ("devon-and-cornwall", "200m")]
)
def test_five_methods_by_24_months(tmp_path, capsys, force, cells):
    workspace = repeated(tmp_path, (2023, 2024, 2025), force=force)
    add_areas(workspace, REAL_DATA / "boundaries" / "2017" / "pfa17_bgc_from_lsoa11.gpkg", area_type="pfa", vintage="2017")
    start, before = time.perf_counter(), time.process_time()
    result = run("backtest", workspace, {"force": force, "cells": cells, "methods": METHODS, "baselines": "area"})
    spent, processor = time.perf_counter() - start, time.process_time() - before
    found = result.found
    assert len(found.periods) == 24
    history = result.history
    risk = history.counts[:, -13:-1].sum(axis=1) / history.cells.area_inside_m2
    area, test = history.cells.area_inside_m2, history.counts[:, -1]
    order = np.argsort(-risk, kind="stable")
    edge = risk[order[np.searchsorted(np.cumsum(area[order]), 0.01 * area.sum())]]
    caught = found.caught[[method.name for method in found.methods].index("last:12"), -1, 0]
    with capsys.disabled():
        print(f"\n{force}, {len(history.cells):,} {cells}, {found.incidents:,} incidents: {spent:.1f} s,")
        print(f"  {processor:.1f} s of the processor, for {len(found.methods)} methods by {len(found.periods)} months;")
        print(f"  process {_peak_mib():.0f} MiB at most")
    assert test[risk > edge * (1 + 1e-12)].sum() <= caught <= test[risk >= edge * (1 - 1e-12)].sum()
    assert min(spent, processor) < 60, "a busy machine takes longer than its processors work for this"


def _peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
