"""Options that say where heavy work runs."""

from typing import Annotated

import typer

__all__ = ["EngineOption", "SchedulerOption", "WorkerMemoryOption", "WorkersOption"]

EngineOption = Annotated[str, typer.Option("--engine", help="local (threads) or dask (worker processes).")]
SchedulerOption = Annotated[
    str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Dask scheduler of a cluster: tcp://HOST:8786.")
]
WorkersOption = Annotated[int, typer.Option("--workers", help="Threads, or worker processes to start.")]
WorkerMemoryOption = Annotated[str, typer.Option("--worker-memory", help="What each worker process may use at most.")]
