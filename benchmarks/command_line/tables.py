"""The tables that `list` and `status` print: for people, as Markdown for README.md, and as plain data."""

import math
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from benchmarks.declaring.experiment import SCALES, Experiment
from benchmarks.errors import BenchmarkError
from benchmarks.records.references import load_references
from benchmarks.verdicts.row import Row
from benchmarks.verdicts.verdict import Verdict

_STYLES = {
    Verdict.FAILED: "bold red",
    Verdict.DIVERGED: "red",
    Verdict.ABOVE: "yellow",
    Verdict.BELOW: "yellow",
    Verdict.REPRODUCED: "green",
}
_WIDE = 120  # characters, enough for every column
_UNBOUNDED = 1_000


def experiments_json(experiments: Sequence[Experiment]) -> list[dict[str, Any]]:
    """Returns, for each experiment, the references that it answers, the data that it needs and its costs."""
    return [
        {
            "experiment": experiment.id,
            "title": experiment.title,
            "readings": list(experiment.readings),
            "references": list(experiment.answers),
            "needs": list(experiment.needs),
            "extra": experiment.extra and experiment.extra.name,
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


def print_experiments(experiments: Sequence[Experiment]) -> None:
    """Prints a table of experiments that fits the terminal; without a terminal, nothing is shortened or folded."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console.width = _UNBOUNDED
    wide = console.width >= _WIDE
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("experiment", *(["answers to"] if wide else []), "needs"):
        table.add_column(name, overflow="fold")
    for name in (*(f"{scale}\nmin" for scale in SCALES), "GB"):
        # Costs are never shortened: in a narrow terminal the names are folded instead.
        table.add_column(name, justify="right", min_width=max(map(len, name.split("\n"))))
    for experiment in experiments:
        answers = [_summary(experiment)] if wide else []
        table.add_row(experiment.id, *answers, _needs(experiment), *_costs(experiment))
    console.print(table)


def experiments_markdown(experiments: Sequence[Experiment]) -> str:
    """Returns two tables as Markdown: all experiments, and the command for each cell of a table of accuracies."""
    head = ["experiment", "what", "answers to", "needs", *(f"{scale}, min" for scale in SCALES), "GB"]
    lines = [[f"`{one.id}`", one.title, _summary(one), _needs(one), *_costs(one)] for one in experiments]
    return f"{_markdown(head, ['---'] * 4 + ['---:'] * (len(SCALES) + 1), lines)}\n\n{_cells(experiments)}"


def _cells(experiments: Sequence[Experiment]) -> str:
    """Returns the commands for the accuracies in tables of the paper; other tables need one experiment per row."""
    references = load_references()
    tables, lines = set(), []
    for experiment in experiments:
        cells = [id_ for id_ in experiment.answers if references[id_].metric == "accuracy" and id_.startswith("table-")]
        if cells:
            tables |= {cell.partition("/")[0].removeprefix("table-") for cell in cells}
            command = f"`python -m benchmarks run {experiment.id} --scale paper --seeds {experiment.seeds}`"
            lines.append(["<br>".join(f"`{cell}`" for cell in cells), command])
    return _markdown([f"cell of Tables {' and '.join(sorted(tables))}", "command"], ["---", "---"], lines)


def _costs(experiment: Experiment) -> list[str]:
    minutes = [f"{experiment.runtime.minutes.get(scale, 0):g}" for scale in SCALES]
    return [*minutes, f"{experiment.runtime.memory:g}"]


def _needs(experiment: Experiment) -> str:
    """Returns the data sets that an experiment needs, and the extra of this project with its optional packages."""
    extra = (f"maml-tf[{experiment.extra.name}]",) if experiment.extra else ()
    return ", ".join((*experiment.needs, *extra))


def _summary(experiment: Experiment) -> str:
    groups = Counter(reference.partition("/")[0] for reference in experiment.answers)
    return ", ".join(f"{group} ({count})" for group, count in groups.items()) or "no printed number"


def choose(rows: Sequence[Row], patterns: Sequence[str]) -> list[Row]:
    """Returns the rows whose reference matches any of the patterns, or all rows if there are no patterns.

    Raises:
        BenchmarkError: A pattern matches nothing.
    """
    for pattern in patterns:
        if not any(fnmatchcase(row.reference, pattern) for row in rows):
            raise BenchmarkError(f"no reference matches {pattern!r}; `status` without a pattern lists all of them")
    return [row for row in rows if any(fnmatchcase(row.reference, pattern) for pattern in patterns or ["*"])]


def print_rows(rows: Sequence[Row]) -> None:
    """Prints one line for each reference, then the number of references with each verdict."""
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True)
    width = max((len(row.reference) for row in rows), default=0)
    for row in rows:
        paper, ours = _number(row.paper, row.unit), _number(row.ours, row.unit)
        line = Text(f"{row.reference:<{width}}  paper {paper:>8}  ours {ours:>8}  ")
        line.append(row.verdict, style=_STYLES.get(row.verdict, "dim"))
        if row.seeds:
            line.append(f"  ({row.scale}, {row.reading}, {row.seeds} seed{'s'[: row.seeds > 1]})", style="dim")
        console.print(line)
    counts = Counter(row.verdict for row in rows)
    summary = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    console.print(f"{len(rows)} references: {summary}")


def rows_markdown(rows: Sequence[Row]) -> str:
    """Returns a table as Markdown of the rows with a comparison; our ± is the 95 % interval over one seed's tasks."""
    lines = [
        [
            f"`{row.reference}`",
            _with_interval(row.paper, row.plus_minus, row.unit),
            _with_interval(row.ours, row.half_width_tasks, row.unit),
            str(row.seeds),
            row.verdict,
        ]
        for row in rows
        if row.verdict.compares
    ]
    head = ["reference", "paper", "ours", "seeds", "verdict"]
    return _markdown(head, ["---", "---:", "---:", "---:", "---"], lines)


def _with_interval(value: float | None, half_width: float | None, unit: str | None) -> str:
    if value is None:
        return "-"
    decimals = max(0, 1 - math.floor(math.log10(half_width))) if half_width else None
    number = f"{value:,.10g}" if decimals is None else f"{value:.{decimals}f} ± {half_width:.{decimals}f}"
    return f"{number} %" if unit == "%" else number


def _number(value: float | None, unit: str | None) -> str:
    if value is None:
        return "-"
    # Every digit of a count matters.
    return f"{value:,.10g}" if unit == "parameters" else f"{value:.4g}"


def _markdown(head: Sequence[str], alignment: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Returns a table as Markdown; `alignment` holds "---" or "---:" for each column."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, alignment, *lines))
