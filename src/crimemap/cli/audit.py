"""The command that reads the audit log."""

from pathlib import Path
from typing import Annotated

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say, table

__all__ = ["audit"]

_MOST = 100_000


def audit(
    who: Annotated[str | None, typer.Option(help="Of one person only: token:ID, oidc:SUBJECT, unknown.")] = None,
    since: Annotated[str | None, typer.Option(help="From this moment on, ISO 8601 in UTC: 2025-03-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this moment.")] = None,
    area: Annotated[str | None, typer.Option(help="About one area only: its code.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="At most so many, the newest.")] = 50,
    verify: Annotated[bool, typer.Option("--verify", help="Check that no row was changed or removed.")] = False,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Show who reached the private side: when, about which area and months, how many rows, and what for."""
    with reported(as_json):
        from crimemap.errors import InputError
        from crimemap.pipeline.tokens import read_audit, verify_audit
        from crimemap.workspace import Workspace

        if verify:
            found = verify_audit(Workspace(workspace))
            emit(found, as_json=as_json, show=lambda: say("Every row of the audit log is as it was written."))
            if not found["whole"]:
                raise InputError(
                    f"row {found['first_broken']} is not as it was written, or is gone",
                    where="audit log",
                    fix="Keep the file as it is and find out who could write to it.",
                )
            return
        read = read_audit(Workspace(workspace), who=who, since=since, until=until, area_code=area, limit=limit)

        def show() -> None:
            rows = [
                (
                    one["at"][:19].replace("T", " "),
                    one["who"],
                    one["action"],
                    "/".join(part for part in (one["force"], one["area_type"], one["area_code"]) if part),
                    " to ".join(part for part in (one["first_month"], one["last_month"]) if part),
                    "" if one["n_rows"] is None else f"{one['n_rows']:,}",
                    str(one["status"] or ""),
                    one["purpose"],
                )
                for one in read["accesses"]
            ]
            heads = ["At (UTC)", "Who", "What", "Area", "Months", "Rows", "Status", "Why"]
            table("Accesses, the newest first", heads, rows, numeric=("Rows",))

        emit(read, as_json=as_json, show=show)
