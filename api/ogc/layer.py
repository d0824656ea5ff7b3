"""A layer as it is answered: features found by box and time, with their properties and geometry as texts."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from api.store.texts import json_texts
from crimemap.crs import to_national_grid
from crimemap.products.layers.layer import Layer as ReleaseLayer

__all__ = ["CRS84", "EPSG_4326", "EPSG_27700", "Layer"]

CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG_4326: Final = "http://www.opengis.net/def/crs/EPSG/0/4326"
EPSG_27700: Final = "http://www.opengis.net/def/crs/EPSG/0/27700"


@dataclass(frozen=True, kw_only=True)
class Layer(ReleaseLayer):
    """A layer as it is asked for and answered."""

    @classmethod
    def of(cls, layer: ReleaseLayer) -> Self:
        """Take a release's layer."""
        return cls(**{one.name: getattr(layer, one.name) for one in fields(layer)})

    @cached_property
    def tree(self) -> shapely.STRtree:
        """An index of the features' boxes."""
        return shapely.STRtree(self.shapes)

    @cached_property
    def rows_of_ids(self) -> dict[str, int]:
        """Each feature's row."""
        return {one: row for row, one in enumerate(self.ids)}

    @cached_property
    def heads(self) -> list[str]:
        """Each feature's JSON up to its geometry."""
        return [f'{{"type":"Feature","id":{text},"geometry":' for text in json_texts(self.ids)]

    @cached_property
    def tails(self) -> list[str]:
        """Each feature's JSON after its geometry."""
        names = [prop.name for prop in self.properties]
        columns = [self.values[name].tolist() for name in names]
        written = json_texts(dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
        return [f',"properties":{text}}}' for text in written]

    @cached_property
    def geometry(self) -> list[str]:
        """Each feature's geometry as GeoJSON, longitude first."""
        return [text or "null" for text in shapely.to_geojson(self.shapes).tolist()]

    def within(self, west: float, south: float, east: float, north: float) -> NDArray[np.int64]:
        """Give the rows of features that a box of degrees touches, ascending."""
        box = shapely.box(west, south, east, north) if west < east or south < north else shapely.Point(west, south)
        return np.sort(self.tree.query(box, predicate="intersects")).astype(np.int64)

    def of_time(self, first: str | None, last: str | None) -> bool:
        """Say whether the layer's months meet a stretch of months, open where it has no end; what has no time does."""
        if self.months is None:
            return True
        return (first is None or first <= self.months[1]) and (last is None or self.months[0] <= last)

    def written(self, rows: NDArray[np.int64], crs: str) -> list[str]:
        """
        Write features as JSON texts.

        Parameters
        ----------
        crs
            One of `CRS84`, `EPSG_4326` (latitude first) and `EPSG_27700` (metres).
        """
        chosen = rows.tolist()
        if crs == CRS84:
            texts = [self.geometry[row] for row in chosen]
        else:
            texts = [text or "null" for text in shapely.to_geojson(_in_crs(self.shapes[rows], crs)).tolist()]
        return [f"{self.heads[row]}{text}{self.tails[row]}" for row, text in zip(chosen, texts, strict=True)]


def _in_crs(shapes: NDArray[np.object_], crs: str) -> Any:
    def metres(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.round(np.column_stack(to_national_grid(xy[:, 0], xy[:, 1])), 2), dtype=np.float64)

    return shapely.transform(shapes, metres if crs == EPSG_27700 else lambda xy: xy[:, ::-1])
