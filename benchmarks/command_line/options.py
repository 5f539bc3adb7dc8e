"""Arguments and options that several commands share."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.errors import BenchmarkError, check_choice

Patterns = Annotated[
    list[str] | None, typer.Argument(metavar="[EXPERIMENT]...", help="Experiment ids or globs, such as 'sinusoid/*'.")
]
ScaleOption = Annotated[
    str, typer.Option(help="Scale of the runs: smoke (seconds), desktop (minutes) or paper (as published).")
]
ReadingOption = Annotated[
    str, typer.Option(help="What to follow where the paper's text and the authors' code disagree: text, code or all.")
]
DeviceOption = Annotated[str, typer.Option(help="Device: auto, cpu or gpu.")]
FreshOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder of fresh records, shown instead of accepted ones unless those have more seeds.",
        exists=True,
        file_okay=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def check_form(*, as_json: bool, as_markdown: bool) -> None:
    """Checks that at most one form of the output is asked for.

    Raises:
        BenchmarkError: Both are.
    """
    if as_json and as_markdown:
        raise BenchmarkError("--json and --markdown exclude each other; give one of them")


def readings_of(reading: str) -> Sequence[str]:
    """Returns the readings that the option `--reading` asks for.

    Raises:
        BenchmarkError: There is no such reading.
    """
    from benchmarks.declaring.experiment import READINGS

    check_choice("reading", reading, (*READINGS, "all"))
    return READINGS if reading == "all" else [reading]


def seeds_of(count: int | None, single: Sequence[int] | None, default: int) -> Sequence[int]:
    """Returns the seeds that the options `--seeds` and `--seed` ask for.

    Args:
        count: The value of `--seeds`, if it was given.
        single: The values of `--seed`.
        default: Number of seeds if neither option was given.

    Raises:
        BenchmarkError: Both options were given.
    """
    if count is not None and single:
        words = " ".join(f"--seed {seed}" for seed in single)
        raise BenchmarkError(f"--seeds {count} and {words} exclude each other; give one of them")
    return single or range(count or default)


def print_json(value: Any) -> None:
    """Prints a value as JSON, on standard output."""
    print(json.dumps(value, indent=2, allow_nan=False))
