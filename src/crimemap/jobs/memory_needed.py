"""What a map of many cells would take of a machine's memory, asked before any of the work is done."""

import math
import os
from pathlib import Path
from typing import Final

import h3
import shapely

from crimemap.analysis.grids.cells import CellKind
from crimemap.errors import ParameterError
from crimemap.jobs.study_area import StudyArea

__all__ = ["memory_of_machine", "require_memory"]

#: Bytes at most, measured: a cell's own columns and tests, and each of its neighbours in the graphs that are held at once.
_BYTES_OF_A_CELL: Final = 500
_BYTES_OF_A_NEIGHBOUR: Final = 50
_LIMIT_OF_CONTAINER: Final = Path("/sys/fs/cgroup/memory.max")


def memory_of_machine() -> int | None:
    """Give the bytes of memory of this machine, or of the container that it is; None where that cannot be told."""
    try:
        found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    try:
        return min(found, int(_LIMIT_OF_CONTAINER.read_text().strip()))
    except (OSError, ValueError):  # no container, or one without a limit
        return found


def require_memory(study: StudyArea, kind: CellKind, *, ring: int, distance_m: float | None) -> None:
    """
    Insist that the cells of a study area, with their neighbours, take no more than half of the memory.

    Raises
    ------
    ParameterError
        If they would take more.
    """
    memory = memory_of_machine()
    if study.geometry is None or memory is None:
        return
    of_one = kind.cell_size_m**2 if kind.cell_size_m else h3.average_hexagon_area(kind.h3_resolution or 0, unit="m^2")
    number = shapely.area(study.geometry) / of_one
    neighbours = (2 * ring + 1) ** 2 if distance_m is None else math.pi * distance_m**2 / of_one
    needed = number * (_BYTES_OF_A_CELL + _BYTES_OF_A_NEIGHBOUR * neighbours)
    if needed > memory / 2:
        raise ParameterError(
            f"some {number:,.0f} cells with {neighbours:,.0f} neighbours each would take {needed / 1e9:,.1f} GB of memory, "
            f"more than half of this machine's {memory / 1e9:,.1f} GB",
            where="cells",
            fix="Take larger cells, fewer neighbours or a smaller study area.",
        )
