"""How tables become JSON."""

import math
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["finite", "records"]


def finite(value: Any) -> Any:
    """
    Turn a cell of a table into what JSON can hold: numbers of Python, None for what is missing.

    Examples
    --------
    >>> finite(np.float64("nan")), finite(np.int64(3)), finite(pd.NA), finite("a")
    (None, 3, None, 'a')
    """
    if value is None or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """
    Give the rows of a table as JSON objects.

    Examples
    --------
    >>> records(pd.DataFrame({"a": [1, 2], "b": [0.5, float("nan")]}))
    [{'a': 1, 'b': 0.5}, {'a': 2, 'b': None}]
    """
    columns = [[finite(value) for value in table[name].tolist()] for name in table.columns]
    return [dict(zip(table.columns, row, strict=True)) for row in zip(*columns, strict=True)]
