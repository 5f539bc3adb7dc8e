"""Tests of the rows of `status`: evidence, verdict, footnotes and protocols of each reference."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Metric, Record
from benchmarks.records.references import load_references
from benchmarks.records.store import Failure
from benchmarks.verdicts.row import ProtocolResult, Row
from benchmarks.verdicts.status import protocols, rows
from tests.benchmarks.example_records import classified, example_record

MAML = CATALOGUE["sinusoid/maml"]


def metric(value: float, median: float | None = None, diverged: int = 0) -> Metric:
    return Metric(value=value, median=median or value, tasks=600, diverged=diverged, half_width=0.05 * abs(value))


def record(seed: int, value: float, *, scale: str = "paper", reading: str = "code", **changes: Any) -> Record:
    metrics = {id_: metric(value) for id_ in MAML.answers.values() if not id_.startswith("picture")}
    definition = MAML.definition(scale, reading)
    cost = {"seconds": 30.0, "seconds_per_iteration": 4e-4, "peak_memory_bytes": 5e8}
    made = {"metrics": metrics, "definition": definition, "cost": cost, **changes}
    return example_record(seed=seed, scale=scale, reading=reading, **made)


def row(measured: Measured, reference: str) -> Row:
    (match,) = [row for row in rows(measured, CATALOGUE) if row.reference == reference]
    return match


FIVE_STEPS = "table-2/maml/5-steps"  # 0.38


def test_there_is_one_row_for_each_reference_in_the_order_of_the_paper() -> None:
    assert [row.reference for row in rows(Measured([]), CATALOGUE)] == list(load_references())


def test_without_records_nothing_was_run() -> None:
    shown = row(Measured([]), FIVE_STEPS)
    assert (shown.verdict, shown.ours, shown.seeds) == ("not run", None, 0)
    assert "python -m benchmarks run sinusoid/maml --scale paper" in str(shown.command)


def test_the_settings_in_words_are_those_of_the_records_or_of_the_declaration() -> None:
    declared = row(Measured([]), FIVE_STEPS).settings
    assert declared.startswith("70,000 meta-iterations of 25 tasks; 1 inner step, learning rate 0.001; tested on 600")
    shorter = MAML.settings("desktop", "code")
    measured = row(Measured([record(0, 0.4, scale="desktop", settings=shorter)]), FIVE_STEPS).settings
    assert measured.startswith(f"{shorter['training']['iterations']:,} meta-iterations of 25 tasks")
    assert measured != declared


@pytest.mark.parametrize("how", ["failed", "diverged"])
def test_a_run_that_ended_without_a_record_says_how(how: Any) -> None:
    failure = Failure(
        experiment=MAML.id,
        scale="paper",
        reading="code",
        seed=3,
        definition=MAML.definition("paper", "code"),
        how=how,
        message="the loss became nan",
        when="2026-01-01T00:00:00+00:00",
    )
    shown = row(Measured([], (), [failure]), FIVE_STEPS)
    assert (shown.verdict, shown.ours) == (how, None)
    assert "Seed 3 at the paper scale: the loss became nan." in shown.footnotes
    # A failure under another definition does not count.
    other = replace(failure, definition="f" * 12)
    assert row(Measured([], (), [other]), FIVE_STEPS).verdict == "not run"


def diverged(seed: int, scale: str = "paper", how: Any = "diverged") -> Failure:
    return Failure(
        experiment=MAML.id,
        scale=scale,
        reading="code",
        seed=seed,
        definition=MAML.definition(scale, "code"),
        how=how,
        message="the loss became nan",
        when="2026-01-01T00:00:00+00:00",
    )


def test_seeds_that_diverged_in_meta_training_count_as_diverged() -> None:
    usual = [record(seed, 0.36 + 0.01 * seed) for seed in range(5)]
    shown = row(Measured(usual, (), [diverged(7)]), FIVE_STEPS)
    assert (shown.verdict, shown.seeds) == ("reproduced", 5)
    assert shown.ours == pytest.approx(0.38)
    assert any("further seeds diverged, so that they have no record: 7." in note for note in shown.footnotes)
    shown = row(Measured(usual, (), [diverged(7), diverged(5)]), FIVE_STEPS)
    assert (shown.verdict, shown.ours, shown.reason) == ("diverged", None, "2 of 7 seeds diverged")
    # A run that failed for another reason says nothing about the method, nor does a seed that has a record.
    for note in (diverged(7, how="failed"), diverged(2)):
        assert row(Measured(usual, (), [note, diverged(5)]), FIVE_STEPS).verdict == "reproduced"


def test_a_reduced_record_does_not_hide_a_failure_at_the_papers_scale() -> None:
    reduced = [record(0, 0.38, scale="desktop")]
    shown = row(Measured(reduced, (), [diverged(3)]), FIVE_STEPS)
    assert (shown.verdict, shown.reason) == ("diverged", "seed 3, paper scale")
    shown = row(Measured(reduced, (), [diverged(3, how="failed")]), FIVE_STEPS)
    assert shown.verdict == "not comparable"
    assert "Seed 3 at the paper scale: the loss became nan." in shown.footnotes
    shown = row(Measured(reduced, (), [diverged(3, scale="smoke")]), FIVE_STEPS)
    assert "Seed 3 at the smoke scale: the loss became nan." not in shown.footnotes


def test_seeds_on_different_data_are_not_comparable() -> None:
    provenance = {"commit": "abc", "dirty": False}
    others = [record(seed, 0.38, provenance=provenance | {"data": {"waves": f"{seed}" * 64}}) for seed in range(4)]
    shown = row(Measured(others), FIVE_STEPS)
    assert shown.verdict == "not comparable"
    assert shown.reason.startswith("different data: waves 000000000000 and 111111111111")


def test_the_interval_of_a_statement_is_that_of_its_median_and_includes_seeds() -> None:
    claim = "claim/sinusoid-keeps-improving"
    name = MAML.answers[claim]
    tasks = np.concatenate([np.full(300, 0.1), np.full(299, 0.3), [1e4]])
    gains = [{name: tasks + 0.01 * seed} for seed in range(3)]
    metrics = [{name: Metric.from_tasks(gain[name], "higher")} for gain in gains]
    made = [record(seed, 0.38, metrics=metrics[seed], arrays=gains[seed]) for seed in range(3)]
    shown = row(Measured(made), claim)
    assert shown.by_median
    assert shown.ours == pytest.approx(0.21, abs=0.02)
    assert shown.half_width_tasks == pytest.approx(0.1)
    assert (shown.half_width_both or 0.0) > (shown.half_width_tasks or math.inf)
    assert not row(Measured([record(0, 0.38)]), FIVE_STEPS).by_median


def test_numbers_of_other_methods_are_quoted() -> None:
    shown = row(Measured([]), "table-1/siamese-networks/omniglot-5-way-1-shot")
    assert (shown.verdict, shown.paper, shown.command) == ("quoted", 97.3, None)


def test_seeds_around_the_printed_number_reproduce_it() -> None:
    shown = row(Measured([record(seed, 0.36 + 0.01 * seed) for seed in range(5)]), FIVE_STEPS)
    assert shown.verdict == "reproduced"
    assert shown.ours == pytest.approx(0.38)
    assert shown.seeds == 5
    assert shown.origin == "accepted baseline"


def test_the_spread_is_that_of_the_seeds_that_did_not_diverge() -> None:
    usual = [record(seed, 0.36 + 0.01 * seed) for seed in range(5)]
    shown = row(Measured([*usual, record(5, 1e6)]), FIVE_STEPS)
    without = row(Measured(usual), FIVE_STEPS)
    assert (shown.ours, shown.seeds, len(shown.per_seed)) == (without.ours, 6, 6)
    assert (shown.half_width_tasks, shown.half_width_seeds) == (without.half_width_tasks, without.half_width_seeds)


def test_seeds_far_from_the_printed_number_do_not_reproduce_it() -> None:
    shown = row(Measured([record(seed, 0.8 + 0.01 * seed) for seed in range(5)]), FIVE_STEPS)
    assert shown.verdict == "above"
    assert shown.difference is not None
    assert shown.difference > 1


def test_a_reduced_run_is_never_set_against_the_paper() -> None:
    shown = row(Measured([record(seed, 0.38, scale="desktop") for seed in range(5)]), FIVE_STEPS)
    assert (shown.verdict, shown.scale, shown.difference) == ("not comparable", "desktop", None)
    assert any("reduced run" in note for note in shown.footnotes)


def test_another_definition_is_not_comparable() -> None:
    shown = row(Measured([record(seed, 0.38, definition="f" * 12) for seed in range(5)]), FIVE_STEPS)
    assert shown.verdict == "not comparable"


def test_the_larger_scale_is_preferred_and_then_the_fresh_record() -> None:
    accepted = [record(seed, 0.5) for seed in range(3)]
    desktop = [record(seed, 0.1, scale="desktop") for seed in range(3)]
    assert row(Measured(accepted, desktop), FIVE_STEPS).ours == pytest.approx(0.5)
    fresh = [record(seed, 0.4) for seed in range(3)]
    shown = row(Measured(accepted, fresh), FIVE_STEPS)
    assert shown.ours == pytest.approx(0.4)
    assert shown.origin == "fresh record"


def test_a_footnote_gives_the_result_of_the_other_reading() -> None:
    code = [record(seed, 0.38) for seed in range(3)]
    wild = {id_: metric(1e14, 0.41, diverged=7) for id_ in MAML.answers.values()}
    text = [record(seed, 0.0, reading="text", metrics=wild) for seed in range(3)]
    notes = row(Measured([*code, *text]), FIVE_STEPS).footnotes
    (note,) = [note for note in notes if "text reading" in note]
    assert "diverged; mean 1e+14, median 0.41, 21 of 1800 tasks diverged" in note


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([0.2, 0.25, 0.22], "reproduced"),
        ([-0.2, -0.25, -0.22], "below"),
        ([0.2, -0.2, 0.1], "inconclusive"),
        ([0.2, 0.2001], "inconclusive"),  # too few seeds
        ([0.2], "inconclusive"),
    ],
)
def test_a_statement_holds_if_its_improvement_is_above_zero(values: list[float], verdict: str) -> None:
    records = [record(seed, value) for seed, value in enumerate(values)]
    assert row(Measured(records), "claim/sinusoid-keeps-improving").verdict == verdict


def test_a_picture_has_no_number() -> None:
    assert row(Measured([record(0, 0.4)]), "figure-2/maml/k-5").verdict == "no printed number"


COUNT = "claim/parameters-sinusoid"  # 1761


@pytest.mark.parametrize(("count", "verdict"), [(1761.0, "reproduced"), (1762.0, "above"), (1760.0, "below")])
@pytest.mark.parametrize("scale", ["smoke", "paper"])
def test_a_count_is_equal_or_not_at_any_scale(scale: str, count: float, verdict: str) -> None:
    counted = Metric(value=count, median=count, tasks=1, diverged=0, half_width=math.nan)
    shown = row(Measured([record(0, 0.38, scale=scale, metrics={"parameters": counted})]), COUNT)
    assert (shown.verdict, shown.ours, shown.difference) == (verdict, count, None)
    assert any("neither on the scale nor on training" in note for note in shown.footnotes)
    assert not any("reduced run" in note for note in shown.footnotes)


def test_a_count_of_another_definition_is_not_comparable() -> None:
    counted = {"parameters": metric(1761.0)}
    assert row(Measured([record(0, 0.38, metrics=counted, definition="f" * 12)]), COUNT).verdict == "not comparable"


def test_a_count_is_not_run_if_the_record_lacks_it() -> None:
    shown = row(Measured([record(0, 0.38, metrics={})]), COUNT)
    assert (shown.verdict, shown.ours) == ("not run", None)
    assert any("does not hold the count" in note for note in shown.footnotes)


def test_a_ratio_of_costs_is_assessed_by_medians_with_rate_and_memory_in_a_footnote() -> None:
    experiment = CATALOGUE["mini-imagenet/first-order-speed"]
    values = {"speed-up": metric(9.0, 0.33), "rate": metric(9.0, 0.5), "memory": metric(0.8)}
    made = {"experiment": experiment.id, "definition": experiment.definition("paper", "code")}
    records = [record(seed, 0.0, metrics=values, **made) for seed in range(3)]
    shown = row(Measured(records), "claim/first-order-speed")
    assert shown.ours == pytest.approx(0.33)
    assert any("increases by 50 %; peak memory is 80 %" in note for note in shown.footnotes)


def test_missing_data_are_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MAML_TF_DATA", raising=False)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    shown = row(Measured([]), "table-1/maml-no-conv/omniglot-5-way-1-shot")
    assert shown.verdict == "data missing"


def test_numbers_that_are_not_finite_become_null() -> None:
    shown = row(Measured([record(seed, math.inf) for seed in range(3)]), FIVE_STEPS)
    assert shown.per_seed == (None, None, None)
    assert shown.verdict == "diverged"


def summary(value: float, tasks: int) -> Metric:
    return Metric(value=value, median=value, tasks=tasks, diverged=0, half_width=100 / tasks)


def record_of_tests(value: float = 90.0, seed: int = 0, **settings: Any) -> Record:
    tasks = {"part": "FewShotImages", "ways": 5, "shot": 1}
    tests: dict[str, dict[str, Any]] = {
        "paper-protocol": {"tasks": {**tasks, "query": 1}, "protocol": {"tasks": 600}},
        "tight-protocol": {"tasks": {**tasks, "query": 15}, "protocol": {"tasks": 2000}},
        "support-set": {"tasks": {**tasks, "query": 1}, "protocol": {"tasks": 9}, "learner": {"statistics": "support"}},
        "other-shot": {"tasks": {**tasks, "query": 1, "shot": 5}, "protocol": {"tasks": 600}},
    }
    metrics = {f"{name}/3-steps": summary(value, test["protocol"]["tasks"]) for name, test in tests.items()}
    return example_record(seed=seed, settings={"tests": tests, **settings}, metrics=metrics)


def test_the_same_test_under_two_protocols_stands_side_by_side() -> None:
    assert protocols("paper-protocol/3-steps", [record_of_tests(90.0), record_of_tests(92.0, seed=1)]) == (
        ProtocolResult("paper-protocol", 600, 1, 91.0, 100 / 600),
        ProtocolResult("tight-protocol", 2000, 15, 91.0, 0.05),
    )


def test_a_test_of_another_learner_or_of_other_tasks_is_not_another_protocol() -> None:
    assert protocols("support-set/3-steps", [record_of_tests()]) == ()
    assert protocols("other-shot/3-steps", [record_of_tests()]) == ()


def test_without_a_measurement_after_these_steps_there_are_no_protocols() -> None:
    assert protocols("paper-protocol/2-steps", [record_of_tests()]) == ()


def test_metrics_without_steps_have_no_protocols() -> None:
    assert protocols("parameters", [record_of_tests()]) == ()
    assert protocols("k-5/1-step", [example_record()]) == ()


def test_a_number_that_is_not_finite_becomes_null() -> None:
    assert [line.value for line in protocols("paper-protocol/3-steps", [record_of_tests(math.inf)])] == [None, None]


def test_a_row_becomes_plain_data() -> None:
    measured = Measured([classified("omniglot/maml-5-way-1-shot", accuracy=98.0)])
    plain = row(measured, "table-1/maml/omniglot-5-way-1-shot").to_json()
    assert json.loads(json.dumps(plain)) == plain
    assert list(plain["protocols"][0]) == ["name", "tasks", "query", "value", "half_width"]


def test_rows_of_the_tables_hold_both_protocols() -> None:
    measured = Measured([classified("omniglot/maml-5-way-1-shot", accuracy=98.0)])
    assert [line.query for line in row(measured, "table-1/maml/omniglot-5-way-1-shot").protocols] == [1, 15]
    assert row(measured, "table-1/maml/omniglot-20-way-1-shot").protocols == ()
