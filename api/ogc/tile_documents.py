"""The documents of OGC API Tiles: the grid, the tile sets of layers, and the same as TileJSON."""

from pathlib import Path
from typing import Any, Final

from api.ogc.documents import MVT, REL, TILE_MATRIX_SET, link
from api.ogc.layer import CRS84, Layer
from crimemap.products.tiles.archive import vector_layer
from crimemap.products.tiles.grid import DEEPEST, HALF_WORLD_M, tiles_within

__all__ = ["tile_json", "tile_matrix_set", "tile_matrix_sets", "tile_set", "tile_sets"]

_MATRIX_URI: Final = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
_MERCATOR: Final = "http://www.opengis.net/def/crs/EPSG/0/3857"
_PMTILES: Final = "application/vnd.pmtiles"
#: Metres by pixel of 0.28 mm at zoom 0, and the scale that makes.
_SCALE_AT_0: Final = 559_082_264.028717
_CELL_AT_0: Final = 156_543.03392804097


def tile_sets(base: str, layer: Layer) -> dict[str, Any]:
    """List a layer's tile sets: there is one."""
    return {"tilesets": [_tile_set(base, layer)], "links": [link(f"{base}/collections/{layer.id}/tiles", "self")]}


def _here(base: str, layer: Layer) -> str:
    return f"{base}/collections/{layer.id}/tiles/{TILE_MATRIX_SET}"


def _tile_set(base: str, layer: Layer) -> dict[str, Any]:
    here = _here(base, layer)
    return {
        "title": layer.title,
        "dataType": "vector",
        "crs": _MERCATOR,
        "tileMatrixSetURI": _MATRIX_URI,
        "links": [
            link(here, "self"),
            link(f"{base}/tileMatrixSets/{TILE_MATRIX_SET}", f"{REL}tiling-scheme"),
            link(f"{here}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", "item", MVT) | {"templated": True},
            link(f"{here}?f=tilejson", "alternate", title="The same as TileJSON"),
        ],
    }


def tile_set(base: str, layer: Layer, *, shallowest: int, file: Path | None) -> dict[str, Any]:
    """
    Describe a layer's tile set.

    Parameters
    ----------
    base
        The address of `/ogc`.
    shallowest
        The first zoom that shows anything.
    file
        Where below the site the tiles are that the release keeps; None if it keeps none.
    """
    made = _tile_set(base, layer) | {
        "layers": [
            {
                "id": layer.id,
                "dataType": "vector",
                "minTileMatrix": str(shallowest),
                "maxTileMatrix": str(DEEPEST),
                "propertiesSchema": {
                    "type": "object",
                    "properties": {prop.name: {"type": prop.kind} for prop in layer.properties},
                },
            }
        ],
    }
    if file is not None:
        address = f"{base.removesuffix('/ogc')}/{file.as_posix()}"
        made["links"].append(link(address, "enclosure", _PMTILES, "The tiles that the release keeps, as one file"))
    if layer.bounds is not None:
        west, south, east, north = layer.bounds
        made["boundingBox"] = {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84}
        made["tileMatrixSetLimits"] = [_limits(layer.bounds, zoom) for zoom in range(shallowest, DEEPEST + 1)]
    return made


def _limits(bounds: tuple[float, float, float, float], zoom: int) -> dict[str, Any]:
    first_row, last_row, first_column, last_column = tiles_within(bounds, zoom)
    return {
        "tileMatrix": str(zoom),
        "minTileRow": first_row,
        "maxTileRow": last_row,
        "minTileCol": first_column,
        "maxTileCol": last_column,
    }


def tile_json(base: str, layer: Layer, *, shallowest: int) -> dict[str, Any]:
    """
    Describe a layer's tile set as TileJSON 3.0, which the map libraries of browsers read.

    Parameters
    ----------
    base
        The address of `/ogc`.
    shallowest
        The first zoom that shows anything.
    """
    made: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": layer.title,
        "description": layer.description,
        "attribution": layer.attribution,
        "tiles": [f"{_here(base, layer)}/{{z}}/{{y}}/{{x}}"],
        "minzoom": shallowest,
        "maxzoom": DEEPEST,
        "vector_layers": [vector_layer(layer, first=shallowest, last=DEEPEST)],
    }
    return made | ({"bounds": list(layer.bounds)} if layer.bounds is not None else {})


def tile_matrix_sets(base: str) -> dict[str, Any]:
    """List the grids of tiles."""
    here = f"{base}/tileMatrixSets/{TILE_MATRIX_SET}"
    return {"tileMatrixSets": [{"id": TILE_MATRIX_SET, "uri": _MATRIX_URI, "links": [link(here, "self")]}]}


def tile_matrix_set() -> dict[str, Any]:
    """Describe the grid of tiles."""
    return {
        "id": TILE_MATRIX_SET,
        "uri": _MATRIX_URI,
        "title": "Google Maps compatible for the world",
        "crs": _MERCATOR,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [
            {
                "id": str(zoom),
                "scaleDenominator": _SCALE_AT_0 / 2**zoom,
                "cellSize": _CELL_AT_0 / 2**zoom,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [-HALF_WORLD_M, HALF_WORLD_M],
                "tileWidth": 256,
                "tileHeight": 256,
                "matrixWidth": 2**zoom,
                "matrixHeight": 2**zoom,
            }
            for zoom in range(DEEPEST + 1)
        ],
    }
