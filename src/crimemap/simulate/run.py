"""Make the demonstration county and write it, with its truth, into a directory."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from crimemap import __version__
from crimemap.errors import ConflictError, ParameterError
from crimemap.simulate import names, truth
from crimemap.simulate.archives import write_archives
from crimemap.simulate.boundaries import write_boundaries, write_lookups
from crimemap.simulate.confidential_files import write_confidential
from crimemap.simulate.map_points import write_map_points
from crimemap.simulate.people import make_people
from crimemap.simulate.truth_incidents import write_truth_of_incidents
from crimemap.simulate.world import make_world, streams

__all__ = ["FEWEST_MONTHS", "MOST_MONTHS", "TRUTH", "simulate"]

TRUTH: Final = "truth.json"
FEWEST_MONTHS: Final = 6
MOST_MONTHS: Final = 120
_LARGEST_SCALE: Final = 20.0


def _silent(_: str) -> None:
    pass


def _check(out: Path, seed: int, months: int, scale: float) -> None:
    if seed < 0:
        raise ParameterError(f"{seed} is not a seed", where="seed", fix="Give a whole number, 0 or above.")
    if not FEWEST_MONTHS <= months <= MOST_MONTHS:
        raise ParameterError(
            f"{months} months cannot be simulated", where="months", fix=f"Give {FEWEST_MONTHS} to {MOST_MONTHS} months."
        )
    if not 0 < scale <= _LARGEST_SCALE:
        raise ParameterError(
            f"{scale} is not a scale that can be used",
            where="scale",
            fix=f"Give a number above 0, at most {_LARGEST_SCALE:g}.",
        )
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / TRUTH).is_file())):
        raise ConflictError(
            "something else is here already", where=str(out), fix="Name a directory that does not exist or is empty."
        )


def simulate(
    out: Path,
    *,
    seed: int = 1,
    months: int = 36,
    scale: float = 1.0,
    hotspots: bool = True,
    progress: Callable[[str], None] = _silent,
) -> dict[str, Any]:
    """
    Make the demonstration county: archives, boundaries, lookups, neighbourhoods, confidential records, and the truth.

    The same parameters give the same bytes, with the same versions of the libraries and the same transformation between
    WGS84 and the National Grid: a machine with the OSTN15 grid writes other longitudes than one without.

    Parameters
    ----------
    out
        Directory to write. An earlier demonstration county in it is replaced; the new one appears at the end, whole.
    seed
        Whole number, 0 or above.
    months
        Length of the period, which ends with December 2025.
    scale
        What every rate of incidents is multiplied by; 1 is some 8,600 incidents a month. The map does not change with it.
    hotspots
        False leaves out hotspots, the emerging hotspot, near repeats, growth over the years and every difference between
        addresses: what is found then is a false alarm.
    progress
        Is told what is being done.

    Returns
    -------
    dict
        What `truth.json` holds.

    Raises
    ------
    ParameterError
        If a parameter is out of its range.
    ConflictError
        If `out` holds something else.
    """
    out = Path(out)
    _check(out, seed, months, scale)
    unfinished = out.with_name(f".{out.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        told = _write(unfinished, seed=seed, months=months, scale=scale, hotspots=hotspots, progress=progress)
        if out.exists():
            shutil.rmtree(out)
        unfinished.rename(out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return told


def _write(
    out: Path, *, seed: int, months: int, scale: float, hotspots: bool, progress: Callable[[str], None]
) -> dict[str, Any]:
    stream = streams(seed)
    progress("making the county and what happened in it")
    world = make_world(stream, months=months, scale=scale, hotspots=hotspots)
    progress("writing boundaries, lookups and neighbourhoods")
    write_boundaries(world.county, out / "boundaries")
    write_lookups(world.county, out / "lookups")
    force, neighbourhoods = make_people(world.county, stream("people"))
    folder = out / "neighbourhoods" / names.FORCE
    folder.mkdir(parents=True)
    _json(folder / "force.json", force)
    _json(folder / "neighbourhoods.json", neighbourhoods)
    progress(f"writing archives of {len(world.incidents):,} incidents")
    archives = write_archives(world, out / "archives", stream)
    progress("writing confidential records and the truth")
    write_confidential(out / "confidential", world)
    write_map_points(out / "map_points.csv", world)
    write_truth_of_incidents(out / "truth_incidents.parquet", world)
    parameters = {"seed": seed, "months": months, "scale": scale, "hotspots": hotspots}
    told = {"made_by": f"crimemap {__version__}", "parameters": parameters, **truth.tell(world, archives)}
    _json(out / TRUTH, told)
    return told


def _json(path: Path, held: Any) -> None:
    path.write_bytes((json.dumps(held, ensure_ascii=False, indent=1) + "\n").encode())
