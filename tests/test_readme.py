"""The examples in the README run and learn."""

from pathlib import Path
from typing import Any

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text()


def example(name: str) -> str:
    _, _, rest = README.partition(f"<!-- {name} -->\n```python\n")
    code, _, _ = rest.partition(f"```\n<!-- end of {name} -->")
    return code


def run(name: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(example(name), "README.md", "exec"), names)
    return names


@pytest.mark.parametrize("name", ["example", "image example"])
def test_the_examples_are_short(name: str) -> None:
    assert 10 < len([line for line in example(name).splitlines() if line]) < 25


def test_the_example_learns() -> None:
    errors = run("example")["errors"].mean(axis=1)
    assert errors.shape == (6,)
    assert errors[2] < 0.5 * errors[0]


def test_the_image_example_learns() -> None:
    scores = run("image example")["scores"].mean(axis=1)
    assert scores.shape == (4,)
    assert scores[3] > scores[0] + 20
