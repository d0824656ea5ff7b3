"""Records of jobs: accepted within limits, taken in turn by one worker each, tried three times, gone when they expire."""

import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crimemap.errors import ConflictError, LimitError, NotFoundError, ParameterError
from crimemap.jobs.queue.job import JobLimits, JobRecord, ResultFile
from crimemap.jobs.queue.leases import MOST_ATTEMPTS, JobLeases
from crimemap.jobs.queue.records import JobStore
from crimemap.workspace import Workspace

LIMITS = JobLimits(waiting=40)
LEASE = timedelta(seconds=30)
GONE = timedelta(seconds=31)


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(Workspace(tmp_path / "w"))


def asked(store: JobStore, owner: str = "token:a", *, limits: JobLimits = LIMITS, process: str = "kde") -> JobRecord:
    return store.submit(process, {"force": "avon"}, owner=owner, formats=["csv"], limits=limits)


def worker(store: JobStore, name: str = "one") -> JobLeases:
    return JobLeases(store, worker=name, lease=LEASE)


def claim(leases: JobLeases, *, later: timedelta = timedelta(0), running: int = 9) -> JobRecord | None:
    return leases.claim(running_per_owner=running, now=datetime.now(UTC) + later)


def taken(leases: JobLeases, *, later: timedelta = timedelta(0)) -> JobRecord:
    job = claim(leases, later=later)
    assert job is not None
    return job


def with_file(store: JobStore, job: JobRecord, leases: JobLeases, text: str = "a\n1\n") -> Path:
    path = store.results_folder(job.id, job.attempts) / "kde.csv"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert leases.finish(job, [ResultFile(name="kde.csv", media_type="text/csv", size_bytes=len(text))])
    return path


def test_a_job_is_kept_as_it_was_asked(store: JobStore) -> None:
    job = asked(store)
    assert (job.status, job.inputs, job.formats, job.attempts) == ("accepted", {"force": "avon"}, ("csv",), 0)
    assert job.created.tzinfo is not None
    assert store.get(job.id) == job
    assert [line for _, line in store.log_of(job.id)] == ["Accepted"]


def test_another_store_reads_what_one_wrote(store: JobStore, tmp_path: Path) -> None:
    job = asked(store)
    assert JobStore(Workspace(tmp_path / "w")).get(job.id) == job


def test_records_are_for_their_owner_alone(store: JobStore, tmp_path: Path) -> None:
    asked(store)
    assert stat.S_IMODE((tmp_path / "w/jobs").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "w/jobs/jobs.sqlite").stat().st_mode) == 0o600


def test_looking_at_a_workspace_without_jobs_writes_nothing(store: JobStore, tmp_path: Path) -> None:
    assert store.every() == []
    assert store.expire(datetime.now(UTC)) == 0
    with pytest.raises(NotFoundError):
        store.get("x")
    assert not (tmp_path / "w").exists()


def test_more_than_may_wait_is_refused_and_others_are_not_touched(store: JobStore) -> None:
    limits = JobLimits(waiting=2)
    asked(store, limits=limits)
    asked(store, limits=limits)
    with pytest.raises(LimitError, match="2 jobs of yours are waiting"):
        asked(store, limits=limits)
    assert asked(store, "token:b", limits=limits).status == "accepted"


def test_inputs_too_large_to_keep_are_refused(store: JobStore) -> None:
    with pytest.raises(ParameterError, match="characters"):
        store.submit("kde", {"force": "x" * 300_000}, owner="token:a", formats=[], limits=LIMITS)


def test_a_queue_that_fails_loses_no_job(tmp_path: Path) -> None:
    def broken(_job_id: str) -> None:
        raise OSError("no queue")

    store = JobStore(Workspace(tmp_path), wake=broken)
    job = asked(store)
    assert taken(worker(store)).id == job.id


def test_jobs_are_listed_newest_first_in_pages(store: JobStore) -> None:
    ids = [asked(store).id for _ in range(5)]
    other = asked(store, "token:b", process="hotspots")
    assert [job.id for job in store.of_owner("token:a")] == ids[::-1]
    first = store.of_owner("token:a", limit=2)
    assert [job.id for job in store.of_owner("token:a", limit=9, after=first[-1].id)] == ids[2::-1]
    assert [job.id for job in store.every(process_id="hotspots")] == [other.id]
    assert store.every(status="running") == []
    assert len(store.every(status=["running", "accepted"])) == 6


def test_the_owner_served_longest_ago_is_next(store: JobStore) -> None:
    for owner in ("a", "a", "a", "b", "b", "c"):
        asked(store, owner)
    order = [taken(worker(store)).owner for _ in range(6)]
    assert order == ["a", "b", "c", "a", "b", "a"]


def test_of_one_owner_the_oldest_job_is_next(store: JobStore) -> None:
    ids = [asked(store).id for _ in range(3)]
    assert [taken(worker(store)).id for _ in range(3)] == ids


def test_an_owner_with_enough_running_waits_though_others_do_not(store: JobStore) -> None:
    first, second = asked(store, "a"), asked(store, "a")
    other = asked(store, "b")
    one = worker(store)
    job = claim(one, running=1)
    assert job is not None
    assert job.id == first.id
    following = claim(one, running=1)
    assert following is not None
    assert following.id == other.id
    assert claim(one, running=1) is None
    assert one.fail(job, "no reason")
    after = claim(one, running=1)
    assert after is not None
    assert after.id == second.id


def test_two_workers_with_forty_jobs_take_each_once(store: JobStore, tmp_path: Path) -> None:
    ids = {asked(store, f"owner {i % 3}").id for i in range(40)}
    found: list[str] = []

    def work(name: str) -> None:
        leases = worker(JobStore(Workspace(tmp_path / "w")), name)
        while (job := claim(leases, running=99)) is not None:
            found.append(job.id)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(ids)


def test_a_job_whose_worker_is_gone_runs_again_three_times_at_most_then_fails_with_its_reason(store: JobStore) -> None:
    job = asked(store)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        again = taken(worker(store, f"worker {attempt}"), later=attempt * GONE)
        assert (again.id, again.attempts) == (job.id, attempt)
    assert claim(worker(store), later=(MOST_ATTEMPTS + 1) * GONE) is None
    end = store.get(job.id)
    assert end.status == "failed"
    assert end.reason == "It was tried 3 times; the last time its worker was killed or gave no sign of life."
    assert end.expires is not None


def test_a_worker_that_renews_its_lease_keeps_its_job(store: JobStore) -> None:
    asked(store)
    one, two = worker(store), worker(store, "two")
    job = taken(one, later=-GONE)
    assert one.hold(job, progress=40, message="Counting incidents")
    assert claim(two) is None
    held = store.get(job.id)
    assert (held.progress, held.message) == (40, "Counting incidents")
    assert store.log_of(job.id)[-1][1] == "Counting incidents"


def test_a_worker_that_lost_its_job_can_neither_finish_nor_fail_it(store: JobStore) -> None:
    asked(store)
    one, two = worker(store), worker(store, "two")
    late = taken(one, later=-GONE)
    job = taken(two)
    assert not one.hold(late, progress=99)
    assert not one.finish(late, [])
    assert not one.fail(late, "x")
    assert not one.give_back(late, "x", counted=True)
    assert not one.held(late)
    assert two.held(job)
    assert store.get(job.id).progress == 0


def test_a_job_given_back_by_a_worker_that_ends_counts_no_attempt(store: JobStore) -> None:
    job = asked(store)
    one = worker(store)
    for _ in range(MOST_ATTEMPTS + 2):
        again = taken(one)
        assert again.attempts == 1
        assert one.give_back(again, "its worker ended", counted=False)
    assert store.get(job.id).status == "accepted"


def test_a_waiting_job_that_is_dismissed_never_runs(store: JobStore) -> None:
    job = asked(store)
    assert store.dismiss(job.id).status == "dismissed"
    assert claim(worker(store)) is None
    assert store.dismiss(job.id).status == "dismissed"


def test_a_running_job_that_is_dismissed_is_no_longer_its_workers(store: JobStore) -> None:
    asked(store)
    one = worker(store)
    job = taken(one)
    store.dismiss(job.id)
    assert not one.held(job)
    assert not one.finish(job, [])
    assert store.get(job.id).status == "dismissed"


def test_results_are_given_of_successful_jobs_only_and_by_their_names(store: JobStore) -> None:
    asked(store)
    one = worker(store)
    job = taken(one)
    with pytest.raises(ConflictError, match="running"):
        store.result_path(job.id, "kde.csv")
    path = with_file(store, job, one)
    assert store.result_path(job.id, "kde.csv") == path
    for name in ("../kde.csv", "jobs.sqlite", "", "/etc/passwd"):
        with pytest.raises(NotFoundError):
            store.result_path(job.id, name)
    end = store.get(job.id)
    assert (end.status, end.progress) == ("successful", 100)
    assert end.results == (ResultFile(name="kde.csv", media_type="text/csv", size_bytes=4),)


def test_dismissing_a_finished_job_deletes_its_results(store: JobStore) -> None:
    asked(store)
    one = worker(store)
    job = taken(one)
    path = with_file(store, job, one)
    end = store.dismiss(job.id)
    assert (end.status, end.results) == ("dismissed", ())
    assert not path.parent.exists()


def test_what_expires_is_gone_with_its_files_and_what_does_not_stays(store: JobStore) -> None:
    for _ in range(2):
        asked(store, limits=JobLimits(days_kept=1.5))
    one = worker(store)
    job, still = taken(one), taken(one)
    path = with_file(store, job, one)
    stray = store.folder / "results" / "of-nobody.1.part"
    stray.mkdir()
    in_work = store.results_folder(still.id, 1).with_name(f"{still.id}.1.part")
    in_work.mkdir()
    now = datetime.now(UTC)
    assert store.expire(now) == 0
    assert path.is_file()
    assert not stray.exists()
    later = now + timedelta(days=1.6)
    with pytest.raises(NotFoundError):
        store.result_path(job.id, "kde.csv", now=later)
    assert store.expire(later) == 1
    assert not path.parent.exists()
    assert in_work.is_dir()
    with pytest.raises(NotFoundError):
        store.get(job.id)
    assert store.get(still.id).status == "running"


def test_a_database_that_cannot_be_used_is_refused_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(ParameterError) as refused:
        JobStore(Workspace(tmp_path), database="nonsense+x://me:secret@host/db")
    assert "secret" not in str(refused.value)


def test_another_database_holds_jobs_as_well(tmp_path: Path) -> None:
    store = JobStore(Workspace(tmp_path / "w"), database=f"sqlite:///{tmp_path}/other.sqlite")
    assert store.get(asked(store).id).status == "accepted"
    assert not (tmp_path / "w/jobs/jobs.sqlite").exists()
