"""
Where heavy work runs.

The exchange between partitions is always a table of counts, never the points, so the same functions run in this process
or over many.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

__all__ = ["Engine", "LocalEngine"]

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
