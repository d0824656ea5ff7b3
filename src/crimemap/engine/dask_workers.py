"""
Worker processes by Dask: of this machine, or of a cluster.

What a lost worker was doing is done again by another; three losses under one piece of work are taken to be its fault.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final, TypeVar

from crimemap.errors import CrimemapError, ParameterError

__all__ = ["DaskEngine", "dask_engine"]

_SECONDS_TO_CONNECT: Final = 30
#: Losses of a worker under one piece of work that are put up with.
_LOSSES: Final = 3

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class DaskEngine:
    """
    An engine on the workers of a Dask client.

    Attributes
    ----------
    client
        A connected `distributed.Client`.
    """

    client: Any

    def map(self, function: Callable[[T], R], partitions: Iterable[T]) -> list[R]:
        """
        Apply `function` to each partition on the workers, results in the partitions' order.

        Raises
        ------
        CrimemapError
            If the same piece of work loses its worker several times, or the cluster goes away. What the function itself
            raises is passed on.
        """
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415 - an extra

        futures = self.client.map(function, list(partitions), pure=False)
        try:
            found: list[R] = self.client.gather(futures)
        except KilledWorker as error:
            raise CrimemapError(
                f"a piece of work has lost {_LOSSES + 1} workers: most often it needs more memory than they may use",
                where="engine",
                fix="Give each worker more memory, or look into the workers' logs.",
            ) from error
        except (CancelledError, OSError) as error:
            raise CrimemapError(
                "the cluster went away while it was working", where="engine", fix="Start it again and repeat the command."
            ) from error
        finally:
            del futures
        return found


def _version_here() -> str:
    return version("crimemap")


def _require_same_version(client: Any) -> None:
    try:
        held = set(client.run(_version_here).values())
    except Exception as error:
        raise CrimemapError(
            "a worker of the cluster cannot run crimemap",
            where="scheduler",
            fix=f"Install crimemap {_version_here()} with the extra 'cluster' for every worker.",
        ) from error
    if held != {_version_here()}:
        raise CrimemapError(
            f"the workers have crimemap {', '.join(sorted(held))}, this is {_version_here()}",
            where="scheduler",
            fix="Install the same version everywhere: numbers must not depend on where they are made.",
        )


@contextmanager
def dask_engine(*, scheduler: str | None = None, workers: int = 2, memory: str = "2GiB") -> Iterator[DaskEngine]:
    """
    Start worker processes on this machine, of one thread each, or connect to a cluster; let go of them after the block.

    Parameters
    ----------
    scheduler
        Address of the scheduler; worker processes are started here where not given.
    workers
        Worker processes to start.
    memory
        What each of them may use at most.

    Raises
    ------
    ParameterError
        If the memory is not written as one.
    CrimemapError
        If Dask is not installed, no scheduler answers, it has no worker, or workers have another version of crimemap.
    """
    try:
        import dask  # noqa: PLC0415
        import distributed  # noqa: PLC0415
        from dask.utils import parse_bytes  # noqa: PLC0415
    except ImportError as error:
        raise CrimemapError(
            "Dask is not installed", where="engine", fix="Install it with: pip install 'crimemap[cluster]'."
        ) from error
    try:
        limit = parse_bytes(memory)
    except ValueError:
        raise ParameterError(
            f"{memory[:20]!r} is no amount of memory", where="memory", fix="Write it as 2GiB or 500MiB."
        ) from None
    # Not typed by its authors.
    client_class: Any = distributed.Client
    cluster_class: Any = distributed.LocalCluster
    if scheduler is not None:
        with _connected(client_class, scheduler) as client:
            yield DaskEngine(client)
        return
    # Nothing listens but on this machine, and on ports that are free.
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": _LOSSES}),
        cluster_class(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            memory_limit=limit,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs="ERROR",
        ) as cluster,
        client_class(cluster) as client,
    ):
        yield DaskEngine(client)


@contextmanager
def _connected(client_class: Any, scheduler: str) -> Iterator[Any]:
    try:
        client = client_class(scheduler, timeout=_SECONDS_TO_CONNECT)
        client.wait_for_workers(1, timeout=_SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:  # a time-out is an OSError
        raise CrimemapError(
            "no scheduler with workers answers here",
            where=scheduler[:80],
            fix="Start one with 'dask scheduler' and 'dask worker', and check the address: tcp://HOST:8786.",
        ) from error
    with client:
        _require_same_version(client)
        yield client
