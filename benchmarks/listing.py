"""The catalogue as a table."""

from collections.abc import Sequence
from typing import Any

from benchmarks.experiment import SCALES, Experiment
from benchmarks.markdown import table

_CELLS = ("table-1/", "table-3/")


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
    """Prints the table for people."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("experiment", no_wrap=True)
    table.add_column("answers to")
    table.add_column("needs", no_wrap=True)
    for scale in SCALES:
        table.add_column(f"{scale}\nminutes", justify="right", no_wrap=True)
    table.add_column("GB", justify="right", no_wrap=True)
    for row in rows:
        costs = [f"{row['minutes'].get(scale, 0):g}" for scale in SCALES]
        table.add_row(
            row["experiment"],
            _summary(row["references"]),
            ", ".join(row["needs"]),
            *costs,
            f"{row['memory_gb']:g}",
        )
    Console().print(table)


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
