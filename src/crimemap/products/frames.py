"""Rows of data frames as plain dictionaries, and numbers of columns as plain arrays."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["codes", "records"]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """
    Give each row as a dictionary by column name.

    Examples
    --------
    >>> records(pd.DataFrame({"a": [1], "b": ["x"]}))
    [{'a': 1, 'b': 'x'}]
    """
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def codes(values: "pd.Series[Any]", names: list[str]) -> NDArray[np.int64]:
    """
    Give each value's position in a list of distinct names, -1 where it is not in it.

    Examples
    --------
    >>> codes(pd.Series(["b", "z"]), ["a", "b"])
    array([ 1, -1])
    >>> codes(pd.Series(["b", "z", "b"], dtype="category"), ["a", "b"])
    array([ 1, -1,  1])
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        of_category = np.append(pd.Index(names).get_indexer(values.cat.categories), -1)
        return np.asarray(of_category[values.cat.codes], dtype=np.int64)
    return np.asarray(pd.Index(names).get_indexer(pd.Index(values)), dtype=np.int64)
