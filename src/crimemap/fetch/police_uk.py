"""
The files of some forces and months, taken out of the archives of data.police.uk.

A force's month is a few hundred kilobytes of an archive of over a gigabyte: only the table of contents and the members asked
for are fetched. Files stand under a folder for each archive, because a later archive has the same month with newer outcomes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from crimemap.errors import NotFoundError, ParameterError
from crimemap.fetch.addresses import shown
from crimemap.fetch.archives import (
    FIRST_MONTH,
    archive_url,
    candidates,
    first_month_of,
    is_one_archive,
    latest_url,
    month_in,
)
from crimemap.fetch.client import Client, MissingError
from crimemap.fetch.ranges import RemoteFile
from crimemap.fetch.taking import ALL_FORCES, KINDS, FetchedFile, Job, PoliceUkDownload
from crimemap.forces import force_by_name

__all__ = ["ALL_FORCES", "KINDS", "FetchedFile", "PoliceUkDownload", "fetch_police_uk", "force_slug"]

_ORIGINAL_PATH: Final = "/data/archive/"


def force_slug(text: str) -> str:
    """
    Turn what somebody types into police.uk's name for a force.

    Examples
    --------
    >>> force_slug("Devon & Cornwall"), force_slug("south-wales"), force_slug("Leicestershire Police")
    ('devon-and-cornwall', 'south-wales', 'leicestershire')
    """
    return force_by_name(text) or "-".join(text.lower().replace("&", " and ").replace("-", " ").replace("_", " ").split())


def fetch_police_uk(
    client: Client, folder: Path, *, forces: Sequence[str], months: Sequence[str], kinds: Sequence[str], base: str
) -> PoliceUkDownload:
    """
    Fetch the files of some forces and months.

    Parameters
    ----------
    folder
        Where files go: `<folder>/<archive month>/<month>/<month>-<force>-<kind>.csv`, with a manifest for each archive.
    forces
        police.uk's names, or "all".
    months
        YYYY-MM, each once.
    kinds
        Out of `KINDS`.
    base
        The folder of archives, or one zip in the same layout.

    Raises
    ------
    NotFoundError
        If a force is unknown, or none of the months is published.
    FetchError
        If the server does not give what is there.
    ParameterError
        If nothing is asked for, or a month lies before police.uk began.
    """
    if not forces or not months or not kinds:
        raise ParameterError("nothing is asked for", where="fetch police-uk", fix="Name a force, months and kinds.")
    if min(months) < FIRST_MONTH:
        raise ParameterError(
            f"{min(months)} lies before police.uk began", where="--from", fix=f"Its first month is {FIRST_MONTH}."
        )
    job = Job(client, folder, sorted(set(forces)), kinds)
    if is_one_archive(base):
        job.from_archive(base, sorted(months), all_of_them=True)
    else:
        _from_all_archives(job, base, sorted(months))
    job.result.files.sort(key=lambda file: (file.force, file.month, file.kind))
    job.result.received_bytes = client.received_bytes
    return job.result


def _latest(client: Client, base: str) -> tuple[RemoteFile | None, str]:
    """Find the newest archive; an address that is only a host's is taken for that of a copy of the original site."""
    bases = [base, urljoin(base, _ORIGINAL_PATH)] if urlsplit(base).path in {"", "/"} else [base]
    for each in bases:
        try:
            return RemoteFile.find(client, latest_url(each)), each
        except MissingError:
            continue
    client.watcher.note("there is no latest.zip there: looking for archives month by month")
    return None, bases[-1]


def _from_all_archives(job: Job, base: str, months: list[str]) -> None:
    latest, base = _latest(job.client, base)
    newest = job.client.clock.now().strftime("%Y-%m") if latest is None else month_in(latest.resolved)
    wanted = set(months)
    if latest is not None and (newest is None or max(months) >= first_month_of(newest)):
        first, newest = job.from_archive(latest_url(base), months, found=latest)
        wanted = {month for month in months if month < first or month > newest}
    later = sorted(month for month in wanted if month > str(newest))
    if len(later) == len(months):
        raise NotFoundError(
            f"the newest month published is {newest}",
            where="--from",
            fix=f"Ask for months up to {newest}, or come back later.",
        )
    if latest is not None:
        job.result.newest_archive = newest
    _from_older_archives(job, base, sorted(wanted.difference(later)), newest=str(newest))
    job.say_none(later, "not_published")
    if not job.archives:
        raise NotFoundError(
            f"there is no archive that could hold {min(months)} to {max(months)}",
            where=shown(base),
            fix="Check the address.",
        )


def _from_older_archives(job: Job, base: str, wanted: list[str], *, newest: str) -> None:
    gone: set[str] = set()
    while wanted:
        earliest = wanted[0]
        for archive_month in candidates(earliest, newest=newest):
            if archive_month in gone:
                continue
            try:
                first, last = job.from_archive(archive_url(base, archive_month), wanted)
            except MissingError:
                gone.add(archive_month)
                continue
            wanted = [month for month in wanted if not first <= month <= last]
            if earliest not in wanted:
                break
        else:
            job.say_none([earliest], "not_published")
            wanted.remove(earliest)
