"""
Whole numbers as short texts, for files that a browser reads: five bits in each character, a sixth where more follow.

`static/js/map/codes.js` reads them.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["code_numbers", "code_series", "code_signed"]

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_BITS: Final = 5
_MORE: Final = 1 << _BITS

Ints = NDArray[np.int64]


@cache
def _code(value: int) -> str:
    made = ""
    while value >= _MORE:
        made += _ALPHABET[_MORE | (value & (_MORE - 1))]
        value >>= _BITS
    return made + _ALPHABET[value]


def code_numbers(values: Iterable[int]) -> str:
    """
    Write numbers of 0 and more, one after another.

    Examples
    --------
    >>> code_numbers([0, 31, 32])
    'AfgB'
    """
    return "".join(_code(int(value)) for value in values)


def code_signed(values: Iterable[int]) -> str:
    """
    Write numbers of either sign: 0, -1, 1, -2, 2 as 0, 1, 2, 3, 4.

    Examples
    --------
    >>> code_signed([0, -1, 1])
    'ABC'
    """
    return code_numbers(2 * value if value >= 0 else -2 * value - 1 for value in values)


def code_series(unit: Ints, key: Ints, n: Ints) -> dict[int, str]:
    """
    Write what was counted under which keys, a text for each unit.

    Parameters
    ----------
    unit, key, n
        Shape (m,). Sorted by unit and key, no pair twice; `n` counts 1 or more.

    Returns
    -------
    dict
        For each unit the steps from key to key, each doubled; plus one where more than one was counted, and then followed
        by the number less two.

    Examples
    --------
    >>> code_series(np.array([7, 7, 9]), np.array([3, 4, 0]), np.array([1, 5, 1]))
    {7: 'GDD', 9: 'A'}
    """
    if not len(unit):
        return {}
    first = np.append(True, unit[1:] != unit[:-1])
    step = np.where(first, key, key - np.append(0, key[:-1]))
    several = n > 1
    head = _table(2 * step + several)
    tail = np.where(several, _table(np.maximum(n - 2, 0)), "")
    texts = head + tail
    begins = np.flatnonzero(first)
    ends = np.append(begins[1:], len(unit))
    return {int(one): "".join(texts[a:b]) for one, a, b in zip(unit[begins], begins.tolist(), ends.tolist(), strict=True)}


def _table(values: Ints) -> NDArray[np.object_]:
    codes = np.array([_code(value) for value in range(int(values.max()) + 1)], dtype=object)
    return np.asarray(codes[values])
