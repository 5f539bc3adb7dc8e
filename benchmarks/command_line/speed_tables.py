"""Tables of speed records: for people, and as Markdown for docs/performance.md."""

from collections.abc import Sequence

import numpy as np

from benchmarks.records.speed import OURS, AnyRecord, GrowthRecord, SpeedRecord, shown
from benchmarks.speed.breakdown import Breakdown

HEAD = ("side", "time, ms", "from", "to", "ratio", "memory, MB", "share of the limit")


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
        table.add_column(column, justify="left" if column == "side" else "right")
    for line in _lines(record):
        table.add_row(*line)
    console = Console()
    console.print(table)
    if isinstance(record, SpeedRecord):
        console.print(_machine(record), markup=False, highlight=False, soft_wrap=True)


def print_breakdown(breakdown: Breakdown) -> None:
    """Prints the kinds of operations that take the time."""
    from rich.console import Console
    from rich.table import Table

    per = "of each meta-iteration" if breakdown.device == "gpu" else "of each meta-iteration, summed over threads"
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("operation", "ms", "share"):
        table.add_column(column, justify="left" if column == "operation" else "right", max_width=_LONGEST_NAME)
    for operation, ms, share in breakdown.shares[:_MOST_OPERATIONS]:
        table.add_row(operation, number(ms), f"{share:.1%}")
    console = Console()
    console.print(f"{breakdown.workload}: time {per}", highlight=False, soft_wrap=True)
    console.print(table, markup=False)


def markdown(record: AnyRecord) -> str:
    """Returns a heading, a table and the command that repeats it."""
    head = _head(record)
    alignment = ["---" if column == "side" else "---:" for column in head]
    rows = (head, alignment, *_lines(record))
    table = "\n".join(f"| {' | '.join(line)} |" for line in rows)
    facts = f"\n\n{_machine(record)}" if isinstance(record, SpeedRecord) else ""
    return f"### {_title(record)}\n\n{table}{facts}\n\nRepeat it with `{record.provenance['command']}`."


def accepted_markdown() -> str:
    """Returns the tables of all accepted records."""
    records, _ = shown()
    return "\n\n".join(map(markdown, records)) or "No record is accepted yet."


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
