"""Killed at any moment, a table is as before or as after, and running again finishes the work."""

import random
import signal
import subprocess
import sys
import time

import pytest

from crimemap.incidents.store import IncidentStore
from crimemap.pipeline.ingest import ingest
from crimemap.workspace import Workspace
from tests.incidents.made import OUTCOMES, STOPS, csv_text, name_of, outcome_row, stop_row, street_row, zip_of

TABLES = ("incidents", "outcomes", "stops")

#: Runs an ingest that kills itself without warning just before or just after the n-th call of one function.
PROGRAM = """
import itertools, os, signal, sys
from pathlib import Path
import crimemap.incidents.delta as delta
import crimemap.incidents.places as places
from crimemap.pipeline.ingest import ingest
from crimemap.workspace import Workspace

where, when, nth, root, archive = sys.argv[1:]
owner, name = {
    "stage": (delta.pq, "write_table"),
    "place": (places, "_write"),
    "append": (delta, "write_deltalake"),
    "move": (delta.os, "replace"),
    "commit": (delta.DeltaTable, "create_write_transaction"),
    "vacuum": (delta.DeltaTable, "vacuum"),
}[where]
wrapped, calls = getattr(owner, name), itertools.count(1)

def killing(*args, **options):
    call = next(calls)
    if call == int(nth) and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = wrapped(*args, **options)
    if call == int(nth) and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, name, killing)
ingest(Workspace(root), [Path(archive)])
"""

POINTS = [
    ("stage", "before", 1),
    ("stage", "after", 4),
    ("place", "before", 1),
    ("place", "after", 1),
    ("append", "before", 1),
    ("append", "after", 1),
    ("append", "after", 2),
    ("move", "after", 1),
    ("move", "after", 3),
    ("commit", "before", 1),
    ("commit", "after", 1),
    ("commit", "after", 2),
    ("commit", "after", 3),
    ("vacuum", "after", 1),
]


def archives(tmp_path):
    months = [f"2024-{n:02d}" for n in range(1, 5)]

    def files(outcome, extra):
        made = {}
        for n, month in enumerate(months):
            rows = [street_row(10 * n + k, Month=month, Last_outcome_category=outcome) for k in range(4)]
            rows += [street_row(Month=month, Longitude=f"-1.{n}{extra}")] * 3 + [
                street_row(99, Month=month, Latitude=outcome)
            ]
            made[name_of(month)] = csv_text(rows)
            made[name_of(month, kind="outcomes")] = csv_text(
                [outcome_row(10 * n, Month=month, Outcome_type=outcome)], OUTCOMES
            )
            made[name_of(month, kind="stop-and-search")] = csv_text(
                [stop_row(Date=f"{month}-02T10:00:00+00:00", Outcome=outcome)], STOPS
            )
        return made

    return zip_of(tmp_path / "2024-05.zip", files("Old", 0)), zip_of(tmp_path / "2024-06.zip", files("New", 5))


def state(root):
    with IncidentStore(Workspace(root)).connect() as con:
        held = {view: con.table(view).project("* EXCLUDE (load_id)").order("ALL").fetchall() for view in TABLES}
        for table in TABLES:
            said = con.execute(
                "SELECT coalesce(sum(stored), 0) FROM loads WHERE current AND table_name = ?", [table]
            ).fetchone()
            assert said == (len(held[table]),), "loads say what the table holds"
        without = con.execute("SELECT count(*) FROM quarantine WHERE load_id NOT IN (SELECT load_id FROM loads)").fetchone()
        assert without == (0,)
        quarantined = con.execute("SELECT path, line, reason, raw FROM quarantine ORDER BY ALL").fetchall()
        said = con.execute("SELECT coalesce(sum(quarantined), 0) FROM loads WHERE current").fetchone()
        assert said == (len(quarantined),)
        lost = con.execute(
            "SELECT count(*) FROM incidents ANTI JOIN places USING (place_id) WHERE place_id IS NOT NULL"
        ).fetchone()
        assert lost == (0,), "every place an incident refers to is there"
    return held | {"quarantine": quarantined}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The two archives, and what the tables hold before and after the later one."""
    folder = tmp_path_factory.mktemp("made")
    first, second = archives(folder)
    ingest(Workspace(folder / "w"), [first])
    before = state(folder / "w")
    ingest(Workspace(folder / "w"), [second])
    after = state(folder / "w")
    assert all(before[table] != after[table] for table in (*TABLES, "quarantine"))
    return first, second, before, after


def check_old_or_new_and_finish(root, made):
    _, second, before, after = made
    found = state(root)
    for table in TABLES:
        assert found[table] in (before[table], after[table]), f"{table} is neither as before nor as after"
    ingest(Workspace(root), [second])
    assert state(root) == after
    result = ingest(Workspace(root), [second])
    assert {file["status"] for file in result["files"]} == {"unchanged"}


@pytest.mark.slow
@pytest.mark.parametrize(("where", "when", "nth"), POINTS)
def test_killed_at_this_point(tmp_path, made, where, when, nth):
    first, second, _, _ = made
    ingest(Workspace(tmp_path / "w"), [first])
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, where, when, str(nth), str(tmp_path / "w"), str(second)], check=False
    )
    assert ran.returncode == -signal.SIGKILL
    check_old_or_new_and_finish(tmp_path / "w", made)


@pytest.mark.slow
def test_killed_on_the_very_first_load(tmp_path, made):
    first, _, before, _ = made
    for where, when, nth in (("append", "after", 2), ("move", "after", 2), ("commit", "after", 1)):
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM, where, when, str(nth), str(tmp_path / where), str(first)], check=False
        )
        assert ran.returncode == -signal.SIGKILL
        state(tmp_path / where)
        ingest(Workspace(tmp_path / where), [first])
        assert state(tmp_path / where) == before


@pytest.mark.slow
def test_killed_at_random_moments(tmp_path, made):
    first, second, _, _ = made
    root = tmp_path / "w"
    ingest(Workspace(root), [first])
    rng = random.Random(7)  # noqa: S311 - moments, not secrets
    for _ in range(6):
        running = subprocess.Popen([sys.executable, "-c", PROGRAM, "stage", "before", "0", str(root), str(second)])
        time.sleep(rng.uniform(0.3, 1.2))
        running.kill()
        running.wait()
        found = state(root)
        for table in TABLES:
            assert found[table] in (made[2][table], made[3][table])
    check_old_or_new_and_finish(root, made)
