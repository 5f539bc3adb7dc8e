"""The command that writes accepted baselines as an RO-Crate: `export`."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.command_line.options import JsonOption, print_json
from benchmarks.errors import check_choice
from benchmarks.running.job import RUNS


def export(
    patterns: Annotated[
        list[str], typer.Argument(metavar="EXPERIMENT...", help="Experiment ids or globs, such as 'sinusoid/*'.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the crate; it must be empty or not exist.")] = RUNS / "crate",
    scale: Annotated[str | None, typer.Option(help="Only baselines of this scale.")] = None,
    reading: Annotated[str | None, typer.Option(help="Only baselines of this reading.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write accepted baselines as one RO-Crate, for an archive.

    It holds the files of the baselines as they are, and describes each run with its command, commit, packages and
    times. It needs the extra `export`.
    """
    from benchmarks.catalogue import select
    from benchmarks.declaring.experiment import READINGS, SCALES
    from benchmarks.records import crate

    for kind, value, allowed in (("scale", scale, SCALES), ("reading", reading, READINGS)):
        if value is not None:
            check_choice(kind, value, allowed)
    accepted = crate.accepted_of(select(patterns), scale=scale, reading=reading)
    file = crate.export(accepted, out)
    if as_json:
        print_json({"crate": str(file), "baselines": [one.name for one in accepted]})
    else:
        print("\n".join([*(f"exported: {one.name}" for one in accepted), f"crate: {file}"]))
