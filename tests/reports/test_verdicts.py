"""Verdicts: order, signs, words."""

from reports import verdicts


def test_the_order_is_worst_first() -> None:
    names = ["failed", "diverged", "above", "below", "inconclusive", "not comparable", "data missing"]
    names += ["not run", "quoted", "no printed number", "reproduced"]
    assert sorted(reversed(names), key=verdicts.severity) == names
    assert [verdict.name for verdict in verdicts.VERDICTS] == names


def test_no_verdict_is_told_by_colour_alone() -> None:
    symbols = [verdict.symbol for verdict in verdicts.VERDICTS]
    assert len(set(symbols)) == len(symbols)
    assert all(verdict.meaning for verdict in verdicts.VERDICTS)


def test_slugs_have_no_spaces() -> None:
    assert verdicts.verdict("not comparable").slug == "not-comparable"


def test_an_unknown_verdict_is_shown_before_all_others() -> None:
    assert verdicts.verdict("odd").name == "odd"
    assert verdicts.severity("odd") < verdicts.severity("failed")
