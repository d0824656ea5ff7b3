"""One area's page and all that stands beside it, made on its own: its map for other sites, feed, calendar and report."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from crimemap.language import language
from crimemap.products.area_files import AreaFiles
from crimemap.products.area_pages import area_values, neighbourhood_values
from crimemap.products.area_sources import AreaSources
from crimemap.products.content_hash import UnknownContentError, content_hash
from crimemap.products.context import SiteContext
from crimemap.products.feeds import FEED_FILE
from crimemap.products.manifest import hash_of
from crimemap.products.map_box import embed_folder, map_values
from crimemap.products.names import area_folder
from crimemap.products.page_languages import page_folder
from crimemap.products.page_maker import page_maker
from crimemap.products.page_record import CALENDAR_STAMP, EarlierPages, PageFile, PageRecord
from crimemap.products.page_writing import page_path, shared_values, write_page
from crimemap.products.printed_reports import PrintedReports
from crimemap.products.readable import readable
from crimemap.products.team_files import CALENDAR_FILE
from crimemap.products.teams import described_team
from crimemap.products.wording import summary

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
        An earlier release: pages that would be made from the same, or would say the same, are taken from it.

    Attributes
    ----------
    built, unchanged
        How many pages were made, and how many taken.
    known
        Of those taken: how many without their contents having been worked out.
    files
        What stands beside pages.
    reports
        The reports that are printed; None where none are.

    Raises
    ------
    CrimemapError
        If reports are to be printed and WeasyPrint is not installed.
    """

    def __init__(self, context: SiteContext, site: Path, *, earlier: Path | None = None) -> None:
        self._teams = {(str(one["force"]), str(one["id"])): one for one in context.inputs.neighbourhoods}
        self._context = readable(context)
        self._site = site
        self._created = datetime.fromisoformat(context.created)
        self._latest = self._context.inputs.latest_by_force()
        self._earlier = EarlierPages(earlier)
        self._record = PageRecord(site.parent, self._context.site)
        self._sources = AreaSources(self._context, self._teams)
        self.built = self.unchanged = self.known = 0
        self.files = AreaFiles(self._context, site)
        self.reports = PrintedReports(site.parent, self._earlier) if context.options.reports == "pdf" else None

    def build(self, index: int) -> None:
        """
        Write the page of an area and what stands beside it.

        Parameters
        ----------
        index
            The area's row in the cube.
        """
        row = self._context.areas[index]
        force, folder = str(row["force"]), self._context.folder(index)
        code = str(row["area_code"]) if row["area_type"] == "neighbourhood" else None
        inputs = self._sources.key(folder, force, index, code)
        team = None if code is None else self._teams[force, code]
        if self._take(folder, inputs, team, index):
            return
        if team is not None:
            template, values = "neighbourhood.html", neighbourhood_values(self._context, team, index)
        else:
            template, values = "area.html", area_values(self._context, index)
        self._write(template, folder, force, values | map_values(self._context, index), inputs)

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
        inputs = self._sources.key(folder, force, None, str(team["id"]))
        if not self._take(folder, inputs, team, None):
            values = neighbourhood_values(self._context, team, None)
            self._write("neighbourhood.html", folder, force, values, inputs)

    def finish(self, progress: Callable[[str], None]) -> None:
        """Print the reports that are to be printed, and write down what pages were made from, for the next release."""
        if self.reports is not None:
            self.reports.print_all(self._record, progress)
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

    def _take(self, folder: str, inputs: str, team: dict[str, Any] | None, index: int | None) -> bool:
        """Take a page that would be made from the same from the earlier release, without working out what it says."""
        page = page_folder(folder)
        entry = self._earlier.take(page, self._site.parent, self._context.site, inputs=inputs) if inputs else None
        if entry is None:
            return False
        self.known += 1
        self._keep(page, folder, entry, inputs, lambda: self._announcing(team, index))
        return True

    def _announcing(self, team: dict[str, Any] | None, index: int | None) -> dict[str, Any]:
        """Give what a feed alone is made from, of an area with a team: no other feed names the time of a release."""
        if team is None:
            raise ValueError("the feed of an area without a team names no time")
        if index is None:
            return neighbourhood_values(self._context, team, None)
        facts, trends = self._context.facts.area(index), self._context.priorities[str(team["force"])]
        said = [trends.of(str(team["id"]), which) for which in range(len(team.get("priorities") or []))]
        return {"facts": facts, "summary": summary(facts), "team": described_team(team), "trends": said}

    def _keep(
        self, page: str, folder: str, entry: dict[str, Any], inputs: str, announcing: Callable[[], dict[str, Any]]
    ) -> None:
        """Take down a page that was taken, and make beside it what names the time of the release, or is printed."""
        self.unchanged += 1
        feed, reported = (
            path.relative_to(self._site.parent).as_posix()
            for path in (page_path(self._site, folder).parent / FEED_FILE, self.files.report_source(folder))
        )
        if feed not in entry["files"]:
            values = announcing()
            self.files.write_feed(folder, values)
            if self.files.announced(values, by=self._created):
                entry["files"][feed] = hash_of(self._site.parent / feed)
        self._record.keep(page, entry, inputs=inputs)
        if self.reports is not None and reported in entry["files"]:
            self.reports.take(page, entry)

    def _write(self, template: str, folder: str, force: str, values: dict[str, Any], inputs: str) -> None:
        values = values | self.files.described(values)
        given = {**shared_values(self._context, folder, force), **values}
        page, key = page_folder(folder), self._key(template, folder, force, given)
        files = self._files(folder, values, since=self._created)
        if key and self._take_said(page, folder, key, values, inputs):
            return
        self.built += 1
        self.files.write(folder, values)
        write_page(self._site, template, folder, self._context, values, force=force)
        if values.get("map"):
            own = {"map": values["map"]}
            write_page(self._site, "embed.html", embed_folder(folder), self._context, own, force=force)
        self._record.note(page, key, files, inputs=inputs)
        if self.reports is not None and values["report"]:
            self.reports.print_later(page)

    def _take_said(self, page: str, folder: str, key: str, values: dict[str, Any], inputs: str) -> bool:
        """Take a page that would say the same, whatever it is made from."""
        before = datetime.fromisoformat(self._earlier.made["created"]) if self._earlier.made["created"] else self._created
        files = self._files(folder, values, since=before)
        entry = self._earlier.take(page, self._site.parent, self._context.site, key=key, files=files)
        if entry is None:
            return False
        self._keep(page, folder, entry, inputs, lambda: values)
        return True

    def _files(self, folder: str, values: dict[str, Any], *, since: datetime) -> list[PageFile]:
        """List what an area's page consists of, but for a feed in which a meeting is announced at the time `since`."""
        page = page_path(self._site, folder)
        found = [(page, "release_stamp.html")]
        if values.get("map"):
            found.append((page_path(self._site, embed_folder(folder)), ""))
        if values["report"]:
            found.append((self.files.report_source(folder), "report_stamp.html"))
        if values["calendar"]:
            found.append((page.parent / CALENDAR_FILE, CALENDAR_STAMP))
        if self.files.announced(values, by=since):
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
