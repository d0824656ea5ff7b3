"""The demonstration county from end to end: simulated, ingested, bounded, released and activated."""

import hashlib
import json
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from crimemap.errors import ConflictError
from crimemap.workspace import Workspace

__all__ = ["COUNTY_FOLDER", "build_demo", "make_county"]

#: Where the county is kept, below the workspace's `downloads/`.
COUNTY_FOLDER: Final = "demonstration-county"
_STAMP: Final = "made-from.json"
_RELEASED: Final = "released.json"
_PUBLISHER: Final = "The demonstration county of crimemap"
_LICENCE: Final = "Invented; free of any rights"
_ATTRIBUTION: Final = "The demonstration county: invented by crimemap, nothing in it is real"
#: Area types in the order in which they are added, smallest first.
_AREA_TYPES: Final = ("lsoa", "msoa", "ward", "neighbourhood", "lad", "county", "ctyua", "csp", "bcu", "pfa")
_PARENTS: Final = ("csp", "county", "ctyua", "pfa")
_BRICK_PARENTS: Final = ("msoa", "ward", "lad", "csp", "bcu", "county", "pfa")
_ADDRESS: Final = "http://127.0.0.1:8000/"

Progress = Callable[[str], None]


def _quiet(_: str) -> None:
    return


def make_county(
    out: Path, *, seed: int = 1, months: int = 36, scale: float = 1.0, hotspots: bool = True, progress: Progress = _quiet
) -> dict[str, Any]:
    """
    Write the demonstration county into a directory.

    Returns
    -------
    dict
        `path`, and all of `truth.json` but the counts by file, the alignment tables and the seasons.

    Raises
    ------
    ParameterError, ConflictError
        As `crimemap.simulate.simulate`.
    """
    from crimemap.simulate import simulate

    told = simulate(out, seed=seed, months=months, scale=scale, hotspots=hotspots, progress=progress)
    brief = {key: value for key, value in told.items() if key not in {"counts", "alignment", "seasonality"}}
    return {"path": str(out), **brief}


def build_demo(
    workspace_root: Path, *, seed: int = 1, months: int = 36, scale: float = 1.0, progress: Progress = _quiet
) -> dict[str, Any]:
    """
    Make, or bring up to date, a workspace that holds the demonstration county and an active release of it.

    What is there already, from the same parameters and the same version of crimemap, is left as it is: a second run takes
    seconds, and a run that was interrupted goes on where it stopped. The county itself stays in the workspace's
    `downloads/demonstration-county`. Its confidential records are not ingested: they are of incidents that the archives have
    too, and would count twice.

    Parameters
    ----------
    workspace_root
        The workspace directory.
    seed, months, scale
        As `crimemap.simulate.simulate` takes them.
    progress
        Is told what is being done.

    Returns
    -------
    dict
        What was made, and where to look at it; see docs/json/simulate.md.

    Raises
    ------
    ConflictError
        If the workspace holds anything but this demonstration county.
    ParameterError
        If a parameter is out of its range.
    """
    from crimemap.pipeline.ingest import ingest

    started = time.monotonic()
    workspace = Workspace(workspace_root)
    parameters = {"seed": seed, "months": months, "scale": scale}
    _refuse_other_workspaces(workspace, parameters)
    workspace.create()
    county = workspace.downloads / COUNTY_FOLDER
    simulated = _simulated(county, parameters, progress)
    truth = json.loads((county / "truth.json").read_text(encoding="utf-8"))

    progress("ingesting the two archives")
    ingested = ingest(workspace, [county / "archives" / name for name in truth["archives"]])
    if ingested["totals"]["loaded"]:
        _forget_release(county)
    _bounded(workspace, county, truth, progress)
    release = _released(workspace, county, months, progress)
    held = _held(workspace)
    return {
        "workspace": str(workspace.root),
        "county": str(county),
        "truth": str(county / "truth.json"),
        "parameters": parameters,
        "force": truth["force"],
        "first_month": truth["first_month"],
        "latest_month": truth["latest_month"],
        "missing_month": truth["missing_month"],
        **held,
        "areas": truth["areas"],
        "release": release,
        "pages": _pages(workspace, release["id"], truth),
        "address": _ADDRESS,
        "serve_command": f"crimemap serve --workspace {workspace_root}",
        "simulated": simulated,
        "seconds": round(time.monotonic() - started, 1),
    }


def _recipe(package: str) -> str:
    """Hash the files of a package, so that what another version of it made is made again; not what was compiled of them."""
    folder = Path(__file__).parents[1] / package
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    content = b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)
    return hashlib.sha256(content).hexdigest()[:16]


def _stamp(path: Path) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read


def _refuse_other_workspaces(workspace: Workspace, parameters: dict[str, Any]) -> None:
    """Keep real records and invented ones apart, and one invented county from another."""
    made_from = _stamp(workspace.downloads / COUNTY_FOLDER / _STAMP).get("parameters")
    if made_from is not None and made_from != parameters:
        was = ", ".join(f"{name} {value}" for name, value in made_from.items())
        raise ConflictError(
            f"this workspace holds the demonstration county of {was}",
            where=str(workspace.root),
            fix="Name another workspace with --workspace, or delete this one first.",
        )
    if made_from is None and workspace.root.is_dir():
        from crimemap.incidents.store import IncidentStore

        with IncidentStore(workspace).connect() as con:
            loaded = con.execute("SELECT count(*) FROM loads").fetchone()
        if loaded and loaded[0]:
            raise ConflictError(
                f"this workspace holds {loaded[0]:,} loaded files of other records",
                where=str(workspace.root),
                fix="Invented incidents do not belong beside them: name another workspace with --workspace.",
            )


def _simulated(county: Path, parameters: dict[str, Any], progress: Progress) -> bool:
    """Make the county where it is not there; say whether it was made."""
    from crimemap.simulate import simulate

    stamp = {"parameters": parameters, "recipe": _recipe("simulate")}
    if _stamp(county / _STAMP) == stamp and (county / "truth.json").is_file():
        progress("the county is there already")
        return False
    progress("simulating the county")
    simulate(county, **parameters, progress=progress)
    (county / _STAMP).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    return True


def _bounded(workspace: Workspace, county: Path, truth: dict[str, Any], progress: Progress) -> None:
    """Add boundaries, lookups, population and teams."""
    from crimemap.pipeline.areas import add_areas
    from crimemap.pipeline.lookups import add_lookup, add_statistics
    from crimemap.pipeline.neighbourhoods import add_neighbourhoods

    vintage, force = truth["vintage"], truth["force"]
    progress("adding boundaries, lookups, population and teams")
    for area_type in _AREA_TYPES:
        added = add_areas(
            workspace,
            county / "boundaries" / f"{area_type}.gpkg",
            area_type=area_type,
            vintage=vintage,
            force=force if area_type == "neighbourhood" else None,
            publisher=_PUBLISHER,
            licence=_LICENCE,
            attribution=_ATTRIBUTION,
        )
        _note_change(county, changed=added["changed"])
    lookups = county / "lookups"
    for child, parents in (("lad", _PARENTS), ("lsoa", _BRICK_PARENTS)):
        for parent in parents:
            added = add_lookup(
                workspace,
                lookups / f"{child}_lookup.csv",
                child=f"{child}:{child}_code",
                parent=f"{parent}:{parent}_code",
                parent_name=f"{parent}_name",
                vintage=vintage,
            )
            _note_change(county, changed=added["changed"])
    people = add_statistics(
        workspace,
        lookups / "lsoa_population.csv",
        area="lsoa:lsoa_code",
        vintage=vintage,
        population="population",
        households="households",
    )
    _note_change(county, changed=any(one["changed"] for one in people["statistics"]))
    teams = add_neighbourhoods(workspace, county / "neighbourhoods" / force, force=force)
    _note_change(county, changed=teams["changed"])


def _forget_release(county: Path) -> None:
    """Remember that the release is no longer of what the workspace holds, also if the next step is interrupted."""
    (county / _RELEASED).unlink(missing_ok=True)


def _note_change(county: Path, *, changed: bool) -> None:
    if changed:
        _forget_release(county)


def _released(workspace: Workspace, county: Path, months: int, progress: Progress) -> dict[str, Any]:
    """Build and activate a release, unless the active one is of what the workspace holds now."""
    from crimemap.pipeline import release
    from crimemap.products.inputs import ReleaseOptions

    listed = release.list_releases(workspace)
    stamp = {"release": listed["active"], "recipe": _recipe(".")}
    active = next((one for one in listed["releases"] if one["active"] and one["readable"]), None)
    if active is not None and _stamp(county / _RELEASED) == stamp:
        progress("the release is there already")
        return {"id": active["id"], "files": active["files"], "bytes": active["bytes"], "built": False}
    progress("building a release")
    # A demonstration is looked at with 'crimemap serve', which prints reports where it can.
    options = ReleaseOptions(months=months, reports="on-demand" if find_spec("weasyprint") else "none")
    built = release.build(workspace, options, progress=progress)
    progress("auditing and activating it")
    release.activate(workspace, built["id"])
    stamp["release"] = built["id"]
    (county / _RELEASED).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    return {"id": built["id"], "files": built["files"], "bytes": built["bytes"], "built": True}


def _held(workspace: Workspace) -> dict[str, int]:
    """Count what the workspace holds."""
    from crimemap.incidents.store import IncidentStore

    asked = {
        "incidents": "SELECT count(*) FROM incidents",
        "incidents_without_a_location": "SELECT count(*) FROM incidents WHERE place_id IS NULL",
        "outcomes": "SELECT count(*) FROM outcomes",
        "outcomes_unlinked": "SELECT count(*) - count(incident_id) FROM outcome_links",
        "stops": "SELECT count(*) FROM stops",
        "quarantined": "SELECT count(*) FROM quarantine",
        "places": "SELECT count(*) FROM places",
    }
    with IncidentStore(workspace).connect() as con:
        return {name: int(con.sql(query).fetchall()[0][0]) for name, query in asked.items()}


def _pages(workspace: Workspace, release_id: str, truth: dict[str, Any]) -> list[dict[str, str]]:
    """Give pages worth a look, as far as the release has them."""
    from crimemap.products.names import area_folder

    force = truth["force"]
    wanted = [
        ("", "all forces"),
        (area_folder("force", force, force), f"{truth['force_name']}: hotspots, months, offence types"),
        (area_folder("csp", "E22900003", force), "a partnership of two merged districts"),
        (area_folder("bcu", "NA", force), "a basic command unit (its code is NA)"),
        (area_folder("neighbourhood", "CAS01", force), "a neighbourhood: team, priorities, events, crime"),
    ]
    site = workspace.releases / release_id / "site"
    return [
        {"path": f"/{folder}/" if folder else "/", "title": title}
        for folder, title in wanted
        if (site / folder / "index.html").is_file()
    ]
