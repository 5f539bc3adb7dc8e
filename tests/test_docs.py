"""What the pages name exists."""

import re
from pathlib import Path

import pytest

import maml_tf

PAGES = sorted((Path(__file__).parents[1] / "docs").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_names_of_the_library_exist(page: Path) -> None:
    names = re.findall(r"maml_tf((?:\.\w+)+)", page.read_text())
    assert names
    for name in names:
        value: object = maml_tf
        for part in name[1:].split("."):
            value = getattr(value, part)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).is_file(), target
