"""Files of results. A file is written beside its place and moved there when it is whole."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from crimemap.errors import ParameterError
from crimemap.jobs.geopackage_styles import embed_styles
from crimemap.jobs.kde_result import KdeResult
from crimemap.jobs.result import Result
from crimemap.jobs.surface_files import write_ascii_grid, write_geotiff, write_npz
from crimemap.products.pdf import pdf_of

__all__ = ["require_writable", "suffixes", "write_result"]

_TABLES: Final = (".csv", ".gpkg", ".geojson", ".parquet")
_RASTERS: Final = (".tif", ".asc", ".npz", ".png", ".html")
#: Processes whose results can be drawn: they have a `figure`.
_DRAWN: Final = ("backtest", "change", "emerging", "near-repeat", "profiles")
#: Processes whose results have no place on a map.
_NOWHERE: Final = ("profiles",)
#: Processes whose results a board reads: they have a `page`.
_REPORTED: Final = ("mergers-score", "mergers-search")
#: Processes whose results are drawn as a map: they have a `page`, too.
_MAPPED: Final = ("clusters", "hotspots", "scan")


def suffixes(process: str) -> tuple[str, ...]:
    """
    List the kinds of file that a process can write.

    Examples
    --------
    >>> suffixes("hotspots")
    ('.csv', '.gpkg', '.geojson', '.parquet', '.html')
    """
    if process in _NOWHERE:
        return (".csv", ".png")
    if process in _DRAWN:
        return (*_TABLES, ".png")
    if process in _MAPPED:
        return (*_TABLES, ".html")
    if process in _REPORTED:
        return (*_TABLES, ".html", ".pdf")
    return (*_TABLES, *_RASTERS) if process == "kde" else _TABLES


def require_writable(path: Path, process: str) -> None:
    """
    Refuse a file that cannot be written, before any work is done.

    Raises
    ------
    ParameterError
        If its kind is not one that the process writes, or its folder is not there.
    """
    suffix = path.suffix.lower()
    if suffix not in suffixes(process):
        raise ParameterError(
            f"{suffix or 'a file without an ending'} is not a kind of file that is written",
            where=str(path),
            fix=f"Take one of: {', '.join(suffixes(process))}.",
        )
    if not path.parent.is_dir():
        raise ParameterError("there is no such folder", where=str(path.parent), fix="Make it first, or name another.")


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a name to write to, and move the file to its place when the block has ended well."""
    with tempfile.TemporaryDirectory(prefix=".crimemap-", dir=path.parent) as folder:
        part = Path(folder) / path.name
        yield part
        for made in sorted(Path(folder).iterdir(), key=lambda made: made == part):
            made.replace(path.with_name(made.name))  # the file itself last, after what goes with it


def _csv(result: Result, path: Path) -> None:
    result.table().to_csv(path, index=False, lineterminator="\n")


def _parquet(result: Result, path: Path) -> None:
    next(iter(result.layers().values())).to_parquet(path, compression="zstd")


def _geopackage(result: Result, path: Path) -> None:
    for name, layer in result.layers().items():
        layer.to_file(path, layer=name, driver="GPKG", engine="pyogrio")
    styles = getattr(result, "styles", None)  # QGIS's, of results that have some
    if styles is not None:
        embed_styles(path, styles())


def _geojson(result: Result, path: Path) -> None:
    layer = next(iter(result.layers().values())).to_crs(4326)
    layer.to_file(path, driver="GeoJSON", engine="pyogrio", RFC7946="YES", COORDINATE_PRECISION=6)


def _raster(write: Callable[[KdeResult, Path], None]) -> Callable[[Result, Path], None]:
    def written(result: Result, path: Path) -> None:
        assert isinstance(result, KdeResult)  # noqa: S101 - `suffixes` offers it for no other
        write(result, path)

    return written


def _png(result: Result, path: Path) -> None:
    figure = result.figure()  # type: ignore[attr-defined]  # `suffixes` offers it for no other
    figure.savefig(path, format="png", metadata={"Software": None})


def _html(result: Result, path: Path) -> None:
    path.write_text(result.page(), encoding="utf-8")  # type: ignore[attr-defined]  # `suffixes` offers it for no other


def _pdf(result: Result, path: Path) -> None:
    path.write_bytes(pdf_of(result.page()))  # type: ignore[attr-defined]  # `suffixes` offers it for no other


_WRITERS: Final[dict[str, Callable[[Result, Path], None]]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".gpkg": _geopackage,
    ".geojson": _geojson,
    ".npz": _raster(write_npz),
    ".asc": _raster(write_ascii_grid),
    ".tif": _raster(write_geotiff),
    ".png": _png,
    ".html": _html,
    ".pdf": _pdf,
}


def write_result(result: Result, path: Path, *, process: str) -> None:
    """
    Write a result to a file whose ending says its kind.

    CSV holds the table; GeoPackage every layer; GeoJSON (EPSG:4326) and GeoParquet the main layer; `.tif`, `.asc` and `.npz`
    the surface of a kernel density; `.png` a figure; `.html` a map, or the report on a merger, which `.pdf` holds too. A
    file that is there is replaced.

    Raises
    ------
    ParameterError
        As `require_writable`.
    """
    require_writable(path, process)
    with _whole(path) as part:
        _WRITERS[path.suffix.lower()](result, part)
