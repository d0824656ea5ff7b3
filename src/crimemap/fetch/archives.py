"""
Which archive of data.police.uk holds which month.

Archives are named for their newest month: `YYYY-MM.zip`, from 2013-12 on; `latest.zip` leads to the newest. Since May 2017
an archive holds the 36 months up to its own; until April 2017 each held everything since December 2010. A month that the
newest archive no longer has comes from the newest one that does, and the months after it from the same: the fewest archives
that hold everything. Source: https://data.police.uk/data/archive/ and https://data.police.uk/about/.
"""

from typing import Final
from urllib.parse import urljoin, urlsplit

from crimemap.fetch.addresses import require_web_address
from crimemap.periods import is_month, month_after

__all__ = [
    "DEFAULT_BASE",
    "FIRST_MONTH",
    "archive_url",
    "candidates",
    "first_month_of",
    "is_one_archive",
    "latest_url",
    "month_in",
]

DEFAULT_BASE: Final = "https://data.police.uk/data/archive/"
FIRST_MONTH: Final = "2010-12"
_FIRST_ARCHIVE: Final = "2013-12"
_LAST_WITH_EVERYTHING: Final = "2017-04"
_WINDOW: Final = 36


def is_one_archive(base: str) -> bool:
    """
    Say whether an address is that of one zip rather than of the folder of archives.

    Examples
    --------
    >>> is_one_archive("https://data.police.uk/data/archive/2025-01.zip"), is_one_archive(DEFAULT_BASE)
    (True, False)
    """
    return urlsplit(base).path.lower().endswith(".zip")


def _folder(base: str) -> str:
    return require_web_address(base if base.endswith("/") else f"{base}/")


def latest_url(base: str) -> str:
    """Give the address that leads to the newest archive."""
    return urljoin(_folder(base), "latest.zip")


def archive_url(base: str, month: str) -> str:
    """Give the address of the archive whose newest month is `month`."""
    return urljoin(_folder(base), f"{month}.zip")


def month_in(url: str) -> str | None:
    """
    Read an archive's month from its address.

    Examples
    --------
    >>> month_in("https://policeuk-data.s3.amazonaws.com/archive/2025-10.zip"), month_in(latest_url(DEFAULT_BASE))
    ('2025-10', None)
    """
    name = urlsplit(url).path.rpartition("/")[2]
    month = name.removesuffix(".zip")
    return month if name.endswith(".zip") and is_month(month) else None


def first_month_of(archive_month: str) -> str:
    """
    Give the first month that an archive holds.

    Examples
    --------
    >>> first_month_of("2025-10"), first_month_of("2016-01")
    ('2022-11', '2010-12')
    """
    return FIRST_MONTH if archive_month <= _LAST_WITH_EVERYTHING else month_after(archive_month, 1 - _WINDOW)


def candidates(month: str, *, newest: str) -> list[str]:
    """
    List the archives that should hold a month, the newest first.

    Parameters
    ----------
    month
        The month wanted.
    newest
        The newest archive there is.

    Examples
    --------
    >>> candidates("2020-01", newest="2025-10")[:2], candidates("2011-06", newest="2025-10")[0]
    (['2022-12', '2022-11'], '2017-04')
    """
    last = month_after(month, _WINDOW - 1)
    last = min(max(last, _LAST_WITH_EVERYTHING), newest)
    first = max(month, _FIRST_ARCHIVE)
    found = []
    while last >= first:
        found.append(last)
        last = month_after(last, -1)
    return found
