"""
Reports to the community, printed when they are asked for and kept.

A release has the documents; a process of its own prints one, few at once, and the PDF is kept on disk outside the release
under the release's name. Whoever asks for a report that is being printed waits for that one.
"""

import asyncio
import contextlib
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import anyio.to_thread
from starlette.responses import Response

from api.errors import BusyError, happened, say
from api.store.opened import OpenedRelease
from crimemap import __version__
from crimemap.errors import CrimemapError
from crimemap.products.report_files import REPORT_FILE, REPORTS

__all__ = ["ReportCache", "Reports", "is_report"]

_LOG: Final = logging.getLogger("crimemap.api")
_MEGABYTE: Final = 1024 * 1024
#: Seconds after which somebody who was refused may ask again, and for which a report that failed is not tried again.
_RETRY_SECONDS: Final = 15
_FAILED_SECONDS: Final = 60.0
_LONGEST_DOCUMENT: Final = 16 * _MEGABYTE
#: What the process needs of this one's surroundings; it is told of no release.
_PASSED_ON: Final = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "PATH",
    "PYTHONPATH",
    "SYSTEMROOT",
    "TMPDIR",
    "XDG_DATA_HOME",
)


def is_report(path: str) -> bool:
    """
    Say whether a path is that of a report.

    Examples
    --------
    >>> is_report("/areas/csp/E22000001/report.pdf"), is_report("/report.pdf")
    (True, False)
    """
    return path.endswith(f"/{REPORT_FILE}") and path.count("/") > 1


class ReportCache:
    """
    PDF files on disk, the least lately used dropped first.

    Parameters
    ----------
    folder
        Where they are; a folder of this process's own, removed with it, if not given.
    most_bytes
        How much they may take together.
    """

    def __init__(self, folder: Path | None, *, most_bytes: int) -> None:
        self._given = folder
        self._own: Path | None = None
        self._most_bytes = most_bytes
        self._lock = threading.Lock()

    def read(self, key: str) -> bytes | None:
        """Give a file; nothing where it is not kept."""
        try:
            path = self._folder() / f"{key}.pdf"
            found = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return found

    def keep(self, key: str, printed: bytes) -> None:
        """Keep a file; a reader sees the whole of it or nothing. What cannot be kept is printed again next time."""
        try:
            folder = self._folder()
            temporary = folder / f".{key}.{os.getpid()}"
            temporary.write_bytes(printed)
            temporary.replace(folder / f"{key}.pdf")
        except OSError as error:
            _LOG.warning("a report could not be kept: %s", happened(error))
            return
        self._shrink(folder)

    def close(self) -> None:
        """Remove the folder, if it is this process's own."""
        with self._lock:
            if self._own is not None:
                shutil.rmtree(self._own, ignore_errors=True)
                self._own = None

    def _folder(self) -> Path:
        with self._lock:
            if self._given is not None:
                self._given.mkdir(mode=0o700, parents=True, exist_ok=True)
                return self._given
            if self._own is None:
                self._own = Path(tempfile.mkdtemp(prefix="crimemap-reports-"))
            return self._own

    def _shrink(self, folder: Path) -> None:
        with self._lock:
            held = []
            for left in folder.glob(".*"):
                with contextlib.suppress(OSError):  # what a full disk or an end in the middle left
                    if time.time() - left.stat().st_mtime > _FAILED_SECONDS:
                        left.unlink()
            for path in folder.glob("*.pdf"):
                with contextlib.suppress(OSError):
                    state = path.stat()
                    held.append((state.st_mtime_ns, state.st_size, path))
            size = sum(one[1] for one in held)
            for _, one, path in sorted(held)[:-1]:  # the one that was just kept stays
                if size <= self._most_bytes:
                    return
                with contextlib.suppress(OSError):
                    path.unlink()
                size -= one


class Reports:
    """
    The reports of whatever release is active.

    Parameters
    ----------
    cache
        Where printed ones are kept.
    at_once, waiting
        How many may be printed at the same time, and how many more may wait.
    seconds
        How long one may take.
    memory_mb
        Memory that one may take.
    """

    def __init__(self, cache: ReportCache, *, at_once: int, waiting: int, seconds: float, memory_mb: int) -> None:
        self._cache = cache
        self._most = at_once + waiting
        self._seconds = seconds
        self._command = (sys.executable, "-P", "-m", "api.report_worker", str(memory_mb))
        self._turns = asyncio.Semaphore(at_once)
        self._printing: dict[str, asyncio.Task[bytes]] = {}
        self._failed: dict[str, float] = {}
        self._once = 0

    async def answer(self, release: OpenedRelease, path: str, source: Path | None) -> Response | None:
        """
        Answer a request for a report.

        Parameters
        ----------
        path
            Of the request; `is_report` is true of it.
        source
            The document in the release; None where it has none.

        Returns
        -------
        Response or None
            None where the release has no such report.
        """
        if source is None:
            return None
        if find_spec("weasyprint") is None:
            return say(path, HTTPStatus.NOT_IMPLEMENTED, "This server cannot make PDF files. The page has the same facts.")
        key = self._key(release, source)
        try:
            printed = await anyio.to_thread.run_sync(self._cache.read, key) or await self._printed(key, source)
        except BusyError:
            return self._later(path, "Other reports are being made.")
        except CrimemapError:
            return self._later(path, "The report could not be made now.")
        name = "-".join(part for part in path.split("/")[-3:-1] if part)
        headers = {"Content-Disposition": f"inline; filename*=UTF-8''{quote(f'{name}-{REPORT_FILE}')}"}
        return Response(printed, media_type="application/pdf", headers=headers)

    async def printed(self, document: bytes) -> bytes:
        """
        Print a document that was made for one reader, and keep it nowhere.

        Raises
        ------
        BusyError
            If as many are being printed, or wait for it, as may.
        CrimemapError
            If it cannot be printed.
        """
        self._require_room()
        self._once += 1
        try:
            async with self._turns:
                return await anyio.to_thread.run_sync(self._run, document)
        finally:
            self._once -= 1

    def _require_room(self) -> None:
        busy = len(self._printing) + self._once
        if busy >= self._most:
            raise BusyError(f"{busy} reports are being printed", fix="Try again in a few seconds.")

    async def close(self) -> None:
        """Wait for what is being printed, and forget the rest."""
        for task in list(self._printing.values()):
            task.cancel()
        await asyncio.gather(*self._printing.values(), return_exceptions=True)
        await anyio.to_thread.run_sync(self._cache.close)

    @staticmethod
    def _key(release: OpenedRelease, source: Path) -> str:
        # By the document, not by the address: one may be written in many ways.
        digest = hashlib.sha256(f"{__version__}\n{source}".encode()).hexdigest()[:32]
        return f"{release.id}-{digest}"

    @staticmethod
    def _later(path: str, why: str) -> Response:
        headers = {"Retry-After": str(_RETRY_SECONDS), "Cache-Control": "no-store"}
        return say(path, HTTPStatus.SERVICE_UNAVAILABLE, f"{why} Try again in {_RETRY_SECONDS} s.", headers)

    async def _printed(self, key: str, source: Path) -> bytes:
        """Print a report, or wait for the one that is being printed; whoever goes away does not end it for others."""
        task = self._printing.get(key)
        if task is None:
            if time.monotonic() - self._failed.get(key, -_FAILED_SECONDS) < _FAILED_SECONDS:
                raise CrimemapError("this report failed a moment ago")
            self._require_room()
            task = asyncio.create_task(self._print(key, source))
            self._printing[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        return await asyncio.shield(task)

    def _ended(self, key: str, task: "asyncio.Task[bytes]") -> None:
        self._printing.pop(key, None)
        if not task.cancelled() and task.exception() is not None:
            now = time.monotonic()
            self._failed = {one: at for one, at in self._failed.items() if now - at < _FAILED_SECONDS} | {key: now}

    async def _print(self, key: str, source: Path) -> bytes:
        async with self._turns:
            started = time.monotonic()
            printed = await anyio.to_thread.run_sync(self._run_file, source)
            await anyio.to_thread.run_sync(self._cache.keep, key, printed)
            _LOG.info("printed a report in %.1f s", time.monotonic() - started)
            return printed

    def _run_file(self, source: Path) -> bytes:
        try:
            document = source.read_bytes()
        except OSError as error:  # its release may have been pruned a moment ago
            _LOG.error("a report's document could not be read: %s", happened(error))
            raise CrimemapError("the document could not be read", where=REPORTS) from None
        return self._run(document)

    def _run(self, document: bytes) -> bytes:
        if len(document) > _LONGEST_DOCUMENT:
            _LOG.error("a report's document has %d bytes", len(document))
            raise CrimemapError("the document is too long to print", where=REPORTS)
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        try:
            done = subprocess.run(  # noqa: S603 - a command of ours
                self._command, input=document, env=environment, capture_output=True, timeout=self._seconds, check=False
            )
        except subprocess.TimeoutExpired:
            _LOG.error("a report was not printed within %g s", self._seconds)
            raise CrimemapError("the report took too long") from None
        if done.returncode or not done.stdout.startswith(b"%PDF-"):
            _LOG.error("a report could not be printed: the process ended with %s", done.returncode)
            raise CrimemapError("the report could not be printed")
        return done.stdout
