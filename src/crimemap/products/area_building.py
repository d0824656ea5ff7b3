"""One area's page and all that stands beside it, made on its own: its map for other sites, feed, calendar and report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from crimemap.language import language
from crimemap.products.area_files import AreaFiles
from crimemap.products.area_pages import area_values, neighbourhood_values
from crimemap.products.content_hash import UnknownContentError, content_hash
from crimemap.products.context import SiteContext
from crimemap.products.feeds import FEED_FILE
from crimemap.products.map_box import embed_folder, map_values
from crimemap.products.names import area_folder
from crimemap.products.page_languages import page_folder
from crimemap.products.page_maker import page_maker
from crimemap.products.page_record import EarlierPages, PageFile, PageRecord
from crimemap.products.page_writing import page_path, shared_values, write_page

__all__ = ["AreaBuilder"]


class AreaBuilder:
    """
    Makes the pages of a release's areas, any of them at any time, in the language that is spoken.

    Parameters
    ----------
    context
        Of the release's pages.
    site
        The site's root, in the folder of the release.
    earlier
        An earlier release: pages that would be made from the same as there are taken from it.

    Attributes
    ----------
    built, unchanged
        How many pages were made, and how many taken.
    files
        What stands beside pages.

    Raises
    ------
    CrimemapError
        If reports are to be printed and WeasyPrint is not installed.
    """

    def __init__(self, context: SiteContext, site: Path, *, earlier: Path | None = None) -> None:
        self._context = context
        self._site = site
        self._latest = context.inputs.latest_by_force()
        self._earlier = EarlierPages(earlier)
        self._record = PageRecord(site.parent, context.site)
        self.built = self.unchanged = 0
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

    def finish(self, progress: Callable[[str], None]) -> None:
        """Print the reports that are to be printed, and write down what pages were made from, for the next release."""
        self.files.print_reports(progress)
        self._record.write()

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
        values = values | self.files.described(values)
        given = {**shared_values(self._context, folder, force), **values}
        files = self._files(folder, values)
        page, key = page_folder(folder), self._key(template, folder, force, given)
        if key and self._earlier.take(page, key, files, self._site.parent, self._context.site):
            self.unchanged += 1
            if values["report"]:
                self.files.print_later(folder)
            if values["calendar"]:
                self.files.write_updates(folder, values)
        else:
            self.built += 1
            self.files.write(folder, values)
            write_page(self._site, template, folder, self._context, values, force=force)
            if values.get("map"):
                own = {"map": values["map"]}
                write_page(self._site, "embed.html", embed_folder(folder), self._context, own, force=force)
        if key:
            self._record.note(page, key, files)

    def _files(self, folder: str, values: dict[str, Any]) -> list[PageFile]:
        """List what an area's page consists of, but for files that carry the time at which they were made."""
        page = page_path(self._site, folder)
        found = [(page, "release_stamp.html")]
        if values.get("map"):
            found.append((page_path(self._site, embed_folder(folder)), ""))
        if values["report"]:
            found.append((self.files.report_source(folder), "report_stamp.html"))
        if not values["calendar"]:
            found.append((page.parent / FEED_FILE, ""))
        return [PageFile(path.relative_to(self._site.parent).as_posix(), stamp) for path, stamp in found]

    def _key(self, template: str, folder: str, force: str, given: dict[str, Any]) -> str:
        """Hash all that an area's page and files are made from but the release's name; '' where that is not known."""
        context = self._context
        shared = {name: value for name, value in context.site.items() if name not in {"release_id", "created"}}
        whole = (context.inputs.latest_month, self._latest.get(force), context.confidential, context.options.site_address)
        try:
            return content_hash(
                page_maker(), template, language(), folder, shared, whole, given, self.files.report_contents(given)
            )
        except UnknownContentError:
            return ""
