"""The README's example works as it is printed."""

from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text()


def example() -> str:
    _, _, rest = README.partition("<!-- example -->\n```python\n")
    code, _, _ = rest.partition("```\n<!-- end of example -->")
    return code


def test_the_example_is_short() -> None:
    assert 10 < len([line for line in example().splitlines() if line]) < 25


def test_the_example_learns() -> None:
    names: dict[str, object] = {}
    exec(compile(example(), "README.md", "exec"), names)
    errors = names["errors"].mean(axis=1)  # type: ignore[attr-defined]
    assert errors.shape == (6,)
    assert errors[2] < 0.5 * errors[0]
