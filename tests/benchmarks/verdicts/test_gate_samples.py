"""Tests of the samples that the gate compares."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks import statistics
from benchmarks.statistics import Better
from benchmarks.verdicts.gate_samples import LARGE_SHARE, GateSample, SeedValues, gate_samples

NAN = math.nan


def seed_values(*tasks: Sequence[float]) -> list[SeedValues]:
    return [SeedValues(np.array(values), statistics.diverged_tasks(values)) for values in tasks]


def lognormal(count: int, seed: int = 0) -> list[SeedValues]:
    return seed_values(*np.random.default_rng(seed).lognormal(size=(count, 100)))


def samples_of(
    baseline: Sequence[SeedValues], fresh: Sequence[SeedValues], better: Better = "lower"
) -> dict[str, GateSample]:
    return {sample.statistic: sample for sample in gate_samples(baseline, fresh, better)}


def test_errors_are_compared_as_logarithms_of_their_means() -> None:
    baseline, fresh = lognormal(3), lognormal(2, 1)
    sample = samples_of(baseline, fresh)["mean"]
    assert sample.logarithmic
    np.testing.assert_allclose(np.exp(sample.baseline), [seed.tasks.mean() for seed in baseline])
    np.testing.assert_allclose(np.exp(sample.fresh), [seed.tasks.mean() for seed in fresh])
    assert sample.natural(sample.fresh[0]) == pytest.approx(fresh[0].tasks.mean())
    relative = [statistics.half_width(seed.tasks) / seed.tasks.mean() for seed in baseline]
    other = [statistics.half_width(seed.tasks) / seed.tasks.mean() for seed in fresh]
    expected = max(np.sqrt(np.mean(np.square(values))) for values in (relative, other))
    assert sample.minimum_effect == pytest.approx(expected)


@pytest.mark.parametrize("better", ["lower", "higher"])
def test_accuracies_and_values_that_are_not_positive_are_compared_without_logarithms(better: Better) -> None:
    baseline, fresh = seed_values([-3, -2], [1, 3], [2, 5]), seed_values([1, 2])
    sample = samples_of(baseline, fresh, better)["mean"]
    assert not sample.logarithmic
    assert sample.baseline.tolist() == [-2.5, 2, 3.5]
    assert sample.natural(-2.5) == -2.5
    half_widths = [statistics.half_width(seed.tasks) for seed in baseline]
    assert sample.minimum_effect == pytest.approx(np.sqrt(np.mean(np.square(half_widths))))


def test_accuracies_are_not_logarithms() -> None:
    assert not samples_of(lognormal(3), lognormal(1), "higher")["mean"].logarithmic


def test_the_side_with_the_wider_half_width_sets_the_minimum_effect() -> None:
    narrow, wide = [2.0, 2.1], [1.0, 3.0]
    expected = statistics.half_width(wide)
    for baseline, fresh in ((narrow, wide), (wide, narrow)):
        sample = samples_of(seed_values(*[baseline] * 3), seed_values(fresh), "higher")["mean"]
        assert sample.minimum_effect == pytest.approx(expected)


def test_half_width_of_one_task_is_unknown() -> None:
    assert samples_of(seed_values([1], [2], [3]), seed_values([4]))["mean"].minimum_effect == 0


@pytest.mark.parametrize("side", ["baseline", "fresh"])
@pytest.mark.parametrize("task", [NAN, math.inf, 1e14])
def test_medians_replace_means_that_diverge_on_either_side(side: str, task: float) -> None:
    baseline, fresh = lognormal(3), lognormal(2, 1)
    broken = baseline if side == "baseline" else fresh
    broken[0] = seed_values([task, *broken[0].tasks[1:]])[0]
    samples = samples_of(baseline, fresh)
    assert "mean" not in samples
    medians = [statistics.median(seed.tasks, "lower") for seed in baseline]
    np.testing.assert_allclose(np.exp(samples["median"].baseline), medians)
    assert ("share of diverged tasks" in samples) is not math.isfinite(task)


def test_tasks_beyond_the_bound_of_their_experiment_count_as_diverged() -> None:
    baseline, fresh = lognormal(3), [SeedValues(lognormal(1)[0].tasks, 7)]
    samples = samples_of(baseline, fresh)
    assert set(samples) == {"median", "share of diverged tasks"}
    shares = samples["share of diverged tasks"]
    assert (shares.baseline.tolist(), shares.fresh.tolist()) == ([0, 0, 0], [0.07])
    assert (shares.better, shares.minimum_effect, shares.logarithmic) == ("lower", LARGE_SHARE, False)


def test_one_large_accuracy_is_no_heavy_tail() -> None:
    tasks = [0.0] * 99 + [1e9]
    assert set(samples_of(seed_values(tasks, tasks, tasks), seed_values(tasks), "higher")) == {"mean"}


def test_medians_need_enough_seeds_with_a_finite_median() -> None:
    good, bad = [1.0, 2.0, 3.0], [NAN, NAN, 3.0]
    assert set(samples_of(seed_values(good, good, bad), seed_values(good))) == {"share of diverged tasks"}
    assert set(samples_of(seed_values(good, good, good), seed_values(bad))) == {"share of diverged tasks"}
    assert samples_of(seed_values(good, good, good, bad), seed_values(bad, good))["median"].baseline.size == 3


def test_medians_come_with_their_own_half_width() -> None:
    seed = SeedValues(lognormal(1)[0].tasks, 1)
    expected = statistics.median_half_width(seed.tasks, "lower") / np.median(seed.tasks)
    assert samples_of([seed] * 3, [seed])["median"].minimum_effect == pytest.approx(expected)


def test_value_too_large_for_a_float_is_infinite() -> None:
    sample = samples_of(lognormal(3), lognormal(1))["mean"]
    assert sample.natural(1e4) == math.inf
    assert sample.natural(-1e4) == 0
