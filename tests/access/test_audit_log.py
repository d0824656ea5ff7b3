"""The audit log: only ever added to, and it tells when it was not."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crimemap.access.audit_log import Access, AuditLog
from crimemap.workspace import Workspace

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    made = AuditLog(Workspace(tmp_path / "workspace").create())
    for k in range(5):
        made.write(
            Access(who=f"token:{k % 2}", action="GET /teams/me", status=200, area_code=f"N{k}", n_rows=k),
            now=NOW.replace(hour=12 + k),
        )
    return made


@pytest.fixture
def file(tmp_path: Path, log: AuditLog) -> Path:
    return tmp_path / "workspace" / "audit" / "audit.sqlite"


def test_what_was_written_is_read_newest_first_and_chosen_by_who_when_and_where(log: AuditLog) -> None:
    assert [row["number"] for row in log.read()] == [5, 4, 3, 2, 1]
    assert {row["area_code"] for row in log.read(who="token:1")} == {"N1", "N3"}
    assert {row["area_code"] for row in log.read(since="2025-03-01T13", until="2025-03-01T15")} == {"N1", "N2"}
    assert [row["n_rows"] for row in log.read(area_code="N4")] == [4]
    assert len(log.read(limit=2)) == 2
    assert log.verify() is None


def test_the_database_refuses_to_change_or_remove_a_row(log: AuditLog, file: Path) -> None:
    with sqlite3.connect(file) as database:
        for statement in ("UPDATE accesses SET who = 'nobody'", "DELETE FROM accesses WHERE number = 3"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                database.execute(statement)
    database.close()


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE accesses SET n_rows = 0 WHERE number = 4", 4),
        ("DELETE FROM accesses WHERE number = 2", 3),
        ("DELETE FROM accesses WHERE number = 5", 5),
        ("DELETE FROM accesses", 1),
    ],
)
def test_a_change_behind_its_back_shows(log: AuditLog, file: Path, statement: str, broken: int) -> None:
    with sqlite3.connect(file) as database:
        database.execute("DROP TRIGGER accesses_stay")
        database.execute("DROP TRIGGER accesses_are_kept")
        database.execute(statement)
    database.close()
    assert log.verify() == broken


def test_many_at_once_are_all_written_in_one_chain(log: AuditLog) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda k: log.write(Access(who=f"token:{k}", action="x", status=200)), range(60)))
    assert sorted(numbers) == list(range(6, 66))
    assert log.verify() is None


def test_texts_are_kept_on_one_line_and_short_and_the_file_is_the_owners_alone(log: AuditLog, file: Path) -> None:
    log.write(Access(who="token:1", action="x", status=200, purpose="a\nb\x1b[31m" + "c" * 5000))
    (row,) = log.read(limit=1)
    assert row["purpose"].startswith("a b [31mccc")
    assert len(row["purpose"]) == 200
    assert file.stat().st_mode & 0o077 == 0


def test_a_workspace_without_a_log_has_no_accesses(tmp_path: Path) -> None:
    empty = AuditLog(Workspace(tmp_path / "other").create())
    assert empty.read() == []
    assert empty.verify() is None
