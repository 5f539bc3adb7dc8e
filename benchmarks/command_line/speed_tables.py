"""Tables of speed records: for people, and as Markdown for docs/performance.md."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.errors import print_problems
from benchmarks.records.speed import OURS, AnyRecord, GrowthRecord, SpeedRecord, shown
from benchmarks.speed.breakdown import Breakdown, Rates
from benchmarks.speed.layer_rates import PASSES, WAYS
from benchmarks.speed.rounding import Rounding

if TYPE_CHECKING:
    from rich.table import Table

HEAD = ("side", "time, ms", "from", "to", "ratio", "memory, MB", "share of the limit", "gradient differs by")


def lines(record: SpeedRecord) -> list[list[str]]:
    """Returns a line for each side, with the columns of `HEAD`."""
    return [
        [
            side,
            number(median),
            *map(number, record.spread[side]),
            number(record.ratios[side]) if side in record.ratios else "1",
            f"{record.peak_mb[side]:,.0f}",
            f"{record.share_of_limit[side]:.2g}",
            f"{record.gradient_difference[side]:.1g}" if side in record.gradient_difference else "",
        ]
        for side, median in record.median_ms.items()
    ]


def growth_lines(record: GrowthRecord) -> list[list[str]]:
    """Returns a line for each value: the value, both times, their ratio, and both peaks of memory."""
    table = []
    for point in record.points:
        rounds = np.array(point.rounds_ms)
        times = [number(float(each)) for each in np.median(rounds, axis=0)]
        ratio = number(float(np.median(rounds[:, 1] / rounds[:, 0])))
        table.append([str(point.value), *times, ratio, *(f"{peak:,.0f}" for peak in point.peak_mb)])
    return table


def print_record(record: AnyRecord) -> None:
    """Prints a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, title=_title(record), title_justify="left")
    for column in _head(record):
        table.add_column(column, justify="left" if column == "side" else "right", no_wrap=column == "side")
    for line in _lines(record):
        table.add_row(*line)
    console = Console()
    console.print(table)
    if isinstance(record, SpeedRecord):
        console.print(_machine(record), markup=False, highlight=False, soft_wrap=True)


def print_breakdown(breakdown: Breakdown) -> None:
    """Prints the kinds of operations that take the time."""
    from rich.console import Console

    threads = "" if breakdown.device == "gpu" else ", in milliseconds summed over threads"
    shares = breakdown.shares[:_MOST_OPERATIONS]
    table = _table(("operation", "ms", "share"), [(name, number(ms), f"{share:.1%}") for name, ms, share in shares])
    say = partial(Console().print, markup=False, highlight=False, soft_wrap=True)
    say(f"{breakdown.workload}: {number(breakdown.time_ms)} ms a meta-iteration; its operations{threads}:")
    say(table)
    if breakdown.best_ms is not None:
        say(
            f"Convolutions and matrix products take {breakdown.share_of_products:.0%}. With these at the rate of this "
            f"machine's best matrix product, a meta-iteration would take {number(breakdown.best_ms)} ms."
        )
    if breakdown.layers:
        say("GFLOP/s of one thread, for a task with a kernel of its own; in brackets as a product of patches:")
        say(_table(("images", "channels", "filters", *PASSES), map(_layer, breakdown.layers)))


def print_rounding(rounding: Rounding) -> None:
    """Prints how far rounding moves the meta-gradients of single tasks."""
    from rich.console import Console

    rows = [(side, f"{median:.1e}", f"{largest:.1e}") for side, median, largest in rounding.rows]
    tasks = len(next(iter(rounding.errors.values())))
    say = partial(Console().print, markup=False, highlight=False, soft_wrap=True)
    say(f"{rounding.workload}: distance from the meta-gradient in double precision, relative, over {tasks} tasks")
    say(_table(("side", "median", "largest"), rows))


def _layer(rates: Rates) -> tuple[str, ...]:
    size = rates.convolution
    images = " x ".join(map(str, (size.examples, *size.side)))
    plain, patches = (rates.gflops(way) for way in WAYS)
    speeds = (f"{number(plain[each])} ({number(patches[each])})" for each in PASSES)
    return (images, str(size.channels), str(size.filters), *speeds)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> "Table":
    """Returns a table whose first column has words, and the others numbers."""
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for place, column in enumerate(head):
        table.add_column(column, justify="right" if place else "left", max_width=_LONGEST_NAME)
    for row in rows:
        table.add_row(*row)
    return table


def markdown(record: AnyRecord) -> str:
    """Returns a heading, a table and the command that repeats it."""
    head = _head(record)
    alignment = ["---" if column == "side" else "---:" for column in head]
    rows = (head, alignment, *_lines(record))
    table = "\n".join(f"| {' | '.join(line)} |" for line in rows)
    facts = f"\n\n{_machine(record)}" if isinstance(record, SpeedRecord) else ""
    return f"### {_title(record)}\n\n{table}{facts}\n\nRepeat it with `{record.provenance['command']}`."


def accepted_markdown() -> tuple[str, list[str]]:
    """Returns the tables of all accepted records, and one line for each faulty file, which is left out."""
    records, problems = shown()
    return "\n\n".join(map(markdown, records)) or "No record is accepted yet.", problems


def print_accepted() -> int:
    """Prints the tables of all accepted records, and names faulty files; returns the exit status."""
    tables, problems = accepted_markdown()
    print(tables)
    return print_problems(problems)


def number(value: float) -> str:
    """Formats milliseconds or a ratio with three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _title(record: AnyRecord) -> str:
    if isinstance(record, GrowthRecord):
        return f"{record.workload}, by {record.axis}"
    return record.title


def _head(record: AnyRecord) -> Sequence[str]:
    if isinstance(record, GrowthRecord):
        peer = record.peer
        return (record.axis, f"{OURS}, ms", f"{peer}, ms", "ratio", f"{OURS}, MB", f"{peer}, MB")
    return HEAD


def _lines(record: AnyRecord) -> list[list[str]]:
    return growth_lines(record) if isinstance(record, GrowthRecord) else lines(record)


def _machine(record: SpeedRecord) -> str:
    limit, host = record.limit, record.provenance["host"]
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    return (
        f"{limit.operations / 1e9:.3g} GFLOP, at least {number(limit.milliseconds(first_order=False))} ms at "
        f"{limit.operations_per_second / 1e9:.3g} GFLOP/s and {limit.bytes_per_second / 1e9:.3g} GB/s. "
        f"{record.cores} cores of {host['processor']}; {versions}."
    )


_MOST_OPERATIONS = 25
_LONGEST_NAME = 60
