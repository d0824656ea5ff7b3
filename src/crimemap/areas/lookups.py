"""
Child to parent tables, and numbers about areas, each with its vintage.

A child may have several parents (seven districts of 2024 hold several community safety partnerships): all are kept.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from crimemap.areas.files import read_json, remove_others, write_file, write_json
from crimemap.errors import NotFoundError, UnreadableFileError
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LookupInfo", "LookupStore", "lookup_id", "statistics_id", "table_content"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupInfo:
    """What is known about a lookup (`parent_type` is set) or about statistics (`measure` is set)."""

    lookup_id: str
    kind: str
    area_type: str
    parent_type: str | None
    measure: str | None
    vintage: str
    rows: int
    total: float | None
    source_file: str
    sha256: str
    content: str
    column: str
    added_at: str
    several_parents: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Give the fields as JSON can hold them."""
        return asdict(self) | {"several_parents": list(self.several_parents)}

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> "LookupInfo":
        """Make one from what `as_dict` gave."""
        return cls(**(dict(held) | {"several_parents": tuple(held["several_parents"])}))


def lookup_id(child_type: str, parent_type: str, vintage: str) -> str:
    """Name a lookup: `lad-csp-2017`."""
    return f"{child_type}-{parent_type}-{vintage}"


def statistics_id(area_type: str, measure: str, vintage: str) -> str:
    """Name statistics: `lsoa-population-2011`."""
    return f"{area_type}-{measure}-{vintage}"


def table_content(table: pd.DataFrame) -> str:
    """Hash what a table says."""
    return hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()


class LookupStore:
    """The lookups and statistics of a workspace, one Parquet file and one JSON file each."""

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.lookups

    def all(self) -> list[LookupInfo]:
        """List them by identifier."""
        if not self._folder.is_dir():
            return []
        return [self._info(path) for path in sorted(self._folder.glob("*.json")) if not path.name.startswith(".")]

    def read(self, child_type: str, parent_type: str, vintage: str | None = None) -> pd.DataFrame:
        """
        Read a lookup: `child_code`, `parent_code`, `parent_name` (null where it was not given).

        Raises
        ------
        NotFoundError
            If there is none.
        """
        found = [
            info
            for info in self.all()
            if info.kind == "lookup" and info.area_type == child_type and info.parent_type == parent_type
        ]
        return self._load(self._chosen(found, vintage, f"lookup from {child_type} to {parent_type}"))

    def statistics(self, area_type: str, measure: str, vintage: str | None = None) -> "pd.Series[float]":
        """
        Read one number per area, indexed by `area_code` and named for the measure.

        Raises
        ------
        NotFoundError
            If there are none.
        """
        found = [
            info
            for info in self.all()
            if info.kind == "statistics" and info.area_type == area_type and info.measure == measure
        ]
        chosen = self._chosen(found, vintage, f"{measure} by {area_type}")
        read = self._load(chosen)
        series: pd.Series[float] = read.set_index("area_code")["value"]
        return series.rename(measure)

    def write(self, info: LookupInfo, table: pd.DataFrame) -> bool:
        """
        Keep a table in place of the one of the same identifier. The caller holds the workspace's lock.

        Returns
        -------
        bool
            Whether anything changed.
        """
        path = self._folder / f"{info.lookup_id}.json"
        old = self._info(path) if path.is_file() else None
        if old is not None and _same(old, info) and self._table(old).is_file():
            return False
        write_file(self._table(info), lambda to: table.to_parquet(to, index=False, compression="zstd"))
        write_json(path, info.as_dict())
        remove_others(self._table(info), f"{info.lookup_id}.*.parquet")
        return True

    def _chosen(self, found: list[LookupInfo], vintage: str | None, what: str) -> LookupInfo:
        matching = [info for info in found if vintage in (None, info.vintage)]
        if not matching:
            held = ", ".join(info.vintage for info in found)
            raise NotFoundError(
                f"there is no {what}" + (f" of {vintage}" if vintage else ""),
                where="lookups",
                fix=f"There are those of {held}." if held else "Add one with 'crimemap lookups add'.",
            )
        return max(matching, key=_vintage)

    def _table(self, info: LookupInfo) -> "Path":
        return self._folder / f"{info.lookup_id}.{info.content[:16]}.parquet"

    def _load(self, info: LookupInfo) -> pd.DataFrame:
        path = self._table(info)
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise UnreadableFileError("this table is damaged or gone", where=str(path), fix="Add it again.") from error

    def _info(self, path: "Path") -> LookupInfo:
        try:
            return LookupInfo.from_dict(read_json(path))
        except (TypeError, KeyError) as error:
            raise UnreadableFileError(
                "this file of the workspace is damaged", where=str(path), fix="Delete it and add what it held again."
            ) from error


def _vintage(info: LookupInfo) -> str:
    return info.vintage


def _same(old: LookupInfo, new: LookupInfo) -> bool:
    return old.as_dict() | {"added_at": ""} == new.as_dict() | {"added_at": ""}
