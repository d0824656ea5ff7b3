"""Reading boundary files as they come: any of the formats, any coordinate system, nothing judged yet."""

import hashlib
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray
from pyarrow import ArrowException
from shapely.errors import ShapelyError

from crimemap.areas.catalogue import AreaType
from crimemap.areas.columns import choose_columns
from crimemap.areas.country import in_england_and_wales, refuse_elsewhere
from crimemap.areas.kml_folder import is_kml_collection, read_kml_collection
from crimemap.areas.project import in_national_grid
from crimemap.areas.sniff import Format, sniff
from crimemap.areas.unzip import unzip_boundaries
from crimemap.errors import CrsError, EmptyInputError, ParameterError, UnreadableFileError

__all__ = ["RawAreas", "read_boundary_file", "sha256_of", "sha256_of_path"]

_MAX_FEATURES: Final = 1_000_000
_SUFFIX: Final = {
    Format.GEOPACKAGE: ".gpkg",
    Format.GEOJSON: ".geojson",
    Format.SHAPEFILE: ".shp",
    Format.KML: ".kml",
    Format.FLATGEOBUF: ".fgb",
    Format.GEOPARQUET: ".parquet",
}


@dataclass(frozen=True, slots=True)
class RawAreas:
    """
    What a file holds, in the file's CRS.

    `frame` has `area_code`, `area_name` and `geometry` as they stand there, and `closed`: True where a ring had to be closed
    to be read at all.
    """

    frame: gpd.GeoDataFrame
    code_column: str
    name_column: str | None
    layer: str | None


def sha256_of(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def sha256_of_path(path: Path) -> str:
    """Hash a file, or a folder's files by name and content."""
    if path.is_file():
        return sha256_of(path)
    files = sorted(found for found in path.rglob("*") if found.is_file())
    said = "".join(f"{found.relative_to(path).as_posix()} {sha256_of(found)}\n" for found in files)
    return hashlib.sha256(said.encode()).hexdigest()


def read_boundary_file(
    path: Path,
    kind: AreaType,
    vintage: str,
    *,
    code: str | None = None,
    name: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
    force: str | None = None,
) -> RawAreas:
    """
    Read a boundary file, or a folder or zip of KML files named by codes.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, KML, FlatGeobuf, GeoParquet, or a zip holding one of these or a shapefile.
    kind, vintage
        What it holds, by which its columns are recognised.
    code, name
        Columns of codes and names, where they are not recognised.
    layer
        The layer, where there are several.
    crs
        The coordinate system, where the file does not say or says it wrongly.
    force
        The force whose KML files are wanted, where there are those of several.

    Raises
    ------
    UnreadableFileError
        If the file is damaged or in no format that is read.
    UnsafeArchiveError
        If it would harm the machine.
    CrsError
        If it has no coordinate system and none was given.
    ParameterError
        If a column or layer is not there or not recognised.
    EmptyInputError
        If it has no features.
    """
    stated = _crs(crs)
    with tempfile.TemporaryDirectory(prefix="crimemap-") as folder:
        if layer is None and is_kml_collection(path):
            return RawAreas(read_kml_collection(path, Path(folder), force=force), "the file's name", None, None)
        found, readable = sniff(path), path
        if found is Format.ZIP:
            readable = unzip_boundaries(path, Path(folder), layer=layer)
            found, layer = sniff(readable), None
        if found in (Format.SHAPEFILE, Format.ZIP) and readable == path:
            raise UnreadableFileError(
                "a shapefile is several files",
                where=str(path),
                fix="Zip the .shp with its .shx, .dbf and .prj, and add the zip.",
            )
        raw = _parquet if found is Format.GEOPARQUET else _ogr
        named = _named_for(readable, found, Path(folder))
        read = raw(path, named, kind, vintage, code=code, name=name, layer=layer, crs=stated)
    if read.frame.empty:
        raise EmptyInputError("the file has no features", where=str(path), fix="Check the layer, or export it again.")
    if stated is not None:
        return RawAreas(read.frame.set_crs(stated, allow_override=True), read.code_column, read.name_column, read.layer)
    if read.frame.crs is None:
        raise CrsError(
            "the file does not say which coordinate system its positions are in",
            where=str(path),
            fix="Say it with --crs, for example --crs EPSG:27700 for the British National Grid.",
        )
    return read


def _crs(text: str | None) -> pyproj.CRS | None:
    if text is None:
        return None
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise CrsError(
            f"{text[:60]!r} is not a coordinate system", where="--crs", fix="Write for example EPSG:27700."
        ) from error


def _named_for(path: Path, found: Format, folder: Path) -> Path:
    """Give the file a name that tells its format where it has another one, for the readers go by names too."""
    if path.suffix.lower() in (_SUFFIX[found], ".json" if found is Format.GEOJSON else ""):
        return path
    linked = folder / f"named{_SUFFIX[found]}"
    linked.symlink_to(path.absolute())
    return linked


def _ogr(
    path: Path,
    readable: Path,
    kind: AreaType,
    vintage: str,
    *,
    code: str | None,
    name: str | None,
    layer: str | None,
    crs: pyproj.CRS | None,
) -> RawAreas:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            chosen = _layer(path, readable, layer)
            info = pyogrio.read_info(readable, layer=chosen)
            try:
                columns = choose_columns(list(info["fields"]), kind, vintage, code=code, name=name, where=str(path))
            except ParameterError:
                _require_country(pyogrio.read_dataframe(readable, layer=chosen, columns=[], on_invalid="ignore"), path, crs)
                raise
            if info["features"] > _MAX_FEATURES:
                raise UnreadableFileError(
                    f"the file has {info['features']:,} features", where=str(path), fix="Is this a set of areas?"
                )
            wanted = [column for column in columns if column is not None]
            frame = pyogrio.read_dataframe(readable, layer=chosen, columns=wanted, on_invalid="ignore")
            closed = np.zeros(len(frame), dtype=bool)
            if "geometry" in frame and frame.geometry.isna().any():
                missing = frame.geometry.isna().to_numpy()
                frame = pyogrio.read_dataframe(readable, layer=chosen, columns=wanted, on_invalid="fix")
                closed = missing & ~frame.geometry.isna().to_numpy()
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
        raise UnreadableFileError(
            "the file is damaged, or is not what its first bytes say", where=str(path), fix="Download or export it again."
        ) from error
    except pyogrio.errors.GeometryError as error:
        raise UnreadableFileError(
            "the file has shapes of a kind that is not read", where=str(path), fix="Export it as polygons."
        ) from error
    if "geometry" not in frame:
        raise UnreadableFileError("this layer has no shapes", where=str(path), fix="Name another one with --layer.")
    if 0 <= info["features"] != len(frame):
        raise UnreadableFileError(
            f"the file says it has {info['features']:,} features, {len(frame):,} could be read",
            where=str(path),
            fix="It is damaged: download or export it again.",
        )
    return _raw(frame, columns, chosen, closed)


def _require_country(frame: gpd.GeoDataFrame, path: Path, crs: pyproj.CRS | None) -> None:
    """Where columns are strange, say first that the file is of another country, if it is."""
    if "geometry" not in frame or (crs or frame.crs) is None:
        return
    frame = frame.set_crs(crs, allow_override=True) if crs is not None else frame
    polygons = frame[frame.geometry.notna().to_numpy() & ~frame.geometry.is_empty.to_numpy()]
    if len(polygons) and np.isfinite(shapely.get_coordinates(polygons.geometry.to_numpy())).all():
        projected, _ = in_national_grid(polygons, where=str(path))
        if not in_england_and_wales(shapely.make_valid(projected.geometry.to_numpy())).any():
            refuse_elsewhere(projected, str(path))


def _layer(path: Path, readable: Path, layer: str | None) -> str:
    names = [str(row[0]) for row in pyogrio.list_layers(readable) if row[1] is not None] or [
        str(row[0]) for row in pyogrio.list_layers(readable)
    ]
    if layer is None and len(names) == 1:
        return names[0]
    if layer in names:
        return str(layer)
    raise ParameterError(
        f"the file has {len(names)} layers" if layer is None else "the file has no layer of that name",
        where=str(path),
        fix=f"Name one with --layer: {', '.join(names[:20])}.",
    )


def _parquet(
    path: Path,
    readable: Path,
    kind: AreaType,
    vintage: str,
    *,
    code: str | None,
    name: str | None,
    layer: str | None,
    crs: pyproj.CRS | None,
) -> RawAreas:
    if layer is not None:
        raise ParameterError("GeoParquet has no layers", where="--layer", fix="Leave it out.")
    try:
        schema = pq.read_schema(readable)
        if b"geo" not in (schema.metadata or {}):
            raise UnreadableFileError(
                "this Parquet file holds no shapes", where=str(path), fix="Write it as GeoParquet (it needs 'geo' metadata)."
            )
        rows = pq.read_metadata(readable).num_rows
        if rows > _MAX_FEATURES:
            raise UnreadableFileError(f"the file has {rows:,} features", where=str(path), fix="Is this a set of areas?")
        held = gpd.read_parquet(readable)
    except (ArrowException, ShapelyError, ValueError, OSError, KeyError) as error:
        raise UnreadableFileError("the file is damaged", where=str(path), fix="Download or export it again.") from error
    shapes = held.geometry.name
    fields = [str(column) for column in held.columns if column != shapes]
    try:
        columns = choose_columns(fields, kind, vintage, code=code, name=name, where=str(path))
    except ParameterError:
        _require_country(held, path, crs)
        raise
    return _raw(held.rename_geometry("geometry") if shapes != "geometry" else held, columns, None, None)


def _raw(
    frame: gpd.GeoDataFrame, columns: Sequence[str | None], layer: str | None, closed: NDArray[np.bool_] | None
) -> RawAreas:
    code, name = columns
    made = gpd.GeoDataFrame(
        {"area_code": frame[code].map(_text).to_numpy(dtype=object)}, geometry=frame.geometry.to_numpy(), crs=frame.crs
    )
    made["area_name"] = frame[name].map(_text).to_numpy(dtype=object) if name else made["area_code"]
    made["closed"] = np.zeros(len(made), dtype=bool) if closed is None else closed
    return RawAreas(made, str(code), name, layer)


def _text(value: object) -> str | None:
    """Codes and names are texts; a number is written without a decimal point, a missing one stays missing."""
    if value is None or value != value:  # noqa: PLR0124 - not a number is not itself
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None
