"""Rows of `status` for people."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.verdict import Verdict

Row = dict[str, Any]

_STYLES = {
    Verdict.FAILED: "bold red",
    Verdict.DIVERGED: "red",
    Verdict.ABOVE: "yellow",
    Verdict.BELOW: "yellow",
    Verdict.REPRODUCED: "green",
}


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
        line = Text(f"{row['reference']:<{width}}  paper {_number(row['paper']):>8}  ours {_number(row['ours']):>8}  ")
        line.append(row["verdict"], style=_STYLES.get(Verdict(row["verdict"]), "dim"))
        if row["seeds"]:
            line.append(f"  ({row['scale']}, {row['reading']}, {row['seeds']} seeds)", style="dim")
        console.print(line)
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in Verdict}
    console.print(f"{len(rows)} references: " + ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
