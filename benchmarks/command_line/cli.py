"""The command line: `python -m benchmarks`."""

import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from benchmarks.command_line import data_cli
from benchmarks.errors import BenchmarkError, check_choice
from benchmarks.running.job import RECORDS, RUNS

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
    data are missing are listed. The exit status is 1 if a run failed or if the data of all runs are missing.
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
    """Print one line for each reference, with the verdict from the accepted baselines."""
    from benchmarks.catalogue import CATALOGUE
    from benchmarks.command_line import tables
    from benchmarks.records.evidence import Measured
    from benchmarks.verdicts.status import rows

    chosen = tables.choose(rows(Measured.load(records), CATALOGUE), patterns or [])
    if as_markdown:
        print(tables.rows_markdown(chosen))
    elif as_json:
        _print_json([row.to_json() for row in chosen])
    else:
        tables.print_rows(chosen)


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("reports/site"),
    records: FreshOption = None,
    show_status: Annotated[bool, typer.Option("--status", help="Also print one line for each reference.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the HTML report, the same data as JSON, and two CSV tables, from records alone."""
    from benchmarks.catalogue import CATALOGUE
    from benchmarks.command_line.tables import print_rows
    from benchmarks.figures.report_data import report_data
    from benchmarks.records.evidence import Measured, metric_table, reference_table
    from benchmarks.verdicts.status import rows
    from reports import ReportError, build

    measured = Measured.load(records)
    data = report_data(measured, CATALOGUE)
    try:
        page = build(data, out)
    except ReportError as error:
        raise BenchmarkError(str(error)) from None
    reference_table(data["rows"]).to_csv(out / "references.csv")
    metric_table((*measured.accepted, *measured.fresh)).to_csv(out / "metrics.csv", index=False)
    if as_json:
        _print_json({"report": str(page.resolve()), **({"rows": data["rows"]} if show_status else {})})
        return
    if show_status:
        print_rows(rows(measured, CATALOGUE))
    print(f"report: {page.resolve()}")


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
    """Compare fresh records with the accepted baselines; exit status 1 on a regression or if data are missing."""
    from benchmarks.catalogue import select
    from benchmarks.command_line import record_commands
    from benchmarks.declaring.experiment import SCALES
    from benchmarks.verdicts import gate

    check_choice("scale", scale, SCALES)
    chosen, readings = select(patterns or []), _readings(reading)
    missing: list[str] = []
    if fresh is None:
        records, missing = record_commands.make_fresh(
            chosen, scale=scale, readings=readings, seeds=range(seeds), device=device, out=out
        )
    else:
        records = record_commands.load_fresh(chosen, fresh, scale, readings)
    results = record_commands.compare(records)
    record_commands.print_missing(missing)
    if as_json:
        _print_json(record_commands.results_json(results))
    else:
        record_commands.print_results(results, missing)
    raise typer.Exit(1 if missing else gate.exit_status(results))


@app.command()
def accept(
    patterns: Patterns = None,
    reason: Annotated[str, typer.Option(help="Why future runs should be compared with these records.")] = "",
    by: Annotated[str, typer.Option(help="Who accepts them; by default the user name of git.")] = "",
    scale: Annotated[str | None, typer.Option(help="Only records of this scale.")] = None,
    records: Annotated[Path, typer.Option(help="Folder of records.", exists=True, file_okay=False)] = RECORDS,
    allow_dirty: Annotated[bool, typer.Option(help="Accept records made with uncommitted code.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Accept records as baselines for `check`."""
    from benchmarks.catalogue import select
    from benchmarks.command_line.record_commands import acceptable
    from benchmarks.records import baselines, provenance

    chosen = acceptable(select(patterns or []), records, scale)
    paths = baselines.accept(chosen, reason=reason, by=by or provenance.author(), allow_dirty=allow_dirty)
    if as_json:
        _print_json({"accepted": [str(path) for path in paths]})
        return
    for path in paths:
        print(f"accepted: {path}")


@app.command()
def speed(
    what: Annotated[
        str, typer.Argument(help="The comparison, such as sinusoid; an unknown name lists all.")
    ] = "sinusoid",
    iterations: Annotated[
        int | None, typer.Option(help="Our meta-iterations in each round; by default a few seconds.", min=2)
    ] = None,
    rounds: Annotated[int, typer.Option(help="Number of rounds; each times both programs.", min=1)] = 5,
    as_json: JsonOption = False,
) -> None:
    """Compare the speed of this library with a re-creation of the authors' program, as a ratio within one run."""
    from benchmarks.catalogue import CATALOGUE
    from benchmarks.speed import comparison

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
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(standalone_mode=True)
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    sys.exit(0)
