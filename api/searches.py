"""
Searches for the best mergers: each in a process of its own, few at once, and forgotten with the release.

The same question to the same release has the same identifier, so that it is searched once and its answer served to all.
"""

import contextlib
import hashlib
import json
import logging
import os
import pickle
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from api.errors import BusyError, happened
from api.search_worker import Task
from crimemap import __version__
from crimemap.alignment.mergers.planning import Planning

__all__ = ["Question", "Search", "Searches"]

_LOG: Final = logging.getLogger("crimemap.api")
#: Seconds that a search may take beyond its limit: to start, and to tell what it found.
_GRACE_SECONDS: Final = 20.0
_MOST_KEPT: Final = 64
_MOST_KEPT_BYTES: Final = 64 * 1024 * 1024
_LONGEST_ANSWER: Final = 16 * 1024 * 1024
_MEGABYTE: Final = 1024 * 1024
COMMAND: Final = (sys.executable, "-P", "-m", "api.search_worker")
#: What a process of ours needs of this one's surroundings; it is told of no release.
_PASSED_ON: Final = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "SYSTEMROOT", "TMPDIR")

Status = Literal["running", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of which release."""

    release_id: str
    units: str
    targets: str
    options: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Name the question: the same for the same question."""
        said = [self.release_id, __version__, self.units, self.targets, dict(self.options)]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(slots=True, kw_only=True)
class Search:
    """One search, as far as it is."""

    id: str
    release_id: str
    seconds: float
    status: Status = "running"
    progress: float = 0.0
    says: str = "Waiting for other searches to end."
    result: bytes | None = None
    process: "subprocess.Popen[bytes] | None" = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def to_json(self) -> bytes:
        """Give what is said of it."""
        about = {"id": self.id, "status": self.status, "progress": round(self.progress, 4), "says": self.says}
        text = json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode()
        return text if self.result is None else text[:-1] + b',"result":' + self.result + b"}"


class Searches:
    """
    All searches of a server.

    Parameters
    ----------
    at_once, waiting
        How many may run, and how many more may wait.
    memory_mb
        Memory that one may take.
    """

    def __init__(self, *, at_once: int, waiting: int, memory_mb: int) -> None:
        self._most = at_once + waiting
        self._memory_bytes = memory_mb * _MEGABYTE
        self._searches: OrderedDict[str, Search] = OrderedDict()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="search")
        self._closed = False

    def ask(self, question: Question, planning: Callable[[], Planning], *, seconds: float) -> Search:
        """
        Begin a search, or give the one that was asked for before.

        Parameters
        ----------
        planning
            Reads what is searched; called when its turn comes.
        seconds
            How long it may take.

        Raises
        ------
        BusyError
            If as many are waiting as may.
        """
        with self._lock:
            held = self._searches.get(question.id)
            if held is not None and held.status in ("running", "done"):
                self._searches.move_to_end(question.id)
                return held
            self._forget(question.release_id)
            busy = sum(one.status == "running" for one in self._searches.values())
            if busy >= self._most or self._closed:
                raise BusyError(f"{busy} searches are running or waiting", fix="Try again in a few seconds.")
            search = Search(id=question.id, release_id=question.release_id, seconds=seconds)
            self._searches[question.id] = search
            self._searches.move_to_end(question.id)
            self._pool.submit(self._run, search, question, planning)
            return search

    def find(self, release_id: str, search_id: str) -> Search | None:
        """Give a search of this release; nothing where there is none, or no longer."""
        with self._lock:
            search = self._searches.get(search_id)
        return search if search is not None and search.release_id == release_id else None

    def cancel(self, search: Search) -> None:
        """Call a search off; one that has ended stays as it is."""
        with search.lock:
            if search.status != "running":
                return
            search.status, search.says = "cancelled", "The search was called off."
            if search.process is not None:
                search.process.kill()

    def close(self) -> None:
        """End every search, and wait until its process is gone."""
        with self._lock:
            self._closed = True
            running = [search for search in self._searches.values() if search.status == "running"]
        for search in running:
            self.cancel(search)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _forget(self, release_id: str) -> None:
        """Call off what is asked of another release, and drop the oldest answers where there are too many."""
        for search in [one for one in self._searches.values() if one.release_id != release_id]:
            self.cancel(search)
            del self._searches[search.id]
        size = sum(len(one.result or b"") for one in self._searches.values())
        for search in list(self._searches.values()):
            if len(self._searches) < _MOST_KEPT and size <= _MOST_KEPT_BYTES:
                return
            if search.status != "running":
                size -= len(search.result or b"")
                del self._searches[search.id]

    def _run(self, search: Search, question: Question, planning: Callable[[], Planning]) -> None:
        try:
            if search.status == "running":
                task = Task(planning=planning(), options=question.options, memory_bytes=self._memory_bytes)
                self._watch(search, pickle.dumps(task, protocol=pickle.HIGHEST_PROTOCOL))
        except Exception as error:  # noqa: BLE001 - a thread must not end without a word
            _LOG.error("search %s failed: %s", search.id, happened(error))
        _end(search, "failed", "The search ended without an answer.")

    def _watch(self, search: Search, task: bytes) -> None:
        """Run the process and follow what it says."""
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
        process = subprocess.Popen(  # noqa: S603 - a command of ours
            COMMAND, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        late = threading.Timer(search.seconds + _GRACE_SECONDS, process.kill)
        late.start()
        started = time.monotonic()
        try:
            with search.lock:
                search.process = process
                wanted = search.status == "running"
                search.says = "Starting." if wanted else search.says
            if wanted:
                _talk(search, process, task)
            if time.monotonic() - started >= search.seconds:
                _end(search, "failed", f"The search did not end within {search.seconds:g} s.")
        finally:
            late.cancel()
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()  # type: ignore[union-attr]
            with search.lock:
                search.process = None


def _talk(search: Search, process: "subprocess.Popen[bytes]", task: bytes) -> None:
    """Tell the process what to do, and follow what it says until it ends."""
    if process.stdin is None or process.stdout is None:  # pragma: no cover - both were asked for
        return
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(task)
        process.stdin.flush()
        while line := process.stdout.readline(_LONGEST_ANSWER):
            _follow(search, line)


def _follow(search: Search, line: bytes) -> None:
    if not line.endswith(b"\n"):
        _end(search, "failed", "The answer is too large to be kept. Search fewer forces at once.")
        return
    said = json.loads(line)
    if "result" in said:
        result = json.dumps(said["result"], ensure_ascii=False, separators=(",", ":")).encode()
        _end(search, "done", str(said["result"].get("says", "")), result)
    elif "failed" in said:
        _end(search, "failed", said["failed"])
    else:
        with search.lock:
            if search.status == "running":
                search.progress, search.says = max(search.progress, float(said["progress"])), said["says"]


def _end(search: Search, status: Status, says: str, result: bytes | None = None) -> None:
    """Say how a search ended, unless that was said before."""
    with search.lock:
        if search.status == "running":
            search.status, search.says, search.result = status, says, result
            search.progress = 1.0 if status == "done" else search.progress
