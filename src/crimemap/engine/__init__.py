"""
Where heavy work runs: threads of this process, worker processes of this machine, or a cluster.

The exchange between partitions is always a table of counts, never the points, so the same functions run anywhere and give
the same numbers. A function that is mapped is a function of a module (workers import it), and a partition holds paths, not
rows.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from crimemap.errors import ParameterError

__all__ = ["ENGINES", "Engine", "LocalEngine", "current_engine", "open_engine", "running_on"]

ENGINES: Final = ("local", "dask")

T = TypeVar("T")
R = TypeVar("R")


class Engine(Protocol):
    """Anything that applies a function to partitions and gives the results back in the partitions' order."""

    def map(self, function: Callable[[T], R], partitions: Iterable[T]) -> list[R]:
        """Apply `function` to each partition."""
        ...


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Threads of this process: numpy, shapely, DuckDB and Parquet all release the interpreter while they work."""

    workers: int = 2

    def map(self, function: Callable[[T], R], partitions: Iterable[T]) -> list[R]:
        """Apply `function` to each partition, results in the partitions' order."""
        with ThreadPoolExecutor(max_workers=self.workers) as pool:
            return list(pool.map(function, partitions))


_CURRENT: ContextVar[Engine] = ContextVar("crimemap_engine")


def current_engine() -> Engine:
    """Give the engine that the innermost `running_on` names; threads of this process outside of any."""
    return _CURRENT.get(LocalEngine())


@contextmanager
def running_on(engine: Engine) -> Iterator[Engine]:
    """Let the heavy work of the block run on an engine."""
    token = _CURRENT.set(engine)
    try:
        yield engine
    finally:
        _CURRENT.reset(token)


@contextmanager
def open_engine(
    name: str = "local", *, scheduler: str | None = None, workers: int = 2, memory: str = "2GiB"
) -> Iterator[Engine]:
    """
    Open an engine by its name and let the heavy work of the block run on it.

    Parameters
    ----------
    name
        `local` (threads) or `dask` (worker processes).
    scheduler
        Address of a Dask scheduler, such as tcp://10.0.0.5:8786; worker processes of this machine where not given.
    workers
        Threads, or worker processes to start; a cluster has its own.
    memory
        What each worker process that is started here may use at most, such as 2GiB. A worker that takes more is replaced,
        and its work is done again.

    Raises
    ------
    ParameterError
        If there is no such engine, a scheduler is named for the local one, or a number cannot be used.
    CrimemapError
        If Dask is not installed, or the cluster cannot be used.

    Examples
    --------
    >>> with open_engine(workers=1) as engine:
    ...     engine.map(abs, [-1, 2]), current_engine() is engine
    ([1, 2], True)
    """
    if name not in ENGINES:
        raise ParameterError(f"{name[:20]!r} is no engine", where="engine", fix=f"Take one of: {', '.join(ENGINES)}.")
    if workers < 1:
        raise ParameterError(f"{workers} workers do no work", where="workers", fix="Give 1 or more.")
    if name == "local":
        if scheduler is not None:
            raise ParameterError(
                "the local engine has no scheduler", where="scheduler", fix="Take --engine dask, or leave it out."
            )
        with running_on(LocalEngine(workers)) as engine:
            yield engine
        return
    from crimemap.engine.dask_workers import dask_engine  # noqa: PLC0415 - an extra, and slow to load

    with dask_engine(scheduler=scheduler, workers=workers, memory=memory) as cluster, running_on(cluster) as engine:
        yield engine
