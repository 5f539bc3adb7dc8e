"""The catalogue as a table."""

from collections.abc import Sequence
from typing import Any

from benchmarks.command_line.markdown import table
from benchmarks.experiment import SCALES, Experiment

_CELLS = ("table-1/", "table-3/")
_WIDE = 120  # characters, enough for every column
_UNBOUNDED = 1_000


def listing(experiments: Sequence[Experiment]) -> list[dict[str, Any]]:
    """What each experiment answers to, what it needs and what it costs."""
    return [
        {
            "experiment": experiment.id,
            "title": experiment.title,
            "readings": list(experiment.readings),
            "references": list(experiment.answers),
            "needs": list(experiment.needs),
            "seeds": experiment.seeds,
            "minutes": dict(experiment.runtime.minutes),
            "memory_gb": experiment.runtime.memory,
            "definitions": {
                scale: {reading: experiment.definition(scale, reading) for reading in experiment.readings}
                for scale in experiment.scales
            },
        }
        for experiment in experiments
    ]


def print_listing(rows: Sequence[dict[str, Any]]) -> None:
    """Prints the table for people: as wide as their terminal, or whole where there is none."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console.width = _UNBOUNDED
    answers = ["answers to"] if console.width >= _WIDE else []
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("experiment", *answers, "needs"):
        table.add_column(name, overflow="fold")
    for name in (*(f"{scale}\nmin" for scale in SCALES), "GB"):
        # What it costs is never cut: where it is narrow, the names are folded.
        table.add_column(name, justify="right", min_width=max(map(len, name.split("\n"))))
    for row in rows:
        told = [_summary(row["references"])] if answers else []
        costs = [f"{row['minutes'].get(scale, 0):g}" for scale in SCALES]
        table.add_row(row["experiment"], *told, ", ".join(row["needs"]), *costs, f"{row['memory_gb']:g}")
    console.print(table)


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """Two tables as Markdown: what each experiment answers to, needs and costs; the command of each cell."""
    return f"{_experiments(rows)}\n\n{_cells(rows)}"


def _experiments(rows: Sequence[dict[str, Any]]) -> str:
    head = ["experiment", "what", "answers to", "needs", *(f"{scale}, min" for scale in SCALES), "GB"]
    lines = []
    for row in rows:
        costs = [f"{row['minutes'].get(scale, 0):g}" for scale in SCALES]
        told = [_summary(row["references"]), ", ".join(row["needs"])]
        lines.append([f"`{row['experiment']}`", row["title"], *told, *costs, f"{row['memory_gb']:g}"])
    return table(head, ["---"] * 4 + ["---:"] * (len(SCALES) + 1), lines)


def _cells(rows: Sequence[dict[str, Any]]) -> str:
    lines = []
    for row in rows:
        cells = [f"`{reference}`" for reference in row["references"] if reference.startswith(_CELLS)]
        if cells:
            command = f"`python -m benchmarks run {row['experiment']} --scale paper --seeds {row['seeds']}`"
            lines.append(["<br>".join(cells), command])
    return table(["cell of Tables 1 and 3", "command"], ["---", "---"], lines)


def _summary(references: Sequence[str]) -> str:
    groups: dict[str, int] = {}
    for reference in references:
        group = reference.split("/")[0]
        groups[group] = groups.get(group, 0) + 1
    return ", ".join(f"{group} ({count})" for group, count in groups.items()) or "no printed number"
