"""Where a release will be on the web, if that is known: canonical addresses, what other sites show, maps of the site."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from crimemap.errors import ParameterError
from crimemap.language import ENGLISH, LANGUAGES, gettext, language
from crimemap.products.cards import CARD_HEIGHT, CARD_WIDTH, card_kind, card_words
from crimemap.products.context import SiteContext, site_name
from crimemap.products.page_languages import page_folder
from crimemap.products.report_files import REPORT_FILE

__all__ = ["addressed", "checked_site_address", "write_crawler_files"]

#: https://www.sitemaps.org/protocol.html: no file has more addresses.
MOST_ADDRESSES: Final = 50_000
_NOT_LISTED: Final = frozenset({"search", "embed", "maps"})
_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"


def checked_site_address(text: str) -> str:
    """
    Take the address of a site's first page, without the stroke at its end.

    Raises
    ------
    ParameterError
        If it is none that pages can be below.

    Examples
    --------
    >>> checked_site_address("https://crime.example.org/")
    'https://crime.example.org'
    """
    try:
        parts = urlsplit(text.strip())
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and not (parts.query or parts.fragment)
        sound = sound and parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound or any(one.isspace() or one in "<>\"'\\" for one in text.strip()):
        raise ParameterError(
            f"{text.strip()[:60]!r} is not the address of a site",
            where="site-address",
            fix="Give the address of its first page, such as https://crime.example.org/.",
        )
    return text.strip().rstrip("/")


def addressed(context: SiteContext, folder: str) -> dict[str, Any]:
    """Give what a page says of its own address; nothing where the release does not know it."""
    site = context.options.site_address
    if not site:
        return {}
    kind = card_kind(folder)
    spoken = language()
    return {
        "page_address": _address(site, page_folder(folder)),
        "card": {
            "address": f"{site}/assets/cards/{kind}-{spoken}.png",
            "width": CARD_WIDTH,
            "height": CARD_HEIGHT,
            "says": f"{site_name()}: {gettext(card_words(kind))}",
        },
    }


def _address(site: str, folder: str) -> str:
    return f"{site}/{quote(folder)}/" if folder else f"{site}/"


def write_crawler_files(context: SiteContext, site: Path, *, most: int = MOST_ADDRESSES) -> None:
    """
    Write robots.txt and, where the release knows its address, sitemap.xml with the files that it lists.

    Parameters
    ----------
    site
        With every page that it will have.
    most
        Addresses in a file.
    """
    lines = ["User-agent: *", "Disallow: /api/", "Disallow: /v1/", "Disallow: /search/", f"Disallow: /*/{REPORT_FILE}$"]
    own = context.options.site_address
    if own:
        lines.append(f"Sitemap: {own}/sitemap.xml")
        entries = [(_address(own, folder), month) for folder, month in _pages(context, site)]
        names = []
        for at in range(0, len(entries), most):
            names.append(f"sitemap-{at // most + 1}.xml")
            _write(site / names[-1], "urlset", "url", entries[at : at + most])
        latest = context.inputs.latest_month
        _write(site / "sitemap.xml", "sitemapindex", "sitemap", [(f"{own}/{name}", latest) for name in names])
    (site / "robots.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")


def _write(path: Path, outer: str, inner: str, entries: list[tuple[str, str]]) -> None:
    """Write one file; a month is a date that the protocol knows."""
    rows = "\n".join(
        f"<{inner}><loc>{escape(address)}</loc><lastmod>{month}</lastmod></{inner}>" for address, month in entries
    )
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{outer} xmlns="{_NAMESPACE}">\n{rows}\n</{outer}>\n', encoding="utf-8"
    )


def _pages(context: SiteContext, site: Path) -> Iterator[tuple[str, str]]:
    """Give the folder of each page, and the latest month of its data."""
    latest = context.inputs.latest_by_force()
    of_area: Mapping[str, str] = {
        context.folder(index): latest[force] for (force, _, _), index in context.rows.items() if force in latest
    }
    for path in sorted(site.rglob("index.html")):
        folder = path.parent.relative_to(site).as_posix()
        parts = () if folder == "." else tuple(folder.split("/"))
        if parts and parts[0] in LANGUAGES and parts[0] != ENGLISH:
            parts = parts[1:]
        if parts and parts[0] in _NOT_LISTED:
            continue
        month = of_area.get("/".join(parts))
        if month is None and len(parts) > 1 and parts[0] == "forces":
            month = latest.get(parts[1])
        yield ("" if folder == "." else folder), month or context.inputs.latest_month
