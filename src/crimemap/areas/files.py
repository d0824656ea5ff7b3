"""Files written whole or not at all."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from crimemap.errors import UnreadableFileError

__all__ = ["read_json", "remove_others", "write_file", "write_json"]


def write_file(path: Path, write: Callable[[Path], None]) -> None:
    """
    Write a file under another name and then give it its own, so that no reader ever sees half of it.

    Parameters
    ----------
    path
        Where the file will be.
    write
        Writes the file to the path it is given.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        write(unfinished)
        with unfinished.open("rb+") as written:
            os.fsync(written.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_json(path: Path, held: Any) -> None:
    """Write JSON whole or not at all."""
    write_file(path, lambda to: _dump(to, held))


def _dump(path: Path, held: Any) -> None:
    path.write_text(json.dumps(held, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def remove_others(path: Path, pattern: str) -> None:
    """Remove what the current file took the place of, and what interrupted writing left unfinished beside it."""
    for other in (*path.parent.glob(pattern), *path.parent.glob(f".{pattern}*.part")):
        if other != path:
            other.unlink(missing_ok=True)


def read_json(path: Path) -> Any:
    """
    Read JSON that `write_json` wrote.

    Raises
    ------
    UnreadableFileError
        If it was damaged since.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise UnreadableFileError(
            "this file of the workspace is damaged", where=str(path), fix="Delete it and add what it held again."
        ) from error
