"""How many references got which verdict, and the references by table and figure, worst first."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports import verdicts
from reports.verdicts import Verdict

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many references share a verdict.

    Attributes:
        verdict: The verdict.
        references: How many references have it.
        first: Id of the first of them on the page.
    """

    verdict: Verdict
    references: int
    first: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row with the numbers of its footnotes."""

    row: Row
    notes: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """The references of one table or figure of the paper.

    Attributes:
        id: First part of the ids of its references, such as "table-2".
        title: The same for readers, such as "Table 2".
        entries: Its rows, worst first.
        notes: Its footnotes in the order of their numbers, each text once.
        counts: Its verdicts, worst first.
    """

    id: str
    title: str
    entries: tuple[Entry, ...]
    notes: tuple[str, ...]
    counts: tuple[Count, ...]


def headline(rows: Sequence[Row]) -> str:
    """The whole report in one sentence."""
    judged = [row for row in rows if row["verdict"] in ("reproduced", "above", "below")]
    if not judged:
        return f"No reference could be judged; {len(rows)} in all."
    reproduced = sum(row["verdict"] == "reproduced" for row in judged)
    return f"{reproduced} of {len(judged)} judged references reproduced; {len(rows)} references in all."


def counts(rows: Iterable[Row]) -> tuple[Count, ...]:
    """Verdicts with the number of their references, worst first."""
    rows = list(rows)
    numbers = Counter(row["verdict"] for row in rows)
    first = {row["verdict"]: row["reference"] for row in reversed(rows)}
    return tuple(
        Count(verdict=verdicts.verdict(name), references=numbers[name], first=first[name])
        for name in sorted(numbers, key=lambda name: (verdicts.severity(name), name))
    )


def groups(rows: Iterable[Row]) -> tuple[Group, ...]:
    """Rows by table and figure; the group with the worst row first, ties in the order of the paper."""
    ordered = sorted(rows, key=lambda row: in_paper_order(group_of(row)))
    parts = [(name, sorted(part, key=_badness)) for name, part in itertools.groupby(ordered, key=group_of)]
    # The sort is stable, so groups that are equally bad stay in the order of the paper.
    parts.sort(key=lambda part: verdicts.severity(part[1][0]["verdict"]))
    return tuple(_group(name, part) for name, part in parts)


def group_of(row: Row) -> str:
    """The table, figure or claim that a row belongs to."""
    return str(row["reference"]).partition("/")[0]


def group_title(group: str) -> str:
    """The id of a group in words: "Table 2", "Claims in the text"."""
    return "Claims in the text" if group == "claim" else group.replace("-", " ").capitalize()


def in_paper_order(name: str) -> tuple[int, list[tuple[int, str]]]:
    """Sorting key: tables, figures, then the rest, with numbers by their size."""
    kinds = ("table", "figure")
    kind = next((index for index, kind in enumerate(kinds) if name.startswith(kind)), len(kinds))
    return kind, [(int(part) if part.isdigit() else -1, part) for part in re.split(r"([0-9]+)", name)]


def _badness(row: Row) -> tuple[int, float, Any]:
    return (
        verdicts.severity(row["verdict"]),
        -abs(row["difference"] or 0.0),
        in_paper_order(row["reference"]),
    )


def _group(name: str, rows: Sequence[Row]) -> Group:
    notes = tuple(dict.fromkeys(note for row in rows for note in row["footnotes"]))
    entries = (Entry(row=row, notes=_numbers(row, notes)) for row in rows)
    return Group(
        id=name,
        title=group_title(name),
        entries=tuple(entries),
        notes=notes,
        counts=counts(rows),
    )


def _numbers(row: Row, notes: Sequence[str]) -> tuple[int, ...]:
    return tuple(sorted(notes.index(note) + 1 for note in row["footnotes"]))
