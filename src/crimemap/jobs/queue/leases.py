"""
Jobs from a worker's side: taken, held, and given back or finished.

A worker holds a job by a lease that it renews. Whatever happens to the worker, its lease runs out and the job is anyone's
again, three times at most. What a worker says of a job counts only while it is the one that holds it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, and_, func, or_, select, update

from crimemap.jobs.queue.job import JobRecord, ResultFile
from crimemap.jobs.queue.records import JobStore
from crimemap.jobs.queue.tables import JOBS, OWNERS, add_line, hold_owner, kept_until, microseconds, record_of

__all__ = ["MOST_ATTEMPTS", "JobLeases"]

MOST_ATTEMPTS: Final = 3


class JobLeases:
    """
    Jobs as one worker takes them.

    Parameters
    ----------
    store
        The records.
    worker
        The worker's name, unlike any other's.
    lease
        How long a job is held without a sign of life.
    """

    def __init__(self, store: JobStore, *, worker: str, lease: timedelta) -> None:
        self._tables = store.tables
        self._worker = worker
        self._lease = lease

    def claim(self, *, running_per_owner: int, now: datetime | None = None) -> JobRecord | None:
        """
        Take the job whose turn it is: of the owner who was served longest ago, the oldest.

        Parameters
        ----------
        running_per_owner
            Owners with so many jobs running are passed over.
        """
        if not self._anything(_now(now)):
            return None
        with self._tables.writing() as connection:
            at = _now(now)  # not before: a lease begins when the wait for a turn to write is over
            self._take_back(connection, at)
            running = (
                select(JOBS.c.owner, func.count().label("n")).where(JOBS.c.status == "running").group_by(JOBS.c.owner)
            ).subquery()
            turns = connection.scalars(
                select(JOBS.c.owner)
                .outerjoin(OWNERS, OWNERS.c.owner == JOBS.c.owner)
                .outerjoin(running, running.c.owner == JOBS.c.owner)
                .where(JOBS.c.status == "accepted", func.coalesce(running.c.n, 0) < running_per_owner)
                .group_by(JOBS.c.owner, OWNERS.c.served)
                .order_by(func.coalesce(OWNERS.c.served, 0), func.min(JOBS.c.created), JOBS.c.owner)
            ).all()
            for owner in turns:
                taken = self._take(connection, owner, at)
                if taken is not None:
                    return taken
        return None

    def hold(self, job: JobRecord, *, progress: int | None = None, message: str | None = None) -> bool:
        """
        Renew the lease, and say how far the work is.

        Returns
        -------
        bool
            Whether the job is still this worker's; if not, it was dismissed, or taken for lost.
        """
        new: dict[str, Any] = {} if progress is None else {"progress": progress}
        if message is not None:
            new["message"] = message[:200]
        with self._tables.writing() as connection:
            at = _now()
            new |= {"updated": at, "leased_until": at + _span(self._lease)}
            held = self._change(connection, job, **new)
            if held and message is not None:
                add_line(connection, job.id, at, message)
        return held

    def held(self, job: JobRecord) -> bool:
        """Say whether the job is still this worker's."""
        with self._tables.reading() as connection:
            return connection.execute(select(JOBS.c.id).where(self._mine(job))).first() is not None

    def finish(self, job: JobRecord, results: Sequence[ResultFile]) -> bool:
        """Say that the job is done and its files are in their place; give whether it was still this worker's."""
        files = json.dumps([asdict(one) for one in results])
        return self._end(job, status="successful", progress=100, message="Done", results=files)

    def fail(self, job: JobRecord, reason: str) -> bool:
        """Say why the job cannot be done; give whether it was still this worker's."""
        return self._end(job, status="failed", message="Failed", reason=reason)

    def give_back(self, job: JobRecord, reason: str, *, counted: bool) -> bool:
        """
        Let the job run again, unless it was tried too often.

        Parameters
        ----------
        reason
            What happened.
        counted
            Whether this was an attempt; not so where a worker was told to end.
        """
        with self._tables.writing() as connection:
            at = _now()
            if not connection.execute(select(JOBS.c.id).where(self._mine(job))).first():
                return False
            _again(connection, job.id, job.attempts - (0 if counted else 1), reason, at)
        return True

    def _anything(self, at: int) -> bool:
        """Look without keeping others from writing: most of the time there is nothing."""
        wanted = or_(JOBS.c.status == "accepted", and_(JOBS.c.status == "running", JOBS.c.leased_until < at))
        with self._tables.reading() as connection:
            return connection.execute(select(JOBS.c.id).where(wanted).limit(1)).first() is not None

    def _take_back(self, connection: Connection, at: int) -> None:
        lost = select(JOBS.c.id, JOBS.c.attempts).where(JOBS.c.status == "running", JOBS.c.leased_until < at)
        for job_id, attempts in connection.execute(lost.with_for_update()).all():
            _again(connection, job_id, attempts, "its worker was killed or gave no sign of life", at)

    def _take(self, connection: Connection, owner: str, at: int) -> JobRecord | None:
        waiting = and_(JOBS.c.owner == owner, JOBS.c.status == "accepted")
        job_id = connection.scalar(select(JOBS.c.id).where(waiting).order_by(JOBS.c.created, JOBS.c.id).limit(1))
        if job_id is None:
            return None
        new = {
            "status": "running",
            "worker": self._worker,
            "leased_until": at + _span(self._lease),
            "started": at,
            "updated": at,
            "progress": 0,
            "message": "Starting",
            "attempts": JOBS.c.attempts + 1,
        }
        if not connection.execute(update(JOBS).where(JOBS.c.id == job_id, waiting).values(new)).rowcount:
            return None  # another worker was faster
        hold_owner(connection, owner)
        connection.execute(update(OWNERS).where(OWNERS.c.owner == owner).values(served=at))
        taken = record_of(connection.execute(select(JOBS).where(JOBS.c.id == job_id)).one())
        add_line(connection, job_id, at, "Started" if taken.attempts == 1 else f"Started, attempt {taken.attempts}")
        return taken

    def _mine(self, job: JobRecord) -> Any:
        return and_(
            JOBS.c.id == job.id,
            JOBS.c.status == "running",
            JOBS.c.worker == self._worker,
            JOBS.c.attempts == job.attempts,
        )

    def _change(self, connection: Connection, job: JobRecord, **new: Any) -> bool:
        return bool(connection.execute(update(JOBS).where(self._mine(job)).values(**new)).rowcount)

    def _end(self, job: JobRecord, **new: Any) -> bool:
        with self._tables.writing() as connection:
            at = _now()
            if not self._change(connection, job, updated=at, finished=at, leased_until=None, **new):
                return False
            connection.execute(update(JOBS).where(JOBS.c.id == job.id).values(expires=kept_until(connection, job.id, at)))
            add_line(connection, job.id, at, f"Failed: {new['reason']}" if "reason" in new else "Done")
        return True


def _again(connection: Connection, job_id: str, attempts: int, reason: str, at: int) -> None:
    """Put a job back among those that wait, or let it fail where it was tried too often."""
    new: dict[str, Any] = {"updated": at, "leased_until": None, "attempts": attempts, "progress": 0}
    if attempts < MOST_ATTEMPTS:
        new |= {"status": "accepted", "message": "Waiting", "started": None}
        line = f"Waiting again: {reason}"
    else:
        why = f"It was tried {attempts} times; the last time {reason}."
        new |= {"status": "failed", "message": "Failed", "finished": at, "reason": why}
        new["expires"] = kept_until(connection, job_id, at)
        line = f"Failed: {why}"
    connection.execute(update(JOBS).where(JOBS.c.id == job_id).values(**new))
    add_line(connection, job_id, at, line)


def _now(now: datetime | None = None) -> int:
    return microseconds(now or datetime.now(UTC))


def _span(lease: timedelta) -> int:
    return lease // timedelta(microseconds=1)
