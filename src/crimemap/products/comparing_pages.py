"""The pages and files that compare: areas side by side, what changed in each force, and its many areas on maps."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from crimemap.products.changes_page import changes_folder, changes_values, write_changes_files
from crimemap.products.compare_page import compare_values, write_compare_files
from crimemap.products.context import SiteContext
from crimemap.products.inside_pages import inside_pages

__all__ = ["ComparingPage", "comparing_pages", "write_comparing_files"]


class ComparingPage(NamedTuple):
    """A page to write: its template, its folder, whose it is (None: everybody's), and what it says."""

    template: str
    folder: str
    force: str | None
    values: dict[str, Any]


def comparing_pages(context: SiteContext, forces: Collection[str]) -> Iterator[ComparingPage]:
    """
    Give the pages in the language that is spoken.

    Parameters
    ----------
    forces
        Those that have pages in it.
    """
    yield ComparingPage("compare.html", "compare", None, compare_values(context))
    for force in sorted(forces):
        yield ComparingPage("changes.html", changes_folder(force), force, changes_values(context, force))
    for one in inside_pages(context, forces):
        yield ComparingPage("inside.html", one.folder, one.force, one.values)


def write_comparing_files(context: SiteContext, site: Path) -> None:
    """
    Write the files that belong to them, once for all languages.

    Parameters
    ----------
    site
        The site's root.
    """
    write_compare_files(context, site)
    write_changes_files(context, site)
