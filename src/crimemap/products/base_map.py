"""The background of maps, if a publisher wants one: image tiles of a server that they name."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crimemap.errors import ParameterError

__all__ = ["BASE_MAP_FILE", "BaseMap", "write_base_map"]

#: In the release's site: what a server has to allow pages to load.
BASE_MAP_FILE: Final = "base-map.json"

_HOST: Final = re.compile(r"(?P<origin>https?://[A-Za-z0-9.-]+(:\d{1,5})?)/[^\s\"'<>;,]*")
_OWN: Final = re.compile(r"/[^/\s\"'<>;,][^\s\"'<>;,]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseMap:
    """
    Tiles in Web Mercator.

    Parameters
    ----------
    url
        Address of a tile with {z}, {x} and {y} in it: http(s) with a host, or a path of the site's own server.
    attribution
        What must be said on the map.

    Raises
    ------
    ParameterError
        If the address is none of a tile, or nothing is said about whose it is.
    """

    url: str
    attribution: str

    def __post_init__(self) -> None:
        """Refuse what a page could not use, or could be harmed by."""
        if not all(part in self.url for part in ("{z}", "{x}", "{y}")):
            raise ParameterError(
                "the address has no {z}, {x} and {y}",
                where="tiles-url",
                fix="Give the address of a tile, such as https://tiles.example.org/{z}/{x}/{y}.png.",
            )
        if "{s}" in self.url or not (_HOST.fullmatch(self.url) or _OWN.fullmatch(self.url)):
            raise ParameterError(
                "the address names no single server",
                where="tiles-url",
                fix="Begin it with http:// or https:// and a host, or with / for tiles beside the site; {s} is not known.",
            )
        if not self.attribution.strip():
            raise ParameterError(
                "nothing says whose the tiles are",
                where="tiles-attribution",
                fix="Give what their owner asks for.",
            )

    @property
    def origin(self) -> str:
        """
        Give what a Content-Security-Policy has to allow images from; nothing where the tiles are the site's own.

        Examples
        --------
        >>> BaseMap(url="https://tiles.example.org/{z}/{x}/{y}.png", attribution="Example").origin
        'https://tiles.example.org'
        >>> BaseMap(url="/tiles/{z}/{x}/{y}.png", attribution="Ours").origin
        ''
        """
        found = _HOST.fullmatch(self.url)
        return found["origin"] if found else ""


def write_base_map(background: BaseMap | None, site: Path) -> None:
    """Write for servers what pages load; nothing where maps have no background."""
    if background is not None:
        said = {"url": background.url, "attribution": background.attribution, "origin": background.origin}
        (site / BASE_MAP_FILE).write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
