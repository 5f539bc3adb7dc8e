"""Tests of the words, symbols and order of verdicts."""

from reports import verdicts
from tests.reports.sample_rows import row


def test_every_verdict_has_its_own_symbol_and_a_meaning() -> None:
    symbols = [verdict.symbol for verdict in verdicts.VERDICTS]
    assert len(set(symbols)) == len(symbols)
    assert all(verdict.meaning for verdict in verdicts.VERDICTS)


def test_slugs_have_no_spaces() -> None:
    assert verdicts.verdict("not comparable").slug == "not-comparable"


def test_the_report_data_give_the_order_and_unknown_verdicts_come_first() -> None:
    data = {"rows": [row("table-1/a", "A", "odd"), row("table-1/b", "B", "below")], "verdicts": ["below", "failed"]}
    assert [verdict.name for verdict in verdicts.ordered(data)] == ["odd", "below", "failed"]
    assert verdicts.ordered(data)[0].colours == ()


def test_without_an_order_in_the_data_all_known_verdicts_are_listed() -> None:
    assert verdicts.ordered({"rows": []}) == verdicts.VERDICTS


def test_better_or_worse_needs_a_difference_and_a_better_direction() -> None:
    for verdict, better, expected in (
        ("above", "higher", "better"),
        ("above", "lower", "worse"),
        ("below", "lower", "better"),
        ("below", None, ""),
        ("reproduced", "higher", ""),
        ("inconclusive", "higher", ""),
    ):
        assert verdicts.better_or_worse(row("table-1/a", "A", verdict, better=better)) == expected
