"""Settings: built, changed by dotted path, and hashed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from benchmarks.declaring import settings as settings_module
from benchmarks.declaring.settings import build, definition_hash, overridden, part, symbol


@dataclass(frozen=True, kw_only=True)
class Leaf:
    size: int


@dataclass(frozen=True, kw_only=True)
class Branch:
    leaf: Leaf
    sizes: tuple[int, ...] = ()


HERE = __name__


def test_a_part_becomes_the_object_that_it_names() -> None:
    assert build(part(f"{HERE}.Leaf", size=3)) == Leaf(size=3)


def test_parts_in_parts_are_built_and_lists_become_tuples() -> None:
    declared = part(f"{HERE}.Branch", leaf=part(f"{HERE}.Leaf", size=1), sizes=[2, 3])
    assert build(declared) == Branch(leaf=Leaf(size=1), sizes=(2, 3))


def test_a_symbol_is_the_function_itself() -> None:
    assert build(symbol("benchmarks.declaring.settings.build")) is build


def test_plain_settings_stay_plain() -> None:
    assert build({"tasks": 600, "steps": None}) == {"tasks": 600, "steps": None}


def test_a_name_that_does_not_exist_fails() -> None:
    with pytest.raises(AttributeError, match="Twig"):
        build(part(f"{HERE}.Twig"))


NESTED = {"a": {"b": 1, "c": {"d": 2}}, "e": {"b": 3, "c": {"d": 4}}, "f": 5}


def test_a_path_changes_one_place() -> None:
    assert overridden(NESTED, {"a.c.d": 9, "f": 0}) == {
        "a": {"b": 1, "c": {"d": 9}},
        "e": {"b": 3, "c": {"d": 4}},
        "f": 0,
    }


def test_a_star_changes_every_place() -> None:
    changed = overridden(NESTED, {"*.c.d": 9})
    assert changed == {"a": {"b": 1, "c": {"d": 9}}, "e": {"b": 3, "c": {"d": 9}}, "f": 5}


def test_a_star_leaves_out_places_without_the_rest_of_the_path() -> None:
    assert overridden({"a": {"b": {"c": 1}}, "d": {"c": 2}, "e": 3}, {"*.b.c": 9}) == {
        "a": {"b": {"c": 9}},
        "d": {"c": 2},
        "e": 3,
    }


def test_the_original_stays_as_it_was() -> None:
    before = repr(NESTED)
    overridden(NESTED, {"*.c.d": 9})["a"]["c"]["new"] = 1
    assert repr(NESTED) == before


@pytest.mark.parametrize("path", ["g", "a.x", "*.x", "x.y", "*.x.y", "f.g"])
def test_a_path_without_a_match_is_quoted(path: str) -> None:
    with pytest.raises(KeyError, match="no setting matches"):
        overridden(NESTED, {path: 1})


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
KEYS = st.text(max_size=5)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
SETTINGS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


def reordered(value: Any) -> Any:
    """Returns the same settings with reversed keys and with tuples instead of lists."""
    if isinstance(value, dict):
        return {key: reordered(entry) for key, entry in reversed(value.items())}
    return tuple(reordered(entry) for entry in value) if isinstance(value, list) else value


def leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yields every leaf as (container, key)."""
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
    monkeypatch.setattr(settings_module, "DEFINITION_VERSION", 2)
    assert definition_hash({"steps": 1}) != before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"inner": {"rates": [0.1, np.int64(1)]}}, "settings/inner/rates/1 is a numpy.int64"),
        ({"inner": {1: "x"}}, "settings/inner has the key 1"),
        ({"f": len}, r"settings/f is a builtins.builtin_function_or_method.*allowed: None, bool"),
        ({"s": {1, 2}}, "settings/s is a builtins.set"),
    ],
)
def test_refuses_what_has_no_canonical_form(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        definition_hash(settings)
