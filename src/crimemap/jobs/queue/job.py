"""What is known about a job, and what a job may take."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

__all__ = ["FINISHED", "STATUSES", "JobLimits", "JobRecord", "ResultFile", "Status"]

Status = Literal["accepted", "running", "successful", "failed", "dismissed"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
FINISHED: Final[tuple[Status, ...]] = ("successful", "failed", "dismissed")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLimits:
    """
    What one owner's jobs may take.

    Parameters
    ----------
    running
        Jobs of one owner that run at the same time; more wait.
    waiting
        Jobs of one owner that may wait; more are refused.
    largest_area_km2
        Study area that an analysis may look at.
    longest_s
        Seconds that a job may run.
    memory_mb
        Memory that a job may take, in megabytes.
    result_mb
        What its results may take on disk together, in megabytes.
    days_kept
        Days that a finished job and its results are kept.
    """

    running: int = 2
    waiting: int = 20
    largest_area_km2: float = 20_000.0
    longest_s: float = 1800.0
    memory_mb: int = 4096
    result_mb: int = 1024
    days_kept: float = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFile:
    """
    A file of results.

    Parameters
    ----------
    name
        Its name within the job.
    media_type
        As HTTP names its kind.
    """

    name: str
    media_type: str
    size_bytes: int

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """
    A job.

    Parameters
    ----------
    process_id, inputs, formats
        What is to be run, on what was asked, and which kinds of file are wanted.
    owner
        Whose it is, as the audit log names them: the first of a token and those that took its place.
    status
        `accepted` until a worker takes it.
    progress, message
        How many per cent are done, and what is being done.
    created, started, finished, updated, expires
        Moments, with their time zone. `started` is of the latest attempt; `expires` is known once it is finished.
    attempts
        How often a worker took it.
    reason
        Why it failed.
    results
        Its files; there are some once it is successful.
    """

    id: str
    process_id: str
    inputs: dict[str, Any]
    formats: tuple[str, ...]
    owner: str
    status: Status
    progress: int
    message: str
    created: datetime
    started: datetime | None
    finished: datetime | None
    updated: datetime
    expires: datetime | None
    attempts: int
    reason: str
    results: tuple[ResultFile, ...]

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads; moments in ISO 8601."""
        return {
            name: value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }
