"""Rows: evidence and verdict for each reference."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.judgement.references import load_references
from benchmarks.judgement.status import rows
from benchmarks.records.evidence import Measured
from benchmarks.records.failures import Failure
from benchmarks.records.record import Metric, Record
from tests.benchmarks.example_records import example_record

MAML = CATALOGUE["sinusoid/maml"]


def metric(value: float, median: float | None = None, diverged: int = 0) -> Metric:
    return Metric(value=value, median=median or value, tasks=600, diverged=diverged, half_width=0.05 * abs(value))


def record(seed: int, value: float, *, scale: str = "paper", reading: str = "code", **changes: Any) -> Record:
    metrics = {id_: metric(value) for id_ in MAML.answers.values() if not id_.startswith("picture")}
    definition = MAML.definition(scale, reading)
    cost = {"seconds": 30.0, "seconds_per_iteration": 4e-4, "peak_memory_bytes": 5e8}
    made = {"metrics": metrics, "definition": definition, "cost": cost, **changes}
    return example_record(seed=seed, scale=scale, reading=reading, **made)


def row(measured: Measured, reference: str) -> dict[str, Any]:
    (found,) = [each for each in rows(measured) if each["reference"] == reference]
    return found


FIVE_STEPS = "table-2/maml/5-steps"  # 0.38


def test_there_is_one_row_a_reference_in_the_order_of_the_paper() -> None:
    assert [each["reference"] for each in rows(Measured([]))] == list(load_references())


def test_without_records_nothing_was_run() -> None:
    found = row(Measured([]), FIVE_STEPS)
    assert (found["verdict"], found["ours"], found["seeds"]) == ("not run", None, 0)
    assert "python -m benchmarks run sinusoid/maml --scale paper" in found["command"]


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
    found = row(Measured([], (), [failure]), FIVE_STEPS)
    assert (found["verdict"], found["ours"]) == (how, None)
    assert "Seed 3 at the paper scale: the loss became nan." in found["footnotes"]
    # Neither a run of other settings nor one beside records says anything.
    other = replace(failure, definition="f" * 12)
    assert row(Measured([], (), [other]), FIVE_STEPS)["verdict"] == "not run"
    assert row(Measured([record(0, 0.36)], (), [failure]), FIVE_STEPS)["verdict"] == "inconclusive"


def test_numbers_of_other_methods_are_quoted_and_wait_for_no_run() -> None:
    found = row(Measured([]), "table-1/siamese-networks/omniglot-5-way-1-shot")
    assert (found["verdict"], found["paper"], found["command"]) == ("quoted", 97.3, None)


def test_seeds_around_the_printed_number_reproduce_it() -> None:
    found = row(Measured([record(seed, 0.36 + 0.01 * seed) for seed in range(5)]), FIVE_STEPS)
    assert found["verdict"] == "reproduced"
    assert found["ours"] == pytest.approx(0.38)
    assert found["seeds"] == 5
    assert found["origin"] == "accepted baseline"


def test_seeds_far_from_it_do_not() -> None:
    found = row(Measured([record(seed, 0.8 + 0.01 * seed) for seed in range(5)]), FIVE_STEPS)
    assert found["verdict"] == "above"
    assert found["difference"] > 1


def test_a_reduced_run_is_never_set_against_the_paper() -> None:
    found = row(Measured([record(seed, 0.38, scale="desktop") for seed in range(5)]), FIVE_STEPS)
    assert (found["verdict"], found["scale"], found["difference"]) == ("not comparable", "desktop", None)
    assert any("reduced run" in note for note in found["footnotes"])


def test_another_definition_is_not_comparable() -> None:
    found = row(Measured([record(seed, 0.38, definition="f" * 12) for seed in range(5)]), FIVE_STEPS)
    assert found["verdict"] == "not comparable"


def test_the_larger_scale_is_preferred_and_then_the_fresh_record() -> None:
    accepted = [record(seed, 0.5) for seed in range(3)]
    desktop = [record(seed, 0.1, scale="desktop") for seed in range(3)]
    assert row(Measured(accepted, desktop), FIVE_STEPS)["ours"] == pytest.approx(0.5)
    fresh = [record(seed, 0.4) for seed in range(3)]
    found = row(Measured(accepted, fresh), FIVE_STEPS)
    assert (found["ours"], found["origin"]) == (pytest.approx(0.4), "fresh record")


def test_the_other_reading_is_told_in_a_footnote() -> None:
    code = [record(seed, 0.38) for seed in range(3)]
    wild = {id_: metric(1e14, 0.41, diverged=7) for id_ in MAML.answers.values()}
    text = [record(seed, 0.0, reading="text", metrics=wild) for seed in range(3)]
    notes = row(Measured([*code, *text]), FIVE_STEPS)["footnotes"]
    (note,) = [each for each in notes if "text reading" in each]
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
    assert row(Measured(records), "claim/sinusoid-keeps-improving")["verdict"] == verdict


def test_a_picture_has_no_number() -> None:
    assert row(Measured([record(0, 0.4)]), "figure-2/maml/k-5")["verdict"] == "no printed number"


COUNT = "claim/parameters-sinusoid"  # 1761


@pytest.mark.parametrize(("count", "verdict"), [(1761.0, "reproduced"), (1762.0, "above"), (1760.0, "below")])
@pytest.mark.parametrize("scale", ["smoke", "paper"])
def test_a_count_is_equal_or_not_at_any_scale(scale: str, count: float, verdict: str) -> None:
    counted = Metric(value=count, median=count, tasks=1, diverged=0, half_width=math.nan)
    found = row(Measured([record(0, 0.38, scale=scale, metrics={"parameters": counted})]), COUNT)
    assert (found["verdict"], found["ours"], found["difference"]) == (verdict, count, None)
    assert any("neither scale nor training" in note for note in found["footnotes"])
    assert not any("reduced run" in note for note in found["footnotes"])


def test_a_count_of_another_definition_is_not_comparable() -> None:
    counted = {"parameters": metric(1761.0)}
    assert row(Measured([record(0, 0.38, metrics=counted, definition="f" * 12)]), COUNT)["verdict"] == "not comparable"


def test_a_record_without_the_count_is_none() -> None:
    found = row(Measured([record(0, 0.38, metrics={})]), COUNT)
    assert (found["verdict"], found["ours"]) == ("not run", None)
    assert any("does not hold the count" in note for note in found["footnotes"])


def test_a_ratio_of_costs_is_judged_by_medians_and_told_both_ways() -> None:
    experiment = CATALOGUE["mini-imagenet/first-order-speed"]
    values = {"speed-up": metric(9.0, 0.33), "rate": metric(9.0, 0.5), "memory": metric(0.8)}
    made: dict[str, Any] = {
        "experiment": experiment.id,
        "definition": experiment.definition("paper", "code"),
        "metrics": values,
    }
    found = row(Measured([record(seed, 0.0, **made) for seed in range(3)]), "claim/first-order-speed")
    assert found["ours"] == pytest.approx(0.33)
    assert any("a gain of 50 %; the peak of memory is 80 %" in note for note in found["footnotes"])


def test_missing_data_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MAML_TF_DATA", raising=False)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    found = row(Measured([]), "table-1/maml-no-conv/omniglot-5-way-1-shot")
    assert found["verdict"] == "data missing"


def test_numbers_that_are_not_finite_become_null() -> None:
    found = row(Measured([record(seed, math.inf) for seed in range(3)]), FIVE_STEPS)
    assert found["per_seed"] == [None, None, None]
    assert found["verdict"] == "diverged"
