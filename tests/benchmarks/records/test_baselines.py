"""Tests of accepted baselines."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.records import baselines, storage
from benchmarks.records.record import Metric, Record
from benchmarks.records.store import RecordStore
from tests.benchmarks.example_records import OTHER, example_arrays, example_record

PATH = Path("sinusoid/maml/paper-code.json")


def accept(folder: Path, *records: Record, reason: str = "first", **more: Any) -> list[Path]:
    return baselines.accept(records, reason=reason, by="Ada", folder=folder, **more)


def seeds(folder: Path) -> list[int]:
    [baseline] = baselines.load(folder)
    return [record.seed for record in baseline.records]


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_accepted_records_are_read_back(tmp_path: Path) -> None:
    records = [example_record(seed=seed) for seed in (2, 0, 1)]
    assert accept(tmp_path, *records, reason=" first ") == [tmp_path / PATH]
    [baseline] = baselines.load(tmp_path)
    assert (baseline.accepted.by, baseline.accepted.reason) == ("Ada", "first")
    assert datetime.fromisoformat(baseline.accepted.when).tzinfo is not None
    assert list(baseline.records) == sorted(records, key=lambda record: record.seed)
    for record in baseline.records:
        expected = example_arrays(record.seed)
        assert set(record.arrays) == set(expected)
        assert len(record.arrays) == len(expected)
        for key, values in expected.items():
            np.testing.assert_array_equal(record.arrays[key], values)
    with np.load((tmp_path / PATH).with_suffix(".npz")) as archive:
        assert "seed-2/k-5/1-step" in archive.files


def test_records_may_come_from_a_store(tmp_path: Path) -> None:
    store, record = RecordStore(tmp_path / "runs"), example_record()
    store.write(record, record.arrays)
    accept(tmp_path / "baselines", *store.all())
    assert seeds(tmp_path / "baselines") == [0]


def test_each_experiment_scale_and_reading_has_its_file(tmp_path: Path) -> None:
    changes: Sequence[dict[str, Any]] = ({}, {"reading": "text"}, {"scale": "desktop"}, {"experiment": "a/b"})
    accept(tmp_path, *(example_record(**change) for change in changes))
    expected = ["a/b/paper-code", "sinusoid/maml/desktop-code", "sinusoid/maml/paper-code"]
    assert files(tmp_path) == [
        f"{name}.{kind}" for name in (*expected, "sinusoid/maml/paper-text") for kind in ("json", "npz")
    ]
    assert len(baselines.load(tmp_path)) == 4


def test_other_seeds_of_the_same_definition_are_kept(tmp_path: Path) -> None:
    accept(tmp_path, *(example_record(seed=seed) for seed in (0, 1, 2)))
    accept(tmp_path, example_record(seed=1, device="GPU"), example_record(seed=5), reason="more")
    [baseline] = baselines.load(tmp_path)
    found = [(record.seed, record.device) for record in baseline.records]
    assert found == [(0, "CPU"), (1, "GPU"), (2, "CPU"), (5, "CPU")]
    assert baseline.accepted.reason == "more"
    np.testing.assert_array_equal(baseline.records[2].tasks("k-5/1-step"), example_arrays(2)["k-5/1-step"])


def test_other_data_replace_the_baseline(tmp_path: Path) -> None:
    def on(data: str, seed: int) -> Record:
        return example_record(seed=seed, provenance={"commit": "abc", "dirty": False, "data": {"waves": data}})

    accept(tmp_path, *(on("a" * 64, seed) for seed in range(4)))
    accept(tmp_path, on("b" * 64, 1))
    assert seeds(tmp_path) == [1]


def test_another_definition_replaces_the_baseline(tmp_path: Path) -> None:
    accept(tmp_path, *(example_record(seed=seed) for seed in (0, 1, 2)))
    accept(tmp_path, example_record(seed=7, **OTHER))
    assert seeds(tmp_path) == [7]


def test_same_records_give_the_same_arrays_file(tmp_path: Path) -> None:
    for name, order in (("a", (0, 1)), ("b", (1, 0))):
        accept(tmp_path / name, *(example_record(seed=seed) for seed in order))
    contents = {(tmp_path / name / PATH).with_suffix(".npz").read_bytes() for name in ("a", "b")}
    assert len(contents) == 1


NO_ARRAYS = replace(example_record(), arrays={})
WRONG_TASKS = replace(
    example_record(),
    metrics={"k-5/1-step": Metric(value=1, median=1, tasks=600, diverged=0, half_width=0.1)},
)


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], "there is no record to accept"),
        ([example_record(metrics={})], "is incomplete: it has no metric"),
        ([NO_ARRAYS], "has no per-task values of 'k-5/1-step'"),
        ([WRONG_TASKS], "is incomplete: it holds 20 of 600 tasks of 'k-5/1-step'"),
        ([example_record(provenance={"dirty": False})], "its provenance has no 'commit' or no 'dirty'"),
        ([example_record(provenance={"commit": "abc"})], "its provenance has no 'commit' or no 'dirty'"),
        ([example_record(provenance={"commit": "abc", "dirty": True})], "was made with uncommitted code"),
        (
            [
                example_record(seed=seed, provenance={"commit": "abc", "dirty": False, "data": {"glyphs": data * 64}})
                for seed, data in enumerate("ab")
            ],
            "mixes the data of .*: glyphs aaaaaaaaaaaa and bbbbbbbbbbbb",
        ),
        (
            [example_record(), example_record(seed=1, **OTHER)],
            "mixes the definitions [0-9a-f]{12}, [0-9a-f]{12} of",
        ),
        (
            [example_record(), example_record(device="GPU")],
            r"holds seed 0 of sinusoid/maml .* more than once",
        ),
        (
            [example_record(seed=3), replace(example_record(seed=3), seed=4)],
            r"sinusoid/maml \(paper, code, seed 4\) has the same raw values as seed 3: one is a copy of the other",
        ),
    ],
)
def test_refuses_records_that_cannot_be_held(tmp_path: Path, records: list[Record], message: str) -> None:
    with pytest.raises(BenchmarkError, match=message):
        accept(tmp_path, example_record(experiment="a/first"), *records) if records else accept(tmp_path)
    assert files(tmp_path) == []


@pytest.mark.parametrize("words", ["", " \n\t"])
def test_refuses_to_accept_without_a_reason_or_a_name(tmp_path: Path, words: str) -> None:
    with pytest.raises(BenchmarkError, match=r"the reason is .*; say why these numbers are accepted"):
        accept(tmp_path, example_record(), reason=words)
    with pytest.raises(BenchmarkError, match=r"the name of the person who accepts is .*; give a name"):
        baselines.accept([example_record()], reason="first", by=words, folder=tmp_path)
    assert files(tmp_path) == []


def test_code_that_was_not_committed_may_be_allowed(tmp_path: Path) -> None:
    record = example_record(provenance={"commit": "abc", "dirty": True})
    accept(tmp_path, record, allow_dirty=True)
    [baseline] = baselines.load(tmp_path)
    assert baseline.records[0].provenance["dirty"] is True


def test_copy_of_an_accepted_seed_is_refused(tmp_path: Path) -> None:
    accept(tmp_path, example_record(seed=3))
    with pytest.raises(BenchmarkError, match=r"seed 4.* has the same raw values as seed 3"):
        accept(tmp_path, replace(example_record(seed=3), seed=4))
    assert seeds(tmp_path) == [3]


def test_seeds_that_all_diverged_everywhere_are_no_copies(tmp_path: Path) -> None:
    values = {"k-5/1-step": [np.nan] * 4}
    accept(tmp_path, *(example_record(values, seed=seed) for seed in (0, 1)))
    assert seeds(tmp_path) == [0, 1]


def test_no_folder_holds_no_baseline(tmp_path: Path) -> None:
    assert baselines.load(tmp_path / "none") == []


def changed(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**document, **changes}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: changed(d, schema=2), "is no baseline: schema is 2; allowed are 1"),
        (lambda d: changed(d, records=None), "records is None; expected `array`"),
        (lambda d: changed(d, accepted=[]), r"accepted is \[\]; expected `object`"),
        (
            lambda d: changed(d, accepted={"when": "now", "by": "Ada"}),
            "accepted: object missing required field `reason`",
        ),
        (lambda d: changed(d, records=[]), r"records is \[\]; expected `array` of length >= 1"),
        (lambda d: changed(d, records=[3]), "records/0 is 3; expected `object`"),
        (lambda d: changed(d, records=[{**d["records"][0], "seed": "x"}]), "records/0/seed is 'x'; expected `int`"),
        (lambda d: changed(d, records=[{**d["records"][0], "scale": "smoke"}]), "does not lie where 'smoke-"),
        (lambda d: changed(d, records=d["records"] * 2), "holds seed 0 .* more than once"),
        (
            lambda d: changed(d, records=[*d["records"], {**d["records"][0], "seed": 1, "scale": "smoke"}]),
            r"mixes sinusoid/maml \(paper, code, seed 0\), sinusoid/maml \(smoke, code, seed 1\)",
        ),
        (lambda d: changed(d, arrays_sha256="0" * 64), r"npz has checksum .{12}, but 000000000000"),
        (lambda d: changed(d, arrays_sha256=None), "arrays_sha256 is None; expected `str`"),
    ],
)
def test_foreign_baseline_is_refused(tmp_path: Path, change: Any, message: str) -> None:
    [path] = accept(tmp_path, example_record())
    path.write_text(json.dumps(change(json.loads(path.read_bytes()))))
    with pytest.raises(BenchmarkError, match=message) as caught:
        baselines.load(tmp_path)
    assert str(path.with_suffix("")) in str(caught.value)


def test_one_faulty_baseline_does_not_hide_the_others(tmp_path: Path) -> None:
    (path,) = accept(tmp_path, example_record())
    accept(tmp_path, example_record(experiment="a/b"))
    path.write_text("{")
    held, (problem,) = baselines.readable(tmp_path)
    assert [baseline.records[0].experiment for baseline in held] == ["a/b"]
    assert problem.startswith(str(path))
    assert problem.endswith("it is left out: restore it with git")


def test_baselines_of_the_project_can_be_read() -> None:
    for baseline in baselines.load():
        assert all(record.tasks(metric).size for record in baseline.records for metric in record.metrics)


def test_baselines_lie_where_the_project_keeps_them() -> None:
    assert baselines.FOLDER.parts[-2:] == ("reference_results", "baselines")


def test_reading_arrays_twice_reads_the_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accept(tmp_path, *(example_record(seed=seed) for seed in range(5)))
    reads: list[Path] = []
    checked = storage.checked_content

    def counted(path: Path, sha256: str) -> bytes:
        reads.append(path)
        return checked(path, sha256)

    monkeypatch.setattr(storage, "checked_content", counted)
    [baseline] = baselines.load(tmp_path)
    for record in baseline.records:
        record.tasks("k-5/1-step")
    assert len(reads) == 2  # for the checksum, and when arrays are first used
