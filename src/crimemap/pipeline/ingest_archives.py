"""Loading archives of data.police.uk: which files of them, and then those."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crimemap.errors import UnreadableFileError

if TYPE_CHECKING:
    from crimemap.incidents.archive import Archive, Member
    from crimemap.incidents.loading import Loader
    from crimemap.incidents.police_uk import CleanRows

__all__ = ["load_archives", "open_all"]


def open_all(paths: Sequence[Path], archive_month: str | None) -> "list[Archive]":
    """
    Open archives and check what can be known without unpacking: directories, names, sizes, headers.

    Raises
    ------
    InputError, NotFoundError
        If something cannot be used.
    """
    from crimemap.incidents.archive import open_archives
    from crimemap.incidents.police_uk import check_header

    archives = [archive for path in paths for archive in open_archives(path, archive_month=archive_month)]
    for archive in archives:
        for member in archive.members:
            check_header(member)
    return archives


def load_archives(
    loader: "Loader", archives: "list[Archive]", progress: Callable[[int, int, int], None]
) -> list[dict[str, Any]]:
    """
    Load what takes the place of something, or is new; commit nothing.

    Returns
    -------
    list of dict
        For each file what became of it; see docs/json/ingest.md.

    Raises
    ------
    UnreadableFileError
        If a file is damaged or mistaken, or an archive has rows and none can be used.
    """
    from crimemap.incidents.ledger import Load, utc_now
    from crimemap.incidents.loading import ahead
    from crimemap.incidents.police_uk import read_member
    from crimemap.incidents.schema import POLICE_UK, TABLE_OF_KIND

    plan = _plan(loader, archives)
    files: list[dict[str, Any]] = [_file(archive, member, status) for archive, member, status in plan]
    wanted = [(at, archive, member) for at, (archive, member, status) in enumerate(plan) if status == "loaded"]
    _confirm(loader, plan)
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
        _refuse_if_nothing_is_left([file for file in files if file["archive"] == str(archive.path)], loader)
    return files


def _confirm(loader: "Loader", plan: "list[tuple[Archive, Member, str]]") -> None:
    """Remember a later archive that holds what is loaded already."""
    from crimemap.incidents.schema import POLICE_UK, TABLE_OF_KIND

    for archive, member, status in plan:
        held = loader.ledger.current.get((TABLE_OF_KIND[member.kind], POLICE_UK, member.force, member.month))
        if status == "unchanged" and held is not None and held.archive_month < archive.month:
            loader.confirm(
                replace(
                    held,
                    archive=archive.path.name,
                    archive_sha256=archive.sha256(member),
                    archive_month=archive.month,
                    member=member.name,
                )
            )


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


def _refuse_if_nothing_is_left(files: list[dict[str, Any]], loader: "Loader") -> None:
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
