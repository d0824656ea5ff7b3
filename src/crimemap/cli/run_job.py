"""The command that runs a job file."""

from pathlib import Path
from typing import Annotated

import typer

from crimemap.cli.engine_options import EngineOption, SchedulerOption, WorkerMemoryOption, WorkersOption
from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("run")(run)


def run(
    job: Annotated[Path, typer.Argument(metavar="JOB.toml", help="The job file; its output is written beside it.")],
    pin: Annotated[bool, typer.Option("--pin", help="Write into the job file which data it is for, then run it.")] = False,
    other_data: Annotated[bool, typer.Option("--other-data", help="Run it on other data than it is for.")] = False,
    engine: EngineOption = "local",
    scheduler: SchedulerOption = None,
    workers: WorkersOption = 2,
    worker_memory: WorkerMemoryOption = "2GiB",
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Run a job file: an analysis written down, with its seed and data, that gives the same bytes every time.

    Beside the output a manifest says what made it, and the hash of each file.
    """
    with reported(as_json):
        from crimemap.cli.stages import stages
        from crimemap.engine import open_engine
        from crimemap.jobs.job_file import pin_job, run_job
        from crimemap.workspace import Workspace

        place = Workspace(workspace)
        if pin:
            pin_job(place, job)
        with (
            open_engine(engine, scheduler=scheduler, workers=workers, memory=worker_memory),
            stages(silent=as_json) as progress,
        ):
            done = run_job(place, job, other_data=other_data, progress=progress)
        said = {
            "job": str(job),
            "manifest": str(done.manifest_path),
            "same_as_before": done.same_as_before,
            "data_differences": list(done.differences),
            **{name: done.manifest[name] for name in ("process", "inputs", "seed", "data", "files", "result_sha256")},
        }

        def show() -> None:
            for difference in done.differences:
                say(f"Warning: {difference}.")
            for file in done.manifest["files"]:
                say(f"Written {file['file']}, {file['bytes']:,} bytes, SHA-256 {file['sha256']}.")
            if done.same_as_before is not None:
                say("The same bytes as before." if done.same_as_before else "Not the same bytes as before.")
            say(f"What made them stands in {done.manifest_path.name}.")

        emit(said, as_json=as_json, show=show)
