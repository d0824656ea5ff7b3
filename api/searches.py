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
from crimemap.alignment.mergers.search_status import CALLED_OFF, NO_ANSWER, STARTING, TOO_LARGE, WAITING, too_long
from crimemap.language import ENGLISH, Sentence, language

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
    """What is asked of which release; not in which language, for what is found is worded in each."""

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
    """
    One search, as far as it is.

    Attributes
    ----------
    said
        What is being done, or why it failed.
    result
        What was found but for its sentences, JSON.
    words
        By language the fields of it that hold sentences, JSON, and its sentence of all.
    """

    id: str
    release_id: str
    seconds: float
    status: Status = "running"
    progress: float = 0.0
    said: Sentence = WAITING
    result: bytes | None = None
    words: Mapping[str, tuple[bytes, str]] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def to_json(self) -> bytes:
        """Give what is said of it, in the language that is spoken."""
        about = {"id": self.id, "status": self.status, "progress": round(self.progress, 4), "says": self.says}
        text = _json(about)
        if self.result is None:
            return text
        fields, _ = self.words[language()]
        return text[:-1] + b',"result":' + self.result[:-1] + b"," + fields[1:] + b"}"

    @property
    def says(self) -> str:
        """What is being done, what was found, or why it failed, in the language that is spoken."""
        return self.words[language()][1] if self.words else str(self.said)

    @property
    def size(self) -> int:
        """Bytes of what was found."""
        return len(self.result or b"") + sum(len(fields) for fields, _ in self.words.values())


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
            search.status, search.said = "cancelled", CALLED_OFF
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
        size = sum(one.size for one in self._searches.values())
        for search in list(self._searches.values()):
            if len(self._searches) < _MOST_KEPT and size <= _MOST_KEPT_BYTES:
                return
            if search.status != "running":
                size -= search.size
                del self._searches[search.id]

    def _run(self, search: Search, question: Question, planning: Callable[[], Planning]) -> None:
        try:
            if search.status == "running":
                task = Task(planning=planning(), options=question.options, memory_bytes=self._memory_bytes)
                self._watch(search, pickle.dumps(task, protocol=pickle.HIGHEST_PROTOCOL))
        except Exception as error:  # noqa: BLE001 - a thread must not end without a word
            _LOG.error("search %s failed: %s", search.id, happened(error))
        _end(search, "failed", NO_ANSWER)

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
                search.said = STARTING if wanted else search.said
            if wanted:
                _talk(search, process, task)
            if time.monotonic() - started >= search.seconds:
                _end(search, "failed", too_long(search.seconds))
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
        _end(search, "failed", TOO_LARGE)
        return
    said = json.loads(line)
    if "result" in said:
        words = {code: (_json(fields), str(fields["says"])) for code, fields in said["words"].items()}
        _end(search, "done", Sentence(said["words"][ENGLISH]["says"]), result=_json(said["result"]), words=words)
    elif "failed" in said:
        _end(search, "failed", Sentence(**said["failed"]))
    else:
        with search.lock:
            if search.status == "running":
                search.progress = max(search.progress, float(said["progress"]))
                search.said = Sentence(**said["says"])


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _end(
    search: Search,
    status: Status,
    said: Sentence,
    *,
    result: bytes | None = None,
    words: Mapping[str, tuple[bytes, str]] | None = None,
) -> None:
    """Say how a search ended, unless that was said before."""
    with search.lock:
        if search.status == "running":
            search.status, search.said, search.result, search.words = status, said, result, words or {}
            search.progress = 1.0 if status == "done" else search.progress
