"""Tests of the assessment of printed numbers."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks import statistics
from benchmarks.statistics import Better
from benchmarks.verdicts.assessment import Assessment, assess_number
from benchmarks.verdicts.verdict import Verdict

NAN, INF = math.nan, math.inf


def assess(
    reference: float | None,
    plus_minus: float | None,
    values: Sequence[float],
    half_width: float = NAN,
    better: Better | None = "lower",
) -> Assessment:
    return assess_number(reference, plus_minus, values, [half_width] * len(values), better)


TABLE_2 = [0.42, 0.37, 0.45, 0.40, 0.33, 0.44, 0.38, 0.43, 0.36, 0.41]


@pytest.mark.parametrize(
    ("reference", "plus_minus", "values", "half_width", "better", "expected"),
    [
        # Errors without a printed ±: our spread over seeds decides, in factors.
        (0.38, None, TABLE_2, 0.05, "lower", "reproduced"),
        (0.90, None, TABLE_2, 0.05, "lower", "below"),
        (0.20, None, TABLE_2, 0.05, "lower", "above"),
        (2.41, None, [2.37, 2.48, 2.42], 0.05, "lower", "reproduced"),
        (2.41, None, [3.37, 3.48, 3.42], 0.05, "lower", "above"),
        (2.41, None, [1.37, 1.48, 1.42], 0.05, "lower", "below"),
        # Three seeds with a wide spread are inconclusive; many seeds with this spread are not.
        (0.38, None, [0.6, 0.7, 0.9], 0.05, "lower", "inconclusive"),
        (0.38, None, [0.6, 0.7, 0.9] * 4, 0.05, "lower", "above"),
        # Three seeds around the number that scatter by a factor of two say nothing (Table 2, 10 steps).
        (2.71, None, [2.54, 3.08, 1.61], 0.25, "lower", "inconclusive"),
        # A mean that may be further away than the margin: a factor of 1.25 for an error without ±.
        (0.38, None, [0.43, 0.44, 0.45], 0.08, "lower", "reproduced"),
        (0.38, None, [0.46, 0.47, 0.48], 0.08, "lower", "inconclusive"),
        # A spread too wide for any conclusion, however many seeds there are.
        (0.38, None, [0.03, 0.3, 3, 30] * 5, 0.001, "lower", "inconclusive"),
        # Accuracies with a printed ±, on either side of it.
        (98.7, 0.4, [98.6, 98.5, 98.9], 0.4, "higher", "reproduced"),
        (98.7, 0.4, [97.1, 97.0, 97.2], 0.4, "higher", "below"),
        (98.7, 0.4, [99.9, 99.9, 99.8], 0.4, "higher", "above"),
        (95.8, 0.3, [90.0, 91.0, 92.0], 0.3, "higher", "inconclusive"),
        (95.8, 0.3, [90.5, 91.0, 91.5], 0.3, "higher", "below"),
        (95.8, 0.3, [94.0, 96.0, 98.0], 0.3, "higher", "inconclusive"),
        # Returns may be negative.
        (-40.41, 4.01, [-39.0, -42.0, -41.0], 4.0, "higher", "reproduced"),
        (-40.41, 4.01, [-80.0, -82.0, -81.0], 4.0, "higher", "below"),
        (-40.41, None, [-39.0, -42.0, -41.0], 4.0, "higher", "reproduced"),
        (-3.0, None, [-9.0, 3.0, -4.0], 0.1, "higher", "inconclusive"),
        # Neither direction is better.
        (1.33, 0.1, [1.30, 1.35, 1.36], 0.01, None, "reproduced"),
        # With two seeds, of which one is far away and the other agrees, nothing is decided.
        (-40.41, 4.01, [-493.6, -39.8], 7.4, "higher", "inconclusive"),
        # With fewer than three seeds only a difference far outside counts.
        (0.38, None, [0.93], 0.1, "lower", "inconclusive"),
        (0.38, None, [0.38], 0.05, "lower", "inconclusive"),
        (0.38, None, [2.5, 2.6], 0.05, "lower", "above"),
        (98.7, 0.4, [50.0], 0.4, "higher", "below"),
        (98.7, None, [50.0], NAN, "higher", "inconclusive"),
        # Diverged.
        (0.38, None, [NAN, INF, 0.4], 0.05, "lower", "diverged"),
        (0.38, None, [5e14, 1e3, 0.4], 0.05, "lower", "diverged"),
        (0.38, None, [38.1] * 3, 0.05, "lower", "diverged"),
        (0.38, None, [37.9] * 3, 0.05, "lower", "above"),
        (0.38, None, [0.8, 3.0, 20.0], 30.0, "lower", "diverged"),
        (98.7, 0.4, [NAN, NAN, NAN], NAN, "higher", "diverged"),
        (3.16, 15.21, [-INF, -INF, 4.0], 15.0, "higher", "diverged"),
        (3.16, 15.21, [499.0, 501.0, 500.0], 30.0, "higher", "above"),
        (3.16, 15.21, [2.0, -1.0, 4.0], 15.0, "higher", "reproduced"),
        # There is nothing to compare.
        (0.38, None, [], NAN, "lower", "not run"),
        (None, None, [0.1, 0.2, 0.3], 0.05, "lower", "no printed number"),
    ],
)
def test_verdict(
    reference: float | None,
    plus_minus: float | None,
    values: Sequence[float],
    half_width: float,
    better: Better | None,
    expected: str,
) -> None:
    assert assess(reference, plus_minus, values, half_width, better).verdict == expected


@pytest.mark.parametrize(
    ("reference", "plus_minus", "values", "half_width", "better", "reason"),
    [
        # 99.10 ± 0.38 against 98.70 ± 0.40 looks like agreement; one seed is what is missing.
        (98.7, 0.4, [99.1], 0.38, "higher", "agrees; 1 seed, 3 needed"),
        (98.7, 0.4, [96.5], 0.4, "higher", "3.9 half-widths lower; 1 seed, 3 needed"),
        (98.7, 0.4, [50.0, 51.0], 0.4, "higher", "85.2 half-widths lower; 2 seeds, too far for chance"),
        (98.7, None, [50.0], NAN, "higher", "no interval; 1 seed, 3 needed"),
        (98.7, 0.4, [97.1, 97.0, 97.2], 0.4, "higher", "2.1 half-widths lower; 3 seeds"),
        (98.7, 0.4, [98.6, 98.7, 98.8], 0.4, "higher", "within 0.25 of the paper, 0.57 allowed; 3 seeds"),
        (
            *(2.71, None, [2.54, 3.08, 1.61], 0.25, "lower"),
            "not excluded, but up to 166 % from the paper, 25 % allowed; 3 seeds",
        ),
        (0.38, None, [NAN, INF, 0.4], 0.05, "lower", "2 of 3 seeds diverged"),
    ],
)
def test_a_verdict_gives_its_reason(
    reference: float, plus_minus: float | None, values: list[float], half_width: float, better: Better, reason: str
) -> None:
    assert assess(reference, plus_minus, values, half_width, better).reason == reason


def test_equality_needs_an_interval_that_lies_within_the_printed_and_our_half_width_over_tasks() -> None:
    """The same mean counts as equal or not by the spread of its seeds alone."""
    margin = math.hypot(0.4, 0.3)
    narrow, wide = ([98.9 - spread, 98.9, 98.9 + spread] for spread in (0.1, 0.2))
    assert 0.2 + statistics.seed_interval(narrow) < margin < 0.2 + statistics.seed_interval(wide)
    assert assess(98.7, 0.4, narrow, 0.3, "higher").verdict == "reproduced"
    assert assess(98.7, 0.4, wide, 0.3, "higher").verdict == "inconclusive"


def test_verdicts_are_ordered_by_severity() -> None:
    ordered = sorted(Verdict, key=lambda verdict: verdict.severity)
    assert [str(verdict) for verdict in ordered] == [
        "failed",
        "diverged",
        "above",
        "below",
        "inconclusive",
        "not comparable",
        "data missing",
        "not run",
        "not implemented",
        "quoted",
        "no printed number",
        "reproduced",
    ]


def test_difference_is_in_half_widths_of_three_spreads() -> None:
    values = [96.0, 97.0, 98.0]
    seeds = statistics.prediction_interval(values)
    expected = -1.7 / math.sqrt(seeds**2 + 0.4**2 + 0.5**2)
    assert assess(98.7, 0.4, values, 0.5, "higher").difference == pytest.approx(expected)


def test_our_half_width_over_tasks_replaces_a_missing_printed_one() -> None:
    values = [96.0, 97.0, 98.0]
    expected = assess(98.7, 0.5, values, 0.5, "higher").difference
    assert assess(98.7, None, values, 0.5, "higher").difference == pytest.approx(expected)


def test_results_that_the_paper_repeats_widen_its_uncertainty_but_not_the_margin() -> None:
    def assessed(ours: float, repeats: float) -> Assessment:
        return assess_number(80.0, None, [ours, ours + 1, ours - 1], [10.0] * 3, "higher", paper_repeats=repeats)

    assert assessed(40.0, 1.0).verdict == Verdict.BELOW
    assert assessed(40.0, 20.0).verdict == Verdict.INCONCLUSIVE
    of_seeds = statistics.prediction_interval([39.0, 40.0, 41.0])
    assert assessed(40.0, 20.0).difference == pytest.approx(-40 / math.sqrt(100 + 20 * 100 + of_seeds**2))
    assert assessed(70.0, 20.0).verdict == Verdict.REPRODUCED


def test_difference_of_errors_is_relative() -> None:
    """The same factor up or down gives the same difference, in any unit."""
    values = np.array([0.4, 0.5, 0.6])
    ours = float(np.exp(np.log(values).mean()))
    above, below = (assess(ours * factor, None, list(values)).difference for factor in (0.5, 2))
    assert above is not None
    assert below == pytest.approx(-above)
    scaled = assess(ours * 100 * 0.5, 10.0, list(values * 100), 10.0).difference
    assert assess(ours * 0.5, 0.1, list(values), 0.1).difference == pytest.approx(scaled)


def test_diverged_seeds_are_counted_and_not_averaged() -> None:
    assessment = assess(0.38, None, [INF, *TABLE_2], 0.05)
    assert (assessment.verdict, assessment.seeds, assessment.diverged_seeds) == ("reproduced", 11, 1)
    assert assessment.ours == pytest.approx(np.mean(TABLE_2))
    assert assessment.difference == pytest.approx(assess(0.38, None, TABLE_2, 0.05).difference)


def test_more_than_a_quarter_of_the_seeds_diverged() -> None:
    assessment = assess(0.38, None, [INF, 0.4, 0.4], 0.05)
    assert assessment == Assessment(
        verdict=Verdict.DIVERGED,
        difference=None,
        ours=None,
        seeds=3,
        diverged_seeds=1,
        reason="1 of 3 seeds diverged",
        kept=(False, True, True),
    )
    assert assess(0.38, None, [INF, 0.37, 0.38, 0.39], 0.05).verdict == "reproduced"


def test_seed_whose_mean_is_made_up_by_few_tasks_has_diverged() -> None:
    tasks = np.full((4, 600), 0.4)
    tasks[0, 0] = 5000  # one task of 600; the mean is 8.7, less than a hundred times the reference
    values = [statistics.mean(seed) for seed in tasks]
    half_widths = [statistics.half_width(seed) for seed in tasks]
    assert assess_number(0.38, None, values, half_widths, "lower").diverged_seeds == 1
    assert assess_number(0.38, None, values, half_widths, "higher").diverged_seeds == 0


def test_seeds_left_after_divergence_may_be_too_few() -> None:
    values = [INF, 0.37, 0.38, 0.39]
    assert assess_number(0.38, None, values, [0.05] * 4, "lower", minimum_seeds=4).verdict == "inconclusive"


def test_minimum_seeds_is_an_argument() -> None:
    arguments = (98.7, 0.4, [97.1, 97.0, 97.2, 97.1], [0.4] * 4, "higher")
    assert assess_number(*arguments, minimum_seeds=4).verdict == "below"  # type: ignore[arg-type]
    assert assess_number(*arguments, minimum_seeds=5).verdict == "inconclusive"  # type: ignore[arg-type]
    assert assess_number(98.7, 0.4, [98.7], [0.4], "higher", minimum_seeds=1).verdict == "inconclusive"


@pytest.mark.parametrize("better", ["lower", "higher"])
def test_another_run_of_the_same_kind_counts_as_different_at_about_the_promised_rate(better: Better) -> None:
    """If the paper's number is a draw like ours, at most about 5 % of such draws may count as different."""
    generator = np.random.default_rng(0)
    verdicts = []
    for _ in range(600):
        runs = generator.normal(0.0, 0.2, size=6)
        runs = np.exp(runs) if better == "lower" else 50 + runs
        verdicts.append(assess(runs[0], None, list(runs[1:]), 0.01, better).verdict)
    assert 0.02 < np.mean([verdict in ("above", "below") for verdict in verdicts]) < 0.07
