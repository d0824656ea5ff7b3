"""What the maps of reports are drawn from: each force's hexagons and boundaries on the National Grid, made once."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.crs import to_national_grid
from crimemap.products.classes import class_breaks
from crimemap.products.context import SiteContext
from crimemap.products.frames import records
from crimemap.products.inputs import FORCE
from crimemap.products.names import street_name
from crimemap.products.report_map import MapContents, MapPlace

__all__ = ["NUMBERED", "ReportShapes"]

#: Places that have a number on the map and a row in the table beside it.
NUMBERED: Final = 10
#: Metres beyond an area from which hexagons, places and neighbours may show on its map.
_NEAR: Final = 0.6
#: More hexagons than this near an area and only its own are drawn.
_CROWD: Final = 1_200


@dataclass(frozen=True, slots=True)
class _Force:
    """One force's shapes, with trees to find those near an area."""

    hexagons: NDArray[np.object_]
    incidents: NDArray[np.int64]
    hot: NDArray[np.bool_]
    breaks: list[int]
    tree: shapely.STRtree
    others: NDArray[np.object_]
    other_names: list[str]
    other_rows: NDArray[np.int64]
    other_tree: shapely.STRtree


class ReportShapes:
    """
    The shapes of a release.

    Parameters
    ----------
    context
        Of the release's pages.
    """

    def __init__(self, context: SiteContext) -> None:
        self._context = context
        self._forces: dict[str, _Force] = {}

    def contents(self, index: int) -> tuple[MapContents, list[dict[str, Any]]]:
        """
        Give what an area's map has, and the rows of the table beside it: label, street, incidents, and most_common or area.

        Parameters
        ----------
        index
            The area's row in the cube; not a force's.
        """
        areas = self._context.inputs.areas
        kind, force = str(areas["area_type"].iloc[index]), str(areas["force"].iloc[index])
        held = self._of(force)
        shape = areas.geometry.iloc[index]
        west, south, east, north = shapely.bounds(shape).tolist()
        reach = _NEAR * max(east - west, north - south, 1.0)
        around = shapely.box(west - reach, south - reach, east + reach, north + reach)
        near = np.sort(held.tree.query(around))
        crowded = len(near) > _CROWD
        if crowded:  # the surroundings are left white, to see the area's own
            near = np.sort(held.tree.query(shape, predicate="intersects"))
        others = np.sort(held.other_tree.query(around))
        others = others[held.other_rows[others] != index]
        places, rows = self._streets(index) if kind == "neighbourhood" else self._hotspots(force, index)
        contents = MapContents(
            shape=shape,
            hexagons=held.hexagons[near],
            incidents=held.incidents[near],
            hot=held.hot[near],
            breaks=held.breaks,
            own_only=crowded,
            others=held.others[others],
            other_names=[held.other_names[k] for k in others.tolist()],
            places=places,
        )
        return contents, rows

    def _of(self, force: str) -> _Force:
        if force not in self._forces:
            self._forces[force] = self._made(force)
        return self._forces[force]

    def _made(self, force: str) -> _Force:
        found = self._context.hotspots.get(force)
        hexagons = np.empty(0, dtype=object) if found is None else _on_grid(found.polygons)
        incidents = np.empty(0, dtype=np.int64) if found is None else found.table["incidents"].to_numpy().astype(np.int64)
        hot = np.empty(0, dtype=np.bool_) if found is None else found.table["hotspot"].to_numpy().astype(np.bool_)
        areas = self._context.inputs.areas
        own = areas[(areas["force"] == force) & (areas["area_type"] != FORCE)]
        kinds = set(own["area_type"])
        local = next((kind for kind in ("neighbourhood", "csp", "lad") if kind in kinds), "")
        others = own[own["area_type"] == local]
        shapes = np.asarray(others.geometry.to_numpy(), dtype=object)
        return _Force(
            hexagons=hexagons,
            incidents=incidents,
            hot=hot,
            breaks=class_breaks(incidents),
            tree=shapely.STRtree(hexagons),
            others=shapes,
            other_names=[str(name) for name in others["area_name"]],
            other_rows=others.index.to_numpy(dtype=np.int64),
            other_tree=shapely.STRtree(shapes),
        )

    def _streets(self, index: int) -> tuple[list[MapPlace], list[dict[str, Any]]]:
        """Give a neighbourhood's map points, the busiest numbered."""
        found = self._context.facts.streets.get(index)
        if found is None or found.empty:
            return [], []
        easting, northing = to_national_grid(found["longitude"].to_numpy(), found["latitude"].to_numpy())
        listed = records(found.head(NUMBERED))
        rows = [
            {
                "label": str(k + 1),
                "street": street_name(str(one["street"])),
                "incidents": int(one["incidents"]),
                "most_common": str(one["most_common"]),
            }
            for k, one in enumerate(listed)
        ]
        labels = [str(k + 1) if k < NUMBERED else "" for k in range(len(found))]
        return _placed(easting, northing, found["incidents"].to_numpy(), labels), rows

    def _hotspots(self, force: str, index: int) -> tuple[list[MapPlace], list[dict[str, Any]]]:
        """Give an area's hotspots with most incidents, numbered."""
        hot = self._context.hotspot_tables.get(force)
        if hot is None or hot.empty:
            return [], []
        own = hot[[index in areas for areas in hot["areas"]]].head(NUMBERED)
        if own.empty:
            return [], []
        easting, northing = to_national_grid(own["longitude"].to_numpy(), own["latitude"].to_numpy())
        rows = [
            {
                "label": str(k + 1),
                "street": street_name(one["street"]),
                "incidents": int(one["incidents"]),
                "area": self._context.name(int(one["area"])) if int(one["area"]) >= 0 else "",
            }
            for k, one in enumerate(records(own))
        ]
        return _placed(easting, northing, own["incidents"].to_numpy(), [str(one["label"]) for one in rows]), rows


def _placed(
    easting: NDArray[np.float64], northing: NDArray[np.float64], incidents: NDArray[Any], labels: list[str]
) -> list[MapPlace]:
    given = zip(easting.tolist(), northing.tolist(), incidents.tolist(), labels, strict=True)
    return [MapPlace(easting=x, northing=y, incidents=int(n), label=label) for x, y, n, label in given]


def _on_grid(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Turn shapes in degrees into National Grid metres."""
    moved: NDArray[np.object_] = shapely.transform(
        polygons, lambda xy: np.column_stack(to_national_grid(xy[:, 0], xy[:, 1]))
    )
    return moved
