"""Tests of the tally: duplicates count once, and what is no result of the paper counts apart."""

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.records.evidence import Measured
from benchmarks.verdicts.row import Row
from benchmarks.verdicts.status import rows
from benchmarks.verdicts.tally import ASIDE, OUTCOMES, badge, headline, outcome, tallies
from benchmarks.verdicts.verdict import Verdict

ROW = Row(
    reference="table-1/maml/omniglot",
    title="MAML",
    experiment=None,
    metric=None,
    paper=0.38,
    plus_minus=None,
    plus_minus_meaning=None,
    unit="MSE",
    better="lower",
    known="printed",
    source="Table 1",
    verdict=Verdict.REPRODUCED,
    scale="paper",
    seeds=3,
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "reproduced"),
        ({"same_as": "table-2/maml/1-step"}, "repeated from a table"),
        # A lower error than printed is better, and a lower accuracy is worse.
        ({"verdict": Verdict.BELOW}, "better than published"),
        ({"verdict": Verdict.ABOVE}, "worse than published"),
        ({"verdict": Verdict.BELOW, "better": "higher"}, "worse than published"),
        ({"verdict": Verdict.ABOVE, "better": "higher"}, "better than published"),
        ({"verdict": Verdict.ABOVE, "better": None}, "different"),
        ({"verdict": Verdict.INCONCLUSIVE, "seeds": 1}, "with too few seeds"),
        ({"verdict": Verdict.INCONCLUSIVE}, "undecided"),
        ({"verdict": Verdict.NOT_COMPARABLE, "scale": "desktop"}, "at a reduced scale"),
        ({"verdict": Verdict.NOT_COMPARABLE}, "of an older definition"),
        ({"verdict": Verdict.NOT_IMPLEMENTED}, "not implemented"),
        ({"verdict": Verdict.NOT_RUN}, "not run"),
        ({"verdict": Verdict.DATA_MISSING}, "without data"),
        ({"verdict": Verdict.QUOTED}, "quoted from earlier work"),
    ],
)
def test_outcome(changes: dict[str, Any], expected: str) -> None:
    assert outcome(replace(ROW, **changes)) == expected


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_listed_outcome(verdict: Verdict) -> None:
    assert outcome(replace(ROW, verdict=verdict)) in (*OUTCOMES, *ASIDE)


def test_a_line_counts_the_outcomes_of_one_table() -> None:
    verdicts = [Verdict.REPRODUCED, Verdict.NOT_COMPARABLE, Verdict.REPRODUCED, Verdict.QUOTED]
    table = [replace(ROW, verdict=verdict, scale="desktop") for verdict in verdicts]
    figure = [replace(ROW, reference="figure-6/maml", same_as=ROW.reference)]
    count = [replace(ROW, reference="claim/parameters", unit="parameters")]
    lines = tallies([*table, *figure, *count], {})
    assert [(line.title, line.words) for line in lines] == [
        ("Table 1", "2 of 3 reproduced, 1 at a reduced scale; 1 quoted from earlier work"),
        ("Figure 6", "1 repeated from a table"),
        ("Counts of parameters", "1 of 1 reproduced"),
    ]
    assert headline(lines) == (
        "Of 3 distinct numbers in the paper's tables and figures, 2 were measured as published: 2 reproduced. "
        "The others: 1 at a reduced scale."
    )
    assert badge(lines)["message"] == "2 of 3 numbers"
    assert headline([]) == "There is no number of the paper to compare with."


def test_without_records_the_tables_have_their_numbers_and_nothing_is_reproduced() -> None:
    found = {line.group: line for line in tallies(rows(Measured([]), CATALOGUE), CATALOGUE.group_titles)}
    assert found["table-1"].total == 14
    assert found["table-2"].total == 15
    assert found["table-3"].total == 2
    assert found["figure-6"].total == 0
    assert not any("reproduced" in line.outcomes for line in found.values())
