"""What is told of a job: its status, its files, what happened to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
import pyogrio

from api.processes_documents import link
from api.processes_offered import offered_as
from crimemap.access.principal import Principal
from crimemap.jobs.queue.outputs import FORMATS
from crimemap.jobs.queue.records import JobRecord, JobStore

__all__ = ["Wanted", "job_list", "jobs_wanted", "result_list", "rows_in", "status_info"]

_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0/"
_AT_ONCE: Final = 200
_FORMAT_OF: Final = {suffix: name for name, (suffix, _) in FORMATS.items()}


def status_info(base: str, job: JobRecord, who: Principal) -> dict[str, Any]:
    """
    Tell the status of a job; what was asked is told to its owner alone.

    Parameters
    ----------
    base
        The address of the application.
    """
    here = f"{base}/jobs/{job.id}"
    made: dict[str, Any] = {
        "jobID": job.id,
        "processID": offered_as(job.process_id, job.inputs),
        "type": "process",
        "status": job.status,
        "message": job.reason or job.message,
        "progress": job.progress,
        "attempts": job.attempts,
    }
    for name in ("created", "started", "finished", "updated", "expires"):
        at: datetime | None = getattr(job, name)
        if at is not None:
            made[name] = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if job.owner == who.owner:
        made |= {"inputs": job.inputs, "outputs": list(job.formats)}
    else:
        made["owner"] = job.owner
    made["links"] = [link(here, "self", title="Status"), link(f"{here}/log", "related", title="What happened to it")]
    if job.status == "successful":
        made["links"].append(link(f"{here}/results", f"{_REL}results", title="Results"))
    return made


def result_list(base: str, job: JobRecord) -> dict[str, Any]:
    """Give the results of a job by reference, by the names under which they were asked for."""
    return {
        _FORMAT_OF[Path(one.name).suffix]: {
            "href": f"{base}/jobs/{job.id}/results/{one.name}",
            "rel": "item",
            "type": one.media_type,
            "title": one.name,
            "length": one.size_bytes,
        }
        for one in job.results
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    Which jobs are asked for.

    Attributes
    ----------
    owner
        Whose; everybody's where None.
    process_id
        As it is offered.
    first, last
        Created at or after, and at or before.
    shortest_s, longest_s
        Seconds that they took, or have taken so far.
    after
        The last job of the page before.
    """

    owner: str | None
    process_id: str | None = None
    statuses: tuple[str, ...] = ()
    first: datetime | None = None
    last: datetime | None = None
    shortest_s: float | None = None
    longest_s: float | None = None
    limit: int = 100
    after: str | None = None

    def fits(self, job: JobRecord) -> bool:
        """Say whether a job is one of them."""
        took = None if job.started is None else ((job.finished or datetime.now(UTC)) - job.started) / timedelta(seconds=1)
        return (
            (self.process_id is None or offered_as(job.process_id, job.inputs) == self.process_id)
            and (not self.statuses or job.status in self.statuses)
            and (self.first is None or job.created >= self.first)
            and (self.last is None or job.created <= self.last)
            and (self.shortest_s is None or (took is not None and took >= self.shortest_s))
            and (self.longest_s is None or (took is not None and took <= self.longest_s))
        )


def jobs_wanted(store: JobStore, wanted: Wanted) -> tuple[list[JobRecord], bool]:
    """
    Find jobs, the newest first, and say whether there are more.

    Raises
    ------
    NotFoundError
        If there is no job to go on after.
    """
    found: list[JobRecord] = []
    for job in _jobs(store, wanted):
        if wanted.fits(job):
            if len(found) == wanted.limit:
                return found, True
            found.append(job)
    return found, False


def _jobs(store: JobStore, wanted: Wanted) -> Iterator[JobRecord]:
    after = wanted.after
    while True:
        if wanted.owner is None:
            page = store.every(limit=_AT_ONCE, after=after)
        else:
            page = store.of_owner(wanted.owner, limit=_AT_ONCE, after=after)
        yield from page
        if len(page) < _AT_ONCE:
            return
        after = page[-1].id


def job_list(base: str, jobs: list[JobRecord], who: Principal, following: str | None) -> dict[str, Any]:
    """
    List jobs.

    Parameters
    ----------
    following
        The address of the next page, if there is one.
    """
    links = [link(f"{base}/jobs", "self")]
    if following is not None:
        links.append(link(following, "next"))
    return {"jobs": [status_info(base, job, who) for job in jobs], "links": links}


def rows_in(path: Path) -> int | None:
    """Count the rows of a file of results for the audit log, where that is quick."""
    if path.suffix == ".csv":
        with path.open("rb") as file:
            return max(sum(1 for _ in file) - 1, 0)
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    if path.suffix in (".gpkg", ".geojson"):
        return sum(int(pyogrio.read_info(path, layer=name)["features"]) for name in pyogrio.list_layers(path)[:, 0])
    return None
