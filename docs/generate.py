"""Writes the generated parts of the documentation: `python -m docs.generate`. A test compares them with the files.

A generated part of a Markdown file stands between `<!-- generated: NAME -->` and `<!-- end of NAME -->`.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import typer

from benchmarks.catalogue import CATALOGUE, select
from benchmarks.command_line import cli, data_cli
from benchmarks.command_line.matrices import matrices_markdown
from benchmarks.command_line.status_tables import choose
from benchmarks.command_line.tables import experiments_markdown, markdown
from benchmarks.records.evidence import Measured
from benchmarks.verdicts.status import rows
from reports.verdicts import VERDICTS

ROOT = Path(__file__).parents[1]
SEEDS = "A verdict needs three seeds. Where a command has `--seeds 1`, type `--seeds 3` for one."


def results() -> str:
    """Returns the tables of the paper with our numbers, as `status --markdown 'table-*' 'claim/*'` prints them."""
    return matrices_markdown(choose(rows(Measured.load(), CATALOGUE), ["table-*", "claim/*"]))


def returns() -> str:
    """Returns the tables of average returns, as `status --markdown table-4 table-5 figure-4 figure-5` prints them."""
    patterns = ["table-4", "table-5", "figure-4", "figure-5"]
    return matrices_markdown(choose(rows(Measured.load(), CATALOGUE), patterns))


def catalogue() -> str:
    """Returns the tables of experiments, as `list --markdown` prints them, with a heading for the second."""
    experiments, cells = experiments_markdown(select([])).split("\n\n")
    return f"{experiments}\n\n## Commands for each cell\n\n{SEEDS}\n\n{cells}"


def verdicts() -> str:
    """Returns the words for the outcome of a comparison with their signs and meanings, as the report explains them."""
    lines = [[f"{each.symbol} {each.name}", each.meaning] for each in VERDICTS]
    return markdown(["verdict", "meaning"], ["---", "---"], lines)


def commands() -> str:
    """Returns all commands with their arguments and options, from the declarations of the command line."""
    return "\n\n".join(
        [*_sections(cli.app, "python -m benchmarks"), *_sections(data_cli.app, "python -m benchmarks data")]
    )


def _sections(app: typer.Typer, name: str) -> list[str]:
    parts = []
    for command in app.registered_commands:
        function = command.callback
        assert function
        about, *more = (inspect.getdoc(function) or "").split("\n\n")
        lines = list(_parameters(function))
        table = markdown(["argument or option", "meaning"], ["---", "---"], lines)
        parts += [
            f"### `{name} {command.name or function.__name__}`",
            *(" ".join(text.split()) for text in (about, *more)),
        ]
        parts += [table] if lines else []
    return parts


def _parameters(function: Callable[..., object]) -> Iterator[list[str]]:
    """Yields the spelling and the meaning of each argument and option of a command."""
    hints = get_type_hints(function, include_extras=True)
    for parameter in inspect.signature(function).parameters.values():
        kind, declared = get_args(hints[parameter.name])
        default = declared.show_default if isinstance(declared.show_default, str) else parameter.default
        shown = "" if default in (None, False, "", inspect.Parameter.empty) else f" Default: `{default}`."
        yield [f"`{_spelling(parameter.name, kind, declared)}`", f"{declared.help}{shown}"]


def _spelling(name: str, kind: Any, declared: Any) -> str:
    if not isinstance(declared, typer.models.OptionInfo):
        return str(declared.metavar or name.upper())
    # Typer keeps the first spelling that is given in place of a default.
    given = [each for each in (declared.default, *(declared.param_decls or ())) if isinstance(each, str)]
    option = next(iter(given), f"--{name.replace('_', '-')}")
    if kind is bool:
        return option if given else f"{option} / --no-{option.removeprefix('--')}"
    types = {int: "NUMBER", float: "NUMBER", Path: "PATH", list[int]: "NUMBER"}
    held = next((one for one in get_args(kind) if one is not NoneType), kind)
    return f"{option} {types.get(held, 'TEXT')}"


PARTS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "results": ("README.md", results),
    "returns": ("docs/reinforcement-learning.md", returns),
    "catalogue": ("docs/catalogue.md", catalogue),
    "verdicts": ("docs/command-line.md", verdicts),
    "commands": ("docs/command-line.md", commands),
}
"""File and function of each generated part, by its name."""


def replaced(text: str, name: str, part: str) -> str:
    """Returns the text of a file with a generated part replaced.

    Raises:
        ValueError: The text does not have the two marks of the part exactly once.
    """
    marks = f"<!-- generated: {name} -->\n", f"\n<!-- end of {name} -->"
    pattern = re.compile(f"(?<={re.escape(marks[0])}).*?(?={re.escape(marks[1])})", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"the marks of {name!r} are not there exactly once")
    return pattern.sub(lambda _: f"\n{part}\n", text)


def main() -> None:
    """Writes all generated parts."""
    for name, (file, make) in PARTS.items():
        path = ROOT / file
        path.write_text(replaced(path.read_text(), name, make()))


if __name__ == "__main__":
    main()
