"""Building boundary sets from others, and checking them."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crimemap.errors import ParameterError
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from crimemap.areas.catalogue import AreaType
    from crimemap.areas.model import BoundarySetInfo

__all__ = ["build_areas", "check_areas"]

_LISTED: Final = 20


def build_areas(
    workspace: Workspace,
    area_type: str,
    *,
    from_set: str,
    lookup: Path | None = None,
    child: str | None = None,
    parent: str | None = None,
    parent_name: str | None = None,
    vintage: str | None = None,
    force: str | None = None,
    where: Sequence[str] = (),
    any_codes: bool = False,
    publisher: str | None = None,
) -> dict[str, Any]:
    """
    Build a set by joining the areas of another that have the same parent.

    Parameters
    ----------
    workspace
        Where both are.
    area_type, vintage, force
        What is built; the vintage is that of the set it is built from unless another is named.
    from_set
        The set it is built from, or its type where there is one.
    lookup
        CSV file of child and parent; without it the lookup of the workspace is used.
    child, parent, parent_name, where, any_codes
        How to read the file, as `crimemap.areas.lookup_files.read_lookup` takes them.
    publisher
        Who drew the parents up, where not as the catalogue says.

    Raises
    ------
    CrimemapError
        If it cannot be built; nothing is changed then.
    """
    from crimemap.areas.accept import require_codes
    from crimemap.areas.build import dissolve_by_parent
    from crimemap.areas.catalogue import area_type as find_type
    from crimemap.areas.catalogue import set_id_of
    from crimemap.areas.lookups import table_content
    from crimemap.areas.read import sha256_of
    from crimemap.areas.store import AreaStore
    from crimemap.pipeline.areas import describe, keep_set

    kind = find_type(area_type)
    store = AreaStore(workspace.require())
    source = store.read(store.resolve(from_set).set_id)
    vintage = vintage or source.info.vintage
    set_id = set_id_of(kind.id, vintage, force)
    if set_id == source.info.set_id:
        raise ParameterError("a set cannot be built from itself", where="--from", fix="Name the set of smaller areas.")
    if lookup is None:
        table, said = _held_lookup(workspace, source.info, kind)
        sha256 = table_content(table)
    else:
        table = _file_lookup(
            lookup, source.info, kind, child=child, parent=parent, parent_name=parent_name, where=where, any_codes=any_codes
        )
        said, sha256 = str(lookup), sha256_of(lookup)
    built = dissolve_by_parent(source.frame, table, where=said)
    require_codes(list(built.frame.index), kind, where=said, any_codes=any_codes)
    notes = [f"Built from {source.info.set_id} by {Path(said).name}."]
    if built.only_in_lookup:
        notes.append(f"{len(built.only_in_lookup)} codes of the lookup are not in {source.info.set_id}.")
    if built.only_in_set:
        notes.append(f"{len(built.only_in_set)} areas of {source.info.set_id} are not in the lookup.")
    if built.incomplete:
        notes.append(
            f"{len(built.incomplete)} areas lack a part that the lookup names: {', '.join(built.incomplete[:_LISTED])}."
        )
    if not built.clean:
        notes.append(f"{source.info.set_id} has gaps or overlaps; see 'crimemap areas check'.")
    info = describe(
        kind,
        vintage=vintage,
        force=force,
        frame=built.frame,
        source_file=Path(said).name,
        sha256=sha256,
        repairs=built.repairs,
        notes=tuple(notes),
    )
    info = replace(info, publisher=publisher or info.publisher)
    return keep_set(workspace, info, built.frame) | {
        "built_from": source.info.set_id,
        "only_in_lookup": list(built.only_in_lookup),
        "only_in_set": list(built.only_in_set),
        "incomplete": list(built.incomplete),
    }


def check_areas(workspace: Workspace, name: str, *, parent: str | None = None) -> dict[str, Any]:
    """
    Check a set for invalid shapes, overlaps and gaps, and, with a parent set, for areas that do not nest.

    Parameters
    ----------
    workspace
        Where the sets are.
    name, parent
        Sets, or their types where there is one each.

    Raises
    ------
    NotFoundError
        If there is no such set.
    """
    from crimemap.areas.check import check_nesting, check_set
    from crimemap.areas.store import AreaStore

    store = AreaStore(workspace.require())
    held = store.read(store.resolve(name).set_id)
    above = store.read(store.resolve(parent).set_id) if parent else None
    found = check_set(held.frame)
    result: dict[str, Any] = {
        "set_id": held.info.set_id,
        "n_areas": held.info.n_areas,
        "clean": found.clean,
        "invalid": list(found.invalid),
        "overlaps": {
            "count": len(found.overlaps),
            "total_m2": round(sum((one.overlap_m2 for one in found.overlaps), 0.0), 2),
            "largest": [asdict(overlap) for overlap in found.overlaps[:_LISTED]],
        },
        "gaps": {
            "count": len(found.gaps.sizes_m2),
            "total_m2": round(sum(found.gaps.sizes_m2, 0.0), 2),
            "largest_m2": list(found.gaps.sizes_m2[:_LISTED]),
        },
        "nesting": None,
    }
    if above is not None:
        nesting = check_nesting(held.frame, above.frame)
        across = sorted((one for one in nesting if not one.nested), key=lambda one: (one.share, one.area_code))
        result["nesting"] = {
            "parent_set_id": above.info.set_id,
            "nested": len(nesting) - len(across),
            "not_nested": len(across),
            "outside_m2": round(sum((one.outside_m2 for one in nesting), 0.0), 2),
            "least_nested": [asdict(one) for one in across[:_LISTED]],
        }
    return result


def _held_lookup(workspace: Workspace, source: "BoundarySetInfo", kind: "AreaType") -> "tuple[pd.DataFrame, str]":
    from crimemap.areas.lookups import LookupStore, lookup_id

    table = LookupStore(workspace).read(source.area_type, kind.id, source.vintage)
    return table, f"lookup {lookup_id(source.area_type, kind.id, source.vintage)}"


def _file_lookup(
    path: Path,
    source: "BoundarySetInfo",
    kind: "AreaType",
    *,
    child: str | None,
    parent: str | None,
    parent_name: str | None,
    where: Sequence[str],
    any_codes: bool,
) -> "pd.DataFrame":
    from crimemap.areas.catalogue import area_type
    from crimemap.areas.lookup_files import read_lookup

    return read_lookup(
        path,
        area_type(source.area_type),
        kind,
        source.vintage,
        child_column=child,
        parent_column=parent,
        parent_name_column=parent_name,
        where=where,
        any_codes=any_codes,
    ).table
