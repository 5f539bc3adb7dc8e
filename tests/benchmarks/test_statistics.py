"""Tests of the statistics, against SciPy, closed forms and simulations."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks import statistics
from benchmarks.statistics import Better

NAN, INF = math.nan, math.inf
ANY_FLOATS = st.lists(st.floats(width=32), max_size=12)
SEEDS = st.lists(st.floats(-100, 100, width=16), min_size=2, max_size=8)


def sample(size: int, seed: int = 0) -> statistics.Floats:
    return np.random.default_rng(seed).lognormal(size=size)


def test_diverged_tasks_are_counted() -> None:
    assert statistics.diverged_tasks([1, NAN, INF, -INF, 5]) == 3
    assert statistics.diverged_tasks([1, NAN, INF, -INF, 5], above=4) == 4
    assert statistics.diverged_tasks([1, -5, 5], above=4) == 2
    assert statistics.diverged_tasks([]) == 0


@pytest.mark.parametrize(("better", "expected"), [("lower", [1, INF, INF, INF]), ("higher", [1, -INF, -INF, -INF])])
def test_diverged_task_counts_as_the_worst(better: Better, expected: list[float]) -> None:
    assert statistics.worst_case([1, NAN, INF, -INF], better).tolist() == expected


def test_mean_is_in_double_precision_and_hides_nothing() -> None:
    assert statistics.mean(np.array([2**24, 1, 1, 1], np.float32)) == (2**24 + 3) / 4
    assert statistics.mean([1, INF]) == INF
    assert math.isnan(statistics.mean([INF, -INF]))
    assert math.isnan(statistics.mean([]))


def test_median_counts_diverged_tasks() -> None:
    assert statistics.median([5, 1, NAN], "lower") == 5
    assert statistics.median([5, 1, NAN], "higher") == 1
    assert statistics.median([1, NAN, INF], "lower") == INF
    assert math.isnan(statistics.median([], "lower"))


@settings(deadline=None)
@given(ANY_FLOATS, st.sampled_from(["lower", "higher"]))
def test_summaries_accept_any_values(values: list[float], better: Better) -> None:
    statistics.mean(values)
    statistics.median(values, better)
    statistics.seed_interval(values)
    for half_width in (statistics.half_width(values), statistics.median_half_width(values, better)):
        assert math.isnan(half_width) or half_width >= 0


def test_half_width_is_the_papers_formula() -> None:
    accuracies = np.repeat([0.0, 1.0], 300)  # population std 0.5
    assert statistics.half_width(accuracies) == pytest.approx(1.96 * 0.5 / math.sqrt(600), rel=1e-12)


def test_half_width_is_over_finite_values() -> None:
    assert statistics.half_width([1, 3, NAN, INF]) == statistics.half_width([1, 3])
    assert math.isnan(statistics.half_width([1, NAN]))


def test_median_half_width_covers_the_true_median() -> None:
    generator = np.random.default_rng(1)
    covered = 0
    for _ in range(1000):
        values = generator.lognormal(size=100)
        ordered = np.sort(values)
        assert statistics.median_half_width(values, "lower") == (ordered[59] - ordered[40]) / 2
        covered += ordered[40] <= 1 <= ordered[59]
    assert 0.935 < covered / 1000 < 0.975


def test_median_half_width_of_few_or_diverged_values() -> None:
    assert statistics.median_half_width([1, 3], "lower") == 1
    assert math.isnan(statistics.median_half_width([1], "lower"))
    assert statistics.median_half_width([1] * 50 + [NAN] * 50, "lower") == INF
    assert statistics.median_half_width([NAN] * 10, "lower") == INF


def test_seed_interval_is_students() -> None:
    values = sample(7)
    low, high = scipy.stats.t.interval(0.95, 6, values.mean(), scipy.stats.sem(values))
    assert statistics.seed_interval(values) == pytest.approx((high - low) / 2, rel=1e-12)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, NAN, 2.0], [1.0, INF]])
def test_intervals_over_seeds_are_unknown(values: list[float]) -> None:
    assert math.isnan(statistics.seed_interval(values))
    assert math.isnan(statistics.prediction_interval(values))


def test_prediction_interval_covers_one_more_seed() -> None:
    generator = np.random.default_rng(2)
    runs = generator.normal(size=(4000, 4))
    inside = [abs(run[3] - run[:3].mean()) <= statistics.prediction_interval(run[:3]) for run in runs]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.01)


def test_combined_half_width() -> None:
    assert statistics.combined_half_width(3, 4) == 5
    assert statistics.combined_half_width(2, 3, 6) == 7


def test_difference_in_half_widths() -> None:
    assert statistics.difference_in_half_widths(9, 3, 4, 4) == 1
    assert statistics.difference_in_half_widths(4, 4, 9, 3) == -1
    assert statistics.difference_in_half_widths(1, 0, 1, 0) == 0
    assert statistics.difference_in_half_widths(1, 0, 2, 0) == -INF


@pytest.mark.parametrize(("tasks", "few"), [(1, True), (3, True), (4, False), (100, False)])
def test_few_tasks_decide(tasks: int, few: bool) -> None:
    values = np.full(600, 1e-6)
    values[:tasks] = 1e9
    value, half_width = statistics.mean(values), statistics.half_width(values)
    assert statistics.few_tasks_decide(value, half_width) is few


def test_few_tasks_do_not_decide_where_nothing_is_known() -> None:
    assert not statistics.few_tasks_decide(0.0, 0.0)
    assert not statistics.few_tasks_decide(1.0, NAN)


@settings(deadline=None)
@given(SEEDS, SEEDS)
def test_comparison_is_students_with_pooled_variance(baseline: list[float], fresh: list[float]) -> None:
    assume(min(np.std(baseline), np.std(fresh)) > 1e-2)  # SciPy warns about samples without spread
    comparison = statistics.compare_seeds(baseline, fresh, "lower", 0)
    assert comparison.p_value == pytest.approx(scipy.stats.ttest_ind(baseline, fresh).pvalue, rel=1e-9, abs=1e-12)


def test_comparison_of_one_fresh_seed_is_the_prediction_interval() -> None:
    baseline = sample(10)
    edge = baseline.mean() + statistics.prediction_interval(baseline)
    assert statistics.compare_seeds(baseline, [edge], "lower", 0).p_value == pytest.approx(0.05, rel=1e-9)


@pytest.mark.parametrize(
    ("fresh", "better", "minimum_effect", "expected"),
    [
        ([15, 16], "lower", 2, (True, True, "worse")),
        ([15, 16], "higher", 2, (True, True, "better")),
        ([4, 5], "lower", 2, (True, True, "better")),
        ([4, 5], "higher", 2, (True, True, "worse")),
        ([15, 16], "lower", 6, (True, False, "worse")),
        ([10.5, 11.5], "lower", 0.5, (False, True, "worse")),
        ([10.0, 10.0], "lower", 0, (False, False, "same")),
    ],
)
def test_change_must_be_significant_and_large(
    fresh: list[float], better: Better, minimum_effect: float, expected: tuple[bool, bool, str]
) -> None:
    comparison = statistics.compare_seeds([9, 10, 11, 9.5, 10.5], fresh, better, minimum_effect)
    assert (comparison.significant, comparison.large, comparison.direction) == expected


def test_detectable_effect_is_where_significance_begins() -> None:
    baseline, noise = sample(6), np.array([-0.1, 0.1])
    reach = statistics.compare_seeds(baseline, baseline.mean() + noise, "lower", 0, 0.003).detectable
    for factor, significant in ((0.99, False), (1.01, True)):
        fresh = baseline.mean() + noise + factor * reach
        assert statistics.compare_seeds(baseline, fresh, "lower", 0, 0.003).significant is significant
    assert statistics.compare_seeds(baseline, baseline, "lower", 100).detectable == 100


def test_seeds_without_spread() -> None:
    equal = statistics.compare_seeds([1, 1, 1], [1], "higher", 0.5)
    other = statistics.compare_seeds([1, 1, 1], [0.9], "higher", 0.5)
    assert (equal.p_value, equal.significant, equal.large) == (1, False, False)
    assert (other.p_value, other.significant, other.large) == (0, True, False)


def test_holm() -> None:
    assert statistics.holm([0.03, 0.01, 0.04, 0.02]).tolist() == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert statistics.holm([0.9, 0.5]).tolist() == [1, 1]
    assert statistics.holm([]).tolist() == []


@pytest.mark.parametrize("fresh_seeds", [1, 3])
def test_tests_together_keep_their_level(fresh_seeds: int) -> None:
    """Six dependent metrics of unchanged code, ten baseline seeds: any alarm in about 1 % of gates."""
    generator, repetitions, alarms = np.random.default_rng(3), 3000, 0
    for _ in range(repetitions):
        seeds = generator.normal(size=(6, 10 + fresh_seeds)) + generator.normal(size=10 + fresh_seeds)
        p_values = [statistics.compare_seeds(row[:10], row[10:], "lower", 0).p_value for row in seeds]
        alarms += bool(np.min(statistics.holm(p_values)) <= 0.01)
    assert alarms / repetitions == pytest.approx(0.01, abs=3 * math.sqrt(0.01 / repetitions))


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_holm_lies_between_none_and_bonferroni(p_values: list[float]) -> None:
    adjusted = statistics.holm(p_values)
    raw = np.array(p_values)
    assert (adjusted >= raw).all()
    assert (adjusted <= np.minimum(raw * len(p_values), 1) + 1e-12).all()
    assert np.min(adjusted) == pytest.approx(min(1, min(p_values) * len(p_values)))
    assert (np.diff(adjusted[np.argsort(raw, kind="stable")]) >= 0).all()
