"""A team's briefing as JSON, as a page and as a PDF."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from crimemap.areas.store import AreaStore
from crimemap.jobs.briefings.briefing import Briefing, brief
from crimemap.jobs.briefings.period import BriefingPeriod
from crimemap.jobs.team_area import TeamArea
from crimemap.products.briefing_page import briefing_page, briefing_policy
from crimemap.workspace import Workspace

__all__ = ["BRIEFING_TYPES", "briefed", "page_headers"]

BRIEFING_TYPES: Final = {"json": "application/json", "html": "text/html; charset=utf-8", "pdf": "application/pdf"}


def briefed(
    workspace: Workspace, area: TeamArea, period: BriefingPeriod | None, *, form: str, made: datetime
) -> tuple[Briefing, str]:
    """
    Put a briefing together, and write its page where one is asked for.

    Returns
    -------
    briefing
        What it says.
    page
        Empty for JSON.

    Raises
    ------
    InputError
        As `brief`.
    """
    found = brief(workspace, area, period)
    if form == "json":
        return found, ""
    outline = AreaStore(workspace).read(area.set_id).frame.geometry.loc[area.area_code]
    return found, briefing_page(cast("Mapping[str, Any]", found.to_json()), outline=outline, made=made)


def page_headers(area: TeamArea, period: Mapping[str, Any], *, form: str) -> dict[str, str]:
    """Give the headers of a page or PDF: its own policy, and a name to save it under."""
    code = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in area.area_code)
    day = str(period["from"])[:10]
    headers = {"Vary": "Accept", "Content-Disposition": f'inline; filename="briefing-{code}-{day}.{form}"'}
    return headers | ({"Content-Security-Policy": briefing_policy(), "X-Frame-Options": "DENY"} if form == "html" else {})
