"""The address by which a client calls this application, for the links in its answers."""

import re
from typing import Final

from fastapi import Request

from api.errors import BadRequestError

__all__ = ["own_address"]

_HOST: Final = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?\Z|\[[0-9A-Fa-f:.]+\](:\d{1,5})?\Z", re.ASCII)


def own_address(request: Request) -> str:
    """
    Give scheme and host as the client knows them, without a slash at the end.

    Raises
    ------
    BadRequestError
        If the name that it calls us by is none: it would stand in every link.
    """
    host = request.headers.get("host", "")
    if not _HOST.match(host):
        raise BadRequestError("the Host header is not a host's name", where="Host")
    return f"{request.url.scheme}://{host}"
