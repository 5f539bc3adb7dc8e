"""The command line: `python -m benchmarks`."""

import shlex
import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from benchmarks.command_line import data_cli, export_cli, gate_cli, run_cli, speed_cli
from benchmarks.command_line.options import FreshOption, JsonOption, Patterns, check_form, print_json
from benchmarks.errors import BenchmarkError, print_problems
from benchmarks.running.signals import stop_on_signals

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        from benchmarks.records import provenance

        try:
            version = metadata.version("maml-tf")
        except metadata.PackageNotFoundError:
            version = "not installed"
        print(f"maml-tf {version}, commit {provenance.commit()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Run the experiments that reproduce the MAML paper, and compare the results with the paper."""


@app.command("list")
def list_(
    patterns: Patterns = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the tables of the documentation.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List experiments with the references that they answer, the data that they need and their costs."""
    from benchmarks.catalogue import select
    from benchmarks.command_line import tables

    check_form(as_json=as_json, as_markdown=as_markdown)
    chosen = select(patterns or [])
    if as_json:
        print_json(tables.experiments_json(chosen))
    elif as_markdown:
        print(tables.experiments_markdown(chosen))
    else:
        tables.print_experiments(chosen)


app.command()(run_cli.run)


@app.command()
def status(
    patterns: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID]...",
            help="Ids of references or experiments, their beginnings, or globs: table-2, 'sinusoid/*'.",
        ),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Print one line for each reference.")] = False,
    records: FreshOption = None,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the tables of README.md, laid out like those of the paper.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print one line for each table and figure of the paper, with the verdicts from the accepted baselines.

    With ids, or with --all, print one line for each reference. Our ± is the 95 % interval over the test tasks of one
    seed. Faulty records and baselines are named and left out; the exit status is 1 if there are any.
    """
    from benchmarks.catalogue import CATALOGUE
    from benchmarks.command_line import matrices, status_tables
    from benchmarks.records.evidence import Measured
    from benchmarks.verdicts.status import rows

    check_form(as_json=as_json, as_markdown=as_markdown)
    measured = Measured.load(records)
    chosen = status_tables.choose(rows(measured, CATALOGUE), patterns or [])
    if as_markdown:
        print(matrices.matrices_markdown(chosen))
    elif as_json:
        print_json([row.to_json() for row in chosen])
    elif patterns or all_:
        status_tables.print_rows(chosen)
    else:
        status_tables.print_summary(chosen)
        print(
            "`status ID` prints the lines of a table, such as table-2, or of an experiment; `status --all`, all of them"
        )
    if not as_json and not as_markdown:
        status_tables.print_weaker(measured, CATALOGUE)
    raise typer.Exit(print_problems(measured.problems))


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("reports/site"),
    records: FreshOption = None,
    speed: Annotated[
        Path | None,
        typer.Option(
            help="Folder of fresh records of speed, preferred to accepted ones.", exists=True, file_okay=False
        ),
    ] = None,
    against: Annotated[Path | None, typer.Option(help="An earlier report, to show what changed.", exists=True)] = None,
    show_status: Annotated[
        bool, typer.Option("--status", help="Also print one line for each table and figure.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the HTML report, the same data as JSON, two CSV tables and a badge, from records alone.

    Faulty records and baselines are named and left out; the exit status is 1 if there are any.
    """
    from benchmarks.catalogue import CATALOGUE
    from benchmarks.command_line import status_tables
    from benchmarks.figures.changes import changes_since
    from benchmarks.figures.report_data import report_data
    from benchmarks.records import history
    from benchmarks.records import speed as speed_records
    from benchmarks.records.evidence import Measured, metric_table, reference_table
    from benchmarks.records.storage import write_text
    from benchmarks.verdicts.status import rows
    from reports import ReportError, build

    measured = Measured.load(records)
    shown, faulty = speed_records.shown(speed)
    data = report_data(measured, CATALOGUE, shown, history.read())
    if against:
        data["against"] = changes_since(against, data)
    try:
        page = build(data, out)
    except ReportError as error:
        raise BenchmarkError(str(error)) from None
    write_text(out / "references.csv", reference_table(data["rows"]).to_csv())
    write_text(out / "metrics.csv", metric_table((*measured.accepted, *measured.fresh)).to_csv(index=False))
    if as_json:
        print_json({"report": str(page.resolve()), **({"rows": data["rows"]} if show_status else {})})
    else:
        if show_status:
            status_tables.print_summary(rows(measured, CATALOGUE))
            status_tables.print_weaker(measured, CATALOGUE)
        print(f"report: {page.resolve()}")
    raise typer.Exit(print_problems([*measured.problems, *faulty]))


app.command()(gate_cli.check)
app.command()(gate_cli.accept)
app.command()(export_cli.export)


app.command()(speed_cli.speed)
app.add_typer(data_cli.app, name="data")


def main() -> NoReturn:
    """Runs the command line. Errors that the user can correct are printed in one line."""
    # A run that a batch system or `kill` terminates must keep as much work as one that Ctrl-C interrupts.
    stop_on_signals()
    try:
        status = app(standalone_mode=False)
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr)
        status = error.exit_status
    except TyperException as error:
        print(_misuse(error.format_message()), file=sys.stderr)
        status = error.exit_code
    except typer.Abort:
        print("error: the input ended before an answer", file=sys.stderr)
        status = 1
    sys.exit(status or 0)


def _misuse(message: str) -> str:
    """Returns one line on an argument that the parser refuses, with what was typed; help stays as it is."""
    if message.startswith("Usage:"):
        return message
    typed = shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])
    return f"error: {message.rstrip('.')}; received: {typed}"
