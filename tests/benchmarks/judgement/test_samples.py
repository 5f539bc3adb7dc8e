"""Tests of what is compared of two sets of runs."""

import math
from collections.abc import Sequence

import numpy
import pytest

from benchmarks import statistics
from benchmarks.judgement.samples import LARGE_SHARE, Run, Sample, samples
from benchmarks.statistics import Better

NAN = math.nan


def runs(*tasks: Sequence[float]) -> list[Run]:
    return [Run(numpy.array(values), statistics.diverged_tasks(values)) for values in tasks]


def lognormal(count: int, seed: int = 0) -> list[Run]:
    return runs(*numpy.random.default_rng(seed).lognormal(size=(count, 100)))


def found(baseline: Sequence[Run], fresh: Sequence[Run], better: Better = "lower") -> dict[str, Sample]:
    return {sample.statistic: sample for sample in samples(baseline, fresh, better, minimum_seeds=3)}


def test_errors_are_compared_as_logarithms_of_their_means() -> None:
    baseline, fresh = lognormal(3), lognormal(2, 1)
    sample = found(baseline, fresh)["mean"]
    assert sample.logarithmic
    numpy.testing.assert_allclose(numpy.exp(sample.baseline), [run.tasks.mean() for run in baseline])
    numpy.testing.assert_allclose(numpy.exp(sample.fresh), [run.tasks.mean() for run in fresh])
    assert sample.natural(sample.fresh[0]) == pytest.approx(fresh[0].tasks.mean())
    relative = [statistics.half_width(run.tasks) / run.tasks.mean() for run in baseline]
    other = [statistics.half_width(run.tasks) / run.tasks.mean() for run in fresh]
    expected = max(numpy.sqrt(numpy.mean(numpy.square(values))) for values in (relative, other))
    assert sample.minimum_effect == pytest.approx(expected)


@pytest.mark.parametrize("better", ["lower", "higher"])
def test_what_is_not_positive_or_no_error_is_compared_as_it_is(better: Better) -> None:
    baseline, fresh = runs([-3, -2], [1, 3], [2, 5]), runs([1, 2])
    sample = found(baseline, fresh, better)["mean"]
    assert not sample.logarithmic
    assert sample.baseline.tolist() == [-2.5, 2, 3.5]
    assert sample.natural(-2.5) == -2.5
    half_widths = [statistics.half_width(run.tasks) for run in baseline]
    assert sample.minimum_effect == pytest.approx(numpy.sqrt(numpy.mean(numpy.square(half_widths))))


def test_accuracies_are_not_logarithms() -> None:
    assert not found(lognormal(3), lognormal(1), "higher")["mean"].logarithmic


def test_wider_side_says_what_is_large() -> None:
    narrow, wide = [2.0, 2.1], [1.0, 3.0]
    expected = statistics.half_width(wide)
    for baseline, fresh in ((narrow, wide), (wide, narrow)):
        sample = found(runs(*[baseline] * 3), runs(fresh), "higher")["mean"]
        assert sample.minimum_effect == pytest.approx(expected)


def test_half_width_of_one_task_is_unknown() -> None:
    assert found(runs([1], [2], [3]), runs([4]))["mean"].minimum_effect == 0


@pytest.mark.parametrize("side", ["baseline", "fresh"])
@pytest.mark.parametrize("task", [NAN, math.inf, 1e14])
def test_medians_replace_means_that_diverge_on_either_side(side: str, task: float) -> None:
    baseline, fresh = lognormal(3), lognormal(2, 1)
    broken = baseline if side == "baseline" else fresh
    broken[0] = runs([task, *broken[0].tasks[1:]])[0]
    samples_by_name = found(baseline, fresh)
    assert "mean" not in samples_by_name
    medians = [statistics.median(run.tasks, "lower") for run in baseline]
    numpy.testing.assert_allclose(numpy.exp(samples_by_name["median"].baseline), medians)
    assert ("share of diverged tasks" in samples_by_name) is not math.isfinite(task)


def test_task_beyond_the_bound_of_its_experiment_counts_as_diverged() -> None:
    baseline, fresh = lognormal(3), [Run(lognormal(1)[0].tasks, 7)]
    samples_by_name = found(baseline, fresh)
    assert set(samples_by_name) == {"median", "share of diverged tasks"}
    shares = samples_by_name["share of diverged tasks"]
    assert (shares.baseline.tolist(), shares.fresh.tolist()) == ([0, 0, 0], [0.07])
    assert (shares.better, shares.minimum_effect, shares.logarithmic) == ("lower", LARGE_SHARE, False)


def test_one_large_accuracy_is_no_heavy_tail() -> None:
    tasks = [0.0] * 99 + [1e9]
    assert set(found(runs(tasks, tasks, tasks), runs(tasks), "higher")) == {"mean"}


def test_medians_need_enough_seeds_that_have_one() -> None:
    good, bad = [1.0, 2.0, 3.0], [NAN, NAN, 3.0]
    assert set(found(runs(good, good, bad), runs(good))) == {"share of diverged tasks"}
    assert set(found(runs(good, good, good), runs(bad))) == {"share of diverged tasks"}
    assert found(runs(good, good, good, bad), runs(bad, good))["median"].baseline.size == 3


def test_medians_come_with_their_own_half_width() -> None:
    run = Run(lognormal(1)[0].tasks, 1)
    expected = statistics.median_half_width(run.tasks, "lower") / numpy.median(run.tasks)
    assert found([run] * 3, [run])["median"].minimum_effect == pytest.approx(expected)


def test_value_too_large_for_a_float_is_infinite() -> None:
    sample = found(lognormal(3), lognormal(1))["mean"]
    assert sample.natural(1e4) == math.inf
    assert sample.natural(-1e4) == 0
