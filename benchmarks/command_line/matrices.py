"""Results as the tables of the paper: methods in rows, settings in columns, in Markdown for README.md."""

from collections.abc import Iterable, Sequence

from benchmarks.command_line.status_tables import with_interval
from benchmarks.command_line.tables import markdown
from benchmarks.declaring.experiment import SCALES
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

# Parts of the id of a cell: its table, the method and the setting.
_LEVELS = 3


def matrices_markdown(rows: Sequence[Row]) -> str:
    """Returns one Markdown table for each table of the paper among the rows, and one for the other rows.

    A cell holds the printed number and, below it, ours at the paper's scale with a symbol for the verdict. Methods that
    the paper quotes from earlier work are left out.
    """
    tables: dict[str, list[Row]] = {}
    others: list[Row] = []
    for row in rows:
        parts = row.reference.split("/")
        (tables.setdefault(parts[0], []) if len(parts) == _LEVELS else others).append(row)
    compared = [row for row in others if row.verdict.compares]
    return "\n\n".join([*map(_matrix, tables.values()), *([_list(compared)] if compared else [])])


def _matrix(rows: Sequence[Row]) -> str:
    labels = _Labels(rows)
    own = [row for row in rows if row.verdict != Verdict.QUOTED]
    cells = {_place(row): _cell(row) for row in own}
    methods, settings = (list(dict.fromkeys(_place(row)[axis] for row in own)) for axis in (0, 1))
    head = [labels.table, *map(labels.setting, settings)]
    lines = [[labels.method(one), *(cells.get((one, setting), "") for setting in settings)] for one in methods]
    return markdown(head, ["---", *["---:"] * len(settings)], lines)


class _Labels:
    """Labels of a table, from what the titles of its rows have in common, such as "Omniglot" or "1 step"."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Takes all rows of the table, with those that it does not show."""
        self._rows = rows
        self._everywhere = _shared(rows)
        name = rows[0].reference.partition("/")[0].replace("-", " ").capitalize()
        self.table = f"**{': '.join([name, *([', '.join(self._everywhere)] if self._everywhere else [])])}**"

    def setting(self, setting: str) -> str:
        """Returns the label of a column."""
        return ", ".join(self._setting(setting)) or setting

    def method(self, method: str) -> str:
        """Returns the label of a line."""
        settings = {part for row in self._rows for part in self._setting(_place(row)[1])}
        shared = _shared([row for row in self._rows if _place(row)[0] == method])
        label = ", ".join(part for part in shared if part not in (*settings, *self._everywhere)) or method
        return label[:1].upper() + label[1:]

    def _setting(self, setting: str) -> list[str]:
        shared = _shared([row for row in self._rows if _place(row)[1] == setting])
        return [part for part in shared if part not in self._everywhere]


def _shared(rows: Sequence[Row]) -> list[str]:
    """Returns the parts between commas that all titles have, in their order."""
    titles = [row.title.split(", ") for row in rows]
    return [part for part in titles[0] if all(part in title for title in titles)]


def _place(row: Row) -> tuple[str, str]:
    """Returns the method and the setting of a row, from its id."""
    _, method, setting = row.reference.split("/")
    return method, setting


def _list(rows: Iterable[Row]) -> str:
    lines = [[row.title, with_interval(row.paper, row.plus_minus, row.unit), _ours(row)] for row in rows]
    return markdown(["**Claims**", "paper", "ours"], ["---", "---:", "---:"], lines)


def _cell(row: Row) -> str:
    return f"{with_interval(row.paper, row.plus_minus, row.unit)}<br>{_ours(row)}"


def _ours(row: Row) -> str:
    if row.verdict.compares:
        return f"**{with_interval(row.ours, row.half_width_tasks, row.unit)}** {_SYMBOLS[row.verdict]}"
    return "reduced scale only" if row.scale and row.scale != SCALES[-1] else str(row.verdict)
