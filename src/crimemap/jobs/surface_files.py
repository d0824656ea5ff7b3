"""Rasters of surfaces: GeoTIFF, ESRI ASCII grid and numpy's own."""

from pathlib import Path
from typing import Final

import numpy as np

from crimemap.crs import NATIONAL_GRID
from crimemap.jobs.kde_result import KdeResult

__all__ = ["write_ascii_grid", "write_geotiff", "write_npz"]

_NO_DATA: Final = -9999


def write_geotiff(result: KdeResult, path: Path) -> None:
    """
    Write a GeoTIFF of doubles, EPSG:27700, north up, NaN where there is no value; the p value, if any, is its second band.

    How the surface was made stands in its tags.
    """
    import rasterio
    from rasterio.transform import Affine

    bands = [(result.unit, result.value)]
    if result.p_value is not None:
        bands.append(("p value", result.p_value))
    rows, columns = result.value.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=columns,
        height=rows,
        count=len(bands),
        dtype="float64",
        crs="EPSG:27700",
        transform=Affine(*result.surface.affine),
        nodata=np.nan,
        compress="deflate",
        predictor=3,
        tiled=True,
    ) as file:
        file.update_tags(measure=result.measure, **{name: str(value) for name, value in result.surface.parameters.items()})
        for number, (name, values) in enumerate(bands, start=1):
            file.write(values[::-1], number)
            file.set_band_description(number, name)


def write_npz(result: KdeResult, path: Path) -> None:
    """Write arrays for numpy: the values, the density, where the study area is, and the cells."""
    surface = result.surface
    np.savez_compressed(
        path,
        values=result.value,
        p_value=np.empty((0, 0)) if result.p_value is None else result.p_value,
        density_per_km2=surface.density_per_km2,
        inside=result.inside,
        easting=surface.easting,
        northing=surface.northing,
        affine=np.array(surface.affine),
        cell_size_m=surface.cell_size_m,
        bandwidth_m=surface.bandwidth_m,
        kernel=surface.kernel,
        unit=result.unit,
        crs="EPSG:27700",
    )


def write_ascii_grid(result: KdeResult, path: Path) -> None:
    """Write an ESRI ASCII grid with its coordinate system beside it."""
    surface = result.surface
    rows, columns = result.value.shape
    header = (
        f"ncols {columns}\nnrows {rows}\nxllcorner {surface.west_m:.6f}\nyllcorner {surface.south_m:.6f}\n"
        f"cellsize {surface.cell_size_m:.6f}\nNODATA_value {_NO_DATA}\n"
    )
    values = np.where(np.isnan(result.value), _NO_DATA, result.value)[::-1]  # the format starts in the north
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write(header)
        np.savetxt(file, values, fmt="%.9g")
    path.with_suffix(".prj").write_text(NATIONAL_GRID.to_wkt("WKT1_ESRI"), encoding="ascii")
