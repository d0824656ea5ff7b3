"""The layers of a release that is served: each put together when it is first asked for and kept while its release is."""

import threading

from api.ogc.layer import Layer
from api.store.opened import OpenedRelease
from crimemap.products.layers.making import layer_makers

__all__ = ["Layers"]


class Layers:
    """The layers of an open release, by name."""

    def __init__(self, held: OpenedRelease) -> None:
        self._made: dict[str, Layer] = {}
        self._lock = threading.Lock()
        self._makers = layer_makers(held)

    def names(self) -> list[str]:
        """List the layers, boundary sets first."""
        return list(self._makers)

    def get(self, held: OpenedRelease, name: str) -> Layer | None:
        """Give a layer; nothing where there is none of that name."""
        maker = self._makers.get(name)
        if maker is None:
            return None
        with self._lock:
            if name not in self._made:
                self._made[name] = Layer.of(maker(held))
            return self._made[name]
