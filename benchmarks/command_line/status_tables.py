"""The tables of results that `status`, `report` and `run` print."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.command_line.tables import UNBOUNDED
from benchmarks.errors import no_match
from benchmarks.family import Catalogue
from benchmarks.records.evidence import Measured
from benchmarks.verdicts.row import Row
from benchmarks.verdicts.verdict import Verdict

_STYLES = {
    Verdict.FAILED: "bold red",
    Verdict.DIVERGED: "red",
    Verdict.ABOVE: "yellow",
    Verdict.BELOW: "yellow",
    Verdict.REPRODUCED: "green",
}
# The width of a terminal that has room for the column with scale, reading and seeds.
_WIDE = 120


def choose(rows: Sequence[Row], patterns: Sequence[str]) -> list[Row]:
    """Returns the rows that match any of the patterns, or all rows if there are no patterns.

    A pattern is the id of a reference or of the experiment that answers it, the beginning of such an id up to a slash,
    or a glob.

    Raises:
        BenchmarkError: A pattern matches nothing.
    """
    for pattern in patterns:
        if not any(_matches(row, pattern) for row in rows):
            ids = dict.fromkeys(id_ for row in rows for id_ in _ids(row))
            raise no_match("reference or experiment", pattern, ids, "python -m benchmarks status --all")
    return [row for row in rows if any(_matches(row, pattern) for pattern in patterns or ["*"])]


def _matches(row: Row, pattern: str) -> bool:
    beginning = f"{pattern.rstrip('/')}/"
    return any(fnmatchcase(id_, pattern) or id_.startswith(beginning) for id_ in _ids(row))


def _ids(row: Row) -> list[str]:
    return [row.reference, *([row.experiment] if row.experiment else [])]


def print_summary(rows: Sequence[Row], total: bool = True) -> None:
    """Prints one line for each table and figure with the number of references by verdict; then the total.

    Args:
        rows: The rows.
        total: Whether to print the total.
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.reference.partition("/")[0], []).append(row)
    console = _console()
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column()
    for group, members in groups.items():
        table.add_row(group, str(len(members)), _counts(members))
    console.print(table)
    if total:
        _print_total(console, rows)


def print_rows(rows: Sequence[Row], total: bool = True) -> None:
    """Prints one line for each reference; then the number of references with each verdict.

    A terminal that is too narrow folds the ids at a slash. Without a terminal, nothing is folded.

    Args:
        rows: The rows.
        total: Whether to print the total.
    """
    console = _console()
    wide = console.width >= _WIDE
    head = ["paper", "ours", "verdict", *(["made with"] if wide else [])]
    lines = [
        [
            with_interval(row.paper, row.plus_minus, row.unit),
            with_interval(row.ours, row.half_width, row.unit),
            row.verdict,
            *([_made_with(row)] if wide else []),
        ]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("reference", overflow="fold")
    for name in head:
        table.add_column(name, no_wrap=True, justify="right" if name in ("paper", "ours") else "left")
    room = console.width - sum(widths) - 2 * len(widths)
    for row, (paper, ours, verdict, *more) in zip(rows, lines, strict=True):
        styled = Text(verdict, style=_STYLES.get(row.verdict, "dim"))
        table.add_row(_folded(row.reference, room), paper, ours, styled, *more)
    console.print(table)
    if total:
        _print_total(console, rows)


def print_weaker(measured: Measured, catalogue: Catalogue) -> None:
    """Prints for which experiments an accepted baseline is shown instead of fresh records, which have fewer seeds."""
    names = [name for name, one in catalogue.items() if measured.weaker_fresh(one, one.primary)]
    if names:
        print(f"shown is the accepted baseline, which has more seeds than the fresh records, for {', '.join(names)}")


def _made_with(row: Row) -> str:
    return f"{row.seeds} seed{'s'[: row.seeds > 1]}, {row.scale}, {row.reading}" if row.seeds else ""


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = UNBOUNDED
    return console


def _folded(id_: str, room: int) -> str:
    """Returns an id in lines that are not longer than `room`, if its parts are not; later lines are indented."""
    lines = [""]
    for part in id_.split("/"):
        longer = f"{lines[-1]}/{part}" if lines[-1] else part
        if lines[-1] and len(longer) > room:
            lines[-1] += "/"
            longer = f"  {part}"
            lines.append("")
        lines[-1] = longer
    return "\n".join(lines)


def _counts(rows: Iterable[Row]) -> str:
    """Returns the number of rows with each verdict, in words; reproduced ones first, then the worst."""
    counts = Counter(row.verdict for row in rows)
    order = sorted(Verdict, key=lambda verdict: (verdict != Verdict.REPRODUCED, verdict.severity))
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in order if counts[verdict])


def _print_total(console: Console, rows: Sequence[Row]) -> None:
    console.print(f"{len(rows)} reference{'s'[: len(rows) != 1]}: {_counts(rows)}")


def with_interval(value: float | None, half_width: float | None, unit: str | None) -> str:
    """Returns a number with its ± where it has one, in two digits of that; every digit of a count matters."""
    if value is None:
        return "-"
    if half_width:
        decimals = max(0, 1 - math.floor(math.log10(half_width)))
        number = f"{value:,.{decimals}f} ± {half_width:,.{decimals}f}"
    else:
        number = f"{value:,.10g}" if unit == "parameters" else f"{value:.4g}"
    return f"{number} %" if unit == "%" else number
