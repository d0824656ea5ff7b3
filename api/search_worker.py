"""
One search in a process of its own, which the server can end at any moment: `python -m api.search_worker`.

It is told on standard input what to search (a pickle, from the server alone) and answers on standard output, a JSON object a
line: how far it is, and last what it found or why it failed. It reads no file. When standard input ends, so does it.
"""

import json
import os
import pickle
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any, Final

from api.gentle import go_gently
from crimemap.alignment.mergers.options import SearchOptions
from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.searched import plan_search
from crimemap.alignment.mergers.watch import Progress
from crimemap.errors import CrimemapError

__all__ = ["Task", "main"]

_EVERY_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to search, and how much memory that may take."""

    planning: Planning
    options: Mapping[str, Any]
    memory_bytes: int


def main() -> None:
    """Read a task, search, and answer."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a solver may print is no answer
    task: Task = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the server that started this process
    threading.Thread(target=_end_with_input, args=(sys.stdin.buffer,), daemon=True).start()
    go_gently(task.memory_bytes)
    _say(out, _searched(task, out))


def _searched(task: Task, out: IO[str]) -> dict[str, Any]:
    last = 0.0

    def report(now: Progress) -> None:
        nonlocal last
        if time.monotonic() - last < _EVERY_SECONDS:
            return
        last = time.monotonic()
        found = f", {now.found:,} found" if now.found else ""
        says = f"{now.stage.capitalize()}: part {min(now.done + 1, now.of)} of {now.of}{found}."
        _say(out, {"progress": min(now.done / max(now.of, 1), 1.0), "says": says})

    try:
        options = SearchOptions.from_mapping(task.options)
        return {"result": plan_search(task.planning, options=options, progress=report).to_json()}
    except CrimemapError as error:
        return {"failed": str(error)}
    except MemoryError:
        return {"failed": "The search needed more memory than it may have. Search fewer forces at once."}


def _say(out: IO[str], what: dict[str, Any]) -> None:
    out.write(json.dumps(what, ensure_ascii=False, allow_nan=False) + "\n")
    out.flush()


def _end_with_input(given: IO[bytes]) -> None:
    """End at once when the server is gone."""
    while given.read(1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
