"""The command line: `python -m benchmarks`."""

import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from benchmarks.errors import BenchmarkError
from benchmarks.job import RECORDS

app = typer.Typer(
    help="Runs the catalogue of experiments that reproduces the MAML paper, and compares what was measured.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Patterns = Annotated[
    list[str] | None, typer.Argument(metavar="[EXPERIMENT]...", help="Ids or globs, such as 'sinusoid/*'.")
]
ScaleOption = Annotated[str, typer.Option(help="How much of it: smoke (seconds), desktop (minutes) or paper (as published).")]
ReadingOption = Annotated[
    str, typer.Option(help="Where paper and authors' code disagree, which to follow: text, code or all.")
]
SeedsOption = Annotated[int, typer.Option(help="Seeds 0, 1, ... up to this many.", min=1)]
DeviceOption = Annotated[str, typer.Option(help="auto, cpu or gpu.")]
RecordsOption = Annotated[Path, typer.Option(help="Folder of records.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
def list_(patterns: Patterns = None, as_json: JsonOption = False) -> None:
    """List experiments: what each answers to, what it needs, what it costs."""
    from benchmarks.catalogue import select
    from benchmarks.listing import listing, print_listing

    rows = listing(select(patterns or []))
    _print_json(rows) if as_json else print_listing(rows)


@app.command()
def run(
    patterns: Patterns = None,
    scale: ScaleOption = "desktop",
    reading: ReadingOption = "code",
    seeds: SeedsOption = 1,
    seed: Annotated[list[int] | None, typer.Option(help="One seed; may be repeated. Instead of --seeds.")] = None,
    device: DeviceOption = "auto",
    out: RecordsOption = RECORDS,
    overwrite: Annotated[bool, typer.Option(help="Replace records that are there.")] = False,
    workers: Annotated[int | None, typer.Option(help="Runs side by side; by default one a core.", min=1)] = None,
    as_json: JsonOption = False,
) -> None:
    """Run experiments and record what they measure.

    A record that is there already is kept; an interrupted run goes on where it stopped when the same
    command is given again.
    """
    from benchmarks import runner
    from benchmarks.catalogue import select
    from benchmarks.experiment import READINGS

    jobs = runner.plan(
        select(patterns or []),
        scale=scale,
        readings=READINGS if reading == "all" else [reading],
        seeds=seed or range(seeds),
        device=device,
        out=out,
        overwrite=overwrite,
    )
    outcome = runner.run(jobs, workers, quiet=as_json)
    if as_json:
        _print_json({key: [str(each) for each in value] for key, value in vars(outcome).items()})
    else:
        _tell(outcome, out)
    raise typer.Exit(1 if outcome.failed else 0)


def _tell(outcome: Any, out: Path) -> None:
    for message in outcome.missing:
        print(f"data missing: {message}", file=sys.stderr)
    for message in outcome.failed:
        print(f"failed: {message}", file=sys.stderr)
    print(f"{len(outcome.done)} recorded, {len(outcome.kept)} already there, {len(outcome.failed)} failed, "
          f"{len(outcome.missing)} without data; records in {out}")


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, allow_nan=False))


def main() -> NoReturn:
    """Runs the command line; what the user can mend is told in one line."""
    try:
        app(standalone_mode=True)
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        sys.exit(130)
    sys.exit(0)
