"""Adding and listing child to parent tables, and population and households of areas."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crimemap.errors import ParameterError
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    from crimemap.areas.catalogue import AreaType
    from crimemap.areas.lookup_files import ReadLookup

__all__ = ["add_lookup", "add_statistics", "list_lookups"]


def add_lookup(
    workspace: Workspace,
    path: Path,
    *,
    child: str,
    parent: str,
    vintage: str,
    parent_name: str | None = None,
    where: Sequence[str] = (),
    any_codes: bool = False,
) -> dict[str, Any]:
    """
    Add a child to parent table from a CSV file.

    Parameters
    ----------
    workspace
        Where it goes.
    path
        The file.
    child, parent
        `TYPE` or `TYPE:COLUMN`.
    vintage
        The year of the boundaries that it is about.
    parent_name, where, any_codes
        As `crimemap.areas.lookup_files.read_lookup` takes them.

    Raises
    ------
    CrimemapError
        If the file cannot be used; nothing is changed then.
    """
    from crimemap.areas.catalogue import parse_vintage
    from crimemap.areas.lookup_files import read_lookup
    from crimemap.areas.lookups import LookupInfo, LookupStore, lookup_id, table_content
    from crimemap.areas.read import sha256_of

    parse_vintage(vintage)
    child_type, child_column = _type_and_column(child, "--child")
    parent_type, parent_column = _type_and_column(parent, "--parent")
    read = read_lookup(
        path,
        child_type,
        parent_type,
        vintage,
        child_column=child_column,
        parent_column=parent_column,
        parent_name_column=parent_name,
        where=where,
        any_codes=any_codes,
    )
    info = LookupInfo(
        lookup_id=lookup_id(child_type.id, parent_type.id, vintage),
        kind="lookup",
        area_type=child_type.id,
        parent_type=parent_type.id,
        measure=None,
        vintage=vintage,
        rows=len(read.table),
        total=None,
        source_file=path.name,
        sha256=sha256_of(path),
        content=table_content(read.table),
        column=f"{read.child_column} to {read.parent_column}",
        added_at=datetime.now(UTC).isoformat(timespec="seconds"),
        several_parents=read.several_parents,
    )
    with workspace.writing():
        changed = LookupStore(workspace).write(info, read.table)
    counts = {"read": read.read, "stored": len(read.table), "without_code": read.without_code, "repeated": read.repeated}
    return info.as_dict() | counts | {"changed": changed, "unmatched": _unmatched(workspace, info.vintage, read, child_type)}


def add_statistics(
    workspace: Workspace,
    path: Path,
    *,
    area: str,
    vintage: str,
    population: str | None = None,
    households: str | None = None,
    where: Sequence[str] = (),
    any_codes: bool = False,
) -> dict[str, Any]:
    """
    Add population or households by area from a CSV file.

    Parameters
    ----------
    workspace
        Where they go.
    path
        The file.
    area
        `TYPE` or `TYPE:COLUMN`.
    vintage
        The year that the numbers are for.
    population, households
        Columns of numbers; at least one.
    where, any_codes
        As `crimemap.areas.lookup_files.read_statistics` takes them.

    Raises
    ------
    CrimemapError
        If the file cannot be used; nothing is changed then.
    """
    from crimemap.areas.catalogue import parse_vintage
    from crimemap.areas.lookup_files import read_statistics
    from crimemap.areas.lookups import LookupInfo, LookupStore, statistics_id, table_content
    from crimemap.areas.read import sha256_of

    parse_vintage(vintage)
    kind, column = _type_and_column(area, "--area")
    wanted = {measure: name for measure, name in (("population", population), ("households", households)) if name}
    if not wanted:
        raise ParameterError(
            "no column of numbers was named", where=str(path), fix="Name one with --population or --households."
        )
    sha256 = sha256_of(path) if path.is_file() else ""
    made = []
    for measure, name in wanted.items():
        read = read_statistics(path, kind, vintage, column=name, code_column=column, where=where, any_codes=any_codes)
        info = LookupInfo(
            lookup_id=statistics_id(kind.id, measure, vintage),
            kind="statistics",
            area_type=kind.id,
            parent_type=None,
            measure=measure,
            vintage=vintage,
            rows=len(read.table),
            total=float(read.table["value"].sum()),
            source_file=path.name,
            sha256=sha256,
            content=table_content(read.table),
            column=name,
            added_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        made.append((info, read))
    store = LookupStore(workspace)
    with workspace.writing():
        changed = [store.write(info, read.table) for info, read in made]
    return {
        "statistics": [
            info.as_dict() | {"read": read.read, "without_number": read.without_number, "changed": differs}
            for (info, read), differs in zip(made, changed, strict=True)
        ]
    }


def list_lookups(workspace: Workspace) -> dict[str, Any]:
    """List lookups and statistics."""
    from crimemap.areas.lookups import LookupStore

    return {"lookups": [info.as_dict() for info in LookupStore(workspace.require()).all()]}


def _type_and_column(text: str, option: str) -> "tuple[AreaType, str | None]":
    from crimemap.areas.catalogue import area_type

    name, _, column = text.partition(":")
    try:
        return area_type(name), column or None
    except ParameterError as error:
        raise ParameterError(error.message, where=option, fix=error.fix) from None


def _unmatched(workspace: Workspace, vintage: str, read: "ReadLookup", child: "AreaType") -> dict[str, Any] | None:
    """Compare the children with the boundary set of the same type and vintage, where there is one."""
    from crimemap.areas.store import AreaStore

    store = AreaStore(workspace)
    alike = [info for info in store.sets() if (info.area_type, info.vintage, info.force) == (child.id, vintage, None)]
    if not alike:
        return None
    in_set = set(store.read(alike[0].set_id).frame.index)
    in_lookup = set(read.table["child_code"])
    return {
        "set_id": alike[0].set_id,
        "only_in_lookup": sorted(in_lookup - in_set),
        "only_in_set": sorted(in_set - in_lookup),
    }
