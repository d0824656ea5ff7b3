"""Which addresses may be asked, and how they are shown."""

import ipaddress
from urllib.parse import urljoin, urlsplit, urlunsplit

from crimemap.errors import FetchError, ParameterError

__all__ = ["after_redirect", "require_web_address", "shown"]


def shown(url: str) -> str:
    """
    Write an address for people: without query (it may carry a signature), without user name.

    Examples
    --------
    >>> shown("https://user:secret@example.org/a/b.zip?sig=abc")
    'https://example.org/a/b.zip'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))[:200]


def require_web_address(url: str, *, where: str = "--url") -> str:
    """
    Insist on an http or https address with a host and without a password.

    Raises
    ------
    ParameterError
        If it is something else.

    Examples
    --------
    >>> require_web_address("https://data.police.uk/data/archive/")
    'https://data.police.uk/data/archive/'
    """
    fix = "Give an address that begins with https:// (or http://)."
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ParameterError(f"{url[:100]!r} is not a web address", where=where, fix=fix) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(c.isspace() or ord(c) < 32 for c in url):  # noqa: PLR2004 - control characters
        raise ParameterError(f"{url[:100]!r} is not a web address", where=where, fix=fix)
    if parts.username or parts.password:
        raise ParameterError("the address carries a user name or password", where=where, fix="Leave them out.")
    return url


def _is_inside(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def after_redirect(url: str, location: str) -> str:
    """
    Give the address that a redirect leads to, or refuse it.

    Raises
    ------
    FetchError
        If it leaves http and https, goes from https to http, or from the open web to a machine on this network.

    Examples
    --------
    >>> after_redirect("https://a.example/x/latest.zip", "../y/2025-10.zip")
    'https://a.example/y/2025-10.zip'
    """
    fix = "Do not use this address; the server, or somebody between, cannot be trusted."
    try:
        target = require_web_address(urljoin(url, location), where="redirect")
    except (ValueError, ParameterError):
        raise FetchError("the server redirects to something that is not a web address", where=shown(url), fix=fix) from None
    old, new = urlsplit(url), urlsplit(target)
    if old.scheme == "https" and new.scheme != "https":
        raise FetchError("the server redirects from https to plain http", where=shown(url), fix=fix)
    if _is_inside(new.hostname or "") and not _is_inside(old.hostname or ""):
        raise FetchError("the server redirects to a machine on this network", where=shown(url), fix=fix)
    return target
