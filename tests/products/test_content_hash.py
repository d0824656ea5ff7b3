"""Two contents have one hash exactly if they are the same."""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from crimemap.products.content_hash import UnknownContentError, content_hash

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def written(thing):
    """Write a thing out so that kinds and orders show: what the hash must tell apart."""
    if isinstance(thing, dict):
        return ("dict", tuple((key, written(value)) for key, value in thing.items()))
    if isinstance(thing, list):
        return ("list", tuple(map(written, thing)))
    return (type(thing).__name__, repr(thing))


@given(JSON, JSON)
def test_contents_have_one_hash_exactly_if_they_are_written_the_same(one, other):
    assert content_hash(one) == content_hash(deepcopy(one))
    assert (content_hash(one) == content_hash(other)) == (written(one) == written(other))


@dataclass(frozen=True)
class _Named:
    a: object
    b: object = 0


@dataclass(frozen=True)
class _Other:
    a: object
    b: object = 0


DIFFERENT = [
    "a", b"a", Markup("a"), 1, 1.0, True, None, np.int64(1), np.float64(1), [1], [[1]], {"a": 1}, {"b": 1},
    {1}, _Named(1), _Named(1, 1), _Other(1), np.array([1]), np.array([1.0]), np.array([[1]]), np.array([1], dtype=object),
    shapely.Point(0, 1), shapely.Point(1, 0), pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), pd.DataFrame({"a": [2]}),
]  # fmt: skip


def test_kinds_and_values_are_told_apart():
    assert len({content_hash(one) for one in DIFFERENT}) == len(DIFFERENT)


def test_copies_have_the_same_hash():
    assert [content_hash(one) for one in DIFFERENT] == [content_hash(deepcopy(one)) for one in DIFFERENT]


@pytest.mark.parametrize("thing", [object(), len, _Named, iter([1]), _Named(object())])
def test_what_is_not_known_is_refused(thing):
    with pytest.raises(UnknownContentError):
        content_hash([thing])
