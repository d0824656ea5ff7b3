"""
The boundary sets of a workspace, as GeoParquet.

A set is two files: `<set_id>.json`, which says what is known about it, and `<set_id>.<content>.parquet` with its shapes.
The shapes are written first and the JSON last, so a set is the old one or the new one whatever happens in between.
"""

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd

from crimemap.areas.files import read_json, remove_others, write_file, write_json
from crimemap.areas.lookups import LookupInfo, LookupStore
from crimemap.areas.model import BoundarySet, BoundarySetInfo
from crimemap.errors import NotFoundError, ParameterError, UnreadableFileError
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["AreaStore", "content_of"]


def content_of(frame: gpd.GeoDataFrame) -> str:
    """
    Hash what a set says (codes, names and shapes), so that adding the same again is seen to change nothing.

    Parameters
    ----------
    frame
        Indexed by area code, with `area_name` and `geometry`.
    """
    digest = hashlib.sha256()
    for code, name, shape in zip(frame.index, frame["area_name"], frame.geometry.to_wkb(), strict=True):
        for part in (str(code).encode(), str(name).encode(), shape):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


class AreaStore:
    """Boundary sets, lookups and statistics about areas."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._folder = workspace.areas
        self._lookups = LookupStore(workspace)

    def sets(self) -> list[BoundarySetInfo]:
        """List the sets, by identifier."""
        if not self._folder.is_dir():
            return []
        return [self._info(path) for path in sorted(self._folder.glob("*.json")) if not path.name.startswith(".")]

    def info(self, set_id: str) -> BoundarySetInfo:
        """
        Say what is known about a set.

        Raises
        ------
        NotFoundError
            If there is none of that name.
        """
        held = {info.set_id: info for info in self.sets()}
        if set_id not in held:
            raise NotFoundError(
                "there is no such boundary set",
                where=set_id[:80],
                fix=f"The sets are {', '.join(held)}." if held else "Add one with 'crimemap areas add'.",
            )
        return held[set_id]

    def resolve(self, name: str) -> BoundarySetInfo:
        """
        Find a set by its identifier, or by its type alone where there is one set of that type.

        Raises
        ------
        NotFoundError
            If there is none.
        ParameterError
            If a type alone was given and there are several sets of it.
        """
        sets = self.sets()
        if any(info.set_id == name for info in sets):
            return self.info(name)
        of_type = [info for info in sets if info.area_type == name]
        if len(of_type) > 1:
            raise ParameterError(
                f"there are {len(of_type)} sets of this type",
                where=name,
                fix=f"Name one of them: {', '.join(info.set_id for info in of_type)}.",
            )
        return of_type[0] if of_type else self.info(name)

    def read(self, set_id: str) -> BoundarySet:
        """
        Read a set with its shapes.

        Raises
        ------
        NotFoundError
            If there is none of that name.
        UnreadableFileError
            If its file was damaged or removed.
        """
        info = self.info(set_id)
        if not self._shapes(info).is_file():
            info = self.info(set_id)  # it was replaced between the two looks
        path = self._shapes(info)
        try:
            frame = gpd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise UnreadableFileError(
                "the shapes of this set are damaged or gone", where=str(path), fix="Add the set again."
            ) from error
        return BoundarySet(info, frame)

    def write(self, info: BoundarySetInfo, frame: gpd.GeoDataFrame) -> bool:
        """
        Keep a set, in place of the one of the same identifier. The caller holds the workspace's lock.

        Returns
        -------
        bool
            Whether anything changed: the same shapes, names and sources again do not.
        """
        path = self._folder / f"{info.set_id}.json"
        old = self._info(path) if path.is_file() else None
        if old is not None and old.content == info.content and self._shapes(old).is_file():
            unchanged = replace(old, added_at="") == replace(info, added_at="")
            if not unchanged:
                write_json(path, info.as_dict())
            return not unchanged
        write_file(self._shapes(info), lambda to: frame.to_parquet(to, compression="zstd"))
        write_json(path, info.as_dict())
        remove_others(self._shapes(info), f"{info.set_id}.*.parquet")
        return True

    def remove(self, set_id: str) -> BoundarySetInfo:
        """
        Forget a set. The caller holds the workspace's lock.

        Raises
        ------
        NotFoundError
            If there is none of that name.
        """
        info = self.info(set_id)
        (self._folder / f"{info.set_id}.json").unlink()
        for path in self._folder.glob(f"{info.set_id}.*.parquet"):
            path.unlink()
        return info

    def lookup(self, child_type: str, parent_type: str, vintage: str | None = None) -> "pd.DataFrame":
        """
        Read a child to parent table: columns `child_code` and `parent_code`; the latest vintage unless one is named.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        return self._lookups.read(child_type, parent_type, vintage)[["child_code", "parent_code"]]

    def lookups(self) -> list[LookupInfo]:
        """List the lookups and the statistics."""
        return self._lookups.all()

    def statistics(self, area_type: str, measure: str, vintage: str | None = None) -> "pd.Series[float]":
        """
        Read a number per area, indexed by `area_code`: `population` or `households`; the latest unless one is named.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        return self._lookups.statistics(area_type, measure, vintage)

    def _shapes(self, info: BoundarySetInfo) -> "Path":
        return self._folder / f"{info.set_id}.{info.content[:16]}.parquet"

    def _info(self, path: "Path") -> BoundarySetInfo:
        try:
            return BoundarySetInfo.from_dict(read_json(path))
        except (TypeError, KeyError) as error:
            raise UnreadableFileError(
                "this file of the workspace is damaged", where=str(path), fix="Delete it and add the set again."
            ) from error
