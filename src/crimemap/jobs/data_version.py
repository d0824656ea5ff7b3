"""Which data a workspace holds: enough to say whether two runs were made from the same."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow.parquet as pq

from crimemap.areas.store import AreaStore
from crimemap.incidents.delta import Tables
from crimemap.incidents.places import PLACES, PlaceStore
from crimemap.incidents.schema import SCHEMAS
from crimemap.incidents.store import IncidentStore
from crimemap.workspace import Workspace

__all__ = ["DataVersion", "data_version"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataVersion:
    """
    What a workspace holds.

    Attributes
    ----------
    delta_versions
        Version of each Delta table; it says when, and differs between workspaces that hold the same.
    loads_sha256
        Of what is loaded: force, month, source and digest of every file that counts.
    places_sha256
        Of the places: numbers, coordinates and cells.
    boundaries
        Content of each boundary set, by name.
    lookups
        Content of each table of parents, population or households, by name.
    """

    delta_versions: dict[str, int]
    loads_sha256: str
    places_sha256: str
    boundaries: dict[str, str]
    lookups: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """Give what a manifest says."""
        return asdict(self)

    def differences(self, other: "DataVersion") -> list[str]:
        """Say in words where the content differs; versions of tables alone do not count."""
        found = []
        if self.loads_sha256 != other.loads_sha256:
            found.append("other incidents are loaded")
        if self.places_sha256 != other.places_sha256:
            found.append("places differ")
        for what, mine, theirs in (
            ("boundary set", self.boundaries, other.boundaries),
            ("table", self.lookups, other.lookups),
        ):
            for name in sorted(mine.keys() | theirs.keys()):
                if mine.get(name) != theirs.get(name):
                    how = "is new" if name not in mine else "is gone" if name not in theirs else "differs"
                    found.append(f"the {what} {name} {how}")
        return found


def data_version(workspace: Workspace) -> DataVersion:
    """
    Describe what a workspace holds.

    Parameters
    ----------
    workspace
        The workspace.
    """
    tables, areas = Tables(workspace), AreaStore(workspace)
    opened = {name: tables.open(name) for name in SCHEMAS}
    with IncidentStore(workspace).connect() as con:
        loads = con.execute(
            "SELECT table_name, force, month, source, digest, stored FROM loads WHERE current ORDER BY ALL"
        ).fetchall()
    digest = hashlib.sha256()
    for path in PlaceStore(workspace).part_files():
        part = pq.read_table(path, schema=PLACES)
        for name in PLACES.names:
            digest.update(part[name].to_numpy().tobytes())
    return DataVersion(
        delta_versions={name: int(table.version()) for name, table in opened.items() if table is not None},
        loads_sha256=hashlib.sha256(repr(loads).encode()).hexdigest(),
        places_sha256=digest.hexdigest(),
        boundaries={info.set_id: info.content for info in sorted(areas.sets(), key=lambda info: info.set_id)},
        lookups={info.lookup_id: info.content for info in sorted(areas.lookups(), key=lambda info: info.lookup_id)},
    )
