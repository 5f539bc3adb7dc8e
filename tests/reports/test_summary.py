"""Tests of the counts, groups and order of the references."""

from typing import Any

from reports import summary, verdicts
from tests.reports.sample import sample
from tests.reports.sample_rows import row


def titles(rows: list[dict[str, Any]]) -> list[list[str]]:
    return [[entry.row["title"] for entry in group.entries] for group in summary.groups({"rows": rows})]


def test_counts_are_worst_first_and_name_the_first_reference() -> None:
    rows = [
        row("table-1/a", "A", "reproduced"),
        row("table-1/b", "B", "failed"),
        row("table-1/c", "C", "reproduced"),
        row("table-1/d", "D", "a new verdict"),
    ]
    counts = summary.counts(rows, verdicts.ordered({"rows": rows}))
    assert [(count.verdict.name, count.references, count.first) for count in counts] == [
        ("a new verdict", 1, "table-1/d"),
        ("failed", 1, "table-1/b"),
        ("reproduced", 2, "table-1/a"),
    ]


def test_groups_contain_every_row_once_worst_group_first() -> None:
    groups = summary.groups(sample())
    references = [entry.row["reference"] for group in groups for entry in group.entries]
    assert sorted(references) == sorted(item["reference"] for item in sample()["rows"])
    assert [group.id for group in groups] == ["table-2", "figure-6", "table-1", "figure-5", "figure-4", "claim"]


def test_the_data_may_give_titles_and_other_groups_are_titled_by_their_id() -> None:
    rows = [row("chapter-3/x", "X", "not run"), row("odd/x", "X", "not run")]
    groups = summary.groups({"rows": rows, "groups": {"odd": "Odds and ends"}})
    assert [group.title for group in groups] == ["Chapter 3", "Odds and ends"]


def test_equally_bad_groups_keep_the_order_of_the_data() -> None:
    names = ["table-2/x", "table-10/x", "figure-2/x", "claim/x", "appendix/x"]
    assert [group.id for group in summary.groups({"rows": [row(name, "X", "not run") for name in names]})] == [
        name.partition("/")[0] for name in names
    ]


def test_rows_with_the_same_verdict_are_ordered_by_difference_and_then_as_in_the_data() -> None:
    rows = [
        row("table-2/maml/5-steps", "A", "below", difference=-1.5),
        row("table-2/maml/10-steps", "B", "below", difference=-1.5),
        row("table-2/maml/20-steps", "C", "below", difference=-4.0),
    ]
    assert titles(rows) == [["C", "A", "B"]]


def test_the_order_of_verdicts_in_the_data_decides_which_row_is_worst() -> None:
    rows = [row("table-2/a", "A", "failed"), row("table-2/b", "B", "below")]
    assert titles(rows) == [["A", "B"]]
    (group,) = summary.groups({"rows": rows, "verdicts": ["below", "failed"]})
    assert [entry.row["title"] for entry in group.entries] == ["B", "A"]


def test_footnotes_are_numbered_once_per_group_in_order_of_appearance() -> None:
    rows = [
        row("table-2/a", "A", "failed", footnotes=["first", "second"]),
        row("table-2/b", "B", "above", footnotes=["third", "first"]),
    ]
    (group,) = summary.groups({"rows": rows})
    assert group.footnotes == ("first", "second", "third")
    assert [entry.footnotes for entry in group.entries] == [(1, 2), (1, 3)]


def test_sections_are_the_tables_and_figures_with_their_drawings() -> None:
    data = sample() | {"rows": [*sample()["rows"], row("figure-3/maml/1-step", "MAML", "no printed number")]}
    data["figures"][0]["also"] = ["figure-3"]
    sections = {section.id: section for section in summary.sections(data)}
    assert "claim" not in sections
    assert sections["figure-6"].drawings == ("figure-6/k-5", "figure-6/k-10")
    assert sections["figure-3"].drawings == ()
    assert sections["figure-3"].elsewhere == ("figure-6/k-5",)
    assert sections["figure-7"].title == "Figure 7"


def test_points_of_curves_without_a_printed_number_are_not_listed_one_by_one() -> None:
    point, printed = row("figure-3/a", "A", "no printed number"), row("figure-3/b", "B", "not run", paper=0.67)
    elsewhere = row("figure-2/a", "A", "no printed number")
    lines = [{"label": "MAML", "cells": ["figure-3/a", "figure-3/b", None]}]
    data = {
        "rows": [point, printed, elsewhere],
        "tables": [{"id": "figure-3", "blocks": [{"title": "T", "columns": ["1", "2", "3"], "rows": lines}]}],
    }
    assert summary.listed(data) == [printed, elsewhere]
    assert summary.listed(data | {"tables": []}) == data["rows"]


def test_statements_are_the_claims_without_counts_of_parameters() -> None:
    rows = [*sample()["rows"], row("claim/parameters", "Parameters", "reproduced", unit="parameters")]
    assert [item["reference"] for item in summary.statements({"rows": rows})] == ["claim/sinusoid-keeps-improving"]


def test_an_unknown_outcome_gets_a_neutral_tone() -> None:
    assert summary.outcome_tone("reproduced") == "reproduced"
    assert summary.outcome_tone("better than published") == "better"
    assert summary.outcome_tone("a new outcome") == "neutral"
