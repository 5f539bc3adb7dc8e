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
    help="Runs the catalogue of experiments that reproduces the MAML paper, and compares what was measured.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(data_cli.app, name="data")

Patterns = Annotated[
    list[str] | None, typer.Argument(metavar="[EXPERIMENT]...", help="Ids or globs, such as 'sinusoid/*'.")
]
ScaleOption = Annotated[
    str, typer.Option(help="How much of it: smoke (seconds), desktop (minutes) or paper (as published).")
]
ReadingOption = Annotated[
    str, typer.Option(help="Where paper and authors' code disagree, which to follow: text, code or all.")
]
SeedsOption = Annotated[int, typer.Option(help="Seeds 0, 1, ... up to this many.", min=1)]
DeviceOption = Annotated[str, typer.Option(help="auto, cpu or gpu.")]
RecordsOption = Annotated[Path, typer.Option(help="Folder of records.")]
FreshOption = Annotated[
    Path | None,
    typer.Option(help="Folder of fresh records, which are preferred to accepted ones.", exists=True, file_okay=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
def list_(
    patterns: Patterns = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the table of the README.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List experiments: what each answers to, what it needs, what it costs."""
    from benchmarks.catalogue import select
    from benchmarks.command_line.listing import listing, markdown, print_listing

    rows = listing(select(patterns or []))
    if as_json:
        _print_json(rows)
    elif as_markdown:
        print(markdown(rows))
    else:
        print_listing(rows)


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
    command is given again. Runs without data are told; the exit status is 1 if a run failed, or if all of
    them lacked their data.
    """
    from benchmarks.catalogue import select
    from benchmarks.command_line import outcomes
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
        _print_json({key: [str(each) for each in value] for key, value in vars(outcome).items()})
    else:
        outcomes.tell(outcome, out)
    raise typer.Exit(outcomes.exit_status(outcome))


@app.command()
def status(
    patterns: Annotated[
        list[str] | None, typer.Argument(metavar="[REFERENCE]...", help="Ids or globs, such as 'table-2/*'.")
    ] = None,
    records: FreshOption = None,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print those that could be judged as a table for README.md.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print one line per reference, with the verdict from the accepted baselines."""
    from benchmarks.command_line.tables import choose, markdown, print_rows
    from benchmarks.judgement.status import rows
    from benchmarks.records.evidence import Measured

    chosen = choose(rows(Measured.load(records)), patterns or [])
    if as_markdown:
        print(markdown(chosen))
        return
    _print_json(chosen) if as_json else print_rows(chosen)


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("reports/site"),
    records: FreshOption = None,
    show_status: Annotated[bool, typer.Option("--status", help="Print one line per reference as well.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the HTML report, its JSON twin and two CSV tables, from records alone."""
    from benchmarks.command_line.tables import print_rows
    from benchmarks.figures.report_data import report_data
    from benchmarks.records import frames
    from benchmarks.records.evidence import Measured
    from reports import ReportError, build

    measured = Measured.load(records)
    data = report_data(measured)
    try:
        page = build(data, out)
    except ReportError as error:
        raise BenchmarkError(str(error)) from None
    frames.references(data["rows"]).to_csv(out / "references.csv")
    frames.metrics((*measured.accepted, *measured.fresh)).to_csv(out / "metrics.csv", index=False)
    if as_json:
        _print_json({"report": str(page.resolve()), **({"rows": data["rows"]} if show_status else {})})
        return
    if show_status:
        print_rows(data["rows"])
    print(f"report: {page.resolve()}")


@app.command()
def check(
    patterns: Patterns = None,
    scale: ScaleOption = "desktop",
    reading: ReadingOption = "code",
    seeds: SeedsOption = 3,
    fresh: Annotated[
        Path | None,
        typer.Option(help="Take the records of this folder instead of running.", exists=True, file_okay=False),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the records that are run.")] = RUNS / "check",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Compare fresh records with the accepted baselines; exit status 1 on a regression or a run without data."""
    from benchmarks.catalogue import select
    from benchmarks.command_line import checking, outcomes
    from benchmarks.experiment import SCALES
    from benchmarks.judgement import gate

    check_choice("scale", scale, SCALES)
    chosen, readings = select(patterns or []), _readings(reading)
    missing: list[str] = []
    if fresh is None:
        records, missing = checking.run(
            chosen, scale=scale, readings=readings, seeds=range(seeds), device=device, out=out
        )
    else:
        records = checking.held(chosen, fresh, scale, readings)
    results = checking.compare(records)
    outcomes.tell_missing(missing)
    _print_json(checking.to_json(results)) if as_json else checking.print_results(results, missing)
    raise typer.Exit(1 if missing else gate.exit_status(results))


@app.command()
def accept(
    patterns: Patterns = None,
    reason: Annotated[str, typer.Option(help="Why these numbers are the ones to hold.")] = "",
    by: Annotated[str, typer.Option(help="Who says so; by default the name that git knows.")] = "",
    scale: Annotated[str | None, typer.Option(help="Only records of this scale.")] = None,
    records: Annotated[Path, typer.Option(help="Folder of records.", exists=True, file_okay=False)] = RECORDS,
    allow_dirty: Annotated[bool, typer.Option(help="Accept records whose code was not committed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Accept records as baselines, with a reason."""
    from benchmarks.catalogue import select
    from benchmarks.command_line.accepting import acceptable
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
        str, typer.Argument(help="Which comparison: sinusoid, omniglot-no-conv, omniglot or mini-imagenet.")
    ] = "sinusoid",
    iterations: Annotated[
        int | None, typer.Option(help="Meta-iterations of ours in each round; by default a few seconds' worth.", min=2)
    ] = None,
    rounds: Annotated[int, typer.Option(help="Rounds, ours and theirs in turn.", min=1)] = 5,
    as_json: JsonOption = False,
) -> None:
    """Time ours against a re-creation of the authors' program, as a ratio within one run."""
    from benchmarks.speed import comparison

    result = comparison.compare(what, iterations, rounds, quiet=as_json)
    _print_json(result) if as_json else comparison.print_result(result)


def _readings(reading: str) -> Sequence[str]:
    from benchmarks.experiment import READINGS

    check_choice("reading", reading, (*READINGS, "all"))
    return READINGS if reading == "all" else [reading]


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, allow_nan=False))


def main() -> NoReturn:
    """Runs the command line; what the user can mend is told in one line."""
    # What ends processes from outside (a batch system, `kill`) is to lose no more than Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(standalone_mode=True)
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    sys.exit(0)
