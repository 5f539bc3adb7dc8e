"""Tests of the gate."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from benchmarks.errors import BenchmarkError
from benchmarks.records.record import Record
from benchmarks.statistics import Better
from benchmarks.verdicts import gate
from benchmarks.verdicts.gate_result import GateOutcome, GateResult, exit_status, message
from tests.benchmarks.example_records import DEFINITION, example_record

FOLDER = "runs/check"
ACCEPT = (
    "python -m benchmarks accept sinusoid/maml --scale paper --reading code {seeds} --records runs/check --reason '...'"
)
METRICS = ("k-5/1-step", "k-5/5-steps", "k-10/1-step", "k-10/5-steps")
Generator = np.random.Generator


def errors(
    generator: Generator, spread: float = 0.05, worse: float = 1.0, metrics: Sequence[str] = METRICS
) -> dict[str, ArrayLike]:
    """Returns errors of 600 tasks per metric: log-normal, times a factor that all metrics of the seed share."""
    seed = math.exp(spread * generator.normal()) * worse
    return {metric: seed * generator.lognormal(0, 0.8, size=600) for metric in metrics}


def run_seeds(make: Callable[[], Mapping[str, ArrayLike]], count: int, first: int = 0, **more: Any) -> list[Record]:
    return [example_record(make(), seed=first + index, **more) for index in range(count)]


def compare(baseline: Sequence[Record], fresh: Sequence[Record], better: Better = "lower") -> list[GateResult]:
    return gate.compare(baseline, fresh, lambda experiment, metric: better, FOLDER)


def outcomes(results: Sequence[GateResult]) -> dict[str | None, str]:
    return {result.metric: str(result.outcome) for result in results}


def fixed(centre: float, count: int = 10, first: int = 0, **more: Any) -> list[Record]:
    """Returns records of one metric with four tasks, whose seeds scatter a little around `centre`."""
    steps = np.linspace(-0.01, 0.01, count) * centre if count > 1 else np.zeros(1)
    tasks = centre * np.array([0.98, 0.99, 1.01, 1.02])
    return [example_record({"k": tasks + step}, seed=first + index, **more) for index, step in enumerate(steps)]


@pytest.mark.parametrize(
    ("centre", "better", "outcome"),
    [
        (1.0, "lower", "pass"),
        (1.3, "lower", "regression"),
        (0.7, "lower", "improvement"),
        (1.3, "higher", "improvement"),
        (0.7, "higher", "regression"),
        (1.015, "lower", "pass"),
    ],
)
@pytest.mark.parametrize("count", [1, 3])
def test_outcome(centre: float, better: Better, outcome: str, count: int) -> None:
    [result] = compare(fixed(1.0), fixed(centre, count, first=50), better)
    assert result.outcome == outcome
    assert (result.baseline_seeds, result.fresh_seeds) == (10, count)
    assert result.baseline == pytest.approx(1, rel=1e-3)
    assert result.fresh == pytest.approx(centre, rel=1e-3)
    assert exit_status([result]) == (0 if outcome == "pass" else 1)


def test_result_says_in_one_line_what_was_compared() -> None:
    [result] = compare(fixed(1.0), fixed(1.3, 3, first=50))
    assert result.detail.startswith("mean 1.3, accepted 1, limit 1.0")
    assert "\n" not in result.detail
    assert json.loads(json.dumps(asdict(result)))["outcome"] == "regression"


@pytest.mark.parametrize(("better", "sign"), [("lower", 1), ("higher", -1)])
def test_limit_is_where_a_regression_begins(better: Better, sign: int) -> None:
    baseline = fixed(1.0)
    [result] = compare(baseline, fixed(1.0, 1, first=50), better)
    assert result.limit is not None
    for factor, outcome in ((0.99, "pass"), (1.01, "regression")):
        centre = 1 + (result.limit - 1) * factor
        assert sign * (result.limit - 1) > 0
        [shifted] = compare(baseline, fixed(centre, 1, first=50), better)
        assert shifted.outcome == outcome


def test_an_improvement_says_how_to_accept_it() -> None:
    [result] = compare(fixed(1.0), fixed(0.7, 3, first=50))
    assert result.outcome == "improvement"
    advice = f"; rule out a leak, then accept it: {ACCEPT.format(seeds='--seed 50 --seed 51 --seed 52')}"
    assert result.detail.endswith(advice)


def test_limit_leaves_room_for_the_other_tests_of_the_gate() -> None:
    baseline, fresh = fixed(1.0), fixed(1.0, 1, first=50)
    [alone] = compare(baseline, fresh)
    others = [replace(record, experiment="a/b") for record in (*baseline, *fresh)]
    together = compare([*baseline, *others[:-1]], [*fresh, others[-1]])[1]
    assert alone.limit is not None
    assert together.limit is not None
    assert together.limit > alone.limit


def test_a_regression_is_beyond_its_limit_among_many_tests() -> None:
    """Holm's correction is less strict after each test that is decided, and the limit is that of its level."""
    generator, names, found = np.random.default_rng(8), [f"m{number}" for number in range(8)], list[GateResult]()

    def scaled(factor: float) -> dict[str, ArrayLike]:
        made = errors(generator, metrics=names)
        return {name: (factor if name == "m7" else 2.0) * np.asarray(values) for name, values in made.items()}

    for factor in np.linspace(1.05, 1.3, 12):
        baseline = run_seeds(lambda: errors(generator, metrics=names), 10)
        found += compare(baseline, run_seeds(partial(scaled, factor), 3, 50))
    assert {str(result.outcome) for result in found if result.metric == "m7"} == {"pass", "regression"}
    for result in found:
        assert result.fresh is not None
        assert result.limit is not None
        assert (result.fresh > result.limit) is (result.outcome == GateOutcome.REGRESSION)


def test_significant_but_small_change_passes() -> None:
    tasks = np.random.default_rng(0).lognormal(size=50)
    baseline = [example_record({"k": tasks * (1 + seed * 1e-6)}, seed=seed) for seed in range(5)]
    [result] = compare(baseline, [example_record({"k": tasks * 1.05}, seed=9)])
    assert result.p_value is not None
    assert result.p_value < 1e-6
    assert result.outcome == "pass"
    [result] = compare(baseline, [example_record({"k": tasks * 1.5}, seed=9)])
    assert result.outcome == "regression"


def test_large_but_insignificant_change_passes() -> None:
    baseline = [example_record({"k": [value] * 4}, seed=int(value)) for value in (1.0, 2.0, 4.0)]
    [result] = compare(baseline, [example_record({"k": [8.0] * 4}, seed=9)])
    assert result.outcome == "pass"


def test_equal_raw_values_pass_whatever_they_are() -> None:
    """A seed far from the others is no regression if it gives the same values as before."""
    baseline = [*fixed(1.0, 40), *fixed(9.0, 1, first=60)]
    [result] = compare(baseline, [baseline[-1]])
    assert result.outcome == "pass"
    assert result.detail == "equal to the accepted runs of the same seeds, value for value"
    [other] = compare(baseline, [replace(baseline[-1], seed=61)])
    assert other.outcome == "regression"
    [diverged] = compare(diverging(0.9), diverging(0.9))
    assert diverged.p_value is None


@pytest.mark.parametrize("count", [1, 2])
def test_equal_raw_values_pass_however_few_seeds_are_accepted(count: int) -> None:
    baseline = fixed(1.0, count)
    results = compare(baseline, baseline[:1])
    assert outcomes(results) == {"k": "pass"}
    assert exit_status(results) == 0


def test_an_equal_metric_does_not_pass_if_others_have_too_few_seeds() -> None:
    baseline = [example_record({"k": [1.0, 2.0], "gone": [1.0], "parameters": [1761.0]})]
    results = compare(baseline, [example_record({"k": [5.0, 9.0], "parameters": [1761.0]})])
    assert outcomes(results) == {"gone": "regression", "k": "too few seeds", "parameters": "too few seeds"}
    assert "but other metrics are not" in results[2].detail
    assert exit_status(results[1:]) == 1


def test_one_equal_seed_does_not_excuse_the_others() -> None:
    baseline = fixed(1.0)
    [result] = compare(baseline, [baseline[0], *fixed(1.5, 2, first=50)])
    assert result.outcome == "regression"


def diverging(share: float, count: int = 10, first: int = 0, scale: float = 1.0) -> list[Record]:
    generator = np.random.default_rng(first)
    records = []
    for index in range(count):
        tasks = scale * generator.lognormal(size=600)
        tasks[generator.random(600) < share] = generator.choice([math.nan, math.inf])
        records.append(example_record({"k": tasks}, seed=first + index))
    return records


@pytest.mark.parametrize(
    ("share", "scale", "outcome", "statistic"),
    [
        (0.2, 1.0, "pass", None),
        (0.4, 1.0, "regression", "share of diverged tasks"),
        (0.0, 1.0, "improvement", "share of diverged tasks"),
        (0.2, 2.0, "regression", "median"),
        (0.9, 1.0, "regression", "share of diverged tasks"),
    ],
)
def test_diverging_tasks_are_compared_by_medians_and_counts(
    share: float, scale: float, outcome: str, statistic: str | None
) -> None:
    [result] = compare(diverging(0.2), diverging(share, 3, first=50, scale=scale))
    assert result.outcome == outcome
    assert statistic in (None, result.statistic)


@pytest.mark.parametrize("which", ["accepted", "fresh"])
def test_a_seed_of_which_half_of_the_tasks_diverge_hides_no_regression(which: str) -> None:
    generator = np.random.default_rng(5)

    def make(diverged: float, factor: float) -> dict[str, ArrayLike]:
        tasks = factor * generator.lognormal(0, 0.1, size=100)
        tasks[: int(100 * diverged)] = math.inf
        return {"k": tasks}

    baseline, fresh = run_seeds(lambda: make(0.02, 1.0), 10), run_seeds(lambda: make(0.02, 100.0), 3, 50)
    if which == "fresh":
        fresh[0] = run_seeds(lambda: make(0.47, 100.0), 1, 50)[0]
    else:
        baseline[0] = run_seeds(lambda: make(0.47, 1.0), 1)[0]
    assert outcomes(compare(baseline, fresh)) == {"k": "regression"}


def test_one_diverged_task_where_there_was_none_is_no_regression() -> None:
    tasks = diverging(0.0, 1, first=50)[0].tasks("k")
    tasks[0] = math.nan
    [result] = compare(diverging(0.0), [example_record({"k": tasks}, seed=50)])
    assert result.outcome == "pass"


def test_run_that_diverges_where_none_did_is_a_regression() -> None:
    [result] = compare(diverging(0.0), diverging(1.0, 1, first=50))
    assert (result.outcome, result.statistic) == ("regression", "share of diverged tasks")
    assert "share of diverged tasks 1, accepted 0" in result.detail


def test_runs_that_always_diverge_pass() -> None:
    [result] = compare(diverging(1.0), diverging(1.0, 1, first=50))
    assert result.outcome == "pass"


def test_one_absurd_task_is_no_regression() -> None:
    baseline, fresh = diverging(0.0), diverging(0.0, 1, first=50)
    tasks = fresh[0].tasks("k")
    tasks[0] = 1e9
    [result] = compare(baseline, [example_record({"k": tasks}, seed=50)])
    assert (result.outcome, result.statistic) == ("pass", "median")


def test_missing_baseline_names_the_command_that_creates_it() -> None:
    results = compare(fixed(1.0), fixed(1.0, 2, scale="desktop"))
    [result] = results
    assert (result.outcome, result.metric, result.scale) == ("missing baseline", None, "desktop")
    command = ACCEPT.format(seeds="--seed 0 --seed 1").replace("paper", "desktop")
    assert result.detail == f"no accepted baseline; create it: {command}"
    assert exit_status(results) == 1


def test_changed_definition_is_not_comparable_and_fails() -> None:
    results = compare(fixed(1.0), fixed(1.0, definition="f" * 12))
    [result] = results
    assert result.outcome == "not comparable"
    assert f"definition ffffffffffff, accepted {DEFINITION}; if the change was intended, renew" in result.detail
    assert exit_status(results) == 1


def test_other_data_are_not_comparable_and_fail() -> None:
    def made_from(checksum: str | None) -> dict[str, Any]:
        return {"provenance": {"data": {"omniglot": checksum * 64} if checksum else {}}}

    results = compare(fixed(1.0, **made_from("a")), fixed(1.0, **made_from("b")))
    [result] = results
    assert result.outcome == "not comparable"
    assert (
        "made from different data: omniglot aaaaaaaaaaaa and bbbbbbbbbbbb; if the change was intended" in result.detail
    )
    assert exit_status(results) == 1
    for same in (made_from("a"), made_from(None)):
        assert outcomes(compare(fixed(1.0, **made_from("a")), fixed(1.0, **same))) == {"k": "pass"}


def test_where_text_and_code_agree_one_baseline_serves_both() -> None:
    [result] = compare(fixed(1.0), fixed(1.0, 3, reading="text"))
    assert (result.outcome, result.reading, result.baseline_seeds) == ("pass", "text", 10)
    [result] = compare(fixed(1.0, definition="0" * 12), fixed(1.0, 3, reading="text"))
    assert result.outcome == "missing baseline"
    # A baseline of the same reading comes first, also if its definition is another one.
    own = fixed(1.0, reading="text", definition="0" * 12)
    [result] = compare([*fixed(1.0), *own], fixed(1.0, 3, reading="text"))
    assert result.outcome == "not comparable"


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_accepted_seeds_are_no_pass(count: int) -> None:
    results = compare(fixed(1.0, count), fixed(5.0, 3, first=50))
    assert outcomes(results) == {"k": "too few seeds"}
    assert (
        f"{count} accepted seeds have this metric, 3 with finite values are needed; run more and" in results[0].detail
    )
    assert "python -m benchmarks accept sinusoid/maml --scale paper" in results[0].detail
    assert exit_status(results) == 1
    assert message(results).startswith("gate: nothing was compared (1 too few seeds), so it fails")


def test_metric_that_too_few_accepted_seeds_have() -> None:
    baseline = [example_record({"k": [1.0, 2.0]}, seed=seed) for seed in range(3)]
    baseline[0] = example_record({"k": [1.0, 2.0], "new": [1.0, 2.0]}, seed=0)
    results = compare(baseline, [example_record({"k": [1.0, 2.1], "new": [1.0, 2.1]}, seed=9)])
    assert outcomes(results) == {"k": "pass", "new": "too few seeds"}
    assert [result.baseline_seeds for result in results] == [3, 1]
    assert exit_status(results) == 0


def test_metric_that_appears_or_disappears_fails() -> None:
    baseline = [example_record({"k": [1.0, 2.0], "gone": [1.0]}, seed=seed) for seed in range(3)]
    fresh = [
        example_record({"k": [1.0, 2.1], "gone": [1.0], "new": [1.0]}, seed=8),
        example_record({"k": [1.0, 2.1], "new": [1.0]}, seed=9),
    ]
    results = compare(baseline, fresh)
    assert outcomes(results) == {"gone": "regression", "k": "pass", "new": "missing baseline"}
    assert results[0].detail == "not measured by fresh seed 9"
    assert exit_status([results[1], results[2]]) == 1


def test_run_that_measured_nothing_is_a_regression() -> None:
    [result] = compare(fixed(1.0), [example_record({})])
    assert result.outcome == "regression"


def test_record_without_raw_values_is_refused() -> None:
    with pytest.raises(BenchmarkError, match="has no per-task values of 'k'"):
        compare(fixed(1.0), [replace(record, arrays={}) for record in fixed(1.0)])


def test_accepted_experiments_without_fresh_records_are_ignored() -> None:
    results = compare([*fixed(1.0), *fixed(1.0, experiment="a/b")], fixed(1.0, 3, first=50))
    assert [result.experiment for result in results] == ["sinusoid/maml"]


def test_the_better_direction_is_asked_for_each_metric() -> None:
    asked = []

    def better(experiment: str, metric: str) -> Better:
        asked.append((experiment, metric))
        return "lower"

    gate.compare(fixed(1.0), fixed(1.0, 1, first=50), better, FOLDER)
    assert asked == [("sinusoid/maml", "k")]


def test_a_metric_without_a_better_direction_is_skipped() -> None:
    baseline = [replace(record, metrics={**record.metrics, "s": record.metrics["k"]}) for record in fixed(1.0)]
    by_metric = {"k": "lower"}
    results = gate.compare(baseline, fixed(1.0, 1, first=50), lambda _, metric: by_metric.get(metric), FOLDER)  # type: ignore[arg-type, return-value]
    assert outcomes(results) == {"k": "pass"}
    assert exit_status(gate.compare(baseline, fixed(1.0), lambda *_: None, FOLDER)) == 1


def test_empty_gate_fails_and_says_so() -> None:
    assert compare(fixed(1.0), []) == []
    assert exit_status([]) == 1
    assert message([]) == ("gate: nothing was compared, so it fails; run an experiment that has an accepted baseline")


def results_with(counts: Mapping[str, int]) -> list[GateResult]:
    [result] = compare(fixed(1.0), fixed(1.0))
    return [replace(result, outcome=GateOutcome(name)) for name, count in counts.items() for _ in range(count)]


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ({"pass": 2}, 0),
        ({"pass": 2, "improvement": 13}, 1),
        ({"too few seeds": 1, "pass": 1}, 0),
        ({"too few seeds": 1}, 1),
        ({"pass": 5, "regression": 1}, 1),
        ({"pass": 5, "missing baseline": 1}, 1),
        ({"pass": 5, "not comparable": 1}, 1),
    ],
)
def test_exit_status(counts: Mapping[str, int], status: int) -> None:
    assert exit_status(results_with(counts)) == status


def test_an_experiment_of_which_nothing_was_compared_fails() -> None:
    other = partial(fixed, experiment="a/b")
    results = compare([*fixed(1.0), *other(1.0, 1)], [*fixed(1.0, 3, first=50), *other(0.2, 3, first=50)])
    assert [str(result.outcome) for result in results] == ["too few seeds", "pass"]
    assert exit_status(results) == 1
    assert message(results) == "gate: 1 too few seeds, 1 pass; nothing was compared of a/b, so it fails"


def test_message_counts_worst_first() -> None:
    results = results_with({"pass": 2, "regression": 1, "improvement": 1})
    assert message(results) == "gate: 1 regression, 1 improvement, 2 pass"


@pytest.mark.parametrize("count", [1, 3])
def test_unchanged_code_passes_99_times_of_100(count: int) -> None:
    generator, repetitions, alarms = np.random.default_rng(0), 100, 0
    for _ in range(repetitions):
        baseline = run_seeds(lambda: errors(generator), 10)
        fresh = run_seeds(lambda: errors(generator), count, 50)
        alarms += exit_status(compare(baseline, fresh))
    assert alarms <= 0.01 * repetitions


def test_unchanged_code_with_rare_divergence_passes() -> None:
    """If one task in a thousand diverges, means are useless, but medians and counts are not."""
    generator, repetitions, alarms = np.random.default_rng(1), 100, 0

    def make() -> dict[str, ArrayLike]:
        tasks = generator.lognormal(0, 0.8, size=600)
        tasks[generator.random(600) < 1e-3] = math.inf
        return {"k": tasks}

    for _ in range(repetitions):
        results = compare(run_seeds(make, 10), run_seeds(make, 2, 50))
        alarms += exit_status(results)
    assert alarms <= 0.01 * repetitions


@pytest.mark.parametrize(
    ("worse", "spread", "count", "caught"), [(1.3, 0.03, 3, 0.95), (1.25, 0.03, 3, 0.85), (1.3, 0.01, 1, 0.6)]
)
def test_real_worsening_is_caught(worse: float, spread: float, count: int, caught: float) -> None:
    generator, repetitions, regressions = np.random.default_rng(2), 20, 0
    for _ in range(repetitions):
        baseline = run_seeds(lambda: errors(generator, spread), 10)
        fresh = run_seeds(lambda: errors(generator, spread, worse), count, 50)
        regressions += exit_status(compare(baseline, fresh))
    assert regressions >= caught * repetitions


def test_worsening_of_one_metric_names_it() -> None:
    generator = np.random.default_rng(3)
    baseline = run_seeds(lambda: errors(generator, 0.01), 10)
    bad = {metric: 1.6 if metric == METRICS[2] else 1.0 for metric in METRICS}
    fresh = run_seeds(lambda: {key: bad[key] * np.asarray(v) for key, v in errors(generator, 0.01).items()}, 3, 50)
    found = outcomes(compare(baseline, fresh))
    assert found == {metric: "regression" if metric == METRICS[2] else "pass" for metric in METRICS}
