"""One attempt at a job: watched while a process of its own works, stopped where it takes too much, whole or not at all."""

import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from crimemap.jobs.queue.forks import Forks, readable
from crimemap.jobs.queue.job import JobLimits, JobRecord, ResultFile
from crimemap.jobs.queue.leases import JobLeases
from crimemap.jobs.queue.records import JobStore
from crimemap.jobs.queue.ties import resident_bytes
from crimemap.workspace import Workspace

__all__ = ["Attempt"]

_LOOK_SECONDS: Final = 0.1
#: How soon a job that was dismissed is stopped.
_ASK_SECONDS: Final = 0.5
_MB: Final = 1 << 20
_ENDED: Final = "the process that ran it ended without a word"


class Attempt:
    """
    An attempt.

    Parameters
    ----------
    workspace, store, leases, forks
        Where the data are, the records, this worker's hold on them, and its forks.
    job
        The job, as it was claimed.
    limits
        What it may take.
    renew_s
        Seconds after which the lease is renewed.
    stopping
        Set when the worker is to end.
    """

    def __init__(
        self,
        workspace: Workspace,
        store: JobStore,
        leases: JobLeases,
        forks: Forks,
        job: JobRecord,
        *,
        limits: JobLimits,
        renew_s: float,
        stopping: threading.Event,
    ) -> None:
        self._workspace, self._store, self._leases, self._forks = workspace, store, leases, forks
        self._job, self._limits, self._renew_s, self._stopping = job, limits, renew_s, stopping
        self._said = ""
        self._place = store.results_folder(job.id, job.attempts)
        self._part = self._place.with_name(f"{self._place.name}.part")

    def run(self) -> str:
        """
        Do it.

        Returns
        -------
        str
            How it ended, in a word or two.
        """
        shutil.rmtree(self._part, ignore_errors=True)
        self._part.mkdir(mode=0o700, parents=True)
        self._place.parent.chmod(0o700)
        process = None
        try:
            with self._forks.start() as channel:
                process = _Process(channel)
                end = self._watched(process)
                process.kill()
            return self._closed(end)
        finally:
            if process is not None:
                process.kill()
            shutil.rmtree(self._part, ignore_errors=True)

    def _asked(self) -> dict[str, Any]:
        return {
            "workspace": str(self._workspace.root),
            "process": self._job.process_id,
            "inputs": self._job.inputs,
            "formats": list(self._job.formats),
            "folder": str(self._part),
            "largest_area_km2": self._limits.largest_area_km2,
            "memory_mb": self._limits.memory_mb,
        }

    def _watched(self, process: "_Process") -> dict[str, Any]:
        """Follow the process to its end, or to the end of its time; give what is to be done with the job."""
        begun = renewed = asked = time.monotonic()
        process.say(self._asked())
        while True:
            end: dict[str, Any] = {}
            stages: dict[str, int] = {}  # the last progress of each that was named meanwhile
            for line in process.lines(_LOOK_SECONDS):
                if "message" in line:
                    stages[line["message"]] = line["progress"]
                else:
                    end |= line
            now = time.monotonic()
            if stages or now - renewed >= self._renew_s:
                renewed = asked = now
                if not self._held(stages):
                    return {"lost": True}
            elif now - asked >= _ASK_SECONDS:
                asked = now
                if not self._leases.held(self._job):
                    return {"lost": True}
            if end:
                return end
            if process.ended:
                return {"again": _ENDED, "counted": True}
            if self._stopping.is_set():
                return {"again": "its worker was told to end", "counted": False}
            too_much = self._too_much(process, now - begun)
            if too_much:
                return {"failed": too_much}

    def _held(self, stages: dict[str, int]) -> bool:
        """Renew the lease; a stage's name is written once, and not again with each step of its progress."""
        if not stages:
            return self._leases.hold(self._job)
        for message, progress in stages.items():
            if not self._leases.hold(self._job, progress=progress, message=None if message == self._said else message):
                return False
            self._said = message
        return True

    def _too_much(self, process: "_Process", seconds: float) -> str:
        if seconds > self._limits.longest_s:
            return f"It took longer than a job may, {self._limits.longest_s:,.0f} s."
        if (process.resident_bytes() or 0) > self._limits.memory_mb * _MB:
            return f"It needs more memory than a job may take, {self._limits.memory_mb:,} MB."
        if _size(self._part) > self._limits.result_mb * _MB:
            return f"Its results take more than they may, {self._limits.result_mb:,} MB. Ask for fewer formats."
        return ""

    def _closed(self, end: dict[str, Any]) -> str:
        if "lost" in end:
            return "dismissed, or taken over"
        if "again" in end:
            self._leases.give_back(self._job, end["again"], counted=end["counted"])
            return str(end["again"])
        if "results" in end:
            if _size(self._part) <= self._limits.result_mb * _MB:
                return self._finished([ResultFile(**one) for one in end["results"]])
            end = {"failed": f"Its results take more than they may, {self._limits.result_mb:,} MB. Ask for fewer formats."}
        self._leases.fail(self._job, end["failed"])
        return "failed"

    def _finished(self, results: list[ResultFile]) -> str:
        """Move the files to their place, and only then say that they are there."""
        self._part.rename(self._place)
        _sync(self._place.parent)
        if self._leases.finish(self._job, results):
            return "successful"
        shutil.rmtree(self._place, ignore_errors=True)
        return "dismissed, or taken over"


class _Process:
    """A fork, as its worker sees it."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._pid: int | None = None
        self._rest = b""
        self.ended = False

    def say(self, asked: dict[str, Any]) -> None:
        with suppress(OSError):  # it has ended: reading finds out
            self._channel.sendall(json.dumps(asked).encode() + b"\n")

    def lines(self, seconds: float) -> Iterator[dict[str, Any]]:
        """Give what it said, waiting so long for something."""
        if not readable(self._channel, seconds):
            return
        try:
            got = self._channel.recv(1 << 16)
        except OSError:
            got = b""
        self.ended = not got
        *whole, self._rest = (self._rest + got).split(b"\n")
        for line in map(json.loads, whole):
            if "pid" in line:
                self._pid = line["pid"]
            else:
                yield line

    def resident_bytes(self) -> int | None:
        return None if self._pid is None else resident_bytes(self._pid)

    def kill(self) -> None:
        """End it and whatever it started; one that has ended is left alone, for its number may be another's by now."""
        if self._pid is not None and not self.ended:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
        self.ended = True


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # a file that is moved or removed meanwhile
            total += path.lstat().st_size
    return total


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
