"""The commands that compare records with accepted baselines, and accept them: `check` and `accept`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.command_line.options import (
    JsonOption,
    Patterns,
    ReadingOption,
    ScaleOption,
    print_json,
    readings_of,
)
from benchmarks.errors import BenchmarkError, check_choice, print_problems
from benchmarks.running.job import RECORDS, RUNS

SEEDS = 3  # as many as the gate needs


def check(
    patterns: Patterns = None,
    scale: ScaleOption = "desktop",
    reading: ReadingOption = "code",
    seeds: Annotated[int | None, typer.Option(help=f"Number of seeds: 0, 1, ...; {SEEDS} by default.", min=1)] = None,
    fresh: Annotated[
        Path | None,
        typer.Option(help="Folder of fresh records to compare instead of running.", exists=True, file_okay=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help=f"Folder for the records of the runs; by default {RUNS / 'check'}.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="Device: auto, cpu or gpu; auto by default.")] = None,
    passes: Annotated[bool, typer.Option("--all", help="Print also what passed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare fresh records with the accepted baselines. Print what did not pass, and the numbers of all outcomes.

    The exit status is 1 on a regression, on an improvement that is not accepted yet (leaks look like one), if nothing
    can be compared of an experiment (three accepted seeds are needed), if data or packages are missing, if a run
    failed, or if a record or baseline is faulty, which is then left out.
    """
    from benchmarks.catalogue import select
    from benchmarks.command_line import missing_data, record_commands
    from benchmarks.declaring.experiment import SCALES
    from benchmarks.verdicts.gate_result import exit_status

    check_choice("scale", scale, SCALES)
    chosen, readings = select(patterns or []), readings_of(reading)
    missing: list[str] = []
    faulty: list[str] = []
    failed: list[str] = []
    folder = fresh or out or RUNS / "check"
    if fresh is None:
        records, missing, failed = record_commands.make_fresh(
            chosen, scale=scale, readings=readings, seeds=range(seeds or SEEDS), device=device or "auto", out=folder
        )
    else:
        _check_unused({"--seeds": seeds, "--out": out, "--device": device})
        records, faulty = record_commands.load_fresh(chosen, fresh, scale, readings)
    results, faulty_baselines = record_commands.compare(records, folder)
    missing_data.print_missing(missing)
    for line in failed:
        print(f"failed: {line}", file=sys.stderr)
    print_problems([*faulty, *faulty_baselines])
    if as_json:
        print_json(record_commands.results_json(results))
    else:
        record_commands.print_results(results, missing, passes)
    wrong = missing or failed or faulty or faulty_baselines
    raise typer.Exit(1 if wrong else exit_status(results))


def _check_unused(options: Mapping[str, object]) -> None:
    for option, value in options.items():
        if value is not None:
            raise BenchmarkError(
                f"--fresh compares records and runs nothing, so it cannot be used with {option} {value}"
            )


def accept(
    patterns: Patterns = None,
    reason: Annotated[str, typer.Option(help="Why future runs should be compared with these records.")] = "",
    by: Annotated[str, typer.Option(help="Who accepts them; by default the user name of git.")] = "",
    scale: Annotated[str | None, typer.Option(help="Only records of this scale.")] = None,
    reading: Annotated[str | None, typer.Option(help="Only records of this reading.")] = None,
    seed: Annotated[list[int] | None, typer.Option(help="Only records with this seed; may be repeated.")] = None,
    records: Annotated[
        Path | None, typer.Option(help=f"Folder of records; by default {RECORDS}.", exists=True, file_okay=False)
    ] = None,
    allow_dirty: Annotated[bool, typer.Option(help="Accept records made with uncommitted code.")] = False,
    recompute: Annotated[
        bool, typer.Option(help="Instead, compute summaries of accepted baselines again from their raw values.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Accept records as baselines for `check`.

    Faulty records are named and left out; the exit status is 1 if there are any. With --recompute, a baseline changes
    only where a summary differs from its raw values, and lists what was corrected.
    """
    from benchmarks.catalogue import select
    from benchmarks.command_line import record_commands
    from benchmarks.records import baselines, provenance

    experiments, by = select(patterns or []), by or provenance.author()
    faulty: list[str] = []
    if recompute:
        given = {"--records": records, "--allow-dirty": allow_dirty, "--reading": reading, "--seed": seed}
        if unused := [option for option, value in given.items() if value]:
            raise BenchmarkError(f"--recompute reads accepted baselines, so it cannot be used with {unused[0]}")
        word, changed = "corrected", record_commands.recompute(experiments, scale, reason, by)
    else:
        folder = records or RECORDS
        chosen, faulty = record_commands.acceptable(experiments, folder, scale, reading, seed or ())
        if not chosen:
            raise BenchmarkError(f"'{folder}' has no record to accept; run the experiment first, or give --records")
        paths = baselines.accept(chosen, reason=reason, by=by, allow_dirty=allow_dirty)
        word, changed = "accepted", [str(path) for path in paths]
    if as_json:
        print_json({word: changed})
    else:
        print("\n".join(f"{word}: {line}" for line in changed) or f"{word}: nothing")
    raise typer.Exit(print_problems(faulty))
