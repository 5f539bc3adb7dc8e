"""Tests of the reasons that stand beside verdicts."""

import math

import pytest

from benchmarks.records.evidence import Evidence
from benchmarks.verdicts import reasons
from tests.benchmarks.example_records import example_record


@pytest.mark.parametrize(
    ("value", "logarithmic", "words"),
    [
        (math.log(1.25), True, "25 %"),
        (math.log(20), True, "a factor of more than 10"),
        (0.534, False, "0.53"),
        (315.2, False, "315"),
        (math.nan, False, "any distance"),
    ],
)
def test_amounts_in_words(value: float, logarithmic: bool, words: str) -> None:
    assert reasons.amount(value, logarithmic) == words


@pytest.mark.parametrize(
    ("improvements", "spread", "words"),
    [
        ([0.2], 0.0, "better in 1 of 1 seed, 3 needed"),
        ([0.2, -0.2, 0.1], 0.9, "better in 2 of 3 seeds, which leaves the next one open"),
        ([0.2, 0.22, 0.21], 0.05, "better in all likely seeds; 3 seeds"),
        ([-0.2, -0.22, -0.21], 0.05, "worse in all likely seeds; 3 seeds"),
    ],
)
def test_reasons_of_a_claimed_improvement(improvements: list[float], spread: float, words: str) -> None:
    assert reasons.statement(improvements, spread, 3) == words


@pytest.mark.parametrize(
    ("scale", "current", "words"),
    [
        ("desktop", True, "desktop scale; 1 seed"),
        ("paper", False, "an older definition; 1 seed"),
        ("smoke", False, "smoke scale, an older definition; 1 seed"),
    ],
)
def test_reasons_why_records_are_not_comparable(scale: str, current: bool, words: str) -> None:
    evidence = Evidence(records=[example_record(scale=scale)], origin="fresh record", current=current)
    assert reasons.not_comparable(evidence) == words
