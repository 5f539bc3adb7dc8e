"""The tables and panels of the paper as it arranges them: for each cell the printed number, ours and the verdict."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reports import formatting, verdicts
from reports.verdicts import Verdict

Row = Mapping[str, Any]

# Verdicts that say all there is to say: a cell shows no reason beside them.
_WITHOUT_REASON = ("quoted", "not implemented", "no printed number")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One number of the paper and our result.

    Attributes:
        row: The entry of `rows` in the report data.
        verdict: The verdict.
        tone: Style class of the verdict, or of an improvement over the printed number.
        word: The verdict in one or two words.
        reason: Why, in a few words; may be empty.
    """

    row: Row
    verdict: Verdict
    tone: str
    word: str
    reason: str

    @property
    def measured(self) -> bool:
        """Whether there is a result of ours."""
        return self.row["ours"] is not None or bool(self.row["per_seed"])

    @property
    def ours(self) -> str:
        """Our number as text."""
        return formatting.DIVERGED if self.row["ours"] is None else formatting.number(self.row["ours"])

    @property
    def spreads(self) -> tuple[str, ...]:
        """Our half-widths over tasks and over seeds as text, as far as they are known."""
        if self.row["ours"] is None:
            return ()
        names = {"half_width_tasks": "tasks", "half_width_seeds": "seeds", "half_width_both": "tasks and seeds"}
        named = ((over, self.row.get(name)) for name, over in names.items())
        return tuple(
            f"{formatting.half_width_of(self.row['ours'], value)} {over}" for over, value in named if value is not None
        )


@dataclass(frozen=True, kw_only=True)
class Block:
    """Rows and columns of cells; None for a cell that is empty in the paper.

    Attributes:
        title: What the numbers are.
        columns: Labels of the columns.
        lines: The label and the cells of each row.
    """

    title: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, tuple[Cell | None, ...]], ...]

    @property
    def decimals(self) -> int:
        """The most decimals of a printed number of this block."""
        values = (cell.row[name] for cell in self.cells for name in ("paper", "plus_minus"))
        return max((formatting.published_decimals(value) for value in values if value is not None), default=0)

    @property
    def cells(self) -> Iterator[Cell]:
        """All cells that are not empty."""
        return (cell for _, cells in self.lines for cell in cells if cell)


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """A table or figure of the paper.

    Attributes:
        id: First part of the ids of its references, such as "table-1".
        blocks: Its blocks, from top to bottom.
    """

    id: str
    blocks: tuple[Block, ...]

    @property
    def printed(self) -> bool:
        """Whether most numbers were published; a figure without them shows curves instead."""
        cells = [cell for block in self.blocks for cell in block.cells]
        return sum(cell.row["paper"] is not None for cell in cells) * 2 > len(cells)

    @property
    def measured(self) -> bool:
        """Whether there is any result of ours."""
        return any(cell.measured for block in self.blocks for cell in block.cells)


def matrices(data: Mapping[str, Any]) -> tuple[Matrix, ...]:
    """Returns the tables and figures of the paper that have numbers in rows and columns.

    Args:
        data: The report data; `tables` gives the ids of the references of each cell.
    """
    rows = {row["reference"]: row for row in data["rows"]}
    return tuple(
        Matrix(id=table["id"], blocks=tuple(_block(block, rows) for block in table["blocks"]))
        for table in data.get("tables") or ()
    )


def cell(row: Row) -> Cell:
    """Returns the cell of a reference."""
    verdict = verdicts.verdict(row["verdict"])
    direction = verdicts.better_or_worse(row)
    # "Below the paper, better" is read faster than either word alone.
    word = f"{verdict.name}, {direction}" if direction else verdict.name
    reason = "" if verdict.name in _WITHOUT_REASON else str(row.get("reason") or "")
    return Cell(row=row, verdict=verdict, tone=verdicts.tone(row), word=word, reason=reason)


def cells(rows: Iterable[Row]) -> tuple[Cell, ...]:
    """Returns the cells of several references."""
    return tuple(map(cell, rows))


def _block(block: Mapping[str, Any], rows: Mapping[str, Row]) -> Block:
    lines = (
        (line["label"], tuple(cell(rows[name]) if name in rows else None for name in line["cells"]))
        for line in block["rows"]
    )
    return Block(title=block["title"], columns=tuple(block["columns"]), lines=tuple(lines))
