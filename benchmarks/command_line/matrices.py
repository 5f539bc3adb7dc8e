"""Results as the tables of the paper: methods in rows, settings in columns, in Markdown for README.md."""

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.command_line.status_tables import with_interval
from benchmarks.command_line.tables import markdown
from benchmarks.declaring.experiment import SCALES
from benchmarks.records.references import Layout, load_layouts
from benchmarks.verdicts.row import Row
from benchmarks.verdicts.verdict import Verdict

_SYMBOLS = {
    Verdict.REPRODUCED: "✓",
    Verdict.INCONCLUSIVE: "?",
    Verdict.ABOVE: "↑",
    Verdict.BELOW: "↓",
    Verdict.DIVERGED: "✗",
    Verdict.FAILED: "✗",
}


def matrices_markdown(rows: Sequence[Row], layouts: Mapping[str, Sequence[Layout]] | None = None) -> str:
    """Returns one Markdown table for each block of a table of the paper among the rows, and one for the other rows.

    A cell holds the printed number and, below it, ours at the paper's scale with a symbol for the verdict. Methods that
    the paper quotes from earlier work are left out.

    Args:
        rows: The rows.
        layouts: How the paper arranges its numbers, with the labels; by default as declared with its results.
    """
    layouts = load_layouts() if layouts is None else layouts
    blocks = [(name, block) for name, blocks in layouts.items() for block in blocks]
    placed = {id_ for _, block in blocks for line in block.rows for id_ in block.cells(line)}
    shown = {row.reference: row for row in rows if row.verdict != Verdict.QUOTED}
    tables = (_matrix(name, block, shown) for name, block in blocks)
    others = [row for row in rows if row.reference not in placed and row.verdict.compares]
    return "\n\n".join([*filter(None, tables), *([_list(others)] if others else [])])


def _matrix(name: str, block: Layout, rows: Mapping[str, Row]) -> str:
    """Returns the table of a block without its empty lines and columns; nothing if no row stands in it."""
    lines = {label: block.cells(line) for line, label in block.rows.items()}
    lines = {label: ids for label, ids in lines.items() if any(id_ in rows for id_ in ids)}
    if not lines:
        return ""
    used = [any(ids[place] in rows for ids in lines.values()) for place in range(len(block.columns))]
    columns = [label for label, shown in zip(block.columns.values(), used, strict=True) if shown]
    table = [
        [label, *(_cell(rows[id_]) if id_ in rows else "" for id_, shown in zip(ids, used, strict=True) if shown)]
        for label, ids in lines.items()
    ]
    title = f"**{name.replace('-', ' ').capitalize()}: {block.title}**"
    return markdown([title, *columns], ["---", *["---:"] * len(columns)], table)


def _list(rows: Iterable[Row]) -> str:
    lines = [[row.title, with_interval(row.paper, row.plus_minus, row.unit), _ours(row)] for row in rows]
    return markdown(["**Claims**", "paper", "ours"], ["---", "---:", "---:"], lines)


def _cell(row: Row) -> str:
    return f"{with_interval(row.paper, row.plus_minus, row.unit)}<br>{_ours(row)}"


def _ours(row: Row) -> str:
    if row.verdict.compares:
        return f"**{with_interval(row.ours, row.half_width, row.unit)}** {_SYMBOLS[row.verdict]}"
    return "reduced scale only" if row.scale and row.scale != SCALES[-1] else str(row.verdict)
