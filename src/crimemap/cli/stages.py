"""Which stage an analysis is at, on standard error, for a person at a terminal and nobody else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["stages"]


@contextmanager
def stages(*, silent: bool) -> Iterator[Callable[[str, float], None]]:
    """Show the stage and the share done while the block runs."""
    if silent or not sys.stderr.isatty():
        yield lambda _what, _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("Starting", total=1.0)
        yield lambda what, done: shown.update(task, completed=done, description=what)
