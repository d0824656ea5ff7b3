"""
Asking an ArcGIS feature service: what a layer is, how many areas it has, and the areas page by page.

The service answers mistakes with status 200 and an `error` object; it cuts pages short as it likes and says so in
`exceededTransferLimit`. Source: ArcGIS REST API, "Query (Feature Service/Layer)", and "Layer (Feature Service)".
"""

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from crimemap.errors import FetchError
from crimemap.fetch.addresses import require_web_address, shown
from crimemap.fetch.client import Client, parse_json
from crimemap.fetch.waiting import Trouble

__all__ = ["Layer", "Page", "ask_page", "count_areas", "describe", "object_ids"]

_PASSING_CODES: Final = frozenset({429, 498, 500, 502, 503, 504})
_DOCUMENT_CAP: Final = 32 * 1024 * 1024
_PAGE_CAP: Final = 256 * 1024 * 1024
_DEFAULT_PAGE: Final = 1000
_MOST_AREAS: Final = 1_000_000
_SERVICE: Final = re.compile(r"(.*/(?:FeatureServer|MapServer))(?:/(\d{1,6}))?(?:/query)?/?\Z", re.IGNORECASE)
_FIELD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,127}\Z", re.ASCII)
_EPSG: Final = re.compile(r"(\d{4,6})\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of a feature service; `edited` is its last edit in milliseconds since 1970, where the service says it."""

    url: str
    name: str
    object_id: str | None
    largest_page: int
    pages: bool
    edited: int | None
    copyright: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: GeoJSON features, their EPSG code where the page says it, whether there is more, and its size in bytes."""

    features: list[dict[str, Any]]
    epsg: int | None
    more: bool
    size: int


def _ask(client: Client, url: str, parameters: dict[str, object], *, cap: int = _DOCUMENT_CAP) -> tuple[dict[str, Any], int]:
    """Ask once. Errors that may pass are `Trouble`, whichever way the service says them."""
    body = client.bytes_once(f"{url}?{urlencode(parameters)}", cap=cap, headers={"Accept": "application/json"})
    answer = parse_json(body, where=shown(url))
    if not isinstance(answer, dict):
        raise FetchError("the service did not answer with an object", where=shown(url), fix="Check the address.")
    error = answer.get("error")
    if isinstance(error, dict):
        said = f"the service says: {str(error.get('message') or 'error')[:150]} ({error.get('code')})"
        if error.get("code") in _PASSING_CODES:
            raise Trouble(said)
        raise FetchError(said, where=shown(url), fix="Check the address, and that the layer is still published.")
    return answer, len(body)


def _ask_patiently(client: Client, url: str, parameters: dict[str, object]) -> dict[str, Any]:
    attempts = client.attempts(url)
    while True:
        try:
            return _ask(client, url, parameters)[0]
        except Trouble as trouble:
            attempts.failed(trouble)


def describe(client: Client, url: str) -> Layer:
    """
    Learn what a layer is; `url` may be that of the layer, of its service, or of its query page.

    Raises
    ------
    FetchError
        If it is no layer of areas, or the service has several.
    """
    parts = urlsplit(require_web_address(url))
    match = _SERVICE.match(parts.path)
    if match is None:
        raise FetchError(
            "this is not the address of a feature service",
            where=shown(url),
            fix="It should end in /FeatureServer/0 or the like.",
        )
    service = urlunsplit((parts.scheme, parts.netloc, match[1], "", ""))
    layer = f"{service}/{match[2] or _only_layer(client, service)}"
    found = _ask_patiently(client, layer, {"f": "json"})
    geometry = found.get("geometryType", "esriGeometryPolygon")
    if geometry != "esriGeometryPolygon" or found.get("type", "Feature Layer") != "Feature Layer":
        raise FetchError(
            f"the layer holds no areas (it is {str(found.get('type'))[:40]}, {str(geometry)[:40]})",
            where=shown(layer),
            fix="Choose a layer of boundaries.",
        )
    largest = found.get("maxRecordCount")
    edited = (found.get("editingInfo") or {}).get("lastEditDate")
    pages = (found.get("advancedQueryCapabilities") or {}).get("supportsPagination", found.get("supportsPagination", True))
    return Layer(
        url=layer,
        name=str(found.get("name", ""))[:200],
        object_id=_object_id(found),
        largest_page=largest if isinstance(largest, int) and largest > 0 else _DEFAULT_PAGE,
        pages=bool(pages),
        edited=edited if isinstance(edited, int) else None,
        copyright=str(found.get("copyrightText") or "")[:500],
    )


def _only_layer(client: Client, service: str) -> int:
    layers = _ask_patiently(client, service, {"f": "json"}).get("layers")
    ids: list[int] = [layer["id"] for layer in layers or [] if isinstance(layer, dict) and isinstance(layer.get("id"), int)]
    if len(ids) != 1:
        raise FetchError(
            f"the service has {len(ids)} layers",
            where=shown(service),
            fix="Give the address of one layer, for example ending in /0.",
        )
    return ids[0]


def _object_id(found: dict[str, Any]) -> str | None:
    fields = [field for field in found.get("fields") or [] if isinstance(field, dict)]
    named = found.get("objectIdField") or next((f.get("name") for f in fields if f.get("type") == "esriFieldTypeOID"), None)
    return named if isinstance(named, str) and _FIELD.match(named) else None


def count_areas(client: Client, layer: Layer) -> int:
    """
    Ask how many areas a layer has.

    Raises
    ------
    FetchError
        If it has none, or does not say.
    """
    found = _ask_patiently(client, f"{layer.url}/query", {"where": "1=1", "returnCountOnly": "true", "f": "json"}).get(
        "count"
    )
    if not isinstance(found, int) or not 0 < found <= _MOST_AREAS:
        raise FetchError(
            "the layer is empty" if found == 0 else "the service does not say how many areas there are",
            where=shown(layer.url),
            fix="Choose another layer, or another vintage.",
        )
    return found


def object_ids(client: Client, layer: Layer) -> list[int]:
    """
    List the object identifiers of a layer, for a service that cannot page.

    Raises
    ------
    FetchError
        If the service does not list them.
    """
    answer = _ask_patiently(client, f"{layer.url}/query", {"where": "1=1", "returnIdsOnly": "true", "f": "json"})
    ids = answer.get("objectIds")
    if layer.object_id is None or not isinstance(ids, list) or not all(isinstance(one, int) for one in ids):
        raise FetchError(
            "the service can neither page nor list its areas", where=shown(layer.url), fix="Download the set by hand."
        )
    return sorted(ids)


def ask_page(client: Client, layer: Layer, *, epsg: int, offset: int, size: int, ids: list[int] | None = None) -> Page:
    """
    Ask once for one page.

    Parameters
    ----------
    epsg
        Coordinate system to ask for.
    offset, size
        First area and number of areas.
    ids
        All object identifiers, sorted, where the service cannot page.

    Raises
    ------
    Trouble
        If asking again, or for less, may help.
    FetchError
        If the answer is not a page of areas.
    """
    parameters: dict[str, object] = {"where": "1=1", "outFields": "*", "outSR": epsg, "f": "geojson"}
    if layer.object_id:
        parameters["orderByFields"] = layer.object_id
    if ids is None:
        parameters |= {"resultOffset": offset, "resultRecordCount": size}
    else:
        chosen = ids[offset : offset + size]
        parameters["where"] = f"{layer.object_id} >= {chosen[0]} AND {layer.object_id} <= {chosen[-1]}"
    answer, n_bytes = _ask(client, f"{layer.url}/query", parameters, cap=_PAGE_CAP)
    features = answer.get("features")
    if answer.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise FetchError(
            "the service did not send GeoJSON", where=shown(layer.url), fix="Choose a service that gives GeoJSON."
        )
    for feature in features:
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
            raise FetchError(
                "the service sent an area without attributes", where=shown(layer.url), fix="Download the set by hand."
            )
    properties = answer.get("properties")
    more = answer.get("exceededTransferLimit") or (isinstance(properties, dict) and properties.get("exceededTransferLimit"))
    return Page(features=features, epsg=_epsg(answer.get("crs")), more=bool(more), size=n_bytes)


def _epsg(crs: object) -> int | None:
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        return None
    if name.endswith("CRS84"):
        return 4326
    match = _EPSG.search(name)
    return int(match[1]) if match else None
