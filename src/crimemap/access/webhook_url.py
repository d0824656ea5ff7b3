"""
Where a webhook may go: to a public host by https, and nowhere into the network that this machine stands in.

A name is looked up once, every address that it has is judged, and the connection is made to one of those very addresses:
looked up a second time, a name could have another. Addresses that hold another inside them (IPv6-mapped, 6to4, NAT64) are
refused whatever they hold. An operator may name hosts of the own network that are allowed all the same.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from crimemap.errors import ParameterError

__all__ = [
    "InternalHosts",
    "Resolver",
    "WebhookUrl",
    "addresses_of",
    "is_public",
    "look_up",
    "read_internal_hosts",
    "read_webhook_url",
    "shown_url",
]

#: Gives the addresses of a host and port, in the order in which they are to be tried.
Resolver = Callable[[str, int], Sequence[str]]
#: Hosts, with their port or for every port, that may be in the own network.
InternalHosts = frozenset[tuple[str, int | None]]

_LONGEST: Final = 400
_PORTS: Final = (443, 8443)
_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*\Z", re.ASCII)
_NUMBERS: Final = re.compile(r"[0-9.]+|0x[0-9a-f.x]*", re.ASCII)
_TARGET: Final = re.compile(r"[!-~]*\Z", re.ASCII)
#: What IPv6 gives out to the world; the rest of it is local, reserved, or holds addresses of IPv4.
_GIVEN_OUT: Final = ipaddress.ip_network("2000::/3")
_HOLDING_OTHERS: Final = tuple(ipaddress.ip_network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NOT_FOR_HOSTS: Final = tuple(
    ipaddress.ip_network(one)
    for one in ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookUrl:
    """
    An address, read.

    Attributes
    ----------
    target
        What is asked of the host: path and query.
    """

    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The host, with the port where it is not the usual one."""
        return self.host if self.port == _PORTS[0] else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        """Give the whole address."""
        return f"https://{self.authority}{self.target}"


def read_internal_hosts(text: str) -> InternalHosts:
    """
    Read hosts that may be in the own network, with commas between them.

    Raises
    ------
    ParameterError
        If one is not written as a host, or host:port.

    Examples
    --------
    >>> sorted(read_internal_hosts("hooks.force.local:8443"))
    [('hooks.force.local', 8443)]
    """
    found = set()
    for part in filter(None, (one.strip().lower() for one in text.split(","))):
        host, colon, port = part.partition(":")
        if not _HOST.match(host) or (colon and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536)):  # noqa: PLR2004 - ports
            raise ParameterError("this is no host", where="webhook_internal_hosts", fix="Write hooks.force.local:8443.")
        found.add((host, int(port) if colon else None))
    return frozenset(found)


def read_webhook_url(text: str, *, internal: InternalHosts = frozenset()) -> WebhookUrl:
    """
    Read the address of a webhook.

    Parameters
    ----------
    internal
        Hosts that an operator allows to be anywhere and at any port.

    Raises
    ------
    ParameterError
        If it is not an https address with a host's name, or has a user, a fragment or a port that is not allowed.

    Examples
    --------
    >>> str(read_webhook_url("https://hooks.example.org/in?team=4"))
    'https://hooks.example.org/in?team=4'
    """
    where = "url"
    if len(text) > _LONGEST or not _TARGET.match(text) or "\\" in text:
        raise ParameterError(f"an address has at most {_LONGEST} plain characters", where=where)
    try:
        parts = urlsplit(text)
        port = _PORTS[0] if parts.port is None else parts.port
    except ValueError:
        raise ParameterError("this is no address", where=where, fix="Write https://hooks.example.org/path.") from None
    host = (parts.hostname or "").lower().removesuffix(".")
    if parts.scheme.lower() != "https":
        raise ParameterError("webhooks go by https alone", where=where, fix="Write https://hooks.example.org/path.")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc or "#" in text:
        raise ParameterError("an address holds neither a user nor a fragment", where=where)
    allowed = _allowed(host, port, internal)
    if not _HOST.match(host) or (not allowed and ("." not in host or _NUMBERS.fullmatch(host.rpartition(".")[2]))):
        raise ParameterError("this is no public host's name", where=where, fix="Name the host, not its number.")
    if not allowed and port not in _PORTS:
        raise ParameterError(f"webhooks go to ports {' and '.join(str(one) for one in _PORTS)}", where=where)
    return WebhookUrl(host=host, port=port, target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def shown_url(url: str) -> str:
    """
    Show of an address what is no secret: its host.

    Examples
    --------
    >>> shown_url("https://hooks.example.org/in?key=secret"), shown_url("https://hooks.example.org/")
    ('https://hooks.example.org/…', 'https://hooks.example.org/')
    """
    parts = urlsplit(url)
    return f"https://{parts.netloc}/" + ("…" if parts.path not in ("", "/") or parts.query else "")


def is_public(address: str) -> bool:
    """
    Say whether an address is one of the public Internet, whatever stands behind it.

    Examples
    --------
    >>> [is_public(one) for one in ("93.184.216.34", "10.0.0.1", "169.254.169.254", "::ffff:93.184.216.34", "::1")]
    [True, False, False, False, False]
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False  # a zone, or no address at all
    if found.is_private or not found.is_global or found.is_multicast or found.is_reserved or found.is_link_local:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        return found in _GIVEN_OUT and not any(found in one for one in _HOLDING_OTHERS)
    return not any(found in one for one in _NOT_FOR_HOSTS)


def look_up(host: str, port: int) -> list[str]:
    """
    Ask the system for the addresses of a host.

    Raises
    ------
    OSError
        If it has none.
    """
    return list(dict.fromkeys(str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def addresses_of(url: WebhookUrl, *, resolve: Resolver = look_up, internal: InternalHosts = frozenset()) -> list[str]:
    """
    Look up a host, and give its addresses if all of them may be connected to.

    Parameters
    ----------
    resolve
        Looks up.
    internal
        Hosts that may have any address.

    Raises
    ------
    OSError
        If it has no address.
    ParameterError
        If one of them is not public: a name that has both kinds is no accident.
    """
    found = list(resolve(url.host, url.port))
    if not found:
        raise OSError("no address")
    if not _allowed(url.host, url.port, internal) and not all(is_public(one) for one in found):
        raise ParameterError(
            "this host has an address that is not of the public Internet",
            where="url",
            fix="An operator may allow it with CRIMEMAP_WEBHOOK_INTERNAL_HOSTS.",
        )
    return found


def _allowed(host: str, port: int, internal: InternalHosts) -> bool:
    return (host, port) in internal or (host, None) in internal
