"""The examples in README.md and docs/library.md run and learn; README.md and .ci/run name the same test command."""

from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
README, LIBRARY = "README.md", "docs/library.md"


def example(page: str, name: str) -> str:
    _, _, rest = (ROOT / page).read_text().partition(f"<!-- {name} -->\n```python\n")
    code, _, _ = rest.partition(f"```\n<!-- end of {name} -->")
    return code


def run(page: str, name: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(example(page, name), page, "exec"), names)
    return names


@pytest.mark.parametrize(
    ("page", "name", "lines"), [(README, "example", 10), (LIBRARY, "example", 25), (LIBRARY, "image example", 25)]
)
def test_the_examples_are_short(page: str, name: str, lines: int) -> None:
    assert 5 < len([line for line in example(page, name).splitlines() if line]) <= lines


@pytest.mark.parametrize("page", [README, LIBRARY])
def test_the_example_learns(page: str) -> None:
    errors = run(page, "example")["errors"].mean(axis=1)
    assert errors.shape == (6,)
    assert errors[2] < 0.5 * errors[0]


def test_the_image_example_learns() -> None:
    scores = run(LIBRARY, "image example")["scores"].mean(axis=1)
    assert scores.shape == (4,)
    assert scores[3] > scores[0] + 20


def test_continuous_integration_calls_the_test_command() -> None:
    command = "python3 -m venv .venv && .venv/bin/python -m pip install --quiet tox && .venv/bin/tox run -e "
    assert f"\n{command}py\n" in (ROOT / README).read_text()
    assert (ROOT / ".ci/run").read_text().endswith(f"\n{command}lint,types,py\n")
