"""Where reports to the community are in a release: printed in the site, the documents they are printed from beside it."""

from pathlib import Path
from typing import Final

__all__ = ["REPORTS", "REPORT_FILE", "report_source"]

REPORT_FILE: Final = "report.pdf"
#: Beside `site/` in a release: the documents carry their style, as pages may not, so they are not served.
REPORTS: Final = "reports"


def report_source(release: Path, folder: str) -> Path:
    """
    Give the document that an area's report is printed from.

    Parameters
    ----------
    release
        The folder of the release.
    folder
        Of the area's page, below the site's root.

    Examples
    --------
    >>> report_source(Path("r"), "areas/csp/E22000001").as_posix()
    'r/reports/areas/csp/E22000001/report.html'
    """
    return release / REPORTS / folder / "report.html"
