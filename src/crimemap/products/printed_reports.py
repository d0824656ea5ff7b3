"""Reports to the community that are printed into a release, and those that were printed before and still say the same."""

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from crimemap.products.page_record import EarlierPages, PageRecord
from crimemap.products.pdf import pdf_of, require_pdf
from crimemap.products.report_files import REPORT_FILE, report_source

__all__ = ["PrintedReports"]

_TELL_EVERY: Final = 25
_PACKAGES: Final = ("weasyprint", "pydyf", "fonttools", "tinycss2", "pyphen")


class PrintedReports:
    """
    The printed reports of a release that is being built.

    A report whose document is as it was, but for the line that names the release, is not printed again. It keeps the name
    and the day of the release for which it was printed: that is when its figures were published.

    Parameters
    ----------
    release
        Its folder.
    earlier
        The pages of the release before.

    Attributes
    ----------
    taken
        How many were taken from the release before.

    Raises
    ------
    CrimemapError
        If WeasyPrint is not installed.
    """

    def __init__(self, release: Path, earlier: EarlierPages) -> None:
        require_pdf()
        self._release = release
        self._earlier = earlier
        self._wanted: list[str] = []
        self.taken = 0

    def print_later(self, page: str) -> None:
        """Note that the report of a page, whose document is written, is to be printed."""
        self._wanted.append(page)

    def take(self, page: str, entry: Mapping[str, Any]) -> None:
        """Take the printed report of a page that was taken, if it was printed by the same; else note that it is to be."""
        printed = entry.get("printed", {})
        same = printed.get("printer") == printer() and printed.get("file") == self._name(page)
        content = self._earlier.read(printed["file"], printed["sha256"]) if same else None
        if content is None:
            self.print_later(page)
        else:
            (self._release / printed["file"]).write_bytes(content)
            self.taken += 1

    def print_all(self, record: PageRecord, progress: Callable[[str], None]) -> None:
        """Print what is to be printed, as many at a time as there are processors, and take down what was."""
        jobs = [(report_source(self._release, page), self._release / self._name(page)) for page in self._wanted]
        started = time.monotonic()
        if jobs:
            workers = min(len(jobs), os.cpu_count() or 1)
            with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
                for done, _ in enumerate(pool.map(_print_one, jobs), start=1):
                    if done % _TELL_EVERY == 0:
                        progress(f"printing reports: {done} of {len(jobs)}")
            seconds = time.monotonic() - started
            progress(f"printed {len(jobs)} reports in {seconds:.0f} s, {len(jobs) / seconds:.1f} a second")
        if self.taken:
            progress(f"took {self.taken} printed reports that say the same")
        for page in self._wanted:
            record.printed(page, self._name(page), printer=printer())

    def _name(self, page: str) -> str:
        return f"site/{page}/{REPORT_FILE}"


@cache
def printer() -> str:
    """Name what prints, with versions: another one may break lines elsewhere."""
    pango = require_pdf().text.ffi.pango.pango_version()
    return ", ".join([*(f"{name} {version(name)}" for name in _PACKAGES), f"pango {pango}"])


def _print_one(job: tuple[Path, Path]) -> None:
    source, target = job
    target.write_bytes(pdf_of(source.read_text(encoding="utf-8")))
