"""Messages that wake workers: taken once, private, and no loss where they are lost."""

import stat
from pathlib import Path

import pytest

from crimemap.errors import ParameterError
from crimemap.jobs.queue.opening import limits_of, open_store
from crimemap.jobs.queue.wake import Wake
from crimemap.settings import PrivateSettings
from crimemap.workspace import Workspace


def test_a_message_is_heard_by_another_process_once(tmp_path: Path) -> None:
    with Wake(Workspace(tmp_path)) as speaks, Wake(Workspace(tmp_path)) as hears:
        assert not hears.called()
        speaks.call("a")
        speaks.call("b")
        assert hears.called()
        assert not hears.called()
    assert stat.S_IMODE((tmp_path / "jobs/queue.sqlite").stat().st_mode) == 0o600


def test_listening_makes_no_file(tmp_path: Path) -> None:
    assert not Wake(Workspace(tmp_path)).called()
    assert list(tmp_path.iterdir()) == []


def test_a_queue_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="CRIMEMAP_JOBS_REDIS"):
        Wake(Workspace(tmp_path), redis="nonsense")


def test_the_settings_open_records_that_wake_workers(tmp_path: Path) -> None:
    settings = PrivateSettings(jobs_waiting=3, jobs_days_kept=2)
    store = open_store(Workspace(tmp_path), settings)
    limits = limits_of(settings)
    assert (limits.waiting, limits.days_kept) == (3, 2)
    store.submit("kde", {}, owner="token:a", formats=[], limits=limits)
    assert Wake(Workspace(tmp_path)).called()
