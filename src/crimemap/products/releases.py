"""The shelf of releases: list, activate, roll back, prune. The active one is named in a small file, replaced in one step."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any, Final

from crimemap.errors import NotFoundError, ReleaseError
from crimemap.products.manifest import read_manifest

__all__ = ["RELEASE_ID", "Shelf", "write_atomically"]

RELEASE_ID: Final = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}\Z")
_ACTIVE = "active"
_HISTORY = "history.json"
BUILDING: Final = ".building-"
_REMOVED = ".removed-"


def write_atomically(path: Path, text: str) -> None:
    """Write a small file so that a reader sees the old text or the new one, whatever happens."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)  # noqa: PTH105 - the documented atomic call


class Shelf:
    """
    The directory of releases.

    Parameters
    ----------
    root
        `releases/` of a workspace.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def ids(self) -> list[str]:
        """List the releases, oldest first."""
        if not self.root.is_dir():
            return []
        return sorted(path.name for path in self.root.iterdir() if RELEASE_ID.match(path.name) and path.is_dir())

    def path(self, release_id: str) -> Path:
        """
        Give a release's folder.

        Raises
        ------
        NotFoundError
            If there is no such release.
        """
        if not RELEASE_ID.match(release_id) or not (self.root / release_id).is_dir():
            held = self.ids()
            raise NotFoundError(
                "there is no such release",
                where=release_id[:60],
                fix=f"The latest is {held[-1]}." if held else "Build one with 'crimemap release build'.",
            )
        return self.root / release_id

    def latest(self) -> str:
        """
        Give the newest release.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        held = self.ids()
        if not held:
            raise NotFoundError("there is no release yet", where="releases", fix="Build one with 'crimemap release build'.")
        return held[-1]

    def active(self) -> str | None:
        """Give the active release, if there is one."""
        try:
            return (self.root / _ACTIVE).read_text(encoding="utf-8").strip() or None
        except OSError:
            return None

    def history(self) -> list[str]:
        """List the releases that were active, oldest first, the present one last."""
        try:
            found = json.loads((self.root / _HISTORY).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return [str(one) for one in found] if isinstance(found, list) else []

    def activate(self, release_id: str) -> str | None:
        """Make a release the active one and give the one before. It must have passed its audit: that is not asked here."""
        self.path(release_id)
        before = self.active()
        if before == release_id:
            return before
        write_atomically(self.root / _HISTORY, json.dumps([*self._kept_history(before), release_id]))
        write_atomically(self.root / _ACTIVE, release_id + "\n")
        return before

    def _kept_history(self, active: str | None) -> list[str]:
        """Give the history up to the active release: an interrupted activation may have written one too many."""
        history = self.history()
        if active is None:
            return []
        return history[: len(history) - history[::-1].index(active)] if active in history else [*history, active]

    def previous(self) -> str:
        """
        Give the release to roll back to: the last one before the active one that is still here.

        Raises
        ------
        ReleaseError
            If there is none.
        """
        active = self.active()
        held = set(self.ids())
        before = [one for one in self._kept_history(active)[:-1] if one in held and one != active]
        if not before:
            raise ReleaseError(
                "no earlier release was active",
                where="releases",
                fix="Name one with 'crimemap release activate ID'; 'crimemap release list' shows them.",
            )
        return before[-1]

    def roll_back(self) -> tuple[str | None, str]:
        """Make the previous release active again; give the release left and the one now active."""
        active, previous = self.active(), self.previous()
        history = self._kept_history(active)[:-1]
        history = history[: len(history) - history[::-1].index(previous)]
        write_atomically(self.root / _ACTIVE, previous + "\n")
        write_atomically(self.root / _HISTORY, json.dumps(history))
        return active, previous

    def prune(self, keep: int) -> list[str]:
        """Remove all but the newest `keep` releases, never the active one; clear what interrupted runs left."""
        held, active = self.ids(), self.active()
        doomed = [one for one in held[: max(0, len(held) - keep)] if one != active]
        for one in doomed:
            gone = self.root / f"{_REMOVED}{one}"
            os.replace(self.root / one, gone)  # noqa: PTH105 - out of sight in one step, then removed at leisure
        for left in [*self.root.glob(f"{_REMOVED}*"), *self.root.glob(f"{BUILDING}*")]:
            shutil.rmtree(left, ignore_errors=True)
        return doomed

    def described(self) -> list[dict[str, Any]]:
        """Describe every release for a list, newest first."""
        active = self.active()
        rows = []
        for one in reversed(self.ids()):
            try:
                manifest = read_manifest(self.root / one)
            except ReleaseError:
                manifest = {}
            rows.append(
                {
                    "id": one,
                    "active": one == active,
                    "created_at": manifest.get("created_at"),
                    "first_month": manifest.get("first_month"),
                    "latest_month": manifest.get("latest_month"),
                    "forces": manifest.get("forces", []),
                    "files": len(manifest.get("files", {})),
                    "bytes": sum(found["size"] for found in manifest.get("files", {}).values()),
                    "readable": bool(manifest),
                }
            )
        return rows
