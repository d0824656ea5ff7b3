"""
A hash of what a page is made from: equal for equal contents, in every process and on every day.

Everything is written out with its kind and length before it is hashed, so that no two different contents read the same. A
kind of thing that is not known here is refused: a page made from it is made again each time, never taken for unchanged.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any, Protocol

import numpy as np
import pandas as pd
import shapely

from crimemap.products.unread import Unread

__all__ = ["UnknownContentError", "content_hash"]


class UnknownContentError(TypeError):
    """A thing whose contents are not known to be all that it is."""


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


def content_hash(*things: Any) -> str:
    """
    Hash things by their contents.

    Parameters
    ----------
    things
        Texts, numbers, dates, geometries, arrays, frames with their rows' names, dataclasses, and lists, sets and
        dictionaries of such. The order of a dictionary counts, as pages are written in it; that of a set does not. What a
        page cannot read (`Unread`) counts as nothing.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.

    Raises
    ------
    UnknownContentError
        If there is something else among them.

    Examples
    --------
    >>> content_hash({"a": [1, 2]}) == content_hash({"a": [1, 2]}), content_hash(["ab", "c"]) == content_hash(["a", "bc"])
    (True, False)
    >>> content_hash(1) == content_hash(1.0), content_hash({"x", "y"}) == content_hash({"y", "x"})
    (False, True)
    """
    digest = hashlib.sha256()
    _sequence(digest, things)
    return digest.hexdigest()


def _told(digest: _Digest, kind: str, data: bytes) -> None:
    digest.update(f"{kind}:{len(data)}:".encode())
    digest.update(data)


def _sequence(digest: _Digest, things: Iterable[Any]) -> None:
    listed = list(things)
    digest.update(f"list:{len(listed)}:".encode())
    for one in listed:
        _add(digest, one)


def _add(digest: _Digest, thing: Any) -> None:
    match thing:
        case Unread():
            _told(digest, "unread", b"")
        case str():  # Markup too: that it is marked as safe changes how it is written
            _told(digest, type(thing).__name__, str(thing).encode("utf-8", "surrogatepass"))
        case None | bool() | int() | float():
            _told(digest, type(thing).__name__, repr(thing).encode())
        case _ if thing is pd.NA:
            _told(digest, "missing", b"")
        case np.generic():
            _told(digest, str(thing.dtype), repr(thing.item()).encode())
        case bytes():
            _told(digest, "bytes", thing)
        case datetime() | date():
            _told(digest, type(thing).__name__, thing.isoformat().encode())
        case shapely.Geometry():
            _told(digest, "geometry", shapely.to_wkb(thing))
        case Mapping():
            digest.update(f"mapping:{len(thing)}:".encode())
            for key, value in thing.items():
                _add(digest, key)
                _add(digest, value)
        case set() | frozenset():
            _sequence(digest, sorted(content_hash(one) for one in thing))
        case list() | tuple():
            _sequence(digest, thing)
        case np.ndarray():
            _array(digest, thing)
        case pd.DataFrame():
            _sequence(digest, [list(thing.columns), thing.index])
            for place in range(thing.shape[1]):
                _column(digest, thing.iloc[:, place])
        case pd.Series() | pd.Index():
            _told(digest, "column", str(thing.name).encode())
            _column(digest, thing)
        case _ if is_dataclass(thing) and not isinstance(thing, type):
            _told(digest, "dataclass", f"{type(thing).__module__}.{type(thing).__qualname__}".encode())
            _sequence(digest, (getattr(thing, field.name) for field in fields(thing)))
        case _:
            raise UnknownContentError(f"{type(thing).__module__}.{type(thing).__qualname__} has contents that are not known")


def _column(digest: _Digest, thing: "pd.Series[Any] | pd.Index[Any]") -> None:
    """Add values in their order: numbers at once, all else one by one."""
    if isinstance(thing.dtype, np.dtype) and thing.dtype.kind in "biuf":
        _array(digest, thing.to_numpy())
    else:
        _sequence(digest, thing.tolist())


def _array(digest: _Digest, thing: np.ndarray[Any, Any]) -> None:
    _told(digest, "array", f"{thing.dtype.str}{thing.shape}".encode())
    if thing.dtype.hasobject:
        _sequence(digest, thing.ravel().tolist())
    else:
        _told(digest, "data", np.ascontiguousarray(thing).tobytes())
