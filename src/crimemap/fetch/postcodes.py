"""
Code-Point Open from the Ordnance Survey's downloads service.

`<product>/downloads` lists the files with area, format, size and MD5; each file's own address redirects to a signed one.
Source: OS Downloads API, https://osdatahub.os.uk/docs/downloads/technicalSpecification.
"""

import re
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit
from zipfile import is_zipfile

from crimemap.errors import FetchError
from crimemap.fetch.addresses import after_redirect, require_web_address, shown
from crimemap.fetch.client import Client
from crimemap.fetch.download import Expected, download
from crimemap.fetch.files import fingerprint, read_json, write_json

__all__ = ["DEFAULT_PRODUCT", "PostcodesDownload", "fetch_postcodes"]

DEFAULT_PRODUCT: Final = "https://api.os.uk/downloads/v1/products/CodePointOpen"
LICENCE: Final = "Open Government Licence v3.0"
_LARGEST: Final = 512 * 1024 * 1024
_LIST_CAP: Final = 4 * 1024 * 1024
_MD5_LENGTH: Final = 32
_VERSION: Final = re.compile(r"\d{4}-\d{2}(-\d{2})?\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostcodesDownload:
    """What a fetch brought; `size` in bytes, `version` as the publisher names it (YYYY-MM), where it does."""

    path: Path
    status: str
    version: str | None
    size: int
    md5: str
    sha256: str
    url: str
    received_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    url: str
    size: int | None
    md5: str | None
    version: str | None


def fetch_postcodes(client: Client, folder: Path, *, url: str) -> PostcodesDownload:
    """
    Fetch Code-Point Open as CSV for all of Great Britain.

    Parameters
    ----------
    folder
        Where the zip and `manifest.json` go.
    url
        The product in the downloads service, its list of downloads, or a zip.

    Raises
    ------
    FetchError
        If it is not offered, does not come, or its size or MD5 is not the announced one.
    """
    offer = _offer(client, require_web_address(url))
    manifest = read_json(folder / "manifest.json")
    path = folder / (f"codepo_gb_{offer.version}.zip" if offer.version else "codepo_gb.zip")
    if offer.md5 and manifest.get("md5") == offer.md5 and path.is_file() and fingerprint(path).md5 == offer.md5:
        return _result(client, path, offer, "present")
    download(client, offer.url, path, expected=Expected(cap=_LARGEST, size=offer.size, md5=offer.md5))
    if not is_zipfile(path):
        path.unlink()
        raise FetchError("what came is not a zip", where=shown(offer.url), fix="Check the address, or try again later.")
    result = _result(client, path, offer, "fetched")
    write_json(
        folder / "manifest.json",
        {
            "product": "Code-Point Open",
            "publisher": "Ordnance Survey",
            "licence": LICENCE,
            "attribution": "Contains OS data © Crown copyright and database right; contains Royal Mail data © Royal Mail "
            "copyright and database right; contains National Statistics data © Crown copyright and database right",
            "file": path.name,
            "url": result.url,
            "version": offer.version,
            "size": result.size,
            "md5": result.md5,
            "sha256": result.sha256,
            "fetched_at": client.clock.now().astimezone(UTC).isoformat(timespec="seconds"),
        },
    )
    return result


def _result(client: Client, path: Path, offer: _Offer, status: str) -> PostcodesDownload:
    found = fingerprint(path)
    return PostcodesDownload(
        path=path,
        status=status,
        version=offer.version,
        size=found.size,
        md5=found.md5,
        sha256=found.sha256,
        url=shown(offer.url),
        received_bytes=client.received_bytes,
    )


def _offer(client: Client, url: str) -> _Offer:
    if urlsplit(url).path.lower().endswith(".zip"):
        return _Offer(url=url, size=None, md5=None, version=None)
    product = url.partition("?")[0].rstrip("/").removesuffix("/downloads")
    listed = client.json(f"{product}/downloads", cap=_LIST_CAP)
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    chosen = [entry for entry in entries if entry.get("area") == "GB" and str(entry.get("format")).upper() == "CSV"]
    if not chosen:
        raise FetchError(
            f"none of the {len(entries)} files offered is CSV for Great Britain",
            where=shown(product),
            fix="Download Code-Point Open by hand and add it with 'crimemap postcodes add'.",
        )
    address, size, md5 = (chosen[0].get(key) for key in ("url", "size", "md5"))
    if not isinstance(address, str):
        raise FetchError("the list of files gives no address", where=shown(product), fix="Try again later.")
    if md5 is not None and (not isinstance(md5, str) or len(md5) != _MD5_LENGTH):
        raise FetchError("the list of files gives an MD5 that is none", where=shown(product), fix="Try again later.")
    return _Offer(
        url=after_redirect(f"{product}/downloads", urljoin(f"{product}/", address)),
        size=size if isinstance(size, int) and size > 0 else None,
        md5=md5.lower() if md5 else None,
        version=_version(client, product),
    )


def _version(client: Client, product: str) -> str | None:
    """Ask for the product's version; it is worth having and not worth failing for."""
    try:
        about: Any = client.json(product, cap=_LIST_CAP)
    except FetchError:
        return None
    version = about.get("version") if isinstance(about, dict) else None
    return version if isinstance(version, str) and _VERSION.match(version) else None
