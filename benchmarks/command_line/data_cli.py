"""The commands `python -m benchmarks data ...`, which inspect and prepare data sets."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from benchmarks.data.inventory import Row, State, cache_problem, choose, exit_status, inspect
from benchmarks.data.inventory import prepare as prepare_data_set

app = typer.Typer(
    help="Show which data sets exist and how to get the others. MAML_TF_DATA names the folder that holds them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Names of data sets; by default all of them.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command()
def status(names: Names = None, as_json: JsonOption = False) -> None:
    """Print the state of data sets and how to get missing ones, without decoding anything."""
    from benchmarks.catalogue import CATALOGUE

    _show([inspect(data_set) for data_set in choose(names or [], CATALOGUE.data_sets)], as_json)


@app.command()
def prepare(names: Names = None, as_json: JsonOption = False) -> None:
    """Decode data sets into the cache and verify them. Exit status 1 if one is damaged, 2 if one is missing."""
    from benchmarks.catalogue import CATALOGUE
    from benchmarks.running.progress import Preparation

    chosen = choose(names or [], CATALOGUE.data_sets)
    with Preparation(quiet=as_json) as bars:
        rows = [prepare_data_set(data_set, bars.show) for data_set in chosen]
    _show(rows, as_json)
    raise typer.Exit(exit_status(rows))


def _show(rows: Sequence[Row], as_json: bool) -> None:
    if problem := cache_problem():
        print(f"warning: {problem}", file=sys.stderr)
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True)
    for row in rows:
        console.print(Text.assemble(f"{row.name:<20}", (row.state, _STYLES[row.state])))
        for title, text in _details(row):
            console.print(Text.assemble("  ", (f"{title:<10}", "dim"), text))


def _details(row: Row) -> list[tuple[str, str]]:
    details = [("where", path) for path in row.where]
    if row.verified:
        details.append(("verified", row.verified))
    if row.problem:
        details.append(("problem", row.problem))
    if row.state in (State.MISSING, State.DAMAGED):
        details.append(("get it", row.how))
    if row.state == State.FOUND:
        details.append(("next", f"python -m benchmarks data prepare {row.name}"))
    return details


_STYLES = {State.READY: "green", State.FOUND: "yellow", State.MISSING: "yellow", State.DAMAGED: "bold red"}
