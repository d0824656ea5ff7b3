"""Loading a force's own records: each month of each file takes the place of what the source gave for it before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crimemap.errors import ConflictError, InputError, NotFoundError

if TYPE_CHECKING:
    from crimemap.incidents.loading import Loader
    from crimemap.incidents.own_source import OwnSource

__all__ = ["OwnFiles", "load_own", "open_own"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFiles:
    """Files of a force's own records with their description."""

    source: "OwnSource"
    description: Path
    paths: tuple[Path, ...]
    archive_month: str | None


def open_own(paths: Sequence[Path], description: Path, archive_month: str | None) -> OwnFiles:
    """
    Read the description, and check that the files are there.

    Raises
    ------
    NotFoundError, ParameterError, InputError
        If a file is not there, the description is wrong, or the same file is given twice.
    """
    from crimemap.incidents.own_source import read_source

    source = read_source(description)
    for path in paths:
        if not path.is_file():
            raise NotFoundError("there is no such file", where=str(path), fix="With --source, give files, not folders.")
    if len({path.resolve() for path in paths}) < len(paths):
        raise InputError("the same file is given twice", where=str(description), fix="Give it once.")
    return OwnFiles(source=source, description=description, paths=tuple(paths), archive_month=archive_month)


def load_own(loader: "Loader", given: OwnFiles, progress: Callable[[int, int, int], None]) -> list[dict[str, Any]]:
    """
    Load what takes the place of something, or is new; commit nothing.

    Returns
    -------
    list of dict
        For each file what became of it; see docs/json/ingest.md.

    Raises
    ------
    UnreadableFileError
        If a file cannot be read as described, or none of its rows can be used.
    InputError
        If two of the files hold the same month.
    ConflictError
        If the source was loaded before as another kind.
    """
    held = loader.ledger.kind_of(given.source.name)
    if held not in {None, given.source.kind}:
        raise ConflictError(
            f"the source {given.source.name!r} is loaded as {held}",
            where=str(given.description),
            fix=f"Keep kind = {held!r}, or give these records another name.",
        )
    taken: dict[str, Path] = {}
    return [_load_file(loader, given, path, taken, progress) for path in given.paths]


def _load_file(
    loader: "Loader", given: OwnFiles, path: Path, taken: dict[str, Path], progress: Callable[[int, int, int], None]
) -> dict[str, Any]:
    from crimemap.incidents.ledger import Load, utc_now
    from crimemap.incidents.own_units import file_digest, gather

    source, at, of = given.source, given.paths.index(path), len(given.paths)
    said: dict[str, Any] = {
        "path": str(path),
        "source": source.name,
        "force": source.force,
        "kind": "street",
        "status": "unchanged",
        "read": 0,
        "stored": 0,
        "quarantined": 0,
        "months": [],
        "superseded_months": [],
    }
    sha256, digest = file_digest(path, given.description)
    if loader.ledger.holds_all_of(source.name, digest):
        return said
    months = gather(path, source, scratch=loader.scratch, progress=lambda rows: progress(rows, at, of))
    try:
        archive_month = given.archive_month or max(months.months())
        said["archive_month"] = archive_month
        wanted = []
        for month in months.months():
            if month in taken:
                raise InputError(
                    f"this file and {taken[month].name} both hold {month}",
                    where=str(path),
                    fix="Join them into one, or give each its own description with its own name.",
                )
            taken[month] = path
            unit = ("incidents", source.name, source.force, month)
            verdict = loader.ledger.verdict(unit, archive_month=archive_month, digest=digest)
            if verdict == "superseded":
                said["superseded_months"].append(month)
            elif verdict == "loaded":
                wanted.append(month)
        said["status"] = "loaded" if wanted else "superseded"
        for month in wanted:
            rows = months.rows(month, with_undated=month == wanted[0])
            load = Load(
                load_id=loader.ledger.next_load_id,
                table_name="incidents",
                force=source.force,
                month=month,
                source=source.name,
                kind=source.kind,
                archive=path.name,
                archive_sha256=sha256,
                archive_month=archive_month,
                member=path.name,
                digest=digest,
                read=rows.read,
                stored=rows.table.num_rows,
                quarantined=len(rows.rejected),
                loaded_at=utc_now(),
                path=str(path),
                rejected=tuple(rows.rejected),
            )
            loader.ledger.next_load_id += 1
            loader.add(load, rows)
            said["months"].append(month)
            for name in ("read", "stored", "quarantined"):
                said[name] += getattr(load, name)
    finally:
        months.close()
    progress(said["read"], at + 1, of)
    return said
