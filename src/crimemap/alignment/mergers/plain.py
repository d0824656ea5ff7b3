"""Rows of results as JSON can hold them."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["plain", "rows_of_table"]


def plain(value: Any) -> Any:
    """
    Turn a value into what JSON can hold: numbers of Python, lists, None for what is missing.

    Examples
    --------
    >>> plain({"a": np.float64("nan"), "b": (np.int64(1), None)})
    {'a': None, 'b': [1, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    if value is None or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def rows_of_table(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a table, without its index."""
    columns = [[plain(value) for value in table[name].tolist()] for name in table.columns]
    return [dict(zip(map(str, table.columns), row, strict=True)) for row in zip(*columns, strict=True)]
