"""
A boundary set from the ONS Open Geography portal, as one GeoJSON file.

Boundaries are drawn in National Grid metres and are asked for in them, so that nothing is transformed on the way. Pages are
kept until the set is whole: an interrupted download goes on where it stopped, if the layer was not edited in between.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from crimemap.errors import FetchError
from crimemap.fetch.addresses import shown
from crimemap.fetch.arcgis import Layer, Page, ask_page, count_areas, describe, object_ids
from crimemap.fetch.client import Client, TooLongError
from crimemap.fetch.files import fingerprint, read_json, write_json
from crimemap.fetch.waiting import Trouble

__all__ = ["AreasDownload", "fetch_areas"]

_NATIONAL_GRID: Final = 27700
_WGS84: Final = 4326
_FIRST_PAGE: Final = 50
_PAGE_BYTES: Final = 8 * 1024 * 1024
_EMPTY_PAGES: Final = 5
_DEGREES: Final = 360.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AreasDownload:
    """What a fetch brought: a GeoJSON file with `areas` areas in the coordinate system `epsg`; `size` in bytes."""

    path: Path
    status: str
    areas: int
    epsg: int
    layer: str
    url: str
    size: int
    sha256: str
    received_bytes: int


class _LayerChangedError(FetchError):
    """What came is not what was counted."""


def fetch_areas(client: Client, folder: Path, *, url: str, name: str, about: Mapping[str, str]) -> AreasDownload:
    """
    Fetch every area of a layer.

    Parameters
    ----------
    folder
        Where `<name>.geojson` and `<name>.manifest.json` go.
    url
        The layer, its service, or its query page.
    name
        Name of the file, without suffix.
    about
        What else the manifest says: publisher, licence, attribution, type and vintage.

    Raises
    ------
    FetchError
        If areas are missing, come twice, or do not come at all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for again in (True, False):
        layer = describe(client, url)
        count = count_areas(client, layer)
        here = _already_here(folder, name, layer, count)
        if here is not None:
            return here
        try:
            return _fetch(client, folder, layer=layer, count=count, name=name, about=about)
        except _LayerChangedError as error:
            shutil.rmtree(_pages(folder, name), ignore_errors=True)
            if not again:
                raise
            client.watcher.note(f"{error.message}: beginning again")
    raise AssertionError  # the loop returns or raises


def _pages(folder: Path, name: str) -> Path:
    return folder / f"{name}.pages"


def _already_here(folder: Path, name: str, layer: Layer, count: int) -> AreasDownload | None:
    manifest, path = read_json(folder / f"{name}.manifest.json"), folder / f"{name}.geojson"
    same = manifest.get("url") == layer.url and manifest.get("edited") == layer.edited is not None
    if not same or manifest.get("areas") != count or not path.is_file():
        return None
    found = fingerprint(path)
    if found.sha256 != manifest.get("sha256"):
        return None
    return AreasDownload(
        path=path,
        status="present",
        areas=count,
        epsg=int(manifest["epsg"]),
        layer=layer.name,
        url=layer.url,
        size=found.size,
        sha256=found.sha256,
        received_bytes=0,
    )


def _fetch(client: Client, folder: Path, *, layer: Layer, count: int, name: str, about: Mapping[str, str]) -> AreasDownload:
    pages = _pages(folder, name)
    state = {"url": layer.url, "count": count, "edited": layer.edited, "object_id": layer.object_id}
    if layer.edited is None or read_json(pages / "state.json") != state:
        shutil.rmtree(pages, ignore_errors=True)
        pages.mkdir(parents=True)
        write_json(pages / "state.json", state)
    client.watcher.begin(f"Fetching {count:,} areas", count)
    _bring_pages(client, layer, count, pages)
    path = folder / f"{name}.geojson"
    epsg = _join(pages, path, layer, count)
    found = fingerprint(path)
    write_json(
        folder / f"{name}.manifest.json",
        {
            **about,
            "url": layer.url,
            "layer": layer.name,
            "copyright": layer.copyright,
            "edited": layer.edited,
            "areas": count,
            "epsg": epsg,
            "size": found.size,
            "sha256": found.sha256,
            "fetched_at": client.clock.now().astimezone(UTC).isoformat(timespec="seconds"),
        },
    )
    shutil.rmtree(pages, ignore_errors=True)
    return AreasDownload(
        path=path,
        status="fetched",
        areas=count,
        epsg=epsg,
        layer=layer.name,
        url=layer.url,
        size=found.size,
        sha256=found.sha256,
        received_bytes=client.received_bytes,
    )


def _kept(pages: Path) -> list[tuple[int, int, Path]]:
    """List the pages on disk that follow one another from the first area on: first area, number of areas, file."""
    found: dict[int, tuple[int, Path]] = {}
    for path in pages.glob("*-*.json"):
        first, _, length = path.stem.partition("-")
        found[int(first)] = (int(length), path)
    kept: list[tuple[int, int, Path]] = []
    offset = 0
    while offset in found:
        n, path = found[offset]
        kept.append((offset, n, path))
        offset += n
    return kept


def _bring_pages(client: Client, layer: Layer, count: int, pages: Path) -> None:
    ids = None if layer.pages else object_ids(client, layer)
    have = sum(n for _, n, _ in _kept(pages))
    client.watcher.advance(have)
    size, empty = min(layer.largest_page, _FIRST_PAGE), 0
    more = False
    while have < count and empty < _EMPTY_PAGES:
        page = _ask_for_less_and_less(client, layer, offset=have, size=size, ids=ids)
        n = len(page.features)
        if n == 0:
            empty = empty + 1 if page.more else _EMPTY_PAGES
            continue
        empty, more = 0, page.more
        epsg = page.epsg or _epsg_by_look(page.features)
        write_json(pages / f"{have:07d}-{n:07d}.json", {"epsg": epsg, "features": page.features})
        have += n
        client.watcher.advance(n)
        size = max(1, min(layer.largest_page, 4 * n, n * _PAGE_BYTES // max(1, page.size)))
    if have < count or (more and _is_more(client, layer, have, ids)):
        raise _LayerChangedError(
            f"the service counts {count:,} areas and sends {have:,}{' or more' if have >= count else ''}",
            where=shown(layer.url),
            fix="Run the same command again later; the set is not complete.",
        )


def _is_more(client: Client, layer: Layer, have: int, ids: list[int] | None) -> bool:
    """Ask beyond the last area: some services say that there is more when there is not."""
    return ids is None and bool(_ask_for_less_and_less(client, layer, offset=have, size=1, ids=None).features)


def _ask_for_less_and_less(client: Client, layer: Layer, *, offset: int, size: int, ids: list[int] | None) -> Page:
    """Ask for a page; where the service fails over it, wait, and ask for half of it."""
    attempts = client.attempts(layer.url)
    while True:
        try:
            return ask_page(client, layer, epsg=_NATIONAL_GRID, offset=offset, size=size, ids=ids)
        except TooLongError:
            if size == 1:
                raise
        except Trouble as trouble:
            attempts.failed(trouble)
        size = max(1, size // 2)


def _epsg_by_look(features: list[dict[str, Any]]) -> int:
    """Tell degrees from metres where the page does not say: some services overlook the system asked for."""
    for feature in features:
        position = (feature.get("geometry") or {}).get("coordinates")
        while isinstance(position, list) and position and isinstance(position[0], list):
            position = position[0]
        if isinstance(position, list) and len(position) > 1 and all(isinstance(x, int | float) for x in position[:2]):
            return _WGS84 if max(abs(position[0]), abs(position[1])) <= _DEGREES else _NATIONAL_GRID
    return _NATIONAL_GRID


def _features(pages: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for _, _, path in _kept(pages):
        page = read_json(path)
        for feature in page.get("features", ()):
            yield int(page["epsg"]), feature


def _written(feature: dict[str, Any], layer: Layer) -> str:
    try:
        return json.dumps(feature, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise FetchError(
            "the service sent a number that is not finite", where=shown(layer.url), fix="Download the set by hand."
        ) from error


def _join(pages: Path, path: Path, layer: Layer, count: int) -> int:
    """Write the pages as one file. Every area must be there once."""
    seen: set[object] = set()
    system: int | None = None
    partial = path.with_name(f"{path.name}.part")
    try:
        with partial.open("w", encoding="utf-8") as file:
            for epsg, feature in _features(pages):
                if system is None:
                    system = epsg
                    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}
                    head = f'"name": {json.dumps(layer.name)}, "crs": {json.dumps(crs)}, "features": ['
                    file.write(f'{{"type": "FeatureCollection", {head}\n')
                else:
                    file.write(",\n")
                if epsg != system:
                    raise _LayerChangedError(
                        "the pages differ in their coordinate system", where=shown(layer.url), fix="Try again later."
                    )
                identity = (
                    feature["properties"].get(layer.object_id, feature.get("id")) if layer.object_id else feature.get("id")
                )
                if not isinstance(identity, int | str):
                    raise FetchError(
                        "an area has no object identifier", where=shown(layer.url), fix="Download the set by hand."
                    )
                if identity in seen:
                    raise _LayerChangedError(
                        "the service sent an area twice",
                        where=shown(layer.url),
                        fix="It does not page as it should; download the set by hand.",
                    )
                seen.add(identity)
                file.write(_written(feature, layer))
            file.write("\n]}\n")
        if len(seen) != count or system is None:
            raise _LayerChangedError(
                f"{count:,} areas were counted and {len(seen):,} came", where=shown(layer.url), fix="Try again later."
            )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return system
