"""Reading the parameters of the list of jobs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, get_args

from api.deps import integer
from api.errors import BadRequestError
from api.patterns import DAY
from api.processes_jobs import Wanted
from crimemap.jobs.queue.job import Status

__all__ = ["INTERVAL_OR_NOTHING", "MOST_JOBS", "SECONDS_OR_NOTHING", "STATUSES_OR_NOTHING", "read_wanted"]

MOST_JOBS: Final = 1_000
_STATUSES: Final = get_args(Status)
_ENDS: Final = ("", "..")
_LONGEST: Final = 40
_STATUS: Final = f"({'|'.join(_STATUSES)})"
_AT: Final = rf"{DAY}(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-](0[0-9]|1[0-2]):[0-5][0-9])?)?"
STATUSES_OR_NOTHING: Final = rf"^({_STATUS}(,{_STATUS})*)?$"
INTERVAL_OR_NOTHING: Final = rf"^({_AT}|({_AT}|\.\.|)/({_AT}|\.\.|))?$"
SECONDS_OR_NOTHING: Final = r"^([0-9]{1,8}|100000000)?$"


def read_wanted(given: Mapping[str, str | None], *, owner: str | None) -> Wanted:
    """
    Read which jobs are asked for.

    Parameters
    ----------
    given
        `processID`, `status`, `datetime`, `minDuration`, `maxDuration`, `limit`, `after`.
    owner
        Whose jobs; everybody's where None.

    Raises
    ------
    BadRequestError
        If one of them cannot be read.
    """
    statuses = tuple(one.strip() for one in (given.get("status") or "").split(",") if one.strip())
    unknown = [one for one in statuses if one not in _STATUSES]
    if unknown:
        raise BadRequestError("this is no status of a job", where="status", fix=f"Take {', '.join(_STATUSES)}.")
    if given.get("type") not in (None, "", "process"):
        raise BadRequestError("jobs are of the type 'process'", where="type")
    first, last = _interval(given.get("datetime") or "")
    longest = 10**8
    shortest_s = integer(given, "minDuration", default=-1, least=0, most=longest)
    longest_s = integer(given, "maxDuration", default=-1, least=0, most=longest)
    return Wanted(
        owner=owner,
        process_id=given.get("processID") or None,
        statuses=statuses,
        first=first,
        last=last,
        shortest_s=None if shortest_s < 0 else float(shortest_s),
        longest_s=None if longest_s < 0 else float(longest_s),
        limit=integer(given, "limit", default=100, least=1, most=MOST_JOBS),
        after=given.get("after") or None,
    )


def _interval(text: str) -> tuple[datetime | None, datetime | None]:
    """
    Read an instant or an interval, open at either end.

    Examples
    --------
    >>> _interval("2025-01-02T00:00:00Z/..")
    (datetime.datetime(2025, 1, 2, 0, 0, tzinfo=datetime.timezone.utc), None)
    """
    if not text:
        return None, None
    start, slash, end = text.partition("/")
    if not slash:
        at = _moment(start)
        return at, at
    return (None if start in _ENDS else _moment(start)), (None if end in _ENDS else _moment(end))


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text[:_LONGEST])
        return found.astimezone(UTC) if found.tzinfo is not None else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadRequestError(
            "this is no moment or interval", where="datetime", fix="Write 2025-01-02T00:00:00Z/2025-02-01T00:00:00Z."
        ) from None
