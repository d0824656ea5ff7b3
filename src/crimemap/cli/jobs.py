"""Commands that look at jobs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say, table

__all__ = ["register"]

commands = typer.Typer(no_args_is_help=True, help="Jobs that the partner application accepted: list, show, dismiss.")
JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(commands, name="jobs")


@commands.command("list")
def list_jobs(
    owner: Annotated[
        str | None,
        typer.Option("--owner", help="Of one token, and those whose place it took: token:ID, as the audit log says."),
    ] = None,
    process: Annotated[str | None, typer.Option("--process", help="Of one process only: kde.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", help="accepted, running, successful, failed or dismissed.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 100,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """List jobs, the newest first. What was asked is not shown: see 'crimemap jobs show'."""
    with reported(as_json):
        from crimemap.errors import ParameterError
        from crimemap.jobs.queue.job import STATUSES
        from crimemap.jobs.queue.lineages import owners_before
        from crimemap.jobs.queue.opening import open_store
        from crimemap.settings import PrivateSettings
        from crimemap.workspace import Workspace

        known = next((one for one in STATUSES if one == status), None)
        if status is not None and known is None:
            raise ParameterError("there is no such status", where="--status", fix=f"Use {', '.join(STATUSES)}.")
        place = Workspace(workspace).require()
        first = None if owner is None else owners_before(place).get(owner, owner)
        with open_store(place, PrivateSettings()) as store:
            found = (
                store.every(process_id=process, status=known, limit=limit)
                if first is None
                else store.of_owner(first, process_id=process, status=known, limit=limit)
            )
        rows = [{name: value for name, value in job.to_json().items() if name != "inputs"} for job in found]

        def show() -> None:
            table(
                "",
                ["job", "process", "owner", "status", "%", "created", "attempts"],
                (
                    [row[name] for name in ("id", "process_id", "owner", "status", "progress", "created", "attempts")]
                    for row in rows
                ),
                numeric=["%", "attempts"],
            )

        emit({"jobs": rows}, as_json=as_json, show=show)


@commands.command("show")
def show_job(job: JobArgument, workspace: WorkspaceOption = Path("workspace"), as_json: JsonOption = False) -> None:
    """Show a job: what was asked, how far it is, its log, and where its results are."""
    with reported(as_json):
        from crimemap.jobs.queue.opening import open_store
        from crimemap.settings import PrivateSettings
        from crimemap.workspace import Workspace

        with open_store(Workspace(workspace).require(), PrivateSettings()) as store:
            record = store.get(job)
            log = [{"at": at.isoformat(timespec="milliseconds"), "line": line} for at, line in store.log_of(job)]
            files = [str(store.result_path(job, file.name)) for file in record.results]
        said = {"job": record.to_json(), "log": log, "files": files}
        emit(said, as_json=as_json, show=lambda: _shown(said))


@commands.command("dismiss")
def dismiss_job(job: JobArgument, workspace: WorkspaceOption = Path("workspace"), as_json: JsonOption = False) -> None:
    """Dismiss a job: one that waits never runs, one that runs is stopped, results are deleted."""
    with reported(as_json):
        from crimemap.jobs.queue.opening import open_store
        from crimemap.settings import PrivateSettings
        from crimemap.workspace import Workspace

        with open_store(Workspace(workspace).require(), PrivateSettings()) as store:
            record = store.dismiss(job)
        emit({"job": record.to_json()}, as_json=as_json, show=lambda: say(f"Job {record.id} is {record.status}."))


def _shown(said: Mapping[str, Any]) -> None:
    job = said["job"]
    say(f"Job {job['id']}, {job['process_id']}, of {job['owner']}: {job['status']}, {job['progress']} %, {job['message']}.")
    if job["reason"]:
        say(job["reason"])
    given = {name: value for name, value in job["inputs"].items() if value is not None}
    table("Asked", ["input", "value"], given.items())
    table("Log", ["at", "what"], ([line["at"], line["line"]] for line in said["log"]))
    for file in said["files"]:
        say(file)
