"""One job, done in a process of its own: what is asked comes by a socket, progress and the end go back by it."""

import errno
import json
import os
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any, Final

import duckdb

from crimemap.errors import CrimemapError
from crimemap.jobs.queue.asked import checked_job, require_area_within
from crimemap.jobs.queue.outputs import write_outputs
from crimemap.jobs.queue.ties import go_gently
from crimemap.jobs.registry import run
from crimemap.workspace import Workspace

__all__ = ["work"]

#: Progress within one stage is told no more often.
_TOLD_SECONDS: Final = 0.25
_MB: Final = 1 << 20


def work(channel: socket.socket) -> None:
    """
    Do a job.

    Parameters
    ----------
    channel
        Gives one line of JSON: `workspace`, `process`, `inputs`, `formats`, `folder` (there, and empty), `largest_area_km2`,
        `memory_mb`. Takes lines: `pid` first; `message` with `progress`; at the end `results` or `failed`.
    """
    _tell(channel, pid=os.getpid())
    with channel.makefile("r", encoding="utf-8") as lines:
        asked = json.loads(lines.readline())
    workspace = Workspace(asked["workspace"])
    try:
        go_gently(asked["memory_mb"] * _MB)
        results = _done(channel, workspace, asked)
    except CrimemapError as error:
        _tell(channel, failed=str(error).replace(str(workspace.root), "the workspace"))
    except (MemoryError, duckdb.OutOfMemoryException):
        _tell(channel, failed=f"It needs more memory than a job may take, {asked['memory_mb']:,} MB.")
    except OSError as error:
        _log(asked["process"], error)
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        _tell(channel, failed="The disk is full." if full else _ours(error))
    except Exception as error:  # noqa: BLE001 - whatever it was, the job has failed and says so
        _log(asked["process"], error)
        _tell(channel, failed=_ours(error))
    else:
        _tell(channel, results=results)


def _done(channel: socket.socket, workspace: Workspace, asked: dict[str, Any]) -> list[dict[str, Any]]:
    process_id, folder = asked["process"], Path(asked["folder"])
    said, when = "", 0.0

    def progress(message: str, share: float) -> None:
        nonlocal said, when
        now = time.monotonic()
        if message != said or now - when >= _TOLD_SECONDS:
            said, when = message, now
            _tell(channel, message=message, progress=min(99, max(0, int(100 * share))))

    progress("Measuring the study area", 0)
    inputs, formats = checked_job(process_id, asked["inputs"], asked["formats"])
    require_area_within(workspace.require(), inputs, asked["largest_area_km2"])
    result = run(process_id, workspace, inputs, progress=progress)
    progress("Writing", 0.9)
    files = write_outputs(result, folder, process_id=process_id, formats=formats)
    for path in (*folder.iterdir(), folder):
        _to_disk(path)
    return [file.to_json() for file in files]


def _to_disk(path: Path) -> None:
    """See to it that a power cut does not leave a file without its content under its final name."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _tell(channel: socket.socket, **said: object) -> None:
    channel.sendall(json.dumps(said).encode() + b"\n")


def _ours(error: Exception) -> str:
    return f"An error that is not of your making ({type(error).__name__}); the log of the worker says where."


def _log(process_id: str, error: Exception) -> None:
    """Write where it happened, and not what was said: a message can hold what is in a row."""
    places = "".join(f"  {at.filename}:{at.lineno} in {at.name}\n" for at in traceback.extract_tb(error.__traceback__))
    sys.stderr.write(f"crimemap: {process_id}: {type(error).__name__}\n{places}")
    sys.stderr.flush()
