"""Where the files that come with crimemap are, in a checkout and in an installed wheel alike."""

from pathlib import Path

from crimemap.errors import NotFoundError

__all__ = ["boundaries_path", "web_path"]

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parents[1]


def boundaries_path(name: str) -> Path:
    """
    Find a file of `boundaries/`: the catalogue and the small lookups.

    Raises
    ------
    NotFoundError
        If there is no such file.
    """
    for folder in (_PACKAGE / "boundaries", _CHECKOUT / "boundaries"):
        if (folder / name).is_file():
            return folder / name
    raise NotFoundError(f"crimemap comes without {name}", where="boundaries/", fix="Install crimemap again.")


def web_path() -> Path:
    """
    Find the folder of built web assets (style sheets, scripts, Leaflet, GOV.UK Frontend).

    Raises
    ------
    NotFoundError
        If they were not built.
    """
    folder = _PACKAGE / "products" / "web"
    if not (folder / "assets.json").is_file():
        raise NotFoundError(
            "the web assets were not built",
            where=folder.name,
            fix="Run 'make assets' in the checkout (it needs Node), or install crimemap from its wheel.",
        )
    return folder
