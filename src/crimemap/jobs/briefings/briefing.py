"""A briefing put together: what an area's team is told of a week, a shift or a month."""

from dataclasses import dataclass
from typing import Any, Final

from crimemap.areas.store import AreaStore
from crimemap.errors import EmptyInputError
from crimemap.jobs.briefings.alerts import alerts_of
from crimemap.jobs.briefings.counts import changes_of, counts_of
from crimemap.jobs.briefings.hotspots import hotspots_of
from crimemap.jobs.briefings.locations import repeat_locations_of
from crimemap.jobs.briefings.period import BriefingPeriod, days_ending, read_briefing_period
from crimemap.jobs.briefings.records import NO_DATA, ONLY_MONTH_KNOWN, AreaRecords, read_area_records
from crimemap.jobs.team_area import TeamArea, state_now
from crimemap.periods import month_after
from crimemap.workspace import Workspace

__all__ = ["Briefing", "brief"]

#: Months that the comparisons look back over: twelve, the twelve before, and a period that may be of three.
_MONTHS_BACK: Final = 27


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """
    A briefing.

    Attributes
    ----------
    first_month, last_month
        Of the period.
    incidents
        Of the period; None where it has no data.
    """

    said: dict[str, Any]
    first_month: str
    last_month: str
    incidents: int | None

    def to_json(self) -> dict[str, Any]:
        """Give all of it."""
        return self.said


def brief(workspace: Workspace, area: TeamArea, period: BriefingPeriod | None) -> Briefing:
    """
    Put a briefing together.

    Parameters
    ----------
    period
        The latest week of which days are known where it is None, or the latest month where only months are.

    Raises
    ------
    EmptyInputError
        If the force has no incidents, or days are asked about of which only the month is known: the reason is said.
    """
    state = state_now(workspace, area)
    held = state.records.months
    if not held:
        raise EmptyInputError("this force has no incidents in the workspace", fix="Load some with 'crimemap ingest'.")
    last = period.last_day.isoformat()[:7] if period is not None else max(held)
    first = min(period.months[0] if period is not None else last, last)
    records = read_area_records(workspace, state, first_month=month_after(first, -_MONTHS_BACK), last_month=max(last, first))
    chosen = period or _latest(records)
    status = records.status(chosen)
    if status == ONLY_MONTH_KNOWN:
        months = [month for month in chosen.months if month not in records.dated]
        raise EmptyInputError(
            f"of {', '.join(months)} only the month of each incident is known (data.police.uk publishes no closer), so "
            f"nobody can say what happened {'in the week before a shift' if chosen.shift else 'on these days'}",
            where="shift" if chosen.shift else "from, to",
            fix=f"Ask for whole months: from={chosen.months[0]}&to={chosen.months[-1]}.",
        )
    counts = counts_of(records, chosen)
    sources = records.sources(chosen.months)
    said = {
        "force": area.force,
        "area_type": area.area_type,
        "area_code": area.area_code,
        "area_name": _name(workspace, area),
        "boundaries": area.set_id,
        "period": chosen.to_json() | {"whole_months": chosen.whole_months},
        "status": status,
        "known_until": None if records.known_until is None else records.known_until.isoformat(),
        "latest_month": records.latest_month,
        "sources": [{"source": source, "kind": kind} for source, kind in sources],
        # Of all that was read: what is compared with is told too.
        "confidential": any(one.kind != "open" for month, one in held.items() if month >= month_after(first, -_MONTHS_BACK)),
        "counts": counts,
        "changes": changes_of(records, chosen),
        "new_hotspots": hotspots_of(workspace, records, state, chosen),
        "near_repeat": alerts_of(workspace, records, state, chosen),
        "repeat_locations": repeat_locations_of(records, chosen),
    }
    return Briefing(
        said=said,
        first_month=chosen.months[0],
        last_month=chosen.months[-1],
        incidents=None if status == NO_DATA else counts["all"]["incidents"],
    )


def _latest(records: AreaRecords) -> BriefingPeriod:
    if records.known_until is not None:
        return days_ending(records.known_until)
    month = records.latest_month
    found = read_briefing_period(month, month, None)
    if found is None:
        raise EmptyInputError("this force has no incidents in the workspace")
    return found


def _name(workspace: Workspace, area: TeamArea) -> str | None:
    frame = AreaStore(workspace).read(area.set_id).frame
    name = frame["area_name"].loc[area.area_code] if "area_name" in frame else None
    return None if name is None else str(name)
