"""Tests of a record as an object and as a JSON object."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.errors import BenchmarkError
from benchmarks.records import storage
from benchmarks.records.record import Metric, Record, decode
from tests.benchmarks.example_records import example_record

PATH = Path("runs/a.json")
FLOATS = st.floats()
METRICS = st.dictionaries(
    st.text(max_size=8),
    st.builds(
        Metric,
        value=FLOATS,
        median=FLOATS,
        half_width=FLOATS,
        tasks=st.integers(min_value=600),
        diverged=st.integers(0, 600),
        better=st.sampled_from(["lower", "higher", None]),
    ),
    max_size=3,
)
PLAIN = st.dictionaries(st.text(max_size=5), st.integers() | st.booleans() | st.text(max_size=5), max_size=3)
RECORDS = st.builds(
    Record,
    experiment=st.text(max_size=10),
    definition=st.text("0123456789abcdef", min_size=12, max_size=12),
    settings=PLAIN,
    scale=st.text(max_size=5),
    reading=st.text(max_size=5),
    seed=st.integers(),
    metrics=METRICS,
    cost=st.dictionaries(st.text(max_size=5), FLOATS, max_size=3),
    device=st.text(max_size=5),
    status=st.just("complete"),
    provenance=PLAIN,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def through_json(record: Record) -> Record:
    return decode(json.loads(storage.json_bytes(record.to_json())), PATH, {})


@settings(deadline=None)
@given(RECORDS)
def test_record_survives_strict_json(record: Record) -> None:
    assert repr(through_json(record)) == repr(record)  # repr, for nan differs from itself


def test_numbers_that_are_not_finite_come_back_as_floats() -> None:
    metric = Metric(value=math.inf, median=math.nan, tasks=2, diverged=2, half_width=math.inf)
    record = example_record(metrics={"k": metric}, cost={"seconds": -math.inf, "device": "GPU"})
    document = json.loads(storage.json_bytes(record.to_json()))
    assert document["metrics"]["k"]["value"] == "inf"
    assert document["cost"]["seconds"] == "-inf"
    restored = through_json(record)
    assert repr(restored.metrics["k"]) == repr(metric)
    assert restored.cost == record.cost


def test_metric_summarises_tasks() -> None:
    metric = Metric.from_tasks(np.array([1, 2, 3, 10], np.float32), "lower")
    expected = 1.96 * float(np.std([1, 2, 3, 10])) / 2
    assert metric == Metric(value=4, median=2.5, tasks=4, diverged=0, half_width=expected, better="lower")


def test_median_of_a_metric_without_a_better_way_counts_diverged_tasks_as_low() -> None:
    metric = Metric.from_tasks([1, 2, math.nan], None)
    assert (metric.better, metric.median) == (None, 1)


def test_record_older_than_the_field_has_no_better_way() -> None:
    document = example_record().to_json()
    for metric in document["metrics"].values():
        assert metric.pop("better") == "lower"
    assert {metric.better for metric in decode(document, PATH, {}).metrics.values()} == {None}


def test_metric_counts_diverged_tasks_and_hides_none() -> None:
    metric = Metric.from_tasks([1, 2, 300, math.nan, math.inf], "lower", diverged_above=100)
    assert metric.diverged == 3
    assert metric.tasks == 5
    assert metric.median == 300
    assert math.isnan(metric.value)


def test_tasks_are_the_raw_values_in_double_precision() -> None:
    tasks = example_record({"k": [0.1, math.inf]}).tasks("k")
    assert tasks.dtype == np.float64
    assert tasks.tolist() == [float(np.float32(0.1)), math.inf]


def test_tasks_that_are_missing() -> None:
    message = r"record sinusoid/maml \(paper, code, seed 7\) has no per-task values of 'k-9/1-step'"
    with pytest.raises(BenchmarkError, match=message):
        example_record(seed=7).tasks("k-9/1-step")


@settings(deadline=None)
@given(JSON)
def test_any_json_is_a_record_or_refused(document: object) -> None:
    with pytest.raises(BenchmarkError, match=r"^runs/a\.json is no record: "):
        decode(document, PATH, {})


@pytest.mark.parametrize("field", sorted(example_record().to_json().keys() - {"schema"}))
def test_missing_field_is_named(field: str) -> None:
    document = example_record().to_json()
    del document[field]
    with pytest.raises(BenchmarkError, match=rf"^runs/a\.json is no record: object missing required field `{field}`$"):
        decode(document, PATH, {})


@settings(deadline=None)
@given(st.sampled_from(list(example_record().to_json())), JSON)
def test_any_field_may_be_foreign(field: str, value: object) -> None:
    document = {**example_record().to_json(), field: value}
    try:
        message = repr(through_json(decode(document, PATH, {})))
    except BenchmarkError as error:
        message = str(error)
    assert message.startswith(("Record(", "runs/a.json is no record: "))


METRIC = {"value": 1.0, "median": 1.0, "tasks": 3, "diverged": 0, "half_width": 0.1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema is 2; allowed are 1"),
        ({"seed": True}, "seed is True; expected `int`"),
        ({"seed": "0"}, "seed is '0'; expected `int`"),
        ({"settings": []}, "settings is []; expected `object`"),
        ({"definition": "0123"}, "definition is '0123'; expected `str` matching regex '^[0-9a-f]{12}$'"),
        ({"status": "running"}, "status is 'running'; allowed are 'complete'"),
        ({"metrics": {"k": 3}}, "metrics/k is 3; expected `object`"),
        ({"metrics": {"k": {}}}, "metrics/k: object missing required field `value`"),
        ({"metrics": {"k": {**METRIC, "value": "high"}}}, "metrics/k/value is 'high'; expected `float`"),
        ({"metrics": {"k": {**METRIC, "value": True}}}, "metrics/k/value is True; expected `float`"),
        ({"metrics": {"k": {**METRIC, "median": 10**999}}}, "; number out of range"),
        ({"metrics": {"k": {**METRIC, "tasks": -1}}}, "metrics/k/tasks is -1; expected `int` >= 0"),
        ({"metrics": {"k": {**METRIC, "diverged": 4}}}, "metrics/k: 4 diverged of 3 tasks"),
        (
            {"metrics": {"k": {**METRIC, "better": "up"}}},
            "metrics/k/better is 'up'; allowed are 'lower', 'higher', None",
        ),
        ({"definition": "x" * 500}, "definition is 'xxx"),
    ],
)
def test_foreign_field_is_quoted(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BenchmarkError, match=re.escape(message)) as caught:
        decode({**example_record().to_json(), **change}, PATH, {})
    assert len(str(caught.value)) < 250
