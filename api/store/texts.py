"""JSON texts: written once, served many times."""

import json
from collections.abc import Iterable
from typing import Any

__all__ = ["json_bytes", "json_texts"]


def json_bytes(value: Any) -> bytes:
    """
    Write a value as compact JSON.

    Examples
    --------
    >>> json_bytes({"name": "Ynys Môn", "n": None}).decode()
    '{"name":"Ynys Môn","n":null}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def json_texts(values: Iterable[Any]) -> list[str]:
    """Write each value as compact JSON text."""
    return [json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) for value in values]
