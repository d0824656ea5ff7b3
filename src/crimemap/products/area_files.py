"""What stands beside an area's page: its feed, its calendar, and its report to the community."""

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from crimemap.language import gettext
from crimemap.products.community_report import REPORTED_TYPES, community_report
from crimemap.products.context import SiteContext
from crimemap.products.facts import AreaFacts
from crimemap.products.feed_entries import month_entries
from crimemap.products.feeds import FEED_FILE
from crimemap.products.meetings import Meeting, meetings_of
from crimemap.products.page_languages import page_folder
from crimemap.products.pdf import pdf_of, require_pdf
from crimemap.products.report_files import REPORT_FILE, report_source
from crimemap.products.report_shapes import ReportShapes
from crimemap.products.team_files import CALENDAR_FILE, FeedOf, team_entries, write_calendar

__all__ = ["AreaFiles"]

_TELL_EVERY: Final = 25


class AreaFiles:
    """
    The files of a release's areas.

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
        self._created = datetime.fromisoformat(context.created)
        self._shapes = ReportShapes(context)
        self._printed: list[str] = []
        self._latest = context.inputs.latest_by_force()
        if context.options.reports == "pdf":
            require_pdf()

    def described(self, values: Mapping[str, Any]) -> dict[str, str]:
        """
        Say which files an area has.

        Parameters
        ----------
        values
            What its page is made from.

        Returns
        -------
        dict
            `feed`, `calendar` and `report`: their addresses from the page; empty where there is none. And `feed_title`.
        """
        return {
            "feed": FEED_FILE,
            "feed_title": gettext("Updates for {place}").format(place=values["facts"].area_name),
            "calendar": CALENDAR_FILE if _meetings(values) else "",
            "report": REPORT_FILE if self._is_reported(values["facts"]) else "",
        }

    def write(self, folder: str, values: Mapping[str, Any]) -> None:
        """
        Write the files of one area, in the language that is spoken.

        Parameters
        ----------
        folder
            Of the area's page in English.
        values
            What the page is made from.
        """
        self.write_updates(folder, values)
        if self._is_reported(values["facts"]):
            source = self.report_source(folder)
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(community_report(self._context, values, self._shapes), encoding="utf-8")
            self.print_later(folder)

    def write_updates(self, folder: str, values: Mapping[str, Any]) -> None:
        """Write the feed and the calendar of one area; parameters as for `write`."""
        facts: AreaFacts = values["facts"]
        here, name = page_folder(folder), str(facts.area_name)
        target = self._site / here
        target.mkdir(parents=True, exist_ok=True)
        team, meetings = values.get("team") or {}, _meetings(values)
        own = (facts.area_type, facts.area_code)
        root = self._context.options.site_address
        of = FeedOf(
            about=(facts.area_type, facts.force, facts.area_code) if facts.area_type == "neighbourhood" else own,
            name=name,
            latest_month=self._latest[facts.force],
            has_team=bool(team),
            publisher=str(self._context.site["name"]),
            rights=" ".join(self._context.attribution),
            address=f"{root}/{here}/" if root else "",
        )
        entries = month_entries(facts, values["summary"], about=of.about)
        entries += team_entries(team, values.get("trends", ()), meetings, of=of, created=self._created)
        (target / FEED_FILE).write_bytes(of.written(entries))
        neighbourhood = f"{facts.force}/{facts.area_code}"
        write_calendar(target, meetings, name=name, neighbourhood=neighbourhood, created=self._created)

    def report_source(self, folder: str) -> Path:
        """Give the document that the report of an area is printed from, in the language that is spoken."""
        return report_source(self._site.parent, page_folder(folder))

    def report_contents(self, values: Mapping[str, Any]) -> Any:
        """Give what the report of an area is made from beside the page's values; None if it has no report, or no map."""
        facts: AreaFacts = values["facts"]
        drawn = self._is_reported(facts) and values.get("has_counts", True)
        return self._shapes.contents(facts.index) if drawn else None

    def print_later(self, folder: str) -> None:
        """Note that an area's report, whose document is written, is to be printed where that is wanted."""
        if self._context.options.reports == "pdf":
            self._printed.append(page_folder(folder))

    def _is_reported(self, facts: AreaFacts) -> bool:
        return self._context.options.reports != "none" and facts.area_type in REPORTED_TYPES

    def print_reports(self, progress: Callable[[str], None]) -> int:
        """
        Print the reports that are to be in the release, as many at a time as there are processors.

        Returns
        -------
        int
            How many.
        """
        wanted = self._printed
        if not wanted:
            return 0
        started = time.monotonic()
        jobs = [(report_source(self._site.parent, here), self._site / here / REPORT_FILE) for here in wanted]
        workers = min(len(jobs), os.cpu_count() or 1)
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            for done, _ in enumerate(pool.map(_print_one, jobs), start=1):
                if done % _TELL_EVERY == 0:
                    progress(f"printing reports: {done} of {len(jobs)}")
        seconds = time.monotonic() - started
        progress(f"printed {len(jobs)} reports in {seconds:.0f} s, {len(jobs) / seconds:.1f} a second")
        return len(jobs)


def _meetings(values: Mapping[str, Any]) -> list[Meeting]:
    """List the meetings of an area's team since the end of its figures."""
    team = values.get("team") or {}
    return meetings_of(team.get("events", ()), since=date.fromisoformat(f"{values['facts'].period.end}-01"))


def _print_one(job: tuple[Path, Path]) -> None:
    source, target = job
    target.write_bytes(pdf_of(source.read_text(encoding="utf-8")))
