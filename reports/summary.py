"""Numbers of references by verdict, and the references grouped by table and figure, worst first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports import verdicts
from reports.verdicts import Verdict

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Count:
    """The number of references with one verdict.

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
    footnotes: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """The references of one table or figure of the paper.

    Attributes:
        id: First part of the ids of its references, such as "table-2".
        title: The title shown, such as "Table 2".
        entries: Its rows, worst first.
        footnotes: Its distinct footnotes; their numbers start at 1.
        counts: Its verdicts, worst first.
    """

    id: str
    title: str
    entries: tuple[Entry, ...]
    footnotes: tuple[str, ...]
    counts: tuple[Count, ...]


def headline(rows: Sequence[Row]) -> str:
    """Returns the summary of the whole report in one sentence."""
    sides = [verdicts.verdict(row["verdict"]).side for row in rows]
    decided = len(sides) - sides.count(None)
    if not decided:
        return f"No comparison with the paper is conclusive; {len(rows)} references in total."
    return f"{sides.count(0)} of {decided} conclusive comparisons reproduce the paper; {len(rows)} references in total."


def counts(rows: Iterable[Row], order: Sequence[Verdict]) -> tuple[Count, ...]:
    """Returns the verdicts that occur, with the number of their references, in the given order."""
    rows = list(rows)
    numbers = Counter(row["verdict"] for row in rows)
    first = {row["verdict"]: row["reference"] for row in reversed(rows)}
    return tuple(
        Count(verdict=verdict, references=numbers[verdict.name], first=first[verdict.name])
        for verdict in order
        if verdict.name in numbers
    )


def groups(data: Mapping[str, Any]) -> tuple[Group, ...]:
    """Returns the rows by table and figure, the group with the worst row first.

    Among equally bad groups, and among rows with the same verdict and difference, the order of the data is kept.

    Args:
        data: The report data. Its `groups` may give titles by the id of a group; others are titled by their id.
    """
    order = verdicts.ordered(data)
    severity = {verdict.name: place for place, verdict in enumerate(order)}
    members: dict[str, list[Row]] = {}
    for row in sorted(data["rows"], key=lambda row: (severity[row["verdict"]], -abs(row["difference"] or 0.0))):
        members.setdefault(group_of(row), []).append(row)
    places = {name: place for place, name in enumerate(dict.fromkeys(map(group_of, data["rows"])))}
    names = sorted(members, key=lambda name: (severity[members[name][0]["verdict"]], places[name]))
    titles = data.get("groups") or {}
    return tuple(_group(name, titles.get(name) or _title(name), members[name], order) for name in names)


def group_of(row: Row) -> str:
    """Returns the id of the group that a row belongs to: the first part of the id of its reference."""
    return str(row["reference"]).partition("/")[0]


def _title(name: str) -> str:
    words = name.replace("-", " ")
    return words[:1].upper() + words[1:]


def _group(name: str, title: str, rows: Sequence[Row], order: Sequence[Verdict]) -> Group:
    footnotes = tuple(dict.fromkeys(footnote for row in rows for footnote in row["footnotes"]))
    entries = (
        Entry(row=row, footnotes=tuple(sorted(footnotes.index(footnote) + 1 for footnote in row["footnotes"])))
        for row in rows
    )
    return Group(id=name, title=title, entries=tuple(entries), footnotes=footnotes, counts=counts(rows, order))
