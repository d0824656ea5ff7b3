"""Ingest: archives and a force's own records into the workspace; and what is there, force by month."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from crimemap.errors import EmptyInputError
from crimemap.workspace import Workspace

__all__ = ["Progress", "coverage", "ingest"]

#: Told how many rows and files were read so far, and how many files there are.
Progress = Callable[[int, int, int], None]

_LINKED = "SELECT count(*) FROM outcomes SEMI JOIN incidents USING (crime_id, source)"


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

    Nothing is changed unless everything given can be read. A force's month takes the place of what an earlier archive gave.

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
    from crimemap.incidents.loading import Loader
    from crimemap.periods import parse_month
    from crimemap.pipeline.ingest_archives import load_archives, open_all
    from crimemap.pipeline.ingest_own import load_own, open_own

    if archive_month is not None:
        parse_month(archive_month, where="--archive-month")
    given = open_all(paths, archive_month) if source is None else open_own(paths, source, archive_month)
    with workspace.writing():
        loader = Loader(workspace)
        try:
            files = load_archives(loader, given, progress) if isinstance(given, list) else load_own(loader, given, progress)
            new_places = loader.commit()
        finally:
            loader.close()
        _assign_places(workspace)
        return _result(workspace, files, new_places)


def _assign_places(workspace: Workspace) -> None:
    """Find the areas of new places, if there are boundary sets."""
    if any(workspace.areas.iterdir()):
        from crimemap.pipeline.places import update_place_areas

        update_place_areas(workspace)


def _result(workspace: Workspace, files: list[dict[str, Any]], new_places: int) -> dict[str, Any]:
    from crimemap.incidents.store import IncidentStore

    totals: dict[str, int] = {"files": len(files)}
    totals |= {status: sum(file["status"] == status for file in files) for status in ("loaded", "unchanged", "superseded")}
    totals |= {name: sum(file[name] for file in files) for name in ("read", "stored", "quarantined")}
    with IncidentStore(workspace).connect() as con:
        reasons = con.execute(
            "SELECT path, reason, count(*), min(line) FROM quarantine GROUP BY path, reason ORDER BY path, min(line)"
        ).fetchall()
        outcomes, places = (con.table(view).count("*").fetchall()[0][0] for view in ("outcomes", "places"))
        linked = con.sql(_LINKED).fetchall()[0][0] if outcomes else 0
    of_this_run = {file["path"] for file in files if file["quarantined"]}
    return {
        "workspace": str(workspace.root),
        "files": files,
        "totals": totals,
        "quarantine": [
            {"path": path, "reason": reason, "rows": rows, "first_line": line}
            for path, reason, rows, line in reasons
            if path in of_this_run
        ],
        "outcomes": {"linked": linked, "unlinked": outcomes - linked},
        "places": {"new": new_places, "total": places},
    }


def coverage(workspace: Workspace, *, force: str | None = None) -> dict[str, Any]:
    """
    Say what is there, force by month.

    Returns
    -------
    dict
        `rows`: force, month, kind (street, outcomes, stop-and-search), rows, status (`loaded`, or `no_data` for a month
        between a force's first and last of which there is nothing; `rows` is then null), source and source_kind.

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
