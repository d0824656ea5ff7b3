"""The incidents of a team's area: filtered, in pages that stay put while new months are loaded, and what changed since."""

from dataclasses import dataclass
from typing import Any, Final

import duckdb

from api.errors import BadRequestError
from api.teams_area import TeamArea, state_at, state_now
from api.teams_filters import Filters
from api.teams_marks import mark, question, read_mark
from crimemap.errors import NotFoundError
from crimemap.incidents.changes import COLUMNS, AreaState, area_changes, area_relation
from crimemap.offences import offence_slug
from crimemap.periods import month_after, month_index, months_between
from crimemap.workspace import Workspace

__all__ = ["Changes", "Page", "changes_since", "incidents_page"]

_MOST_MONTHS: Final = 120
_DEFAULT_MONTHS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """
    One page.

    Attributes
    ----------
    months
        Of each month asked for: `month`, `status`, `source`, `kind`.
    matched
        How many incidents the filters let through, on all pages.
    undated
        Incidents of which only the month is known, of months that the period holds in part: nobody can say whether they are
        in it, so they are left out.
    next
        The cursor of the next page; empty on the last.
    since
        The token with which the change feed goes on from exactly here.
    """

    area: TeamArea
    months: tuple[dict[str, Any], ...]
    incidents: tuple[dict[str, Any], ...]
    matched: int
    undated: int
    next: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed, and the token to ask with next."""

    area: TeamArea
    changes: tuple[dict[str, Any], ...]
    more: bool
    since: str


def incidents_page(workspace: Workspace, area: TeamArea, filters: Filters, *, limit: int, cursor: str | None = None) -> Page:
    """
    Read a page: the newest month first, and in a month by the incidents' numbers.

    Every page of one run is of the state at its first, whatever is loaded meanwhile.

    Raises
    ------
    BadRequestError
        If the cursor is not one of this question, or the period too long.
    GoneError
        If its state is no longer kept.
    NotFoundError
        If the force has no incidents.
    """
    asked = question(area.force, area.area_type, area.area_code, *filters.parts())
    last_month, last_id = "9999-99", 0
    if cursor:
        held = read_mark(
            cursor,
            kind="page",
            numbers=("version", "up_to", "id"),
            texts=("table", "content", "asked", "month"),
            where="cursor",
        )
        if held["asked"] != asked:
            raise BadRequestError("this cursor is of another question", where="cursor", fix="Ask again without it.")
        last_month, last_id = held["month"], held["id"]
        state = state_at(workspace, area, **{name: held[name] for name in ("table", "version", "content", "up_to")})
    else:
        state = state_now(workspace, area)
    names = _months_asked(state, filters)
    with duckdb.connect() as con:
        area_relation(con, workspace, state, name="area_incidents", months=frozenset(names))
        condition, values = _condition(con, filters)
        matched, undated = con.execute(
            f"SELECT count(*) FILTER (WHERE {condition} AND {_INSIDE} IS TRUE), "  # noqa: S608 - fixed text
            f"count(*) FILTER (WHERE {condition} AND {_INSIDE} IS NULL) FROM area_incidents",
            values,
        ).fetchall()[0]
        rows = con.execute(
            f"SELECT * FROM area_incidents WHERE {condition} AND {_INSIDE} IS TRUE "  # noqa: S608 - fixed text
            "AND (month < $month OR (month = $month AND id > $id)) ORDER BY month DESC, id LIMIT $limit",
            values | {"month": last_month, "id": last_id, "limit": limit + 1},
        ).fetchall()
    found = tuple(_told(row) for row in rows[:limit])
    following = ""
    if len(rows) > limit:
        following = mark(kind="page", **_pinned(state, area), asked=asked, month=found[-1]["month"], id=found[-1]["id"])
    return Page(
        area=area,
        months=tuple(_month(state, name) for name in names),
        incidents=found,
        matched=matched,
        undated=undated,
        next=following,
        since=mark(kind="since", **_pinned(state, area)),
    )


def changes_since(workspace: Workspace, area: TeamArea, *, since: str | None, limit: int) -> Changes:
    """
    List what is new, changed and withdrawn since a token; without one, give the token to begin with.

    A long list comes in parts: while there is `more`, the next token goes on with the same list.

    Raises
    ------
    BadRequestError
        If the token is none of ours.
    GoneError
        If its state is no longer kept, or the boundaries have changed.
    """
    if not since:
        return Changes(
            area=area, changes=(), more=False, since=mark(kind="since", **_pinned(state_now(workspace, area), area))
        )
    try:
        held = read_mark(since, kind="since", numbers=("version", "up_to"), texts=("table", "content"), where="since")
        after, last_id = state_now(workspace, area), 0
    except BadRequestError:
        numbers = ("version", "up_to", "to_version", "to_up_to", "id")
        held = read_mark(since, kind="part", numbers=numbers, texts=("table", "content"), where="since")
        of = {"table": held["table"], "content": held["content"]}
        after, last_id = state_at(workspace, area, version=held["to_version"], up_to=held["to_up_to"], **of), held["id"]
    before = state_at(
        workspace, area, table=held["table"], content=held["content"], version=held["version"], up_to=held["up_to"]
    )
    rows, more = area_changes(workspace, before, after, after_id=last_id, limit=limit)
    told = tuple({"change": row["change"], **_shown(row)} for row in rows)
    if more:
        token = mark(
            kind="part",
            **_pinned(before, area),
            to_version=after.records.version,
            to_up_to=after.places_up_to,
            id=rows[-1]["id"],
        )
    else:
        token = mark(kind="since", **_pinned(after, area))
    return Changes(area=area, changes=told, more=more, since=token)


def _pinned(state: AreaState, area: TeamArea) -> dict[str, int | str]:
    return {
        "table": state.records.table,
        "version": state.records.version,
        "content": area.content,
        "up_to": state.places_up_to,
    }


def _months_asked(state: AreaState, filters: Filters) -> list[str]:
    held = sorted(state.records.months)
    if not held:
        raise NotFoundError("this force has no incidents in the workspace")
    last = filters.last_day[:7] or max(held[-1], filters.first_day[:7])
    first = filters.first_day[:7] or month_after(last, 1 - _DEFAULT_MONTHS)
    if month_index(last) - month_index(first) >= _MOST_MONTHS:
        raise BadRequestError(f"at most {_MOST_MONTHS} months at once", where="from, to", fix="Ask for a part of them.")
    return months_between(first, month_after(last))


#: Null where only the month is known and the period holds a part of it.
_INSIDE: Final = """(CASE
    WHEN occurred_from IS NOT NULL THEN CAST(occurred_from AS DATE) BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)
    WHEN $first <= month || '-01' AND last_day(CAST(month || '-01' AS DATE)) <= CAST($last AS DATE) THEN true
    WHEN month < substr($first, 1, 7) OR month > substr($last, 1, 7) THEN false END)"""


def _condition(con: duckdb.DuckDBPyConnection, filters: Filters) -> tuple[str, dict[str, Any]]:
    parts = ["true"]
    values: dict[str, Any] = {"first": filters.first_day or "1000-01-01", "last": filters.last_day or "9999-12-31"}
    if filters.offence:
        held = [name for (name,) in con.execute("SELECT DISTINCT offence_type FROM area_incidents").fetchall()]
        parts.append("offence_type IN (SELECT unnest(CAST($offences AS VARCHAR[])))")
        values["offences"] = filters.offence_types(held)
    if filters.outcome:
        held = [name for (name,) in con.execute("SELECT DISTINCT last_outcome FROM area_incidents").fetchall() if name]
        parts.append("last_outcome IN (SELECT unnest(CAST($outcomes AS VARCHAR[])))")
        values["outcomes"] = filters.outcomes(held)
    return " AND ".join(parts), values


def _told(row: tuple[Any, ...]) -> dict[str, Any]:
    return _shown(dict(zip(COLUMNS, row, strict=True)))


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Give an incident as JSON can hold it, times as a clock on the wall shows them."""
    told = {name: row[name] for name in COLUMNS}
    for name in ("occurred_from", "occurred_to"):
        told[name] = None if told[name] is None else told[name].isoformat(timespec="seconds")
    for name in ("easting", "northing"):
        told[name] = None if told[name] is None else round(told[name], 1)
    return told | {"category": offence_slug(told["offence_type"])}


def _month(state: AreaState, month: str) -> dict[str, Any]:
    held = state.records.months.get(month)
    if held is None:
        return {"month": month, "status": "no_data", "source": None, "kind": None}
    return {"month": month, "status": "loaded", "source": held.source, "kind": held.kind}
