"""The jobs of a workspace, opened as the settings say: where their records are, what wakes workers, and the limits."""

from typing import Protocol

from sqlalchemy import Connection

from crimemap.jobs.queue.job import JobLimits
from crimemap.jobs.queue.lineages import handed_over, owners_before
from crimemap.jobs.queue.records import JobStore
from crimemap.jobs.queue.wake import Wake
from crimemap.workspace import Workspace

__all__ = ["JobSettings", "limits_of", "open_store", "open_wake"]


class JobSettings(Protocol):
    """The settings of jobs; `crimemap.settings.PrivateSettings` has them."""

    jobs_database: str
    jobs_redis: str
    jobs_running: int
    jobs_waiting: int
    jobs_largest_area_km2: float
    jobs_time_limit_s: float
    jobs_memory_mb: int
    jobs_result_mb: int
    jobs_days_kept: float


def open_store(workspace: Workspace, settings: JobSettings) -> JobStore:
    """
    Open the records; a job that is submitted wakes a worker.

    Jobs kept by the name of a token that took another's place, as they once were, belong to its line from now on.

    Raises
    ------
    ParameterError
        If the database or the queue that the settings name cannot be used.
    """

    def prepare(connection: Connection) -> None:
        handed_over(connection, owners_before(workspace))

    wake = open_wake(workspace, settings)
    return JobStore(workspace, database=settings.jobs_database, wake=wake.call, let_go=wake.close, prepare=prepare)


def open_wake(workspace: Workspace, settings: JobSettings) -> Wake:
    """
    Open the queue that wakes workers.

    Raises
    ------
    ParameterError
        If the queue that the settings name cannot be used.
    """
    return Wake(workspace, redis=settings.jobs_redis)


def limits_of(settings: JobSettings) -> JobLimits:
    """Give what one owner's jobs may take."""
    return JobLimits(
        running=settings.jobs_running,
        waiting=settings.jobs_waiting,
        largest_area_km2=settings.jobs_largest_area_km2,
        longest_s=settings.jobs_time_limit_s,
        memory_mb=settings.jobs_memory_mb,
        result_mb=settings.jobs_result_mb,
        days_kept=settings.jobs_days_kept,
    )
