"""Tests of the definition hash."""

import json
from collections.abc import Iterator
from typing import Any

import numpy
import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from benchmarks import definition
from benchmarks.definition import definition_hash

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
KEYS = st.text(max_size=5)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
SETTINGS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


def reordered(value: Any) -> Any:
    """The same settings: keys the other way round, tuples for lists."""
    if isinstance(value, dict):
        return {key: reordered(entry) for key, entry in reversed(value.items())}
    return tuple(reordered(entry) for entry in value) if isinstance(value, list) else value


def leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every leaf as (container, key)."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, entry in items:
        if isinstance(entry, dict | list):
            yield from leaves(entry)
        else:
            yield value, key


@hypothesis_settings(deadline=None)
@given(SETTINGS)
def test_neither_order_of_keys_nor_kind_of_sequence_matters(settings: dict[str, Any]) -> None:
    assert definition_hash(reordered(settings)) == definition_hash(settings)


@hypothesis_settings(deadline=None)
@given(SETTINGS, LEAVES, st.data())
def test_every_leaf_matters(settings: dict[str, Any], other: Any, data: st.DataObject) -> None:
    before = definition_hash(settings)
    places = list(leaves(settings))
    assume(places)
    container, key = data.draw(st.sampled_from(places))
    assume(json.dumps(container[key]) != json.dumps(other))
    container[key] = other
    assert definition_hash(settings) != before


@hypothesis_settings(deadline=None)
@given(SETTINGS, KEYS)
def test_every_key_matters(settings: dict[str, Any], key: str) -> None:
    assume(key not in settings)
    assert definition_hash({**settings, key: None}) != definition_hash(settings)


def test_is_the_same_on_every_machine() -> None:
    settings = {"steps": 1, "learning_rate": 0.001, "name": "é", "loss": None, "shape": (40, 40)}
    assert definition_hash(settings) == "9197891b8e3a"


def test_hidden_version_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    before = definition_hash({"steps": 1})
    monkeypatch.setattr(definition, "DEFINITION_VERSION", 2)
    assert definition_hash({"steps": 1}) != before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"inner": {"rates": [0.1, numpy.int64(1)]}}, "settings/inner/rates/1 is a numpy.int64"),
        ({"inner": {1: "x"}}, "settings/inner has the key 1"),
        ({"f": len}, r"settings/f is a builtins.builtin_function_or_method.*allowed: None, bool"),
        ({"s": {1, 2}}, "settings/s is a builtins.set"),
    ],
)
def test_refuses_what_has_no_canonical_form(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        definition_hash(settings)
