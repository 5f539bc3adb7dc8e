"""One number under several protocols."""

import math
from typing import Any

from benchmarks.judgement.protocols import protocols
from benchmarks.judgement.status import rows
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Metric, Record
from tests.benchmarks.classification import classified
from tests.benchmarks.example_records import example_record


def metric(value: float, tasks: int) -> Metric:
    return Metric(value=value, median=value, tasks=tasks, diverged=0, half_width=100 / tasks)


def record(value: float = 90.0, seed: int = 0, **settings: Any) -> Record:
    tasks = {"part": "FewShotImages", "ways": 5, "shot": 1}
    tests: dict[str, dict[str, Any]] = {
        "paper-protocol": {"tasks": {**tasks, "query": 1}, "protocol": {"tasks": 600}},
        "tight-protocol": {"tasks": {**tasks, "query": 15}, "protocol": {"tasks": 2000}},
        "support-set": {
            "tasks": {**tasks, "query": 1},
            "protocol": {"tasks": 2000},
            "learner": {"statistics": "support"},
        },
        "other-shot": {"tasks": {**tasks, "query": 1, "shot": 5}, "protocol": {"tasks": 600}},
    }
    metrics = {f"{name}/3-steps": metric(value, test["protocol"]["tasks"]) for name, test in tests.items()}
    return example_record(seed=seed, settings={"tests": tests, **settings}, metrics=metrics)


def test_the_same_test_under_two_protocols_stands_side_by_side() -> None:
    lines = protocols("paper-protocol/3-steps", [record(90.0), record(92.0, seed=1)])
    assert lines == [
        {"name": "paper-protocol", "tasks": 600, "query": 1, "value": 91.0, "half_width": 100 / 600},
        {"name": "tight-protocol", "tasks": 2000, "query": 15, "value": 91.0, "half_width": 0.05},
    ]


def test_another_learner_or_other_tasks_are_no_protocol() -> None:
    assert protocols("support-set/3-steps", [record()]) == []
    assert protocols("other-shot/3-steps", [record()]) == []


def test_a_protocol_that_did_not_count_so_many_steps_is_left_out() -> None:
    assert protocols("paper-protocol/2-steps", [record()]) == []


def test_metrics_without_steps_have_no_protocols() -> None:
    assert protocols("parameters", [record()]) == []
    assert protocols("k-5/1-step", [example_record()]) == []


def test_a_number_that_is_not_finite_becomes_null() -> None:
    assert [line["value"] for line in protocols("paper-protocol/3-steps", [record(math.inf)])] == [None, None]


def test_rows_of_the_tables_hold_both_protocols() -> None:
    measured = Measured([classified("omniglot/maml-5-way-1-shot", accuracy=98.0)])
    found = {row["reference"]: row["protocols"] for row in rows(measured)}
    assert [line["query"] for line in found["table-1/maml/omniglot-5-way-1-shot"]] == [1, 15]
    assert found["table-1/maml/omniglot-20-way-1-shot"] == []
