"""Adding, building, showing and checking boundary sets."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crimemap.errors import ParameterError
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    import shapely

    from crimemap.areas.catalogue import AreaType
    from crimemap.areas.model import BoundarySetInfo, Repair
    from crimemap.areas.store import AreaStore

__all__ = ["add_areas", "describe", "keep_set", "list_areas", "remove_areas", "show_areas"]


def add_areas(
    workspace: Workspace,
    path: Path,
    *,
    area_type: str,
    vintage: str,
    force: str | None = None,
    code: str | None = None,
    name: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
    within: str | None = None,
    only: str | None = None,
    dissolve: bool = False,
    any_codes: bool = False,
    publisher: str | None = None,
    licence: str | None = None,
    attribution: str | None = None,
) -> dict[str, Any]:
    """
    Add the boundary set that a file holds, and assign the places of the workspace to its areas.

    Parameters
    ----------
    workspace
        Where it goes.
    path
        The file.
    area_type, vintage, force
        What it holds.
    code, name, layer, crs
        How to read it, where that is not recognised.
    within
        `SET:CODE`: keep areas whose middle lies in that area of another set.
    only
        `FILE:COLUMN`: keep areas whose code stands in that column of a CSV file.
    dissolve
        Join rows of one code.
    any_codes
        Take codes that are not of the type's pattern.
    publisher, licence, attribution
        Terms, where they are not the catalogue's.

    Raises
    ------
    CrimemapError
        If the file cannot be used; nothing is changed then.
    """
    from crimemap.areas.accept import accept
    from crimemap.areas.catalogue import area_type as find_type
    from crimemap.areas.catalogue import set_id_of
    from crimemap.areas.read import read_boundary_file, sha256_of_path
    from crimemap.areas.store import AreaStore

    kind = find_type(area_type)
    set_id_of(kind.id, vintage, force)
    store = AreaStore(workspace)
    inside = _area_shape(store, within) if within else None
    codes = _codes(only) if only else None
    raw = read_boundary_file(path, kind, vintage, code=code, name=name, layer=layer, crs=crs, force=force)
    accepted = accept(raw, kind, where=str(path), within=inside, only=codes, dissolve=dissolve, any_codes=any_codes)
    info = describe(
        kind,
        vintage=vintage,
        force=force,
        frame=accepted.frame,
        source_file=path.name,
        sha256=sha256_of_path(path),
        repairs=accepted.repairs,
        notes=accepted.notes,
    )
    info = replace(
        info,
        publisher=publisher or info.publisher,
        licence=licence or info.licence,
        attribution=attribution or info.attribution,
    )
    result = keep_set(workspace, info, accepted.frame)
    return result | {"columns": {"code": raw.code_column, "name": raw.name_column}}


def list_areas(workspace: Workspace) -> dict[str, Any]:
    """List the boundary sets of a workspace."""
    from crimemap.areas.store import AreaStore

    return {"sets": [_brief(info) for info in AreaStore(workspace.require()).sets()]}


def show_areas(workspace: Workspace, name: str) -> dict[str, Any]:
    """Say all that is known about one set, area by area, without its shapes."""
    from crimemap.areas.store import AreaStore

    store = AreaStore(workspace.require())
    held = store.read(store.resolve(name).set_id)
    return held.info.as_dict() | {
        "areas": [
            {"area_code": str(code), "area_name": str(area_name), "area_m2": round(float(area_m2), 1)}
            for code, area_name, area_m2 in zip(
                held.frame.index, held.frame["area_name"], held.frame["area_m2"], strict=True
            )
        ]
    }


def remove_areas(workspace: Workspace, name: str) -> dict[str, Any]:
    """Forget one set, and which places lay in its areas."""
    from crimemap.areas.store import AreaStore
    from crimemap.pipeline.places import forget_place_areas

    store = AreaStore(workspace.require())
    with workspace.writing():
        info = store.remove(store.info(name).set_id)
        forget_place_areas(workspace, info.set_id)
    return {"removed": info.set_id}


def describe(
    kind: "AreaType",
    *,
    vintage: str,
    force: str | None,
    frame: Any,
    source_file: str,
    sha256: str,
    repairs: "tuple[Repair, ...]" = (),
    notes: tuple[str, ...] = (),
) -> "BoundarySetInfo":
    """Say what is known about a new set; terms are the catalogue's."""
    from crimemap.areas.catalogue import set_id_of
    from crimemap.areas.model import BoundarySetInfo
    from crimemap.areas.store import content_of

    return BoundarySetInfo(
        set_id=set_id_of(kind.id, vintage, force),
        area_type=kind.id,
        vintage=vintage,
        force=force,
        n_areas=len(frame),
        source_file=source_file,
        sha256=sha256,
        content=content_of(frame),
        publisher=kind.publisher,
        licence=kind.licence,
        attribution=kind.attribution,
        added_at=datetime.now(UTC).isoformat(timespec="seconds"),
        repairs=repairs,
        notes=notes,
    )


def keep_set(workspace: Workspace, info: "BoundarySetInfo", frame: Any) -> dict[str, Any]:
    """Write a set under the workspace's lock and assign places to its areas; say what changed."""
    from crimemap.areas.store import AreaStore
    from crimemap.pipeline.places import update_place_areas

    store = AreaStore(workspace)
    with workspace.writing():
        old = next((held for held in store.sets() if held.set_id == info.set_id), None)
        changed = store.write(info, frame)
        assigned = update_place_areas(workspace)
    replaced = old.source_file if old is not None and changed else None
    return info.as_dict() | {"changed": changed, "replaced": replaced, "places_looked_up": assigned.get(info.set_id, 0)}


def _brief(info: "BoundarySetInfo") -> Mapping[str, Any]:
    brief = info.as_dict()
    brief["repaired"] = len(brief.pop("repairs"))
    brief.pop("notes")
    return brief


def _area_shape(store: "AreaStore", text: str) -> "shapely.Geometry":
    from crimemap.errors import NotFoundError

    name, _, code = text.rpartition(":")
    if not name or not code:
        raise ParameterError(
            f"{text[:60]!r} does not name an area", where="--within", fix="Write SET:CODE, for example pfa-2017:W15000003."
        )
    held = store.read(store.resolve(name).set_id)
    if code not in held.frame.index:
        raise NotFoundError(
            f"there is no area {code[:20]!r} in this set",
            where=f"{held.info.set_id} (--within)",
            fix="See 'crimemap areas show'.",
        )
    shape: shapely.Geometry = held.frame.geometry.loc[code]
    return shape


def _codes(text: str) -> frozenset[str]:
    from crimemap.areas.tables import read_csv_column

    file, _, column = text.rpartition(":")
    if not file or not column:
        raise ParameterError(
            f"{text[:60]!r} does not name a column of a file",
            where="--only",
            fix="Write FILE:COLUMN, for example wards.csv:WD21CD.",
        )
    return frozenset(read_csv_column(Path(file), column))
