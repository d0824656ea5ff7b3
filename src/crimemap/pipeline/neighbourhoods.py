"""Adding and listing police neighbourhoods: teams, priorities, events, and boundaries where they are given."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crimemap.errors import EmptyInputError
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    from crimemap.areas.accept import Accepted

__all__ = ["add_neighbourhoods", "list_neighbourhoods"]


def add_neighbourhoods(workspace: Workspace, path: Path, *, force: str, vintage: str | None = None) -> dict[str, Any]:
    """
    Add what a force says about its neighbourhoods; what it said before is replaced.

    Parameters
    ----------
    workspace
        Where it goes.
    path
        A JSON or CSV file, or a folder of them; see `crimemap.areas.team_files`.
    force
        The force, as in police.uk's addresses.
    vintage
        The year of the boundaries, where the files hold some; this year unless it is named.

    Raises
    ------
    CrimemapError
        If the files cannot be used; nothing is changed then.
    """
    from crimemap.areas.catalogue import area_type, set_id_of
    from crimemap.areas.neighbourhoods import NeighbourhoodStore
    from crimemap.areas.read import sha256_of_path
    from crimemap.areas.team_files import read_teams
    from crimemap.areas.team_shapes import TeamShapes
    from crimemap.pipeline.areas import describe, keep_set

    now = datetime.now(UTC)
    vintage = vintage or str(now.year)
    set_id_of("neighbourhood", vintage, force)
    given = read_teams(path)
    shapes = TeamShapes(str(path))
    said = shapes.force(given.force or {}, force)
    made = shapes.neighbourhoods(given.neighbourhoods)
    if not made:
        raise EmptyInputError("there are no neighbourhoods in it", where=str(path), fix="Check that it is the right file.")
    drawn = _boundaries(given.neighbourhoods, str(path))
    store = NeighbourhoodStore(workspace)
    with workspace.writing():
        changed = store.write(
            force,
            force=said,
            neighbourhoods=made,
            set_aside=shapes.set_aside,
            source_file=path.name,
            added_at=now.isoformat(timespec="seconds"),
        )
    added = None
    if drawn is not None:
        info = describe(
            area_type("neighbourhood"),
            vintage=vintage,
            force=force,
            frame=drawn.frame,
            source_file=path.name,
            sha256=sha256_of_path(path),
            repairs=drawn.repairs,
            notes=drawn.notes,
        )
        added = keep_set(workspace, info, drawn.frame)
    return {
        "force": force,
        "changed": changed,
        "neighbourhoods": len(made),
        "people": sum(len(one["people"]) for one in made) + len(said["people"]),
        "priorities": sum(len(one["priorities"]) for one in made),
        "events": sum(len(one["events"]) for one in made),
        "set_aside": _reasons((one.part, one.reason) for one in shapes.set_aside),
        "notes": list(given.notes),
        "boundaries": added,
    }


def list_neighbourhoods(workspace: Workspace) -> dict[str, Any]:
    """Count what is known of each force's neighbourhoods."""
    from crimemap.areas.neighbourhoods import NeighbourhoodStore

    store = NeighbourhoodStore(workspace.require())
    forces = []
    for slug in store.forces():
        held = store.neighbourhoods(slug)
        forces.append(
            {
                "force": slug,
                "name": store.force(slug)["name"],
                "neighbourhoods": len(held),
                "with_team": sum(bool(one["people"]) for one in held),
                "priorities": sum(len(one["priorities"]) for one in held),
                "events": sum(len(one["events"]) for one in held),
                "set_aside": len(store.set_aside(slug)),
            }
        )
    return {"forces": forces}


def _reasons(found: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"part": part, "reason": reason, "count": count} for (part, reason), count in sorted(Counter(found).items())]


def _boundaries(given: list[Any], where: str) -> "Accepted | None":
    """Make a boundary set of the rings that neighbourhoods come with, if any do."""
    import geopandas as gpd

    from crimemap.areas.accept import accept
    from crimemap.areas.catalogue import area_type
    from crimemap.areas.read import RawAreas
    from crimemap.areas.rings import shape_of

    drawn = [one for one in given if isinstance(one, Mapping) and one.get("boundary")]
    if not drawn:
        return None
    frame = gpd.GeoDataFrame(
        {
            "area_code": [str(one["id"]).strip() for one in drawn],
            "area_name": [str(one.get("name") or one["id"]) for one in drawn],
            "closed": False,
        },
        geometry=[shape_of(one["boundary"]) for one in drawn],
        crs="EPSG:4326",
    )
    return accept(RawAreas(frame, "id", "name", None), area_type("neighbourhood"), where=where)
