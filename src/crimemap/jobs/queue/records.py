"""
The records of jobs, for whoever asks for jobs and looks at them.

A job is a row in a database and, once it is successful, a folder of files. A folder belongs to one attempt and is moved to
its place whole, and no file is given before the row says that the job is successful: results are complete or absent.
"""

import contextlib
import json
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import Connection, Select, delete, func, insert, select, tuple_, update

from crimemap.errors import ConflictError, LimitError, NotFoundError, ParameterError
from crimemap.jobs.queue.job import FINISHED, JobLimits, JobRecord, ResultFile, Status
from crimemap.jobs.queue.tables import (
    JOBS,
    LINES,
    OWNERS,
    JobTables,
    add_line,
    hold_owner,
    kept_until,
    microseconds,
    moment,
    record_of,
)
from crimemap.workspace import Workspace

__all__ = ["JobLimits", "JobRecord", "JobStore", "ResultFile"]

_LARGEST_INPUTS: Final = 200_000


def _nobody(_job_id: str) -> None:
    """Wake no worker: it finds the job by itself, a little later."""


def _nothing() -> None:
    """Hold nothing that has to be let go."""


class JobStore:
    """
    The jobs of a workspace.

    Parameters
    ----------
    workspace
        The workspace. It need not hold any job yet.
    database
        A database in place of the workspace's own file, as SQLAlchemy names it.
    wake
        Is told the id of each job that was accepted. What goes wrong there loses no job.
    let_go
        Is called when the database is let go, to let go of the queue too.
    prepare
        Is given the tables once, before anything else is done with them.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        database: str = "",
        wake: Callable[[str], None] = _nobody,
        let_go: Callable[[], None] = _nothing,
        prepare: Callable[[Connection], None] | None = None,
    ) -> None:
        self.folder = workspace.root / "jobs"
        self.tables = JobTables(self.folder, database, prepare=prepare)
        self._wake, self._let_go = wake, let_go

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the database."""
        self.close()

    def close(self) -> None:
        """Let go of the database and the queue; whoever asks again opens them again."""
        self.tables.close()
        self._let_go()

    def submit(
        self,
        process_id: str,
        inputs: Mapping[str, Any],
        *,
        owner: str,
        formats: Sequence[str],
        limits: JobLimits,
        now: datetime | None = None,
    ) -> JobRecord:
        """
        Accept a job, whose inputs were checked before.

        Raises
        ------
        LimitError
            If as many jobs of this owner wait as may.
        ParameterError
            If the inputs are too much to keep.
        """
        written = json.dumps(dict(inputs), ensure_ascii=False, allow_nan=False)
        if len(written) > _LARGEST_INPUTS:
            raise ParameterError(
                f"the inputs take {len(written):,} characters, {_LARGEST_INPUTS:,} may be kept",
                where="inputs",
                fix="Ask for less at once.",
            )
        at = microseconds(now or datetime.now(UTC))
        job_id = str(uuid.uuid4())
        with self.tables.writing() as connection:
            hold_owner(connection, owner)
            waiting = connection.scalar(
                select(func.count()).select_from(JOBS).where(JOBS.c.owner == owner, JOBS.c.status == "accepted")
            )
            if waiting is not None and waiting >= limits.waiting:
                raise LimitError(
                    f"{waiting} jobs of yours are waiting, as many as may", where="jobs", fix="Wait, or dismiss one."
                )
            connection.execute(
                insert(JOBS).values(
                    id=job_id,
                    process_id=process_id,
                    inputs=written,
                    formats=json.dumps(list(formats)),
                    owner=owner,
                    status="accepted",
                    message="Waiting",
                    created=at,
                    updated=at,
                    days_kept=limits.days_kept,
                )
            )
            add_line(connection, job_id, at, "Accepted")
        with contextlib.suppress(Exception):  # the queue is somebody else's, and workers look for forgotten jobs anyway
            self._wake(job_id)
        return self.get(job_id)

    def get(self, job_id: str) -> JobRecord:
        """
        Find a job.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        found = self._rows(select(JOBS).where(JOBS.c.id == job_id))
        if not found:
            raise NotFoundError("there is no such job", where=job_id[:40], fix="It may have expired; see the list of jobs.")
        return found[0]

    def of_owner(
        self,
        owner: str,
        *,
        process_id: str | None = None,
        status: Status | Sequence[Status] | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> list[JobRecord]:
        """List the jobs of one owner, the newest first; `after` is the id of the last job of the page before."""
        asked = select(JOBS).where(JOBS.c.owner == owner)
        return self._page(asked, process_id=process_id, status=status, limit=limit, after=after)

    def every(
        self,
        *,
        process_id: str | None = None,
        status: Status | Sequence[Status] | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> list[JobRecord]:
        """List the jobs of all owners, the newest first, as `of_owner` does."""
        return self._page(select(JOBS), process_id=process_id, status=status, limit=limit, after=after)

    def log_of(self, job_id: str) -> list[tuple[datetime, str]]:
        """
        Tell what happened to a job, and when.

        Raises
        ------
        NotFoundError
            If there is no such job.
        """
        self.get(job_id)
        with self.tables.reading() as connection:
            rows = connection.execute(
                select(LINES.c.at, LINES.c.line).where(LINES.c.job_id == job_id).order_by(LINES.c.number)
            )
            return [(moment(at), line) for at, line in rows]

    def result_path(self, job_id: str, name: str, *, now: datetime | None = None) -> Path:
        """
        Find a file of results.

        Raises
        ------
        NotFoundError
            If there is no such job or file, or it has expired.
        ConflictError
            If the job is not successful.
        """
        job = self.get(job_id)
        if job.status != "successful":
            raise ConflictError(f"the job is {job.status}", where=job_id[:40], fix="Only a successful job has results.")
        expired = job.expires is not None and job.expires <= (now or datetime.now(UTC))
        path = self.results_folder(job_id, job.attempts) / name
        if expired or name not in {file.name for file in job.results} or not path.is_file():
            raise NotFoundError("the job has no such result", where=name[:80], fix="See the list of its results.")
        return path

    def results_folder(self, job_id: str, attempt: int) -> Path:
        """Give where the results of an attempt are, or will be."""
        return self.folder / "results" / f"{job_id}.{attempt}"

    def dismiss(self, job_id: str, *, now: datetime | None = None) -> JobRecord:
        """
        Dismiss a job: one that waits never runs, one that runs is stopped soon, and results are deleted.

        Raises
        ------
        NotFoundError
            If there is no such job.
        """
        job = self.get(job_id)
        if job.status == "dismissed":
            return job
        at = microseconds(now or datetime.now(UTC))
        with self.tables.writing() as connection:
            changed = connection.execute(
                update(JOBS)
                .where(JOBS.c.id == job_id, JOBS.c.status != "dismissed")
                .values(
                    status="dismissed",
                    message="Dismissed",
                    results="[]",
                    updated=at,
                    finished=func.coalesce(JOBS.c.finished, at),
                    expires=kept_until(connection, job_id, at),
                    leased_until=None,
                )
            ).rowcount
            if changed:
                add_line(connection, job_id, at, "Dismissed")
        self._remove_folders(job_id)
        return self.get(job_id)

    def expire(self, now: datetime) -> int:
        """
        Remove what has expired, and folders that belong to no job.

        Returns
        -------
        int
            How many jobs were removed.
        """
        if not self.tables.there():
            return 0
        with self.tables.writing() as connection:
            gone = connection.scalars(
                select(JOBS.c.id).where(JOBS.c.status.in_(FINISHED), JOBS.c.expires <= microseconds(now))
            ).all()
            for job_id in gone:
                connection.execute(delete(LINES).where(LINES.c.job_id == job_id))
                connection.execute(delete(JOBS).where(JOBS.c.id == job_id))
            # An owner who was served and has no jobs left is first in turn again, as if new.
            connection.execute(delete(OWNERS).where(OWNERS.c.owner.not_in(select(JOBS.c.owner))))
            wanted = {
                self.results_folder(job_id, attempts).name
                for job_id, attempts in connection.execute(
                    select(JOBS.c.id, JOBS.c.attempts).where(JOBS.c.status.in_(("running", "successful")))
                )
            }
            # Within the transaction, so that no job begins or ends meanwhile.
            for path in (self.folder / "results").glob("*"):
                if path.name.removesuffix(".part") not in wanted:
                    shutil.rmtree(path, ignore_errors=True)
        return len(gone)

    def _remove_folders(self, job_id: str) -> None:
        for path in (self.folder / "results").glob(f"{job_id}.*"):
            shutil.rmtree(path, ignore_errors=True)

    def _page(
        self,
        asked: Select[Any],
        *,
        process_id: str | None,
        status: Status | Sequence[Status] | None,
        limit: int,
        after: str | None,
    ) -> list[JobRecord]:
        if process_id is not None:
            asked = asked.where(JOBS.c.process_id == process_id)
        if status is not None:
            asked = asked.where(JOBS.c.status.in_([status] if isinstance(status, str) else list(status)))
        if after is not None:
            before = self.get(after)
            asked = asked.where(tuple_(JOBS.c.created, JOBS.c.id) < tuple_(microseconds(before.created), before.id))
        return self._rows(asked.order_by(JOBS.c.created.desc(), JOBS.c.id.desc()).limit(limit))

    def _rows(self, asked: Select[Any]) -> list[JobRecord]:
        if not self.tables.there():
            return []
        with self.tables.reading() as connection:
            return [record_of(row) for row in connection.execute(asked)]
