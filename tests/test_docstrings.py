"""Docstrings have one style: entries start with a capital letter and end with a period; some words are not used."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [path for package in ("maml_tf", "benchmarks", "reports") for path in sorted((ROOT / package).rglob("*.py"))]
SECTION = re.compile(r"^(?:Args|Attributes|Raises):\n((?:(?: .*)?\n)+)", re.MULTILINE)
ENTRY = re.compile(r"^    (\S.*?): (.*(?:\n     .*)*)", re.MULTILINE)
UNWANTED = re.compile(r"\b(told|mend|mended|such as it is|now and then|a matter of)\b", re.IGNORECASE)


def docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_docstrings_have_one_style(path: Path) -> None:
    for text in docstrings(path):
        assert not UNWANTED.search(text), text
        for section in SECTION.findall(f"{text}\n"):
            entries = ENTRY.findall(section)
            assert entries, text
            for name, meaning in entries:
                assert not meaning[0].islower(), f"{name}: {meaning}"
                assert meaning.endswith("."), f"{name}: {meaning}"
