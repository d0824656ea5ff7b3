"""The release's data files: GeoJSON for maps, CSV for people, and the dictionary that says what every column means."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from crimemap.products.cube import COUNTED, STATUS_NAMES
from crimemap.products.data_dictionary import DICTIONARY, write_dictionary
from crimemap.products.database import degrees
from crimemap.products.facts import SiteFacts
from crimemap.products.frames import records
from crimemap.products.geojson import feature_collection, shape_texts
from crimemap.products.hotspots import ForceHotspots
from crimemap.products.inputs import FORCE, ReleaseInputs
from crimemap.products.map_data import write_map_data
from crimemap.products.names import area_folder, safe_segment

__all__ = ["DICTIONARY", "write_downloads"]

_COUNT_COLUMNS = ("area_type", "vintage", "area_code", "area_name", "month", "offence_type", "incidents", "status")
_STREET_COLUMNS = ("place_id", "street", "longitude", "latitude", "incidents", "most_common")
_HOTSPOT_COLUMNS = tuple(column for file, column, _ in DICTIONARY if file == "hotspots.csv")
_NEAR_M = 400.0
_CONTEXT_TOLERANCE_M = 40.0
_OUTLINE_TOLERANCE_M = 5.0


def write_downloads(
    db: duckdb.DuckDBPyConnection,
    inputs: ReleaseInputs,
    facts: SiteFacts,
    found: dict[str, ForceHotspots],
    site: Path,
) -> None:
    """
    Write every data file.

    Parameters
    ----------
    db
        Has the release's tables.
    site
        The site's root; files go to `data/` below it, an area's to the same folder as its page.
    """
    data = site / "data"
    write_dictionary(data)
    _force_files(db, inputs, found, data)
    write_map_data(db, inputs, facts, found, site)
    shapes, order = degrees(_simplified(inputs, _OUTLINE_TOLERANCE_M)), list(inputs.areas.index)
    outlines = dict(zip(order, shape_texts(shapes), strict=True))
    _area_hexagons(inputs, facts, found, data)
    for index, row in enumerate(records(facts.cube.areas)):
        folder = data / area_folder(row["area_type"], row["area_code"], row["force"])
        folder.mkdir(parents=True, exist_ok=True)
        if row["area_type"] == FORCE:
            continue
        _write_counts(folder / "counts.csv", facts, index, row)
        named = {"code": row["area_code"], "name": row["area_name"], "type": row["area_type"], "vintage": row["vintage"]}
        (folder / "boundary.geojson").write_text(feature_collection([outlines[index]], [named]), encoding="utf-8")
        _write_streets(folder, facts.streets.get(index), drawn=row["area_type"] == "neighbourhood")


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_unarmed(cell) for cell in row] for row in rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def _unarmed(cell: Any) -> Any:
    """Keep a spreadsheet from reading a name as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def _write_counts(path: Path, facts: SiteFacts, index: int, row: dict[str, Any]) -> None:
    cube = facts.cube
    fixed = (row["area_type"], row["vintage"], row["area_code"], row["area_name"])
    values, status = cube.incidents[index], cube.status[index]
    rows = (
        (*fixed, month, kind, int(values[m, k]) if status[m, k] == COUNTED else "", STATUS_NAMES[status[m, k]])
        for m, month in enumerate(cube.months)
        for k, kind in enumerate(cube.offence_types)
    )
    _write_csv(path, _COUNT_COLUMNS, rows)


def _write_streets(folder: Path, streets: pd.DataFrame | None, *, drawn: bool) -> None:
    """Write an area's map points, as GeoJSON too where its map draws them."""
    rows = [] if streets is None else list(streets[list(_STREET_COLUMNS)].itertuples(index=False, name=None))
    _write_csv(folder / "streets.csv", _STREET_COLUMNS, rows)
    if not drawn:
        return
    geometry = [f'{{"type":"Point","coordinates":[{row[2]:.6f},{row[3]:.6f}]}}' for row in rows]
    properties = [
        {"place_id": int(row[0]), "street": row[1], "incidents": int(row[4]), "most_common": row[5]} for row in rows
    ]
    (folder / "points.geojson").write_text(feature_collection(geometry, properties), encoding="utf-8")


def _simplified(inputs: ReleaseInputs, tolerance_m: float) -> NDArray[Any]:
    """Simplify each set as one coverage, so that neighbours still share their edges."""
    shapes = inputs.areas.geometry.to_numpy().copy()
    keys = inputs.areas["area_type"] + "/" + inputs.areas["force"].where(inputs.areas["area_type"] == "neighbourhood", "")
    for key in keys.unique():
        rows = np.flatnonzero((keys == key).to_numpy())
        made = shapely.coverage_simplify(shapes[rows], tolerance_m)
        sound = shapely.is_valid(made) & ~shapely.is_empty(made)
        shapes[rows[sound]] = made[sound]
    return np.asarray(shapes)


def _hexagon_texts(one: ForceHotspots) -> tuple[list[str], list[dict[str, Any]]]:
    table = one.table
    properties = [
        {"cell": cell, "incidents": int(n), "hotspot": bool(hot), "q_value": float(f"{q:.3g}")}
        for cell, n, hot, q in zip(table["cell"], table["incidents"], table["hotspot"], table["q_value"], strict=True)
    ]
    return shape_texts(one.polygons), properties


def _centres(one: ForceHotspots) -> shapely.STRtree:
    table = one.table
    return shapely.STRtree(np.asarray(shapely.points(table["longitude"].to_numpy(), table["latitude"].to_numpy())))


def _area_hexagons(inputs: ReleaseInputs, facts: SiteFacts, found: dict[str, ForceHotspots], data: Path) -> None:
    """Write for every area the hexagons whose centre is in it or near it."""
    areas = inputs.areas
    described = records(facts.cube.areas)
    for force in areas["force"].unique():
        one = found.get(force)
        texts, properties, tree = ([], [], None) if one is None else (*_hexagon_texts(one), _centres(one))
        own = areas.index[areas["force"] == force]
        near = shapely.simplify(areas.geometry.loc[own].to_numpy(), _CONTEXT_TOLERANCE_M)
        for index, shape in zip(own.tolist(), near, strict=True):
            row = described[index]
            cells: list[int] = []
            if tree is not None:
                around = degrees([shapely.buffer(shape, _NEAR_M, quad_segs=2)])[0]
                cells = np.sort(tree.query(around, predicate="intersects")).tolist()
            folder = data / area_folder(row["area_type"], row["area_code"], row["force"])
            folder.mkdir(parents=True, exist_ok=True)
            text = feature_collection([texts[c] for c in cells], [properties[c] for c in cells])
            (folder / "hotspots.geojson").write_text(text, encoding="utf-8")


def _force_files(db: duckdb.DuckDBPyConnection, inputs: ReleaseInputs, found: dict[str, ForceHotspots], data: Path) -> None:
    shapes = degrees(_simplified(inputs, _CONTEXT_TOLERANCE_M))
    texts = dict(zip(inputs.areas.index, shape_texts(shapes, decimals=4), strict=True))
    for force in inputs.forces:
        slug = force["id"]
        folder = data / "forces" / safe_segment(slug)
        folder.mkdir(parents=True, exist_ok=True)
        target = str(folder / "counts.csv").replace("'", "''")
        db.execute(
            f"""COPY (SELECT c.area_type, c.vintage, c.area_code,
                             regexp_replace(coalesce(a.area_name, f.name), '^([=+@\t\r-])', '''\\1') AS area_name,
                             c.month, c.offence_type, c.incidents, c.status
                      FROM counts c LEFT JOIN areas a ON a.area_type = c.area_type AND a.area_code = c.area_code
                           AND a.vintage = c.vintage AND a.force = c.force
                      LEFT JOIN forces f ON f.force = c.area_code
                      WHERE c.force = $force
                      ORDER BY c.area_type, c.vintage, c.area_code, c.month, c.offence_type)
                TO '{target}' (HEADER, DELIMITER ',')""",  # noqa: S608 - a path of ours, quoted
            {"force": slug},
        )
        own = inputs.areas[inputs.areas["force"] == slug]
        for area_type, group in own.groupby("area_type", sort=True):
            properties = [
                {"code": code, "name": name, "type": str(area_type), "vintage": vintage}
                for code, name, vintage in zip(group["area_code"], group["area_name"], group["vintage"], strict=True)
            ]
            text = feature_collection([texts[i] for i in group.index], properties)
            (folder / f"boundaries-{area_type}.geojson").write_text(text, encoding="utf-8")
        hexagons = found.get(slug)
        if hexagons is not None:
            table = hexagons.table[list(_HOTSPOT_COLUMNS)]
            table.to_csv(folder / "hotspots.csv", index=False, lineterminator="\r\n")
            geometry, properties = _hexagon_texts(hexagons)
            (folder / "hotspots.geojson").write_text(feature_collection(geometry, properties), encoding="utf-8")
