"""The pages: generated parts are up to date, and what they name exists."""

import pkgutil
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import maml_tf
from benchmarks.catalogue import CATALOGUE, select
from benchmarks.command_line import cli, data_cli
from benchmarks.command_line.status_tables import choose
from benchmarks.records.evidence import Measured
from benchmarks.verdicts.status import rows
from docs import generate

ROOT = Path(__file__).parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.mark.parametrize("name", generate.PARTS)
def test_generated_parts_are_up_to_date(name: str) -> None:
    file, make = generate.PARTS[name]
    text = (ROOT / file).read_text()
    assert generate.replaced(text, name, make()) == text, "run `python -m docs.generate`"


def test_a_generated_part_is_replaced_between_its_marks_only() -> None:
    text = "a\n<!-- generated: x -->\n\nold\n\n<!-- end of x -->\nb"
    assert generate.replaced(text, "x", r"new \1") == text.replace("old", r"new \1")
    with pytest.raises(ValueError, match="the marks of 'y' are not there exactly once"):
        generate.replaced(text, "y", "new")


@each_page
def test_names_of_the_library_exist(page: Path) -> None:
    for name in re.findall(r"\bmaml_tf(?:\.\w+)+", page.read_text()):
        pkgutil.resolve_name(name)


def test_the_api_reference_has_every_public_name() -> None:
    listed = {name.rpartition(".")[2] for name in re.findall(r"^::: (\S+)$", (ROOT / "docs/api.md").read_text(), re.M)}
    modules = {"learners", "networks", "rl", "tasks"}
    errors = {"CheckpointError", "Diverged", "MAMLError", "SettingError"}  # with their modules
    assert set(maml_tf.__all__) - modules - errors <= listed


@each_page
def test_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize(
    ("app", "prefix"),
    [(cli.app, "python -m benchmarks"), (data_cli.app, "python -m benchmarks data")],
    ids=["all", "data"],
)
def test_every_option_of_a_command_is_listed_as_it_is_typed(app: typer.Typer, prefix: str) -> None:
    sections = (ROOT / "docs/command-line.md").read_text().split("\n### ")
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        if hasattr(command, "commands"):  # a group has no options of its own
            continue
        (section,) = (each for each in sections if each.startswith(f"`{prefix} {name}`"))
        listed = set(re.findall(r"--[a-z][a-z_-]*", "".join(re.findall(r"^\| (`.*?`) \|", section, re.M))))
        options = [each for each in command.params if each.param_type_name == "option" and each.name != "help"]
        assert listed == {word for each in options for word in spellings(each)}


def spellings(option: Any) -> list[str]:
    """Returns the first long spelling of an option, and that of its opposite if it has one."""
    long = [[word for word in words if word.startswith("--")] for words in (option.opts, option.secondary_opts)]
    return [words[0] for words in long if words]


def test_the_page_of_examples_includes_every_program() -> None:
    included = re.findall(r'^--8<-- "(.*)"$', (ROOT / "docs/examples.md").read_text(), re.M)
    assert sorted(included) == sorted(f"examples/{path.name}" for path in (ROOT / "examples").glob("*.py"))


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()
    assert [page.name for page in DOCS if f"- {page.name}\n" not in navigation] == []


def commands(page: Path) -> Iterator[list[str]]:
    """Yields the words of each command of the suite in a page, from its name on."""
    for line in re.findall(r"python -m benchmarks (\w.*?)(?:`|;|&|$)", page.read_text(), re.M):
        yield shlex.split(line, comments=True)


@each_page
def test_commands_and_the_ids_in_them_exist(page: Path) -> None:
    names = {command.name or command.callback.__name__ for command in cli.app.registered_commands if command.callback}
    printed = rows(Measured([]), CATALOGUE)
    for name, *words in commands(page):
        assert name in {*names, "data"}
        ids = [word for word in words if "/" in word and not word.startswith(("-", "runs/", "/"))]
        if name in ("run", "check", "accept") and "wide/maml" not in ids and "sinusoid/maml-five-steps" not in ids:
            select(ids)
        elif name == "status" and ids:
            choose(printed, ids)
