"""
One search in a process of its own, which the server can end at any moment: `python -m api.search_worker`.

It is told on standard input what to search (a pickle, from the server alone) and answers on standard output, a JSON object a
line: how far it is, and last what it found or why it failed. What it found is worded in every language, so that nobody has
to search again to read it in another one. It reads no file. When standard input ends, so does it.
"""

import json
import os
import pickle
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any, Final

from api.gentle import go_gently
from crimemap.alignment.mergers.options import SearchOptions
from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.search_document import wording
from crimemap.alignment.mergers.search_status import TOO_MUCH_MEMORY
from crimemap.alignment.mergers.searched import Searched, plan_search
from crimemap.alignment.mergers.watch import Progress
from crimemap.errors import CrimemapError
from crimemap.language import LANGUAGES, Sentence, speaking

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
        _say(out, {"progress": min(now.done / max(now.of, 1), 1.0), "says": asdict(now.sentence())})

    try:
        options = SearchOptions.from_mapping(task.options)
        return _told(plan_search(task.planning, options=options, progress=report))
    except CrimemapError as error:  # as every error of the API, in English
        return {"failed": asdict(Sentence(str(error)))}
    except MemoryError:
        return {"failed": asdict(TOO_MUCH_MEMORY)}


def _told(found: Searched) -> dict[str, Any]:
    """Give the document without the fields that hold sentences, and these fields in every language."""
    words = {}
    for code in LANGUAGES:
        with speaking(code):
            words[code] = wording(found)
    rest = {name: value for name, value in found.to_json().items() if name not in words[code]}
    return {"result": rest, "words": words}


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
