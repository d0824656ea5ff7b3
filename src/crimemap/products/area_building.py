"""One area's page and all that stands beside it, made on its own: its map for other sites, feed, calendar and report."""

from pathlib import Path
from typing import Any

from crimemap.language import language
from crimemap.products.area_files import AreaFiles
from crimemap.products.area_pages import area_values, neighbourhood_values
from crimemap.products.context import SiteContext
from crimemap.products.map_box import embed_folder, map_values
from crimemap.products.names import area_folder
from crimemap.products.page_writing import write_page

__all__ = ["AreaBuilder"]


class AreaBuilder:
    """
    Makes the pages of a release's areas, any of them at any time, in the language that is spoken.

    Parameters
    ----------
    context
        Of the release's pages.
    site
        The site's root.

    Raises
    ------
    CrimemapError
        If reports are to be printed and WeasyPrint is not installed.
    """

    def __init__(self, context: SiteContext, site: Path) -> None:
        self._context = context
        self._site = site
        self.files = AreaFiles(context, site)
        self._teams = {(str(one["force"]), str(one["id"])): one for one in context.inputs.neighbourhoods}

    def build(self, index: int) -> None:
        """
        Write the page of an area and what stands beside it.

        Parameters
        ----------
        index
            The area's row in the cube.
        """
        row = self._context.facts.cube.areas.iloc[index]
        force, folder = str(row["force"]), self._context.folder(index)
        if row["area_type"] == "neighbourhood":
            team = self._teams[force, str(row["area_code"])]
            template, values = "neighbourhood.html", neighbourhood_values(self._context, team, index)
        else:
            template, values = "area.html", area_values(self._context, index)
        self._write(template, folder, force, values | map_values(self._context, index))

    def build_unbounded(self, team: dict[str, Any]) -> None:
        """
        Write the page of a neighbourhood without a boundary, in which nothing can be counted.

        Parameters
        ----------
        team
            The neighbourhood as data.police.uk describes it, with `force`.
        """
        force = str(team["force"])
        folder = area_folder("neighbourhood", str(team["id"]), force)
        self._write("neighbourhood.html", folder, force, neighbourhood_values(self._context, team, None))

    def unbounded(self) -> list[dict[str, Any]]:
        """List the neighbourhoods without a boundary whose pages are written in the language that is spoken."""
        forces = self._context.languages[language()]
        rows = self._context.rows
        return [
            team
            for (force, code), team in self._teams.items()
            if force in forces and (force, "neighbourhood", code) not in rows
        ]

    def _write(self, template: str, folder: str, force: str, values: dict[str, Any]) -> None:
        values = values | self.files.write(folder, values)
        write_page(self._site, template, folder, self._context, values, force=force)
        if values.get("map"):
            given = {"map": values["map"]}
            write_page(self._site, "embed.html", embed_folder(folder), self._context, given, force=force)
