"""What is asked of the queue, checked: before a job is accepted, and again by whoever runs it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import shapely

from crimemap.areas.store import AreaStore
from crimemap.errors import LimitError, ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.queue.outputs import require_formats
from crimemap.jobs.registry import process
from crimemap.jobs.study_area import area_of_force, named_area
from crimemap.workspace import Workspace

__all__ = ["checked_job", "require_area_within", "study_area_km2"]

#: Inputs that name a file of the machine that runs the job: for the command line alone.
_FILES: Final = {"vintages": ("counts",)}
_M2_PER_KM2: Final = 1e6


def checked_job(
    process_id: str, given: Mapping[str, Any], formats: Sequence[str] = ()
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """
    Check what is asked, and give the inputs and formats as a job keeps them: every default filled in.

    Raises
    ------
    NotFoundError
        If there is no such process.
    ParameterError
        If an input is unknown, missing, out of its range or a file, or the process does not give a format.
    """
    for name in _FILES.get(process_id, ()):
        if given.get(name) is not None:
            raise ParameterError("a job reads no files", where=name, fix="Leave it out, or use the command line.")
    return process(process_id).checked(given).model_dump(mode="json"), require_formats(process_id, formats)


def study_area_km2(workspace: Workspace, inputs: Mapping[str, Any]) -> float | None:
    """
    Measure the study area of checked inputs: the area, the force, or all forces where neither is named.

    None where the process has no study area, or no boundary of it is known.

    Raises
    ------
    NotFoundError
        If there is no such area.
    ParameterError
        If the area is not written SET:CODE.
    """
    if "area" not in inputs:
        return None
    held = tuple(sorted((info.set_id, info.content) for info in AreaStore(workspace.require()).sets()))
    return _measured(workspace.root, inputs["area"] or None, inputs.get("force") or None, held)


@lru_cache(maxsize=1024)
def _measured(root: Path, area: str | None, force: str | None, _held: tuple[tuple[str, str], ...]) -> float | None:
    """Measure once for as long as the boundary sets are the same: the application asks before it accepts a job."""
    workspace = Workspace(root)
    areas = AreaStore(workspace)
    if area is not None:
        return _km2([named_area(areas, area).geometry])
    with IncidentStore(workspace).connect() as con:
        loaded = con.execute("SELECT DISTINCT force FROM coverage").fetchall() if force is None else [(force,)]
        return _km2([area_of_force(con, areas, name).geometry for (name,) in loaded])


def _km2(shapes: list[Any]) -> float | None:
    known = [shape for shape in shapes if shape is not None]
    return sum(float(shapely.area(shape)) for shape in known) / _M2_PER_KM2 if known else None


def require_area_within(workspace: Workspace, inputs: Mapping[str, Any], largest_km2: float) -> None:
    """
    Refuse a study area that is too large.

    Raises
    ------
    LimitError
        If it is.
    """
    found = study_area_km2(workspace, inputs)
    if found is not None and found > largest_km2:
        raise LimitError(
            f"the study area has {found:,.0f} km², a job may look at {largest_km2:,.0f}",
            where=str(inputs["area"] or inputs.get("force") or "all forces")[:60],
            fix="Choose a smaller area.",
        )
