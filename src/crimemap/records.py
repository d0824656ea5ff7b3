"""How values and tables become JSON: numbers of Python, and null for what is not known."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["plain", "records"]


def plain(value: Any) -> Any:
    """
    Turn a value into what JSON can hold: numbers of Python, lists, None for what is missing.

    Examples
    --------
    >>> plain(np.float64("nan")), plain(np.int64(3)), plain(pd.NA), plain("a")
    (None, 3, None, 'a')
    >>> plain({"a": float("inf"), "b": (np.int64(1), None)})
    {'a': None, 'b': [1, None]}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    return None if value is pd.NA else value


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """
    Give the rows of a table as JSON objects, without its index.

    Examples
    --------
    >>> records(pd.DataFrame({"a": [1, 2], "b": [0.5, float("nan")]}))
    [{'a': 1, 'b': 0.5}, {'a': 2, 'b': None}]
    """
    columns = [[plain(value) for value in table[name].tolist()] for name in table.columns]
    return [dict(zip(map(str, table.columns), row, strict=True)) for row in zip(*columns, strict=True)]
