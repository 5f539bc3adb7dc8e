"""How much of the paper holds: one line for each table and figure, and one sentence for all of it.

A number that the paper prints twice counts once. What is no result of the authors' own experiments (a number quoted
from earlier work, a curve without printed numbers, a count of parameters that training does not change) is counted
apart.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.verdicts.row import Row
from benchmarks.verdicts.verdict import MINIMUM_SEEDS, Verdict

REPEATED = "repeated from a table"
UNPRINTED = "without a printed number"
COUNTS = "counts"
# In the order in which a line lists them.
OUTCOMES = (
    *("reproduced", "better than published", "worse than published", "different", "diverged", "failed", "undecided"),
    *("with too few seeds", "at a reduced scale", "of an older definition", "without data", "not run"),
    "not implemented",
)
# Outcomes of measurements with the paper's full settings.
_MEASURED = (
    *("reproduced", "better than published", "worse than published", "different", "diverged"),
    *("undecided", "with too few seeds"),
)
ASIDE = (REPEATED, UNPRINTED, "quoted from earlier work")
_BY_VERDICT = {
    Verdict.QUOTED: "quoted from earlier work",
    Verdict.NO_PRINTED_NUMBER: UNPRINTED,
    Verdict.DATA_MISSING: "without data",
}


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The outcomes of the references of one table or figure, or of all claims.

    Attributes:
        group: First part of the ids of the references, such as "table-1"; "counts" for all counts of parameters.
        title: Title for readers.
        outcomes: How many references have each outcome, in the order of `OUTCOMES`.
        aside: The same for what is not counted.
    """

    group: str
    title: str
    outcomes: Mapping[str, int]
    aside: Mapping[str, int]

    @property
    def total(self) -> int:
        """The number of references that count."""
        return sum(self.outcomes.values())

    @property
    def words(self) -> str:
        """The tally in words, such as "2 of 14 reproduced, 1 with too few seeds, 11 at a reduced scale"."""
        aside = ", ".join(f"{count} {outcome}" for outcome, count in self.aside.items())
        if not self.total:
            return aside
        (first, count), *others = self.outcomes.items()
        head = f"all {self.total} {first}" if count == self.total > 1 else f"{count} of {self.total} {first}"
        listed = ", ".join([head, *(f"{number} {outcome}" for outcome, number in others)])
        return f"{listed}; {aside}" if aside else listed

    def to_json(self) -> dict[str, Any]:
        """Returns the tally as plain data."""
        return {
            "group": self.group,
            "title": self.title,
            "total": self.total,
            "outcomes": dict(self.outcomes),
            "aside": dict(self.aside),
            "words": self.words,
        }


def outcome(row: Row) -> str:
    """Returns the outcome of a reference: one of `OUTCOMES`, or of `ASIDE` if it does not count."""
    if row.same_as:
        return REPEATED
    if row.reference.startswith("figure-") and row.paper is None:
        return UNPRINTED
    if row.verdict in (Verdict.ABOVE, Verdict.BELOW):
        return _side(row)
    if row.verdict == Verdict.INCONCLUSIVE:
        return "undecided" if row.seeds >= MINIMUM_SEEDS else "with too few seeds"
    if row.verdict == Verdict.NOT_COMPARABLE:
        return "of an older definition" if row.scale == "paper" else "at a reduced scale"
    return _BY_VERDICT.get(row.verdict, str(row.verdict))


def _side(row: Row) -> str:
    if row.better is None:
        return "different"
    higher = row.verdict == Verdict.ABOVE
    return "better than published" if higher == (row.better == "higher") else "worse than published"


def tallies(rows: Iterable[Row], titles: Mapping[str, str]) -> list[Tally]:
    """Returns a tally for each table and figure, for the claims, and for the counts of parameters.

    Args:
        rows: All rows, in the order of the paper.
        titles: Titles for groups of references whose id is not a title.
    """
    members: dict[str, list[Row]] = {}
    for row in rows:
        members.setdefault(COUNTS if row.unit == "parameters" else row.reference.partition("/")[0], []).append(row)
    return [_tally(group, title_of(group, titles), found) for group, found in members.items()]


def title_of(group: str, titles: Mapping[str, str]) -> str:
    """Returns the title of a group of references."""
    return titles.get(group) or ("Counts of parameters" if group == COUNTS else group.replace("-", " ").capitalize())


def _tally(group: str, title: str, rows: Sequence[Row]) -> Tally:
    counts = Counter(map(outcome, rows))
    chosen, aside = ({name: counts[name] for name in names if counts[name]} for names in (OUTCOMES, ASIDE))
    return Tally(group=group, title=title, outcomes=chosen, aside=aside)


def badge(all_tallies: Iterable[Tally]) -> dict[str, Any]:
    """Returns a badge for a README in the format that shields.io reads from an address."""
    counts = _of_tables_and_figures(all_tallies)
    message = f"{counts['reproduced']} of {counts.total()} numbers"
    return {"schemaVersion": 1, "label": "reproduced", "message": message, "color": "blue"}


def headline(all_tallies: Iterable[Tally]) -> str:
    """Returns one sentence about the numbers of all tables and figures."""
    counts = _of_tables_and_figures(all_tallies)
    total = counts.total()
    if not total:
        return "There is no number of the paper to compare with."
    measured = [f"{counts[name]} {name}" for name in _MEASURED if counts[name]]
    others = [f"{counts[name]} {name}" for name in OUTCOMES if counts[name] and name not in _MEASURED]
    compared = sum(counts[name] for name in _MEASURED)
    sentence = f"Of {total} distinct numbers in the paper's tables and figures, {compared} were measured as published"
    sentence += f": {', '.join(measured)}." if measured else "."
    return f"{sentence} The others: {', '.join(others)}." if others else sentence


def _of_tables_and_figures(all_tallies: Iterable[Tally]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for tally in all_tallies:
        if tally.group.startswith(("table-", "figure-")):
            counts.update(tally.outcomes)
    return counts
