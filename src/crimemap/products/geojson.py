"""GeoJSON text, made in bulk: five decimals (about a metre) for drawing, keys in a fixed order."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import shapely
from numpy.typing import NDArray

__all__ = ["feature_collection", "shape_texts"]

_DRAWN_DECIMALS = 5


def shape_texts(shapes: NDArray[Any], *, decimals: int = _DRAWN_DECIMALS) -> list[str]:
    """
    Write shapes in degrees as GeoJSON geometries.

    Parameters
    ----------
    shapes
        Shape (n,). shapely geometries, EPSG:4326.
    """
    rounded = shapely.transform(shapes, lambda xy: xy.round(decimals))
    return [str(text) for text in shapely.to_geojson(rounded)]


def feature_collection(geometries: Iterable[str], properties: Iterable[Mapping[str, Any]]) -> str:
    """
    Put geometries and properties together.

    Examples
    --------
    >>> feature_collection(['{"type":"Point","coordinates":[0,52]}'], [{"n": 1}]).count("Feature")
    2
    """
    features = [
        f'{{"type":"Feature","geometry":{geometry},"properties":'
        f"{json.dumps(dict(one), ensure_ascii=False, separators=(',', ':'), allow_nan=False)}}}"
        for geometry, one in zip(geometries, properties, strict=True)
    ]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"
