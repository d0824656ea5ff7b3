"""
A release made from another in which only what some teams say is different.

Files that stay as they are are shared with the release that it is made from (hard links, or copies where the file system
has none), so it costs little time and room. It is complete or not there, like any release, and either can be removed
without the other.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from crimemap.errors import NotFoundError, ReleaseError
from crimemap.products.finishing import later_than_all, to_disk
from crimemap.products.manifest import MANIFEST, hash_of, read_manifest, write_manifest
from crimemap.products.recorded_past import RecordedPast, recorded_past
from crimemap.products.releases import BUILDING
from crimemap.products.team_pages import TeamToPatch, put_team

__all__ = ["PatchedRelease", "differing_teams", "patch_release"]

_DATABASE: Final = "release.duckdb"
_TEXTS: Final = ("contact_details", "events", "priorities", "messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchedRelease:
    """A release that was just made from another."""

    release_id: str
    path: Path
    manifest: dict[str, Any]


def patch_release(
    base: Path,
    teams: Sequence[Mapping[str, Any]],
    *,
    now: datetime | None = None,
    check: Callable[[Path, Sequence[str]], None] | None = None,
) -> PatchedRelease:
    """
    Make a release from another one with what some teams say now. The caller holds the workspace's lock.

    Parameters
    ----------
    base
        The release to take everything else from.
    teams
        Neighbourhoods in data.police.uk's shape, with force and messages.
    now
        The time that the identifier carries; the present if not given.
    check
        Called with the finished folder and the paths of what is new in it; raises to refuse it.

    Raises
    ------
    ReleaseError
        If the release lacks a file, or cannot be patched.
    NotFoundError
        If it has no such neighbourhood.
    """
    releases, manifest = base.parent, read_manifest(base)
    created = later_than_all((now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0), releases)
    release_id = f"{created:%Y%m%dT%H%M%SZ}-{_digest(base.name, teams)}"
    folder = releases / f"{BUILDING}{os.getpid()}"
    for left in releases.glob(f"{BUILDING}*"):
        shutil.rmtree(left)
    try:
        _share(base, folder, manifest)
        touched = [_DATABASE, *_put(folder, teams, manifest, release_id=release_id, created=created)]
        written = sorted(name for name in set(touched) if (folder / name).is_file())
        if check is not None:
            check(folder, written)
        gone = set(touched) - set(written)
        files = {name: held for name, held in manifest["files"].items() if name not in gone}
        files |= {name: {"size": (folder / name).stat().st_size, "sha256": hash_of(folder / name)} for name in written}
        made = {
            **manifest,
            "release_id": release_id,
            "created_at": created.isoformat().replace("+00:00", "Z"),
            "patch_of": base.name,
            "patched": [f"{one['force']}/{one['id']}" for one in teams],
            "files": dict(sorted(files.items())),
        }
        write_manifest(folder, made)
        to_disk(
            [folder / name for name in written], folders=[folder, *(path for path in folder.rglob("*") if path.is_dir())]
        )
        os.replace(folder, releases / release_id)  # noqa: PTH105 - the one step that makes it a release
        to_disk([], folders=[releases])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return PatchedRelease(release_id=release_id, path=releases / release_id, manifest=made)


def differing_teams(base: Path, teams: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give those neighbourhoods whose teams say something else than the release has of them."""
    with duckdb.connect(base / _DATABASE, read_only=True) as db:
        held = _held(db)
    return [
        one
        for one in teams
        if (key := (one["force"], str(one["id"]))) in held
        and any(held[key][name] != (one.get(name) or _nothing(name)) for name in _TEXTS)
    ]


def _nothing(name: str) -> Any:
    return {} if name == "contact_details" else []


def _held(db: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, Any]]:
    columns = {
        row[0]
        for row in db.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = 'neighbourhoods'").fetchall()
    }
    chosen = ", ".join(name if name in columns else "'[]'" for name in _TEXTS)
    rows = db.execute(f"SELECT force, neighbourhood, {chosen} FROM neighbourhoods ORDER BY ALL").fetchall()  # noqa: S608 - names of ours
    return {
        (str(force), str(code)): {
            name: json.loads(text or "null") or _nothing(name) for name, text in zip(_TEXTS, texts, strict=True)
        }
        for force, code, *texts in rows
    }


def _digest(base: str, teams: Sequence[Mapping[str, Any]]) -> str:
    said = [base, [[one["force"], str(one["id"]), *(one.get(name) for name in _TEXTS)] for one in teams]]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:8]


def _share(base: Path, folder: Path, manifest: Mapping[str, Any]) -> None:
    """Link every file of a release into a new folder; its database is copied, as it will be written."""
    folder.mkdir(mode=0o755)
    made = {folder}
    for name, held in manifest["files"].items():
        source, target = base / name, folder / name
        if not source.is_file() or source.stat().st_size != held["size"]:
            raise ReleaseError(
                "a file is missing or not as it was built", where=name, fix="Build a new release and activate it."
            )
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        if name in (_DATABASE, MANIFEST):
            shutil.copyfile(source, target)
            continue
        try:
            os.link(source, target)
        except OSError:  # another file system, one without links, or one file linked too often
            shutil.copyfile(source, target)


def _put(
    folder: Path,
    teams: Sequence[Mapping[str, Any]],
    manifest: Mapping[str, Any],
    *,
    release_id: str,
    created: datetime,
) -> list[str]:
    """Put the teams' words into the database and the files; give the paths of the files that were touched."""
    touched: list[str] = []
    with duckdb.connect(folder / _DATABASE) as db:
        db.execute("ALTER TABLE neighbourhoods ADD COLUMN IF NOT EXISTS messages VARCHAR")
        stamp = created.isoformat().replace("+00:00", "Z")
        for key, value in (("release_id", release_id), ("created_at", stamp)):
            db.execute("UPDATE meta SET value = ? WHERE key = ?", [value, key])
        for one in teams:
            texts = [
                json.dumps(one.get(name) or _nothing(name), ensure_ascii=False, separators=(",", ":")) for name in _TEXTS
            ]
            chosen = ", ".join(f"{name} = ?" for name in _TEXTS)
            found = db.execute(
                f"UPDATE neighbourhoods SET {chosen} WHERE force = ? AND neighbourhood = ?",  # noqa: S608 - names of ours
                [*texts, one["force"], str(one["id"])],
            ).fetchone()
            if found is None or found[0] != 1:
                raise NotFoundError(
                    "the release has no such neighbourhood", where=f"{one['force']}/{one['id']}", fix="Build a new release."
                )
        db.execute("CHECKPOINT")
        held, pasts = _held(db), dict[str, RecordedPast]()
        for one in teams:
            force = str(one["force"])
            if force not in pasts:
                pasts[force] = recorded_past(db, force)
            patch = TeamToPatch(
                team=one,
                name=_name(db, one),
                teams=[(code, texts["priorities"]) for (of, code), texts in held.items() if of == force],
            )
            touched += put_team(folder, patch, pasts[force], manifest=manifest, created=created)
    return touched


def _name(db: duckdb.DuckDBPyConnection, one: Mapping[str, Any]) -> str:
    """Give what the release calls a neighbourhood: after its boundary, where it has one."""
    row = db.execute(
        "SELECT area_name FROM areas WHERE area_type = 'neighbourhood' AND force = ? AND area_code = ?",
        [one["force"], str(one["id"])],
    ).fetchone()
    return str(one["name"] if row is None else row[0])
