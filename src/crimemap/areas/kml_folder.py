"""Neighbourhood boundaries as police.uk publishes them: a zip or folder of KML files, one for each, named by its id."""

import shutil
import warnings
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from crimemap.areas.repair import polygons_of
from crimemap.areas.sniff import Format, sniff
from crimemap.areas.unzip import open_zip
from crimemap.errors import EmptyInputError, ParameterError, UnreadableFileError

__all__ = ["is_kml_collection", "read_kml_collection"]

_MAX_FILES: Final = 20_000


def is_kml_collection(path: Path) -> bool:
    """
    Say whether a path is a folder of KML files, or a zip that holds several and no shapefile.

    Raises
    ------
    UnreadableFileError
        If the zip is damaged.
    UnsafeArchiveError
        If it would harm the machine.
    """
    if path.is_dir():
        return any(path.rglob("*.kml"))
    if not zipfile.is_zipfile(path):
        return False
    with open_zip(path) as (_, members):
        suffixes = [name.suffix.lower() for name in members]
    return suffixes.count(".kml") > 1 and ".shp" not in suffixes


def read_kml_collection(path: Path, folder: Path, *, force: str | None) -> gpd.GeoDataFrame:
    """
    Read one area from each KML file; its code is the file's name.

    Parameters
    ----------
    path
        A folder or a zip. Where it holds folders of several forces, those of `force` are read.
    folder
        An empty directory to unpack a zip into.
    force
        The force whose neighbourhoods are wanted.

    Returns
    -------
    GeoDataFrame
        `area_code`, `area_name` (the same: the files have no names), `closed`, `geometry`; EPSG:4326.

    Raises
    ------
    ParameterError
        If there are several forces and none of them is `force`.
    UnreadableFileError
        If a file is damaged or is not KML.
    EmptyInputError
        If there are no files.
    """
    if path.is_dir():
        held = {PurePosixPath(found.relative_to(path).as_posix()): found for found in sorted(path.rglob("*.kml"))}
        chosen = {name.stem: held[name] for name in _of_force(held, force, path)}
    else:
        chosen = _unzipped(path, folder, force)
    shapes = [_shape(file, where=f"{path}: {code}.kml") for code, file in chosen.items()]
    codes = list(chosen)
    return gpd.GeoDataFrame(
        {"area_code": codes, "area_name": codes, "closed": np.zeros(len(codes), dtype=bool)},
        geometry=shapes,
        crs="EPSG:4326",
    )


def _of_force(names: Iterable[PurePosixPath], force: str | None, path: Path) -> list[PurePosixPath]:
    every = [name for name in names if name.suffix.lower() == ".kml"]
    folders = sorted({name.parent.name for name in every})
    if len(folders) > 1:
        every = [name for name in every if name.parent.name == force]
    if not every:
        raise ParameterError(
            f"it holds KML files of {len(folders)} folders, and none is that of {force or 'a force that was named'}",
            where=str(path),
            fix=f"Say one of them with --force: {', '.join(folders[:50])}.",
        )
    if len(every) > _MAX_FILES:
        raise UnreadableFileError(f"it holds {len(every):,} KML files", where=str(path), fix="Add one force's at a time.")
    return sorted(every)


def _unzipped(path: Path, folder: Path, force: str | None) -> dict[str, Path]:
    chosen: dict[str, Path] = {}
    with open_zip(path) as (archive, members):
        for number, name in enumerate(_of_force(members, force, path)):
            chosen[name.stem] = folder / f"{number}.kml"
            with archive.open(members[name]) as source, chosen[name.stem].open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    return chosen


def _shape(file: Path, *, where: str) -> shapely.Geometry:
    if sniff(file) is not Format.KML:
        raise UnreadableFileError("this is not KML", where=where, fix="Download it again.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layers = [str(row[0]) for row in pyogrio.list_layers(file)]
            read = [pyogrio.read_dataframe(file, layer=layer, columns=[], on_invalid="fix") for layer in layers]
    except pyogrio.errors.DataSourceError as error:
        raise UnreadableFileError("the file is damaged", where=where, fix="Download it again.") from error
    shapes = [shape for frame in read if "geometry" in frame for shape in frame.geometry if shape is not None]
    if not shapes:
        raise EmptyInputError("the file has no shape", where=where, fix="Leave it out, or download it again.")
    if len(shapes) == 1:
        single: shapely.Geometry = shapes[0]
        return single
    return polygons_of(shapely.GeometryCollection(list(shapely.make_valid(np.array(shapes, dtype=object)))))
