"""Counts, groups and order of the references."""

from reports import summary
from tests.reports.sample import sample
from tests.reports.sample_rows import row


def test_counts_are_worst_first_and_name_the_first_reference() -> None:
    rows = [
        row("table-1/a", "A", "reproduced"),
        row("table-1/b", "B", "failed"),
        row("table-1/c", "C", "reproduced"),
        row("table-1/d", "D", "a verdict of tomorrow"),
    ]
    found = [(count.verdict.name, count.references, count.first) for count in summary.counts(rows)]
    assert found == [
        ("a verdict of tomorrow", 1, "table-1/d"),
        ("failed", 1, "table-1/b"),
        ("reproduced", 2, "table-1/a"),
    ]


def test_groups_hold_every_row_once_worst_group_first() -> None:
    rows = sample()["rows"]
    groups = summary.groups(rows)
    held = [entry.row["reference"] for group in groups for entry in group.entries]
    assert sorted(held) == sorted(item["reference"] for item in rows)
    assert [group.id for group in groups] == ["table-2", "figure-6", "table-1", "figure-5", "claim"]
    assert [group.title for group in groups][::4] == ["Table 2", "Claims in the text"]


def test_groups_that_are_equally_bad_follow_the_paper() -> None:
    names = ["claim/x", "figure-10/x", "table-10/x", "figure-2/x", "table-2/x"]
    groups = summary.groups([row(name, "X", "not run") for name in names])
    assert [group.id for group in groups] == ["table-2", "table-10", "figure-2", "figure-10", "claim"]


def test_among_equal_verdicts_the_larger_difference_comes_first_then_the_smaller_number() -> None:
    rows = [
        row("table-2/maml/10-steps", "A", "below", difference=-1.5),
        row("table-2/maml/5-steps", "B", "below", difference=-1.5),
        row("table-2/maml/20-steps", "C", "below", difference=-4.0),
    ]
    (group,) = summary.groups(rows)
    assert [entry.row["title"] for entry in group.entries] == ["C", "B", "A"]


def test_footnotes_are_numbered_once_per_group_in_order_of_appearance() -> None:
    rows = [
        row("table-2/a", "A", "failed", footnotes=["first", "second"]),
        row("table-2/b", "B", "above", footnotes=["third", "first"]),
    ]
    (group,) = summary.groups(rows)
    assert group.notes == ("first", "second", "third")
    assert [entry.notes for entry in group.entries] == [(1, 2), (1, 3)]


def test_headline_counts_only_judged_references() -> None:
    assert summary.headline(sample()["rows"]) == ("2 of 4 judged references reproduced; 13 references in all.")


def test_headline_without_anything_judged_says_so() -> None:
    assert summary.headline([row("table-2/a", "A", "not run")]) == "No reference could be judged; 1 in all."
