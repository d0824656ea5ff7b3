"""
What the map of an area's page reads: `map.json`, `density.geojson` and, for a force, `labels.json`.

Nothing is in them that is not in the published rows with a map point, so what disclosure holds back is in none of them;
months without data and months with numbers held back are told apart. `docs/maps.md` describes the files.
"""

import json
from pathlib import Path
from typing import Any, Final

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from crimemap.analysis.grids.grid import h3_polygons
from crimemap.periods import Period, month_after
from crimemap.products import map_counts
from crimemap.products.cube import Cube
from crimemap.products.database import degrees
from crimemap.products.facts import SiteFacts
from crimemap.products.frames import records
from crimemap.products.geojson import feature_collection, shape_texts
from crimemap.products.hotspots import ForceHotspots
from crimemap.products.inputs import FORCE, ReleaseInputs
from crimemap.products.map_codes import code_numbers, code_signed
from crimemap.products.map_counts import MapCounts, count_for_maps
from crimemap.products.map_density import BANDWIDTH_M, DensityContours, density_contours
from crimemap.products.map_grid import map_grid
from crimemap.products.names import area_folder, safe_segment

__all__ = ["write_map_data"]

_PREFIX: Final = "On or near "
_SCALE: Final = 100_000
_LABELLED: Final = ("lad", "csp", "neighbourhood")
_COVERING: Final = ("pfa", "neighbourhood", "csp", "lad")
_CUT_TOLERANCE_M: Final = 10.0

Cells = NDArray[np.uint64]


def write_map_data(
    db: duckdb.DuckDBPyConnection, inputs: ReleaseInputs, facts: SiteFacts, found: dict[str, ForceHotspots], site: Path
) -> None:
    """
    Write what every map reads.

    Parameters
    ----------
    db
        Has the release's tables and the temporary ones of the build.
    facts, found
        Counts by area, and hotspots by force.
    site
        The site's root; an area's files go to the same folder below `data/` as its page's below the root.
    """
    data = site / "data"
    cube = facts.cube
    counts = count_for_maps(db, cube.months, cube.offence_types)
    known = set(counts.rows["place_id"].unique().tolist())
    placed = inputs.place_areas[inputs.place_areas["place_id"].isin(known)].sort_values(["area_id", "place_id"])
    places_of = {int(str(area)): rows.to_numpy(np.int64) for area, rows in placed.groupby("area_id")["place_id"]}
    described = records(cube.areas)
    for force, period in facts.periods.items():
        shared = _OfForce(counts, inputs, found.get(force), force, period)
        (data / "forces" / safe_segment(force)).mkdir(parents=True, exist_ok=True)
        _write(data / "forces" / safe_segment(force) / "labels.json", _labels(inputs, force))
        for index in facts.rows_of_force[force].tolist():
            row = described[index]
            folder = data / area_folder(row["area_type"], row["area_code"], force)
            folder.mkdir(parents=True, exist_ok=True)
            places = None if row["area_type"] == FORCE else places_of.get(index, np.array([], dtype=np.int64))
            shape = None if row["area_type"] == FORCE else inputs.areas.geometry.iloc[index]
            _write(folder / "map.json", {**shared.described(), "status": _status(cube, index), **shared.area(places, shape)})
            (folder / "density.geojson").write_text(shared.density_within(shape), encoding="utf-8")


def _write(path: Path, document: Any) -> None:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _status(cube: Cube, index: int) -> list[str]:
    """Give for each offence type, then for their sum, a digit a month: 0 counted, 1 no data, 2 held back."""
    return ["".join(map(str, column)) for column in cube.status[index].T.tolist()]


def _labels(inputs: ReleaseInputs, force: str) -> list[dict[str, Any]]:
    """Name a force's areas, the largest first, each at a place inside it; one name once."""
    own = inputs.areas[(inputs.areas["force"] == force) & inputs.areas["area_type"].isin(_LABELLED)]
    own = own.sort_values(["area_m2", "area_name"], ascending=[False, True]).drop_duplicates("area_name")
    at = shapely.get_coordinates(degrees(shapely.point_on_surface(own.geometry.to_numpy()))).round(4).tolist()
    return [
        {"name": name, "type": kind, "at": xy, "km2": round(float(area) / 1e6, 2)}
        for name, kind, area, xy in zip(own["area_name"], own["area_type"], own["area_m2"], at, strict=True)
    ]


def _together(own: gpd.GeoDataFrame) -> Any:
    """Give the ground of a force: of its own area, or of the first set that it has; None without any."""
    for kind in _COVERING:
        shapes = own.loc[own["area_type"] == kind, "geometry"].to_numpy()
        if len(shapes):
            return shapely.union_all(shapes)
    return None


class _OfForce:
    """What the maps of a force's areas have in common."""

    def __init__(
        self, counts: MapCounts, inputs: ReleaseInputs, hotspots: ForceHotspots | None, force: str, period: Period
    ) -> None:
        self._counts, self._force, self._period = counts, force, period
        rows = counts.of_force(force)
        self._places = np.unique(rows["place_id"].to_numpy(np.int64))
        table = None if hotspots is None else hotspots.table
        hot = [] if table is None else table.loc[table["hotspot"], "cell"].tolist()
        self._hot = np.array(sorted(int(cell, 16) for cell in hot), dtype=np.uint64)
        self._breaks = counts.breaks(force, period)
        own = inputs.areas[inputs.areas["force"] == force]
        self._shape = _together(own)
        self._contours = self._drawn(inputs, own, rows)

    def _drawn(self, inputs: ReleaseInputs, own: pd.DataFrame, rows: pd.DataFrame) -> DensityContours | None:
        """Draw contours of what lies in the force's areas; where it has none, of all."""
        latest = self._counts.in_period(rows, self._period)
        if len(own):
            inside = inputs.place_areas.loc[inputs.place_areas["area_id"].isin(own.index), "place_id"]
            latest = latest[latest["place_id"].isin(inside)]
        summed = latest.groupby("place_id")["n"].sum().rename("n")
        return density_contours(self._counts.places.join(summed, how="inner"))

    def described(self) -> dict[str, Any]:
        """Give what is the same in each of their files."""
        return {
            "months": self._counts.months,
            "types": self._counts.offence_types,
            "period": [self._period.start, month_after(self._period.end, -1)],
            "breaks": self._breaks,
        }

    def area(self, places: NDArray[np.int64] | None, shape: Any) -> dict[str, Any]:
        """
        Describe an area's units and hexagons.

        Parameters
        ----------
        places
            Its map points with incidents; None for the force.
        shape
            The area, EPSG:27700; None for the force.
        """
        mine = self._places if places is None else places
        described = self._counts.places.loc[mine]
        if len(mine) > map_counts.MOST_POINTS:
            units = self._as_hexagons(self._counts.of_force(self._force) if places is None else self._counts.of_places(mine))
        else:
            counts = self._counts
            series = counts.series_of_force(self._force, mine) if places is None else counts.series(mine)
            units = self._as_points(described, series)
        bounds = self._bounds(shape, described)
        if bounds is not None:
            grid = map_grid(*bounds)
            units["grid"] = {"step": grid.step_m, "columns": grid.columns, "corners": grid.corners}
        return units

    def _bounds(self, shape: Any, described: pd.DataFrame) -> list[float] | None:
        around = self._shape if shape is None else shape
        if around is not None:
            return [float(edge) for edge in shapely.bounds(around).tolist()]
        if described.empty:
            return None
        east, north = described["easting"], described["northing"]
        return [float(east.min()), float(north.min()), float(east.max()), float(north.max())]

    def _as_points(self, described: pd.DataFrame, series: list[str]) -> dict[str, Any]:
        cells, of = np.unique(described["cell"].to_numpy(np.uint64), return_inverse=True)
        return {
            "unit": "point",
            "ids": described.index.tolist(),
            "at": described[["longitude", "latitude"]].to_numpy().round(6).ravel().tolist(),
            **_names([str(one) for one in described["street"]]),
            "cell": of.tolist(),
            "counts": " ".join(series),
            "hexagons": self._hexagons(cells),
        }

    def _as_hexagons(self, rows: pd.DataFrame) -> dict[str, Any]:
        cells, series = self._counts.in_cells(rows)
        busiest = rows.groupby("place_id")["n"].sum().rename("n")
        named = self._counts.places.join(busiest, how="inner").sort_values(["n", "street"], ascending=[False, True])
        street = named.drop_duplicates("cell").set_index("cell")["street"]
        return {
            "unit": "hexagon",
            "ids": [],
            "at": [],
            **_names([str(street[cell]) for cell in cells]),
            "cell": list(range(len(cells))),
            "counts": " ".join(series),
            "hexagons": self._hexagons(cells),
        }

    def _hexagons(self, cells: Cells) -> dict[str, Any]:
        """Describe hexagons: centres in degrees, corners as steps from the centre in 0.00001 degrees, which are hotspots."""
        if not len(cells):
            return {"at": [], "corners": "", "hot": []}
        polygons = h3_polygons(cells, degrees=True)
        centres = shapely.get_coordinates(shapely.centroid(polygons)).round(5)
        rings, of = shapely.get_coordinates(shapely.get_exterior_ring(polygons), return_index=True)
        last = np.append(of[1:] != of[:-1], True)
        steps = np.rint((rings - centres[of]) * _SCALE).astype(np.int64)[~last]
        sizes = np.bincount(of[~last]).tolist()
        ends = np.cumsum(sizes).tolist()
        corners = [
            code_numbers([size]) + code_signed(steps[end - size : end].ravel().tolist())
            for size, end in zip(sizes, ends, strict=True)
        ]
        hot = np.flatnonzero(np.isin(cells, self._hot)).tolist()
        return {"at": centres.ravel().tolist(), "corners": "".join(corners), "hot": hot}

    def density_within(self, shape: Any) -> str:
        """Write the contours inside an area, or all of the force's."""
        if self._contours is None:
            return feature_collection([], [])
        around = self._shape if shape is None else shape
        simple = None if around is None else shapely.make_valid(shapely.simplify(around, _CUT_TOLERANCE_M))
        contours = self._contours if simple is None else self._contours.within(simple)
        bands = zip(contours.levels, [*contours.levels[1:], None], contours.regions, strict=True)
        reached = [(step, low, top, region) for step, (low, top, region) in enumerate(bands) if not region.is_empty]
        told = [
            {
                "class": step,
                "from_per_km2": low,
                "below_per_km2": top,
                "first_month": self._period.start,
                "last_month": month_after(self._period.end, -1),
                "bandwidth_m": BANDWIDTH_M,
            }
            for step, low, top, _ in reached
        ]
        return feature_collection(shape_texts(degrees([region for *_, region in reached])), told)


def _names(streets: list[str]) -> dict[str, Any]:
    """Give each name once, without what all begin with, and which each unit has."""
    number, names = pd.factorize(pd.Series([one.removeprefix(_PREFIX).strip() for one in streets], dtype=object))
    return {"names": [str(one) for one in names], "name": number.tolist()}
