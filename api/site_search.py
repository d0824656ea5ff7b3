"""Searches that a server answers for browsers that run no scripts, and pages that only an earlier release had."""

import html
import re
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, RedirectResponse, Response

from crimemap.products.search_page import answer_search

__all__ = ["answered", "earlier_name", "gone_page", "search_asked"]

_LONGEST_QUERY: Final = 2_000
_LONGEST_ASKED: Final = 100
_TITLE: Final = re.compile("<title[^>]*>\\s*(.*?)\\s+\u2013 [^\u2013]*</title>", re.DOTALL)
_HEAD: Final = 20_000
#: What somebody looks for is nobody else's business: no cache on the way keeps it.
_UNKEPT: Final = {"Cache-Control": "no-store"}


def search_asked(site: Path, file: Path, query: bytes) -> str | None:
    """
    Give what a request for the page of results asks for; None where it is another page or asks for nothing.

    Parameters
    ----------
    site
        The folder of the site.
    file
        The file that the path names.
    query
        The query of the request, as it came.
    """
    if file.name != "index.html" or file.parent.name != "search" or file.parent.parent not in _homes(site):
        return None
    given = parse_qs(query[:_LONGEST_QUERY].decode("ascii", "replace"), max_num_fields=None).get("q", [""])
    return given[0].strip()[:_LONGEST_ASKED] or None


def _homes(site: Path) -> tuple[Path, ...]:
    root = site.resolve()
    return root, root / "cy"


def answered(site: Path, file: Path, asked: str, language: str) -> Response:
    """
    Answer a search with the page of results, or with the address of the one page of a postcode.

    Parameters
    ----------
    site
        The folder of the site.
    file
        Its page of results in the reader's language.
    asked
        What was typed.
    language
        Of the page, as `crimemap.language` names it.
    """
    searched = answer_search(site, file, asked, spoken=language)
    if searched.go_to:
        return RedirectResponse(searched.go_to, HTTPStatus.SEE_OTHER, _UNKEPT)
    return HTMLResponse(searched.page, headers=_UNKEPT)


def earlier_name(site: Path, path: str) -> str | None:
    """
    Give the title of the page that an earlier release had at a path; None where none had one.

    Releases are named by the time at which they were built, so earlier ones come before in the order of names.

    Parameters
    ----------
    site
        The folder of the active release's site.
    path
        Of the request; below the site, with no part that leads out of it.
    """
    active = site.resolve().parent
    parts = [part for part in path.split("/") if part]
    if not parts or any(part.startswith(".") or "\\" in part or not part.isprintable() for part in parts):
        return None
    if parts[-1] != "index.html":
        parts.append("index.html")
    try:
        earlier = sorted(one for one in active.parent.iterdir() if one.name[:1].isdigit() and one.name < active.name)
        for release in reversed(earlier):
            page = (release / "site").joinpath(*parts).resolve()
            if page.is_relative_to((release / "site").resolve()) and page.is_file():
                with page.open(encoding="utf-8") as opened:
                    title = _TITLE.search(opened.read(_HEAD))
                return html.unescape(title[1]) if title else ""
    except (OSError, ValueError):
        return None
    return None


def gone_page(site: Path, page: Path, name: str, language: str) -> Response:
    """
    Say that an earlier release had a page here, and list what the active one finds by its name.

    Parameters
    ----------
    site
        The folder of the site.
    page
        Its page for what is gone, in the reader's language.
    name
        Title of the page that was there.
    language
        Of the page.
    """
    searched = answer_search(site, page, name, spoken=language, home="/" if language == "en" else f"/{language}/")
    return HTMLResponse(searched.page, HTTPStatus.NOT_FOUND)
