from dataclasses import dataclass

import pytest

from benchmarks.part import build, part, symbol


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
    assert build(symbol("benchmarks.part.build")) is build


def test_plain_settings_stay_plain() -> None:
    assert build({"tasks": 600, "steps": None}) == {"tasks": 600, "steps": None}


def test_a_name_that_does_not_exist_fails() -> None:
    with pytest.raises(AttributeError, match="Twig"):
        build(part(f"{HERE}.Twig"))
