"""Commands that load incidents and say what is there."""

from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say, table

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(ingest)
    app.command()(coverage)


def ingest(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Zips, folders or CSV files from data.police.uk, or a force's own records."),
    ],
    source: Annotated[
        Path | None,
        typer.Option("--source", metavar="FILE.toml", help="Describes a force's own records."),
    ] = None,
    archive_month: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM",
            help="Month of the archive. The later one wins where two hold the same month of a force. "
            "Default: its name if that is a month, else the latest month in it.",
        ),
    ] = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Load police records.

    Takes archives of data.police.uk (street crime, outcomes, stop and search) as a zip, a folder or single CSV files, and
    with --source a force's own records as CSV, Parquet or GeoPackage. Every row is stored, or kept in quarantine with the
    line and the reason. Everything given is checked before anything is changed; the same archive twice changes nothing.
    """
    with reported(as_json):
        from crimemap.cli.progress import counting
        from crimemap.pipeline import ingest as pipeline
        from crimemap.workspace import Workspace

        with counting(as_json) as progress:
            result = pipeline.ingest(
                Workspace(workspace), paths, source=source, archive_month=archive_month, progress=progress
            )
        emit(result, as_json=as_json, show=lambda: _show_ingest(result))


def coverage(
    force: Annotated[str | None, typer.Option(metavar="SLUG", help="Only this force, for example south-wales.")] = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Show what is loaded, force by month.

    A month that was loaded and holds no row shows 0. A month that was never loaded shows "no data": nobody knows what
    happened in it, which is not the same as nothing.
    """
    with reported(as_json):
        from crimemap.pipeline import ingest as pipeline
        from crimemap.workspace import Workspace

        result = pipeline.coverage(Workspace(workspace), force=force)
        emit(result, as_json=as_json, show=lambda: _show_coverage(result))


_MANY_FILES = 12


def _show_ingest(result: dict[str, Any]) -> None:
    totals = result["totals"]
    numbers = ("read", "stored", "quarantined")
    shown = [file for file in result["files"] if file["quarantined"] or len(result["files"]) <= _MANY_FILES]
    if shown:
        title = "" if len(shown) == len(result["files"]) else "Files with rows in quarantine"
        rows = ([file["path"], file["status"], *(file[name] for name in numbers)] for file in shown)
        table(title, ("file", "status", *numbers), rows, numeric=numbers)
    if result["quarantine"]:
        _show_reasons(result["quarantine"])
    said = ", ".join(f"{totals[status]:,} {status}" for status in ("loaded", "unchanged", "superseded") if totals[status])
    say(f"{totals['files']:,} file{'s' * (totals['files'] != 1)}: {said}.")
    if totals["superseded"]:
        say("Superseded: a later archive of the same month is loaded; --archive-month says otherwise.")
    say(f"{totals['read']:,} rows read = {totals['stored']:,} stored + {totals['quarantined']:,} in quarantine.")
    outcomes = result["outcomes"]
    if any(outcomes.values()):
        say(f"Outcomes: {outcomes['linked']:,} linked to an incident, {outcomes['unlinked']:,} without one (kept).")
    say(f"Places: {result['places']['new']:,} new, {result['places']['total']:,} in all.")


def _show_reasons(quarantine: list[dict[str, Any]]) -> None:
    if len(quarantine) <= _MANY_FILES:
        lines = ([each["path"], each["first_line"], each["rows"], each["reason"]] for each in quarantine)
        table("Rows in quarantine, and why", ("file", "first line", "rows", "reason"), lines, numeric=("first line", "rows"))
        return
    by_reason: dict[str, list[dict[str, Any]]] = {}
    for each in quarantine:
        by_reason.setdefault(each["reason"], []).append(each)
    rows = ([len(found), sum(each["rows"] for each in found), reason] for reason, found in by_reason.items())
    table(
        "Rows in quarantine, and why (--json says it file by file)",
        ("files", "rows", "reason"),
        rows,
        numeric=("files", "rows"),
    )


def _show_coverage(result: dict[str, Any]) -> None:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in result["rows"]:
        source = "" if row["source"] == "police.uk" else f" ({row['source']}, {row['source_kind']})"
        column = row["kind"] + source
        count = "no data" if row["status"] == "no_data" else f"{row['rows']:,}"
        found.setdefault((row["force"], row["month"]), {})[column] = count
    columns = sorted({column for counts in found.values() for column in counts})
    if not columns:
        say("Nothing is loaded yet.")
        return
    rows = ([*unit, *(counts.get(column, "no data") for column in columns)] for unit, counts in sorted(found.items()))
    table("Rows by force and month", ("force", "month", *columns), rows, numeric=columns)
