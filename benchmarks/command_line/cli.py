"""The command line: `python -m benchmarks`."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from benchmarks.command_line import data_cli
from benchmarks.errors import BenchmarkError, check_choice, print_problems
from benchmarks.running.job import RECORDS, RUNS
from benchmarks.running.signals import stop_on_signals

app = typer.Typer(
    help="Run the experiments that reproduce the MAML paper, and compare the results with the paper.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(data_cli.app, name="data")

Patterns = Annotated[
    list[str] | None, typer.Argument(metavar="[EXPERIMENT]...", help="Experiment ids or globs, such as 'sinusoid/*'.")
]
ScaleOption = Annotated[
    str, typer.Option(help="Scale of the runs: smoke (seconds), desktop (minutes) or paper (as published).")
]
ReadingOption = Annotated[
    str, typer.Option(help="What to follow where the paper's text and the authors' code disagree: text, code or all.")
]
SeedsOption = Annotated[int, typer.Option(help="Number of seeds: 0, 1, ...", min=1)]
DeviceOption = Annotated[str, typer.Option(help="Device: auto, cpu or gpu.")]
RecordsOption = Annotated[Path, typer.Option(help="Folder of records.")]
FreshOption = Annotated[
    Path | None,
    typer.Option(help="Folder of fresh records, preferred to accepted ones.", exists=True, file_okay=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
def list_(
    patterns: Patterns = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the tables of README.md.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List experiments with the references that they answer, the data that they need and their costs."""
    from benchmarks.catalogue import select
    from benchmarks.command_line import tables

    chosen = select(patterns or [])
    if as_json:
        _print_json(tables.experiments_json(chosen))
    elif as_markdown:
        print(tables.experiments_markdown(chosen))
    else:
        tables.print_experiments(chosen)


@app.command()
def run(
    patterns: Patterns = None,
    scale: ScaleOption = "desktop",
    reading: ReadingOption = "code",
    seeds: SeedsOption = 1,
    seed: Annotated[list[int] | None, typer.Option(help="A single seed instead of --seeds; may be repeated.")] = None,
    device: DeviceOption = "auto",
    out: RecordsOption = RECORDS,
    overwrite: Annotated[bool, typer.Option(help="Replace existing records.")] = False,
    workers: Annotated[
        int | None, typer.Option(help="Number of runs at the same time; by default one per core.", min=1)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run experiments and write records of what they measure.

    Existing records are kept. The same command continues interrupted runs where they stopped. Runs whose
    data are missing are listed. The exit status is 1 if a run failed or if the data of all runs are missing, 130 if
    Ctrl-C or SIGTERM interrupted it, and 138 if SIGUSR1 did, which batch systems send before the limit of a job.
    """
    from benchmarks.catalogue import select
    from benchmarks.command_line import record_commands
    from benchmarks.running import runner

    jobs = runner.plan(
        select(patterns or []),
        scale=scale,
        readings=_readings(reading),
        seeds=seed or range(seeds),
        device=device,
        out=out,
        overwrite=overwrite,
    )
    outcome = runner.run(jobs, workers, quiet=as_json)
    if as_json:
        _print_json({key: [str(item) for item in items] for key, items in vars(outcome).items()})
    else:
        record_commands.print_outcome(outcome, out)
    raise typer.Exit(record_commands.exit_status(outcome))


@app.command()
def status(
    patterns: Annotated[
        list[str] | None, typer.Argument(metavar="[REFERENCE]...", help="Reference ids or globs, such as 'table-2/*'.")
    ] = None,
    records: FreshOption = None,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the table of README.md: references with a comparison.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print one line for each reference, with the verdict from the accepted baselines.

    Faulty records and baselines are named and left out; the exit status is 1 if there are any.
    """
    from benchmarks.catalogue import CATALOGUE
    from benchmarks.command_line import tables
    from benchmarks.records.evidence import Measured
    from benchmarks.verdicts.status import rows

    measured = Measured.load(records)
    chosen = tables.choose(rows(measured, CATALOGUE), patterns or [])
    if as_markdown:
        print(tables.rows_markdown(chosen))
    elif as_json:
        _print_json([row.to_json() for row in chosen])
    else:
        tables.print_rows(chosen)
    raise typer.Exit(print_problems(measured.problems))


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("reports/site"),
    records: FreshOption = None,
    show_status: Annotated[bool, typer.Option("--status", help="Also print one line for each reference.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the HTML report, the same data as JSON, and two CSV tables, from records alone.

    Faulty records and baselines are named and left out; the exit status is 1 if there are any.
    """
    from benchmarks.catalogue import CATALOGUE
    from benchmarks.command_line.tables import print_rows
    from benchmarks.figures.report_data import report_data
    from benchmarks.records.evidence import Measured, metric_table, reference_table
    from benchmarks.records.storage import write_text
    from benchmarks.verdicts.status import rows
    from reports import ReportError, build

    measured = Measured.load(records)
    data = report_data(measured, CATALOGUE)
    try:
        page = build(data, out)
    except ReportError as error:
        raise BenchmarkError(str(error)) from None
    write_text(out / "references.csv", reference_table(data["rows"]).to_csv())
    write_text(out / "metrics.csv", metric_table((*measured.accepted, *measured.fresh)).to_csv(index=False))
    if as_json:
        _print_json({"report": str(page.resolve()), **({"rows": data["rows"]} if show_status else {})})
    else:
        if show_status:
            print_rows(rows(measured, CATALOGUE))
        print(f"report: {page.resolve()}")
    raise typer.Exit(print_problems(measured.problems))


@app.command()
def check(
    patterns: Patterns = None,
    scale: ScaleOption = "desktop",
    reading: ReadingOption = "code",
    seeds: SeedsOption = 3,
    fresh: Annotated[
        Path | None,
        typer.Option(help="Folder of fresh records to compare instead of running.", exists=True, file_okay=False),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the records of the runs.")] = RUNS / "check",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Compare fresh records with the accepted baselines.

    The exit status is 1 on a regression, on an improvement that is not accepted yet (leaks look like one), if there
    is no baseline to compare with, if data are missing, or if a record or baseline is faulty, which is then left out.
    """
    from benchmarks.catalogue import select
    from benchmarks.command_line import record_commands
    from benchmarks.declaring.experiment import SCALES
    from benchmarks.verdicts import gate

    check_choice("scale", scale, SCALES)
    chosen, readings = select(patterns or []), _readings(reading)
    missing: list[str] = []
    faulty: list[str] = []
    if fresh is None:
        records, missing = record_commands.make_fresh(
            chosen, scale=scale, readings=readings, seeds=range(seeds), device=device, out=out
        )
    else:
        records, faulty = record_commands.load_fresh(chosen, fresh, scale, readings)
    results, faulty_baselines = record_commands.compare(records)
    record_commands.print_missing(missing)
    print_problems([*faulty, *faulty_baselines])
    if as_json:
        _print_json(record_commands.results_json(results))
    else:
        record_commands.print_results(results, missing)
    raise typer.Exit(1 if missing or faulty or faulty_baselines else gate.exit_status(results))


@app.command()
def accept(
    patterns: Patterns = None,
    reason: Annotated[str, typer.Option(help="Why future runs should be compared with these records.")] = "",
    by: Annotated[str, typer.Option(help="Who accepts them; by default the user name of git.")] = "",
    scale: Annotated[str | None, typer.Option(help="Only records of this scale.")] = None,
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
        word, changed = "corrected", record_commands.recompute(experiments, scale, reason, by)
    else:
        chosen, faulty = record_commands.acceptable(experiments, records or RECORDS, scale)
        paths = baselines.accept(chosen, reason=reason, by=by, allow_dirty=allow_dirty)
        word, changed = "accepted", [str(path) for path in paths]
    if as_json:
        _print_json({word: changed})
    else:
        print("\n".join(f"{word}: {line}" for line in changed) or f"{word}: nothing")
    raise typer.Exit(print_problems(faulty))


@app.command()
def speed(
    what: Annotated[
        str, typer.Argument(help="The comparison, such as sinusoid, or rollouts; an unknown name lists all.")
    ] = "sinusoid",
    iterations: Annotated[
        int | None, typer.Option(help="Meta-iterations or time steps in each round; by default a few seconds.", min=2)
    ] = None,
    rounds: Annotated[int, typer.Option(help="Number of rounds; each times all programs.", min=1)] = 5,
    as_json: JsonOption = False,
) -> None:
    """Compare the speed of this library with that of other programs, as a ratio within one run."""
    from benchmarks.catalogue import CATALOGUE
    from benchmarks.speed import comparison, rollouts

    if what == "rollouts":
        measured = rollouts.compare(iterations, rounds, quiet=as_json)
        _print_json(measured) if as_json else rollouts.print_result(measured)
        return
    race = CATALOGUE.race(what)
    result = comparison.compare(race, CATALOGUE[race.experiment], iterations, rounds, quiet=as_json)
    _print_json(result) if as_json else comparison.print_result(result)


def _readings(reading: str) -> Sequence[str]:
    from benchmarks.declaring.experiment import READINGS

    check_choice("reading", reading, (*READINGS, "all"))
    return READINGS if reading == "all" else [reading]


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, allow_nan=False))


def main() -> NoReturn:
    """Runs the command line. Errors that the user can correct are printed in one line."""
    # A run that a batch system or `kill` terminates must keep as much work as one that Ctrl-C interrupts.
    stop_on_signals()
    try:
        app(standalone_mode=True)
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    sys.exit(0)
