"""The manifest of a release: what it is made of, and the hash of every file, so that any change shows."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from crimemap.errors import ReleaseError

__all__ = ["MANIFEST", "hash_files", "hash_of", "read_manifest", "verify_files", "write_manifest"]

MANIFEST: Final = "manifest.json"
_CHUNK = 1 << 20


def hash_of(path: Path) -> str:
    """Give a file's SHA-256."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def hash_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Give size and SHA-256 of every file below a folder but its manifest, by path, in order."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    return {path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": hash_of(path)} for path in paths}


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest and see it to the disk."""
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(manifest, file, ensure_ascii=False, indent=1, allow_nan=False)
        file.flush()
        os.fsync(file.fileno())


def read_manifest(folder: Path) -> dict[str, Any]:
    """
    Read a release's manifest.

    Raises
    ------
    ReleaseError
        If there is none, or it is not one.
    """
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseError(
            "the release has no readable manifest", where=folder.name, fix="Remove it and build the release again."
        ) from error
    if not isinstance(found, dict) or "files" not in found:
        raise ReleaseError("the manifest is not one of ours", where=folder.name, fix="Build the release again.")
    return found


def verify_files(folder: Path) -> list[str]:
    """
    Compare every file with the manifest.

    Returns
    -------
    list[str]
        What differs, a sentence each; empty if nothing does.
    """
    manifest = read_manifest(folder)
    if manifest.get("release_id") != folder.name:
        return ["the manifest is that of another release"]
    expected = manifest["files"]
    found = hash_files(folder)
    said = [f"{name} is missing" for name in expected if name not in found]
    said += [f"{name} was added" for name in found if name not in expected]
    said += [f"{name} was changed" for name in expected if name in found and found[name] != expected[name]]
    return sorted(said)
