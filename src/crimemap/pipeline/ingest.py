"""Ingest: archives and a force's own records into the workspace; and what is there, force by month."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crimemap.errors import EmptyInputError, UnreadableFileError
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    from crimemap.incidents.archive import Archive, Member
    from crimemap.incidents.loading import Loader
    from crimemap.incidents.police_uk import CleanRows

__all__ = ["Progress", "coverage", "ingest"]

#: Told how many rows and files were read so far, and how many files there are.
Progress = Callable[[int, int, int], None]

_LINKS = "SELECT count(incident_id), count(*) - count(incident_id) FROM outcome_links"


def _silent(rows: int, files: int, of: int) -> None:
    """Tell nobody."""


def ingest(
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    source: Path | None = None,
    archive_month: str | None = None,
    progress: Progress = _silent,
) -> dict[str, Any]:
    """
    Load archives of data.police.uk, or a force's own records.

    Nothing is changed unless everything given can be read. A month of a force takes the place of what an earlier archive gave.

    Parameters
    ----------
    workspace
        Where to. It is made if it is not there.
    paths
        Zips, folders or CSV files.
    source
        The description of a force's own records, if these are such.
    archive_month
        The month (YYYY-MM) of the archives, where their names and contents do not say it right.
    progress
        Is told, now and then, rows read, files read, and files in all.

    Returns
    -------
    dict
        `files`, `totals`, `outcomes`, `places`, `quarantine`; see docs/json/ingest.md.

    Raises
    ------
    InputError, NotFoundError, ConflictError
        If something given cannot be used, or the workspace is being written to.
    """
    from crimemap.incidents.archive import open_archives
    from crimemap.incidents.loading import Loader
    from crimemap.incidents.police_uk import check_header
    from crimemap.periods import parse_month

    if archive_month is not None:
        parse_month(archive_month, where="--archive-month")
    archives = [archive for path in paths for archive in open_archives(path, archive_month=archive_month)]
    for archive in archives:
        for member in archive.members:
            check_header(member)
    with workspace.writing():
        loader = Loader(workspace)
        try:
            files = _load_archives(loader, archives, progress)
            new_places = loader.commit()
        finally:
            loader.close()
        return _result(workspace, files, new_places)


def _load_archives(loader: "Loader", archives: "Sequence[Archive]", progress: Progress) -> list[dict[str, Any]]:
    from crimemap.incidents.ledger import Load, utc_now
    from crimemap.incidents.loading import ahead
    from crimemap.incidents.police_uk import read_member
    from crimemap.incidents.schema import POLICE_UK, TABLE_OF_KIND

    plan = _plan(loader, archives)
    files: list[dict[str, Any]] = [_file(archive, member, status) for archive, member, status in plan]
    wanted = [(at, archive, member) for at, (archive, member, status) in enumerate(plan) if status == "loaded"]
    loaded_at, rows_read = utc_now(), 0

    def read(item: "tuple[int, Archive, Member]") -> "CleanRows":
        return read_member(item[2])

    for done, ((at, archive, member), rows) in enumerate(ahead(read, wanted), start=1):
        files[at] |= {"read": rows.read, "stored": rows.table.num_rows, "quarantined": len(rows.rejected)}
        load = Load(
            load_id=loader.ledger.next_load_id,
            table_name=TABLE_OF_KIND[member.kind],
            force=member.force,
            month=member.month,
            source=POLICE_UK,
            kind="open",
            archive=archive.path.name,
            archive_sha256=archive.sha256(member),
            archive_month=archive.month,
            member=member.name,
            digest=member.digest,
            read=rows.read,
            stored=rows.table.num_rows,
            quarantined=len(rows.rejected),
            loaded_at=loaded_at,
            path=member.path,
            rejected=tuple(rows.rejected),
        )
        loader.ledger.next_load_id += 1
        loader.add(load, rows)
        rows_read += rows.read
        progress(rows_read, done, len(wanted))
    for archive in archives:
        _refuse_if_nothing_is_left(archive, [file for file in files if file["archive"] == str(archive.path)], loader)
    return files


def _plan(loader: "Loader", archives: "Sequence[Archive]") -> "list[tuple[Archive, Member, str]]":
    """Say of each file whether it is to be loaded, is there already, or gives way to a later archive."""
    from crimemap.incidents.schema import POLICE_UK, TABLE_OF_KIND

    latest: dict[tuple[str, str, str], tuple[str, int]] = {}
    for number, archive in enumerate(archives):
        for member in archive.members:
            unit = (member.kind, member.force, member.month)
            latest[unit] = max(latest.get(unit, ("", -1)), (archive.month, number))
    plan = []
    for number, archive in enumerate(archives):
        for member in archive.members:
            if latest[member.kind, member.force, member.month] != (archive.month, number):
                plan.append((archive, member, "superseded"))
                continue
            unit_name = (TABLE_OF_KIND[member.kind], POLICE_UK, member.force, member.month)
            plan.append(
                (archive, member, loader.ledger.verdict(unit_name, archive_month=archive.month, digest=member.digest))
            )
    return plan


def _file(archive: "Archive", member: "Member", status: str) -> dict[str, Any]:
    return {
        "path": member.path,
        "archive": str(archive.path),
        "member": member.name,
        "archive_month": archive.month,
        "force": member.force,
        "month": member.month,
        "kind": member.kind,
        "status": status,
        "read": 0,
        "stored": 0,
        "quarantined": 0,
    }


def _refuse_if_nothing_is_left(archive: "Archive", files: list[dict[str, Any]], loader: "Loader") -> None:
    read, stored = (sum(file[name] for file in files) for name in ("read", "stored"))
    if not read or stored:
        return
    first = next(file for file in files if file["read"])
    rejected = loader.first_rejected(first["path"])
    said = f"none of its {read:,} rows can be used" if read > 1 else "its one row cannot be used"
    raise UnreadableFileError(
        f"{said}; line {rejected.line:,}: {rejected.reason}",
        where=first["path"],
        fix="Mend the file, or check that it is what its name says.",
    )


def _result(workspace: Workspace, files: list[dict[str, Any]], new_places: int) -> dict[str, Any]:
    from crimemap.incidents.store import IncidentStore

    totals: dict[str, int] = {"files": len(files)}
    totals |= {status: sum(file["status"] == status for file in files) for status in ("loaded", "unchanged", "superseded")}
    totals |= {name: sum(file[name] for file in files) for name in ("read", "stored", "quarantined")}
    with IncidentStore(workspace).connect() as con:
        reasons = con.execute(
            "SELECT path, reason, count(*), min(line) FROM quarantine GROUP BY path, reason ORDER BY path, min(line)"
        ).fetchall()
        counted = con.execute(_LINKS).fetchone()
        places = con.execute("SELECT count(*) FROM places").fetchone()
    of_this_run = {file["path"] for file in files if file["quarantined"]}
    linked, unlinked = counted or (0, 0)
    return {
        "workspace": str(workspace.root),
        "files": files,
        "totals": totals,
        "quarantine": [
            {"path": path, "reason": reason, "rows": rows, "first_line": line}
            for path, reason, rows, line in reasons
            if path in of_this_run
        ],
        "outcomes": {"linked": linked, "unlinked": unlinked},
        "places": {"new": new_places, "total": places[0] if places else 0},
    }


def coverage(workspace: Workspace, *, force: str | None = None) -> dict[str, Any]:
    """
    Say what is there, force by month.

    Returns
    -------
    dict
        `rows`: force, month, kind (street, outcomes, stop-and-search), rows, status (`loaded`, or `no_data` for a month between
        a force's first and last that was never loaded; `rows` is then null), source and source_kind (open, confidential).

    Raises
    ------
    NotFoundError, EmptyInputError
        If there is no workspace, or nothing was loaded of the force asked for.
    """
    from crimemap.incidents.schema import KIND_OF_TABLE
    from crimemap.incidents.store import IncidentStore

    with IncidentStore(workspace.require()).connect() as con:
        found = con.execute(
            """SELECT force, month, table_name, source, kind, row_count, status FROM coverage
            WHERE ? IS NULL OR force = ? ORDER BY source, force, table_name, month""",
            [force, force],
        ).fetchall()
    if force is not None and not found:
        raise EmptyInputError(
            f"nothing was loaded of {force[:40]}", where=str(workspace.root), fix="Run 'crimemap coverage' to see what was."
        )
    return {
        "rows": [
            {
                "force": row[0],
                "month": row[1],
                "kind": KIND_OF_TABLE[row[2]],
                "rows": row[5],
                "status": row[6],
                "source": row[3],
                "source_kind": row[4],
            }
            for row in found
        ]
    }
