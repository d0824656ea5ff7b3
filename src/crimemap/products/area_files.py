"""What stands beside an area's page: its feed, its calendar, and its report to the community."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from crimemap.language import gettext
from crimemap.products.community_report import REPORTED_TYPES, community_report
from crimemap.products.context import SiteContext
from crimemap.products.facts import AreaFacts
from crimemap.products.feed_entries import announced_at, month_entries
from crimemap.products.feeds import FEED_FILE
from crimemap.products.meetings import Meeting, meetings_of
from crimemap.products.page_languages import page_folder
from crimemap.products.report_files import REPORT_FILE, report_source
from crimemap.products.report_shapes import ReportShapes
from crimemap.products.team_files import CALENDAR_FILE, FeedOf, team_entries, write_calendar

__all__ = ["AreaFiles"]


class AreaFiles:
    """
    The files of a release's areas.

    Parameters
    ----------
    context
        Of the release's pages.
    site
        The site's root.
    """

    def __init__(self, context: SiteContext, site: Path) -> None:
        self._context = context
        self._site = site
        self._created = datetime.fromisoformat(context.created)
        self._shapes = ReportShapes(context)
        self._latest = context.inputs.latest_by_force()

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
        self.write_feed(folder, values)
        facts: AreaFacts = values["facts"]
        target = self._site / page_folder(folder)
        neighbourhood = f"{facts.force}/{facts.area_code}"
        write_calendar(
            target, _meetings(values), name=str(facts.area_name), neighbourhood=neighbourhood, created=self._created
        )
        if self._is_reported(values["facts"]):
            source = self.report_source(folder)
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(community_report(self._context, values, self._shapes), encoding="utf-8")

    def announced(self, values: Mapping[str, Any], *, by: datetime) -> bool:
        """Say whether all meetings were announced by some time: then the area's feed names no time of a release."""
        return all(announced_at(one) <= by for one in _meetings(values))

    def write_feed(self, folder: str, values: Mapping[str, Any]) -> None:
        """
        Write the feed of one area, in the language that is spoken; parameters as for `write`.

        Of the values it reads `facts`, `summary`, `team` and `trends`.
        """
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

    def report_source(self, folder: str) -> Path:
        """Give the document that the report of an area is printed from, in the language that is spoken."""
        return report_source(self._site.parent, page_folder(folder))

    def report_contents(self, values: Mapping[str, Any]) -> Any:
        """Give what the report of an area is made from beside the page's values; None if it has no report, or no map."""
        facts: AreaFacts = values["facts"]
        drawn = self._is_reported(facts) and values.get("has_counts", True)
        return self._shapes.contents(facts.index) if drawn else None

    def _is_reported(self, facts: AreaFacts) -> bool:
        return self._context.options.reports != "none" and facts.area_type in REPORTED_TYPES


def _meetings(values: Mapping[str, Any]) -> list[Meeting]:
    """List the meetings of an area's team since the end of its figures."""
    team = values.get("team") or {}
    return meetings_of(team.get("events", ()), since=date.fromisoformat(f"{values['facts'].period.end}-01"))
