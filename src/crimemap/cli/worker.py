"""The command that runs jobs."""

import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("worker")(worker)


def worker(
    once: Annotated[bool, typer.Option("--once", help="End when no job is left, rather than wait for more.")] = False,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="Jobs to run at the same time, each in a process of its own.")
    ] = 1,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Run the jobs that the partner application accepts, until it is told to end.

    Several may run, on one workspace: each takes jobs in turn, and no job is run by two. A job whose worker was killed runs
    again, three times at most. Ctrl-C gives back what is running, to be run again.
    """
    with reported(as_json):
        from crimemap.jobs.queue.opening import limits_of, open_store, open_wake
        from crimemap.jobs.queue.worker import Worker
        from crimemap.settings import PrivateSettings
        from crimemap.workspace import Workspace

        settings, place = PrivateSettings(), Workspace(workspace).require()
        stopping = threading.Event()
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is not signal.SIG_IGN:  # as nohup does
                signal.signal(getattr(signal, name), lambda *_: stopping.set())
        with open_store(place, settings) as store, open_wake(place, settings) as wake:
            taken = Worker(
                place,
                store,
                wake,
                limits=limits_of(settings),
                lease=timedelta(seconds=settings.jobs_lease_s),
                at_once=workers,
                tell=_tell,
            ).run(stopping, once=once)
        emit({"jobs": taken}, as_json=as_json, show=lambda: say(f"{taken:,} jobs were run."))


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
