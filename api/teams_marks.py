"""
Marks that a client gives back to go on: cursors of pages, and tokens of the change feed.

A mark holds all that it stands for and no content: versions, numbers, and a hash of the question. It grants nothing. Whose
incidents are read is settled by the bearer's token each time, so there is nothing to gain by making one up.
"""

import base64
import binascii
import hashlib
import json
from typing import Any, Final

from api.errors import BadRequestError

__all__ = ["mark", "question", "read_mark"]

_LONGEST: Final = 600
_MOST: Final = 2**31 - 1


def mark(**fields: int | str) -> str:
    """
    Write a mark.

    Examples
    --------
    >>> read_mark(mark(kind="page", version=3), kind="page", numbers=("version",), texts=(), where="cursor")
    {'kind': 'page', 'version': 3}
    """
    return base64.urlsafe_b64encode(json.dumps(fields, separators=(",", ":")).encode()).rstrip(b"=").decode()


def read_mark(text: str, *, kind: str, numbers: tuple[str, ...], texts: tuple[str, ...], where: str) -> dict[str, Any]:
    """
    Read a mark.

    Raises
    ------
    BadRequestError
        If it is none that we made, or of another kind.
    """
    wrong = BadRequestError("this is none that we gave", where=where, fix="Give it back as it was, or leave it out.")
    if len(text) > _LONGEST or not text.isascii():
        raise wrong
    try:
        fields = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise wrong from None
    if not isinstance(fields, dict) or fields.keys() != {"kind", *numbers, *texts} or fields["kind"] != kind:
        raise wrong
    if any(type(fields[name]) is not int or not 0 <= fields[name] <= _MOST for name in numbers):
        raise wrong
    if any(not isinstance(fields[name], str) for name in texts):
        raise wrong
    return fields


def question(*parts: object) -> str:
    """Give a short hash of what was asked, so that a cursor goes on with the same question only."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:16]
