"""What makes pages, as one hash: another version of it may make another page of the same contents."""

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from crimemap.resources import web_path

__all__ = ["page_maker"]

_KINDS: Final = (".py", ".html", ".css", ".po")
#: The packages whose work is in a page, a feed, a calendar or the document of a report.
_PACKAGES: Final = (
    "babel", "feedgen", "govuk-frontend-jinja", "icalendar", "jinja2", "lxml", "markupsafe", "nh3", "numpy", "shapely",
)  # fmt: skip


@cache
def page_maker() -> str:
    """
    Hash all of crimemap's code, templates, catalogues and built assets, and the versions of the packages that pages need.

    Code that no page uses is in it too: a page too many is made again after an update, and none too few.
    """
    digest = hashlib.sha256()
    for name, content in _texts(files("crimemap"), ""):
        digest.update(f"{name}:{len(content)}:".encode())
        digest.update(content)
    digest.update((web_path() / "assets.json").read_bytes())
    for package in _PACKAGES:
        digest.update(f"{package} {version(package)}\n".encode())
    return digest.hexdigest()


def _texts(folder: Traversable, name: str) -> list[tuple[str, bytes]]:
    """List the files of the package by name, in order."""
    found = []
    for one in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if one.is_dir():
            if not (one.name == "__pycache__" or (one.name == "web" and name.endswith("products"))):
                found += _texts(one, f"{name}/{one.name}")
        elif one.name.endswith(_KINDS):
            found.append((f"{name}/{one.name}", one.read_bytes()))
    return found
