"""The catalogue as a table."""

from collections.abc import Sequence
from typing import Any

from benchmarks.experiment import SCALES, Experiment


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
    """The table as Markdown: experiments, references, needs and minutes at each scale."""
    head = ["experiment", "what", "answers to", "needs", *(f"{scale}, min" for scale in SCALES)]
    lines = [head, ["---"] * 4 + ["---:"] * len(SCALES)]
    for row in rows:
        costs = [f"{row['minutes'].get(scale, 0):g}" for scale in SCALES]
        lines.append(
            [
                f"`{row['experiment']}`",
                row["title"],
                _summary(row["references"]),
                ", ".join(row["needs"]),
                *costs,
            ]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _summary(references: Sequence[str]) -> str:
    groups: dict[str, int] = {}
    for reference in references:
        group = reference.split("/")[0]
        groups[group] = groups.get(group, 0) + 1
    return ", ".join(f"{group} ({count})" for group, count in groups.items()) or "no printed number"
