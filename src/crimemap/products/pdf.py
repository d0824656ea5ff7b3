"""PDF of a page that carries everything it shows: tagged for screen readers (PDF/UA-1), and nothing is fetched."""

from typing import Any

from crimemap.errors import CrimemapError

__all__ = ["pdf_of", "require_pdf"]


def require_pdf() -> Any:
    """
    Give WeasyPrint.

    Raises
    ------
    CrimemapError
        If WeasyPrint, or the pango libraries that it draws with, are not installed.
    """
    try:
        import weasyprint  # noqa: PLC0415 - an extra, and slow to load
    except (ImportError, OSError) as error:
        raise CrimemapError(
            "PDF files are made with WeasyPrint and pango, which are not installed",
            where="report",
            fix="Install crimemap[pdf] and your system's pango (libpango-1.0-0, libpangoft2-1.0-0), or write .html.",
        ) from error
    return weasyprint


def pdf_of(html: str) -> bytes:
    """
    Print a page.

    Parameters
    ----------
    html
        A whole document with its style inside; addresses of other files in it are not followed.

    Raises
    ------
    CrimemapError
        If WeasyPrint, or the pango libraries that it draws with, are not installed.
    """
    weasyprint = require_pdf()
    nothing_from_outside = weasyprint.urls.URLFetcher(allowed_protocols=())
    document = weasyprint.HTML(string=html, url_fetcher=nothing_from_outside)
    printed: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return printed
