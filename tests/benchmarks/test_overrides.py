import pytest

from benchmarks.overrides import overridden

SETTINGS = {"a": {"b": 1, "c": {"d": 2}}, "e": {"b": 3, "c": {"d": 4}}, "f": 5}


def test_a_path_changes_one_place() -> None:
    assert overridden(SETTINGS, {"a.c.d": 9, "f": 0}) == {
        "a": {"b": 1, "c": {"d": 9}},
        "e": {"b": 3, "c": {"d": 4}},
        "f": 0,
    }


def test_a_star_changes_every_place() -> None:
    changed = overridden(SETTINGS, {"*.c.d": 9})
    assert changed == {"a": {"b": 1, "c": {"d": 9}}, "e": {"b": 3, "c": {"d": 9}}, "f": 5}


def test_a_star_leaves_out_places_without_the_rest_of_the_path() -> None:
    assert overridden({"a": {"b": {"c": 1}}, "d": {"c": 2}, "e": 3}, {"*.b.c": 9}) == {
        "a": {"b": {"c": 9}},
        "d": {"c": 2},
        "e": 3,
    }


def test_the_original_stays_as_it_was() -> None:
    before = repr(SETTINGS)
    overridden(SETTINGS, {"*.c.d": 9})["a"]["c"]["new"] = 1
    assert repr(SETTINGS) == before


@pytest.mark.parametrize("path", ["g", "a.x", "*.x", "x.y", "*.x.y", "f.g"])
def test_a_path_that_names_nothing_is_quoted(path: str) -> None:
    with pytest.raises(KeyError, match="names nothing"):
        overridden(SETTINGS, {path: 1})
