"""Names of the tensors in a nested structure."""

from typing import Any, NamedTuple

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from maml_tf.naming import leaf_names


class Pair(NamedTuple):
    second: Any
    first: Any


nested = st.recursive(
    st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc/", min_size=1, max_size=3), inner, max_size=3)
        | st.tuples(inner, inner)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("structure", "names"),
    [
        ({"b": 1, "a": {"d": 2, "c": 3}}, ["a/c", "a/d", "b"]),
        ([1, (2, 3)], ["0", "1/0", "1/1"]),
        ({"layers": [{"bias": 1}, {"bias": 2}]}, ["layers/0/bias", "layers/1/bias"]),
        (Pair(second={"x": 1}, first=2), ["0/x", "1"]),
        ({2: 1, 10: 2}, ["2", "10"]),
        (7, [""]),
        ({}, []),
    ],
)
def test_leaves_are_named_by_keys_and_positions(structure: Any, names: list[str]) -> None:
    assert leaf_names(structure) == names


@given(nested)
def test_names_follow_the_order_of_flatten(structure: Any) -> None:
    def reach(where: Any, path: list[str]) -> Any:
        for key in path:
            where = where[key] if isinstance(where, dict) else where[int(key)]
        return where

    names, leaves = leaf_names(structure), tf.nest.flatten(structure)

    assert len(names) == len(leaves)
    if not any("/" in key for key in keys_of(structure)):
        assert [reach(structure, name.split("/") if name else []) for name in names] == leaves


def keys_of(structure: Any) -> list[str]:
    """Returns all dictionary keys of a structure."""
    if isinstance(structure, dict):
        return [*structure, *(key for value in structure.values() for key in keys_of(value))]
    return [key for value in structure for key in keys_of(value)] if isinstance(structure, list | tuple) else []
