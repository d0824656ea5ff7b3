"""A worker: takes jobs in turn, runs each in a process of its own, and clears away what has expired."""

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from crimemap.jobs.queue.attempt import Attempt
from crimemap.jobs.queue.forks import WORK, Forks
from crimemap.jobs.queue.job import JobLimits, JobRecord
from crimemap.jobs.queue.leases import JobLeases
from crimemap.jobs.queue.records import JobStore
from crimemap.jobs.queue.wake import Wake
from crimemap.workspace import Workspace

__all__ = ["Worker"]

#: How often the queue is asked for messages.
_LISTEN_SECONDS: Final = 0.02
#: How often the records are asked: for jobs whose message was lost, or whose worker is gone.
_LOOK_SECONDS: Final = 1.0
_EXPIRE_SECONDS: Final = 60.0
_RENEWALS: Final = 4


class Worker:
    """
    A worker.

    Parameters
    ----------
    workspace, store, wake
        Where the data are, the records of jobs, and what wakes it.
    limits
        What each job and each owner may take.
    lease
        How long a job is held without a sign of life.
    at_once
        Jobs that it runs at the same time.
    tell
        Is told what it does, in a line; never what is in a job.
    work
        The module whose `work` does a job.
    """

    def __init__(
        self,
        workspace: Workspace,
        store: JobStore,
        wake: Wake,
        *,
        limits: JobLimits,
        lease: timedelta,
        at_once: int = 1,
        tell: Callable[[str], None],
        work: str = WORK,
    ) -> None:
        self._workspace, self._store, self._wake = workspace, store, wake
        self._limits, self._at_once, self._tell, self._work = limits, at_once, tell, work
        self._renew_s = lease.total_seconds() / _RENEWALS
        self.name = f"{socket.gethostname()[:40]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._leases = JobLeases(store, worker=self.name, lease=lease)
        self._running: set[threading.Thread] = set()
        self._freed = threading.Event()

    def run(self, stopping: threading.Event, *, once: bool = False) -> int:
        """
        Work until told to stop; what is running then is given back, and counts no attempt.

        Parameters
        ----------
        stopping
            Set from outside to stop.
        once
            Stop when nothing is left to do.

        Returns
        -------
        int
            How many jobs were taken.

        Raises
        ------
        ConflictError
            If the process that runs jobs does not start.
        """
        taken, look, expire = 0, 0.0, 0.0
        with Forks(self._work) as forks:
            try:
                while not stopping.is_set():
                    forks.keep()
                    now = time.monotonic()
                    if self._called() or now >= look:
                        look = now + _LOOK_SECONDS
                        found = self._fill(forks, stopping)
                        taken += found
                        if once and not found and not self._running:
                            break
                    if now >= expire:
                        expire = now + _EXPIRE_SECONDS
                        self._clear()
                    stopping.wait(_LISTEN_SECONDS)
            finally:
                stopping.set()
                for thread in tuple(self._running):
                    thread.join()
        return taken

    def _called(self) -> bool:
        freed = self._freed.is_set()
        self._freed.clear()
        with suppress(Exception):  # a queue that fails makes jobs wait a second, no more
            return self._wake.called() or freed
        return freed

    def _fill(self, forks: Forks, stopping: threading.Event) -> int:
        """Take jobs while there is room; give how many."""
        taken = 0
        try:
            while len(self._running) < self._at_once and not stopping.is_set():
                job = self._leases.claim(running_per_owner=self._limits.running)
                if job is None:
                    break
                taken += 1
                thread = threading.Thread(target=self._attempt, args=(forks, job, stopping), name=f"job {job.id}")
                self._running.add(thread)
                thread.start()
        except (SQLAlchemyError, OSError) as error:
            self._tell(f"The records of jobs cannot be used ({type(error).__name__}); trying again.")
        return taken

    def _attempt(self, forks: Forks, job: JobRecord, stopping: threading.Event) -> None:
        begun = time.monotonic()
        try:
            self._tell(f"Job {job.id}: {job.process_id}, attempt {job.attempts}.")
            attempt = Attempt(
                self._workspace,
                self._store,
                self._leases,
                forks,
                job,
                limits=self._limits,
                renew_s=self._renew_s,
                stopping=stopping,
            )
            self._tell(f"Job {job.id}: {attempt.run()}, after {time.monotonic() - begun:.1f} s.")
        except Exception as error:  # noqa: BLE001 - whatever it was, the worker goes on
            # The job's lease runs out, and it is tried again.
            self._tell(f"Job {job.id}: the attempt was broken off ({type(error).__name__}).")
        finally:
            self._running.discard(threading.current_thread())
            self._freed.set()

    def _clear(self) -> None:
        try:
            gone = self._store.expire(datetime.now(UTC))
        except (SQLAlchemyError, OSError) as error:
            self._tell(f"The records of jobs cannot be used ({type(error).__name__}); trying again.")
            return
        if gone:
            self._tell(f"{gone} jobs have expired and are gone.")
