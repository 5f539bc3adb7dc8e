"""Rows of `status` for people."""

import math
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from benchmarks.command_line.markdown import table
from benchmarks.errors import BenchmarkError
from benchmarks.judgement.verdict import Verdict

Row = dict[str, Any]

_STYLES = {
    Verdict.FAILED: "bold red",
    Verdict.DIVERGED: "red",
    Verdict.ABOVE: "yellow",
    Verdict.BELOW: "yellow",
    Verdict.REPRODUCED: "green",
}
_COUNTED = "parameters"
_JUDGED = (Verdict.REPRODUCED, Verdict.ABOVE, Verdict.BELOW, Verdict.INCONCLUSIVE, Verdict.DIVERGED)


def choose(rows: Sequence[Row], patterns: Sequence[str]) -> list[Row]:
    """Rows whose reference matches any pattern; all of them for no pattern.

    Raises:
        BenchmarkError: a pattern matches nothing.
    """
    for pattern in patterns:
        if not any(fnmatchcase(row["reference"], pattern) for row in rows):
            raise BenchmarkError(f"no reference matches {pattern!r}; `status` without one lists them all")
    wanted = patterns or ["*"]
    return [row for row in rows if any(fnmatchcase(row["reference"], pattern) for pattern in wanted)]


def print_rows(rows: Sequence[Row]) -> None:
    """Prints one line a reference, then how many there are of each verdict."""
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True)
    width = max((len(row["reference"]) for row in rows), default=0)
    for row in rows:
        paper, ours = (_number(row[side], row["unit"]) for side in ("paper", "ours"))
        line = Text(f"{row['reference']:<{width}}  paper {paper:>8}  ours {ours:>8}  ")
        line.append(row["verdict"], style=_STYLES.get(Verdict(row["verdict"]), "dim"))
        if row["seeds"]:
            plural = "s"[: row["seeds"] > 1]
            line.append(f"  ({row['scale']}, {row['reading']}, {row['seeds']} seed{plural})", style="dim")
        console.print(line)
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in Verdict}
    console.print(f"{len(rows)} references: " + ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n))


def markdown(rows: Sequence[Row]) -> str:
    """Rows that could be judged, as a table in Markdown; our interval is that over the test tasks of a seed, 95 %."""
    head = ["reference", "paper", "ours", "seeds", "verdict"]
    lines = [
        [
            f"`{row['reference']}`",
            _with_interval(row["paper"], row["plus_minus"], row["unit"]),
            _with_interval(row["ours"], row["half_width_tasks"], row["unit"]),
            str(row["seeds"]),
            row["verdict"],
        ]
        for row in rows
        if row["verdict"] in _JUDGED
    ]
    return table(head, ["---", "---:", "---:", "---:", "---"], lines)


def _with_interval(value: float | None, half_width: float | None, unit: str | None) -> str:
    if value is None:
        return "-"
    decimals = max(0, 1 - math.floor(math.log10(half_width))) if half_width else None
    number = f"{value:,.10g}" if decimals is None else f"{value:.{decimals}f} ± {half_width:.{decimals}f}"
    return f"{number} %" if unit == "%" else number


def _number(value: float | None, unit: str | None) -> str:
    if value is None:
        return "-"
    # Of a count every digit counts.
    return f"{value:,.10g}" if unit == _COUNTED else f"{value:.4g}"
