"""What the routes of `/ogc` share: the layers and tiles of the release that is served, and how documents are sent."""

from functools import partial
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Final
from weakref import WeakKeyDictionary

from fastapi import Depends, Request
from starlette.responses import Response

from api.deps import release
from api.errors import UnknownError
from api.ogc.layer import Layer
from api.ogc.layers import Layers
from api.ogc.tiles import Tiles
from api.own_address import own_address
from api.store.opened import OpenedRelease
from api.store.texts import json_bytes

__all__ = ["Held", "base_of", "document", "layer_of", "layers_of", "shallowest_of", "tile_file", "tile_of"]

Held = Annotated[OpenedRelease, Depends(release)]


class _Served:
    """The layers and tiles of the release that is served; those of a release that has gone go with it."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[OpenedRelease, tuple[Layers, Tiles]] = WeakKeyDictionary()
        self._lock = Lock()

    def of(self, held: OpenedRelease) -> tuple[Layers, Tiles]:
        with self._lock:
            found = self._of.get(held)
            if found is None:
                found = self._of[held] = (Layers(held), Tiles(held.site))
            return found


_SERVED: Final = _Served()


def base_of(request: Request) -> str:
    """Give the address of `/ogc` as the client knows it."""
    return f"{own_address(request)}/ogc"


def document(value: Any, kind: str = "application/json") -> Response:
    """Send a document whose links begin with the address that the client used."""
    return Response(json_bytes(value), media_type=kind, headers={"Vary": "Host"})


def layer_of(held: OpenedRelease, name: str) -> Layer:
    """
    Give a layer.

    Raises
    ------
    UnknownError
        If there is none of that name.
    """
    found = _SERVED.of(held)[0].get(held, name)
    if found is None:
        raise _unknown()
    return found


def layers_of(held: OpenedRelease) -> list[Layer]:
    """Give every layer of a release."""
    return [layer_of(held, name) for name in _SERVED.of(held)[0].names()]


def tile_of(held: OpenedRelease, name: str, zoom: int, row: int, column: int) -> bytes:
    """
    Give a tile of a layer, compressed with gzip. A tile that the release keeps needs nothing else of the layer.

    Raises
    ------
    UnknownError
        If there is no layer of that name.
    """
    layers, tiles = _SERVED.of(held)
    if name not in layers.names():
        raise _unknown()
    return tiles.get(name, zoom, row, column, make=partial(layer_of, held, name))


def shallowest_of(held: OpenedRelease, name: str) -> int:
    """Give the first zoom that shows anything of a layer."""
    return _SERVED.of(held)[1].shallowest(name, make=partial(layer_of, held, name))


def tile_file(held: OpenedRelease, name: str) -> Path | None:
    """Give the file of a layer's tiles below the site; nothing where the release keeps none."""
    archive = _SERVED.of(held)[1].archive(name)
    return None if archive is None else archive.path.relative_to(held.site)


def _unknown() -> UnknownError:
    return UnknownError("there is no such layer", fix="See /ogc/collections.")
