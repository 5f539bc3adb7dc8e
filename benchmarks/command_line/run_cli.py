"""The command `python -m benchmarks run`."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.command_line.options import (
    DeviceOption,
    JsonOption,
    Patterns,
    ReadingOption,
    ScaleOption,
    print_json,
    readings_of,
    seeds_of,
)
from benchmarks.errors import BenchmarkError
from benchmarks.running.job import RECORDS


def run(
    patterns: Patterns = None,
    all_: Annotated[bool, typer.Option("--all", help="Run all experiments.")] = False,
    scale: ScaleOption = "desktop",
    reading: ReadingOption = "code",
    seeds: Annotated[int | None, typer.Option(help="Number of seeds: 0, 1, ...", min=1, show_default="1")] = None,
    seed: Annotated[list[int] | None, typer.Option(help="A single seed instead of --seeds; may be repeated.")] = None,
    device: DeviceOption = "auto",
    out: Annotated[Path, typer.Option(help="Folder of records.")] = RECORDS,
    overwrite: Annotated[bool, typer.Option(help="Replace existing records.")] = False,
    workers: Annotated[
        int | None, typer.Option(help="Number of runs at the same time; by default one per core.", min=1)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run experiments, write records of what they measure, and print how it compares with the paper.

    Without experiments and without --all, only the plan is printed, with the predicted time. Existing records are
    kept. The same command continues interrupted runs where they stopped. Runs whose data or optional packages are
    missing are listed. The exit status is 1 if a run failed or if all runs lack something, 130 if Ctrl-C or SIGTERM
    interrupted it, and 138 if SIGUSR1 did, which batch systems send before the limit of a job.
    """
    from benchmarks.catalogue import CATALOGUE, select
    from benchmarks.command_line import missing_data, outcomes, plans
    from benchmarks.running import runner

    if all_ and patterns:
        raise BenchmarkError(f"--all and {patterns[0]!r} exclude each other; give one of them")
    chosen = select(patterns or [])
    jobs = runner.plan(
        chosen,
        scale=scale,
        readings=readings_of(reading),
        seeds=seeds_of(seeds, seed, default=1),
        device=device,
        out=out,
        overwrite=overwrite,
    )
    absent = missing_data.by_experiment(chosen, CATALOGUE)
    if not patterns and not all_:
        if not as_json:
            plans.print_plan(jobs, absent)
        raise BenchmarkError("nothing was run; name experiments, or pass --all to run all of this")
    missing_data.warn_about_cache(chosen)
    outcome = runner.run(jobs, workers, quiet=as_json, absent=absent)
    if as_json:
        print_json({key: [str(item) for item in items] for key, items in vars(outcome).items()})
    else:
        outcomes.print_outcome(outcome, out)
        outcomes.print_results(outcome, CATALOGUE)
    raise typer.Exit(outcomes.exit_status(outcome))
