"""Records are believed only as far as their raw values, settings and commands bear them out."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.declaring.settings import definition_hash
from benchmarks.errors import BenchmarkError
from benchmarks.records import baselines
from benchmarks.records.record import Metric, Record
from benchmarks.records.store import RecordStore
from benchmarks.records.verification import check_no_copies, summarise, verify
from tests.benchmarks.example_records import example_record

COMMAND = "python -m benchmarks run sinusoid/maml --scale paper --reading code --seed 0"
KEPT = {"commit": "abc", "dirty": False, "command": COMMAND}


def edited(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


@pytest.mark.parametrize("number", ["value", "median", "half_width"])
def test_an_edited_summary_of_a_record_is_refused(number: str, tmp_path: Path) -> None:
    record = example_record()
    path = RecordStore(tmp_path).write(record, record.arrays)
    edited(path, lambda document: document["metrics"]["k-5/1-step"].update({number: 0.25}))
    message = f"{path}: sinusoid/maml .* states {number} 0.25 of 'k-5/1-step', but its tasks give "
    with pytest.raises(BenchmarkError, match=message):
        RecordStore(tmp_path).read(path)


@pytest.mark.parametrize(("number", "count"), [("tasks", 600), ("diverged", 20)])
def test_an_edited_count_is_refused(number: str, count: int) -> None:
    record = example_record()
    change: dict[str, Any] = {number: count}
    wrong = replace(record.metrics["k-5/1-step"], **change)
    with pytest.raises(BenchmarkError, match=f"states {number} "):
        verify(replace(record, metrics={"k-5/1-step": wrong}))


def test_an_edited_summary_of_a_baseline_is_refused(tmp_path: Path) -> None:
    (path,) = baselines.accept([example_record()], reason="first", by="Ada", folder=tmp_path)
    edited(path, lambda document: document["records"][0]["metrics"]["k-5/1-step"].update(value=0.25))
    with pytest.raises(BenchmarkError, match=f"{path}: .* states value 0.25 of 'k-5/1-step'"):
        baselines.load(tmp_path)


def test_edited_settings_are_refused(tmp_path: Path) -> None:
    record = example_record()
    path = RecordStore(tmp_path).write(record, record.arrays)
    edited(path, lambda document: document["settings"]["learner"].update(steps=5))
    with pytest.raises(BenchmarkError, match=f"states definition {record.definition}, but its settings have another"):
        RecordStore(tmp_path).read(path)


@pytest.mark.parametrize(
    "changes", [{"seed": 1}, {"scale": "smoke"}, {"reading": "text"}, {"experiment": "sinusoid/oracle"}]
)
def test_a_record_that_is_labelled_as_another_run_is_refused(changes: dict[str, Any]) -> None:
    record = replace(example_record(provenance=KEPT), **changes)
    with pytest.raises(BenchmarkError, match=f"was made by '{COMMAND}': it is labelled as another run"):
        verify(record)


def test_a_seed_that_is_copied_by_hand_is_refused_wherever_it_lies(tmp_path: Path) -> None:
    store, record = RecordStore(tmp_path), example_record()
    path = store.write(record, record.arrays)
    copy = path.with_name("paper-code-seed1.json")
    for suffix in (".json", ".npz"):
        shutil.copy(path.with_suffix(suffix), copy.with_suffix(suffix))
    edited(copy, lambda document: document.update(seed=1))
    with pytest.raises(BenchmarkError, match=r"seed 1.* has the same raw values as seed 0: one is a copy of the other"):
        list(store.all())
    records, problems = store.readable()
    assert [record.seed for record in records] == [0]
    assert len(problems) == 1


def constant(seed: int, value: float) -> Record:
    return example_record({"k": [value] * 4}, seed=seed)


def test_seeds_that_measure_one_constant_are_no_copies() -> None:
    check_no_copies([constant(0, np.nan), constant(1, np.nan), constant(2, 1761.0), constant(3, 1761.0)])


def test_the_median_of_an_older_difference_counts_diverged_tasks_as_the_worst() -> None:
    """As for nine summaries that were accepted before records stated which way is better."""
    settings = {"differences": {"gain": ["first", "second"]}, "diverged_above": 100.0}
    values = [1.0, 2.0, 3.0, np.inf, 5.0, 7.0]
    right = summarise("gain", values, "higher", settings)
    assert (right.median, right.diverged) == (2.5, 1)
    record = example_record({"gain": values}, settings=settings, definition="0" * 12)
    wrong = replace(Metric.from_tasks(values, "lower", 100.0), better=None)
    with pytest.raises(BenchmarkError, match=r"states median 4.0 of 'gain', but its tasks give 2.5"):
        verify(replace(record, metrics={"gain": wrong}, definition=definition_hash(settings)))
    verify(replace(record, metrics={"gain": replace(right, better=None)}, definition=definition_hash(settings)))


def test_all_accepted_summaries_follow_from_their_raw_values() -> None:
    held, problems = baselines.readable()
    assert problems == []
    assert sum(len(record.metrics) for baseline in held for record in baseline.records) > 3000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cost": {"seconds": "long"}}, "its cost is not valid: seconds is 'long'; expected `float`"),
        ({"provenance": {"data": "x"}}, "its checksums of data are not valid: the value is 'x'; expected `object`"),
        ({"arrays": {"k-5/1-step": np.array(["a"] * 20)}}, "has <U1 of shape [20] as per-task values of 'k-5/1-step'"),
        ({"arrays": {"k-5/1-step": np.zeros([20, 2])}}, "has float64 of shape [20, 2] as per-task values"),
    ],
)
def test_text_where_a_record_has_numbers_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BenchmarkError, match=re.escape(message)):
        verify(replace(example_record(), **changes))
