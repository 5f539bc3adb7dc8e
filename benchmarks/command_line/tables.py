"""The tables of experiments that `list` prints: for people, as Markdown for the documentation, and as plain data."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmarks.declaring.experiment import SCALES, Experiment
from benchmarks.records.references import load_references

_WIDE = 120  # characters, enough for every column
UNBOUNDED = 1_000  # characters, enough for every table


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
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console.width = UNBOUNDED
    wide = console.width >= _WIDE
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("experiment", *(["answers to"] if wide else []), "needs"):
        table.add_column(name, overflow="fold")
    for name in (*(f"{scale}\nmin" for scale in SCALES), "GB"):
        # Costs are never shortened: in a narrow terminal the names are folded instead.
        table.add_column(name, justify="right", min_width=max(map(len, name.split("\n"))))
    for experiment in experiments:
        answers = [_summary(experiment)] if wide else []
        table.add_row(experiment.id, *answers, escape(_needs(experiment)), *_costs(experiment))
    console.print(table)


def experiments_markdown(experiments: Sequence[Experiment]) -> str:
    """Returns two tables as Markdown: all experiments, and the command for each cell of a table of accuracies."""
    head = ["experiment", "what", "answers to", "needs", *(f"{scale}, min" for scale in SCALES), "GB"]
    lines = [[f"`{one.id}`", one.title, _summary(one), _needs(one), *_costs(one)] for one in experiments]
    return f"{markdown(head, ['---'] * 4 + ['---:'] * (len(SCALES) + 1), lines)}\n\n{_cells(experiments)}"


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
    return markdown([f"cell of Tables {' and '.join(sorted(tables))}", "command"], ["---", "---"], lines)


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


def markdown(head: Sequence[str], alignment: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Returns a table as Markdown; `alignment` holds "---" or "---:" for each column."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, alignment, *lines))
