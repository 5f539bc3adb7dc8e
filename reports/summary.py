"""Numbers of references by verdict, and the references grouped by table and figure, worst first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports import verdicts
from reports.verdicts import Verdict

Row = Mapping[str, Any]

_TONES = {
    "reproduced": "reproduced",
    "better than published": "better",
    "worse than published": "above",
    "different": "above",
    "diverged": "diverged",
    "failed": "failed",
    "undecided": "inconclusive",
    "with too few seeds": "inconclusive",
    "at a reduced scale": "not-comparable",
    "of an older definition": "not-comparable",
}


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
class Section:
    """A table or figure of the paper on the page.

    Attributes:
        id: First part of the ids of its references, such as "figure-6".
        title: The title shown.
        drawings: Ids of the figures, pictures and filmstrips that redraw it.
        elsewhere: Ids of figures of other sections that show the same curves, so that nothing is drawn twice.
    """

    id: str
    title: str
    drawings: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()


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


def outcome_tone(outcome: str) -> str:
    """Returns the style classes of an outcome that a tally of the report data counts."""
    return _TONES.get(outcome, "neutral")


def sections(data: Mapping[str, Any]) -> tuple[Section, ...]:
    """Returns the tables and figures of the paper in its order, with the drawings that belong to each.

    A drawing belongs to a table or figure if the first part of its id is the id of that table or figure. It also
    stands for those in its `also`.
    """
    drawn = [drawing["id"] for drawing in (*data["figures"], *data["pictures"], *data.get("filmstrips", ()))]
    groups = dict.fromkeys(filter(is_printed_place, map(group_of, data["rows"])))
    names = dict.fromkeys([*groups, *(name.partition("/")[0] for name in drawn)])
    titles = data.get("groups") or {}
    return tuple(
        Section(
            id=name,
            title=titles.get(name) or title_of(name),
            drawings=tuple(id_ for id_ in drawn if id_.partition("/")[0] == name),
            elsewhere=tuple(figure["id"] for figure in data["figures"] if name in figure.get("also", ())),
        )
        for name in names
    )


def listed(data: Mapping[str, Any]) -> list[Row]:
    """Returns the rows that are listed one by one: all but points of curves without a printed number.

    Such points are in the table of values under their figure.
    """
    tables = data.get("tables") or ()
    cells = {cell for table in tables for block in table["blocks"] for line in block["rows"] for cell in line["cells"]}
    return [row for row in data["rows"] if row["paper"] is not None or row["reference"] not in cells]


def is_printed_place(group: str) -> bool:
    """Returns whether a group of references is a table or figure of the paper, and not, for example, claims."""
    return group.startswith(("table-", "figure-"))


def statements(data: Mapping[str, Any]) -> list[Row]:
    """Returns the rows of claims: those of no table or figure that are not counts of parameters."""
    return [row for row in data["rows"] if not is_printed_place(group_of(row)) and row["unit"] != "parameters"]


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
    return tuple(_group(name, titles.get(name) or title_of(name), members[name], order) for name in names)


def group_of(row: Row) -> str:
    """Returns the id of the group that a row belongs to: the first part of the id of its reference."""
    return str(row["reference"]).partition("/")[0]


def title_of(name: str) -> str:
    """Returns the title of a group whose id is one: "Table 2" for "table-2"."""
    words = name.replace("-", " ")
    return words[:1].upper() + words[1:]


def title_of_figure(data: Mapping[str, Any], name: str) -> str:
    """Returns the title of a figure on the page."""
    return next(str(figure["title"]) for figure in data["figures"] if figure["id"] == name)


def _group(name: str, title: str, rows: Sequence[Row], order: Sequence[Verdict]) -> Group:
    footnotes = tuple(dict.fromkeys(footnote for row in rows for footnote in row["footnotes"]))
    entries = (
        Entry(row=row, footnotes=tuple(sorted(footnotes.index(footnote) + 1 for footnote in row["footnotes"])))
        for row in rows
    )
    return Group(id=name, title=title, entries=tuple(entries), footnotes=footnotes, counts=counts(rows, order))
