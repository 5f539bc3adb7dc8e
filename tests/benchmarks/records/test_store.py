"""Tests of the store of records and of the notes of failed runs."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.errors import BenchmarkError
from benchmarks.records import storage
from benchmarks.records.store import Failure, FailureNotes, RecordStore
from benchmarks.running.unfinished import TestScores, UnfinishedRun
from tests.benchmarks.example_records import example_arrays, example_record
from tests.benchmarks.running.example_job import example_job


def write_record(store: RecordStore, **changes: Any) -> Path:
    record = example_record(**changes)
    return store.write(record, record.arrays)


def test_path_says_what_it_holds(tmp_path: Path) -> None:
    path = RecordStore(tmp_path).path("sinusoid/maml", "paper", "code", 3)
    assert path == tmp_path / "sinusoid" / "maml" / "paper-code-seed3.json"


@pytest.mark.parametrize("experiment", ["../maml", "/maml", "a//b", "", ".hidden", "a/../../b", "a\\b", "a\n"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, experiment: str) -> None:
    with pytest.raises(BenchmarkError, match="cannot name a file; allowed: letters"):
        RecordStore(tmp_path).path(experiment, "paper", "code", 0)


def test_record_is_read_back_with_its_arrays(tmp_path: Path) -> None:
    store, record = RecordStore(tmp_path), example_record()
    found = store.read(store.write(record, record.arrays))
    assert found == record
    assert found.arrays.keys() == record.arrays.keys()
    for key, values in record.arrays.items():
        assert found.arrays[key].dtype == values.dtype
        np.testing.assert_array_equal(found.arrays[key], values)


def test_record_is_not_overwritten_silently(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    path = write_record(store)
    with pytest.raises(BenchmarkError, match=rf"^{path} exists; pass --overwrite or choose another --out$"):
        write_record(store)
    record = example_record(device="GPU")
    store.write(record, record.arrays, overwrite=True)
    assert store.read(path).device == "GPU"


def test_all_reads_every_record_also_of_unknown_experiments(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    changes: list[dict[str, Any]] = [
        {"experiment": "no/such-thing"},
        {"seed": 1},
        {"seed": 0},
        {"scale": "future"},
        {"reading": "text"},
    ]
    for change in changes:
        write_record(store, **change)
    found = [(record.experiment, record.scale, record.reading, record.seed) for record in store.all()]
    assert found == [
        ("no/such-thing", "paper", "code", 0),
        ("sinusoid/maml", "future", "code", 0),
        ("sinusoid/maml", "paper", "code", 0),
        ("sinusoid/maml", "paper", "code", 1),
        ("sinusoid/maml", "paper", "text", 0),
    ]


def test_no_folder_holds_no_record(tmp_path: Path) -> None:
    assert list(RecordStore(tmp_path / "none").all()) == []


def test_leftovers_of_a_killed_run_are_no_record(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    path = store.path("sinusoid/maml", "paper", "code", 0)
    path.parent.mkdir(parents=True)
    for name in ("paper-code-seed0.npz", "paper-code-seed0.lock", ".paper-code-seed0.json.12.tmp"):
        (path.parent / name).write_bytes(b"leftover")
    assert list(store.all()) == []
    write_record(store)
    assert [record.seed for record in store.all()] == [0]


def test_finished_tests_of_a_run_in_progress_are_no_record(tmp_path: Path) -> None:
    out = tmp_path / ".hidden"  # the folder itself may be hidden
    write_record(RecordStore(out))
    job = example_job("sinusoid/maml", scale="paper", seed=1, out=str(out))
    finished = UnfinishedRun(checkpoint=job.checkpoint_path, run="run").tests
    tests: dict[str, Any] = {"learner": {}, "score": {}, "tests": {"k-5": {}}}
    finished.save("k-5", tests, TestScores({"k-5/1-step": np.zeros(3)}, {}, 1.0))
    assert finished.load("k-5", tests)
    assert [record.seed for record in job.store.all()] == [0]


def test_all_refuses_a_copy_under_another_name(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    path = write_record(store)
    for suffix in (".json", ".npz"):
        copy = path.with_name("paper-code-seed1").with_suffix(suffix)
        copy.write_bytes(path.with_suffix(suffix).read_bytes())
    with pytest.raises(BenchmarkError, match=r"seed1\.json does not lie where 'paper-code-seed0' of 'sin"):
        list(store.all())


def test_arrays_missing(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    write_record(store).with_suffix(".npz").unlink()
    with pytest.raises(BenchmarkError, match=r"cannot read .*seed0\.npz: No such file"):
        list(store.all())


def test_arrays_of_another_run(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    write_record(store).with_suffix(".npz").write_bytes(storage.npz_bytes(example_arrays(5)))
    with pytest.raises(BenchmarkError, match=r"seed0\.npz has checksum .{12}, but .{12} was recorded"):
        list(store.all())


def test_record_without_checksum(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    path = write_record(store)
    path.write_bytes(storage.json_bytes(example_record().to_json()))
    with pytest.raises(
        BenchmarkError, match=r"seed0\.json is no record: object missing required field `arrays_sha256`"
    ):
        list(store.all())


@settings(deadline=None)
@given(data=st.data())
def test_truncated_or_damaged_record_is_refused_in_one_error(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = RecordStore(tmp_path_factory.mktemp("runs"))
    path = write_record(store)
    content = path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 3))])
    with pytest.raises(BenchmarkError, match=str(path)):
        list(store.all())
    damaged = bytearray(content)
    damaged[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(damaged))
    try:
        message = f"{path} holds {len(list(store.all()))} record"
    except BenchmarkError as error:
        message = str(error)
    assert message.removeprefix("cannot read ").startswith(str(path.with_suffix("")))
    assert "\n" not in message


RUN = """
import sys
from pathlib import Path
from benchmarks.errors import BenchmarkError
from benchmarks.records.store import Failure, FailureNotes, RecordStore
from tests.benchmarks.example_records import example_record
store, record = RecordStore(Path(sys.argv[1])), example_record(device=sys.argv[2])
try:
    with store.lock(*record.key, record.seed):
        print("running", flush=True)
        sys.stdin.read()
        store.write(record, record.arrays)
except BenchmarkError as error:
    sys.exit(str(error))
"""


def run(folder: Path, device: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder), device],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_second_of_two_simultaneous_runs_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    path = RecordStore(tmp_path).path("sinusoid/maml", "paper", "code", 0)
    with run(tmp_path, "first") as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "running\n"
        with run(tmp_path, "second") as second:
            message = second.communicate()[1]
        first.communicate()
    assert (first.returncode, second.returncode) == (0, 1)
    assert message == f"{path} is being written by process {first.pid}; wait until it ends\n"
    assert RecordStore(tmp_path).read(path).device == "first"


def test_other_seeds_may_run_meanwhile(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    with (
        store.lock("sinusoid/maml", "paper", "code", 0),
        store.lock("sinusoid/maml", "paper", "code", 1),
        store.lock("sinusoid/maml", "paper", "text", 0),
    ):
        record = replace(example_record(), seed=1)
        store.write(record, record.arrays)
    assert [record.seed for record in store.all()] == [1]
    assert not list(tmp_path.rglob("*.lock"))


FAILURE = Failure(
    experiment="sinusoid/maml",
    scale="paper",
    reading="code",
    seed=3,
    definition="f" * 12,
    how="diverged",
    message="the loss became nan",
    when="2026-01-01T00:00:00+00:00",
)


def test_notes_are_read_back_and_are_no_records(tmp_path: Path) -> None:
    notes = FailureNotes(tmp_path)
    assert not list(notes.all())
    other = replace(FAILURE, seed=4, how="failed")
    for failure in (FAILURE, other, replace(FAILURE, message="the loss became inf")):
        notes.keep(failure)
    assert list(notes.all()) == [replace(FAILURE, message="the loss became inf"), other]
    assert not list(RecordStore(tmp_path).all())


def test_note_is_removed(tmp_path: Path) -> None:
    notes = FailureNotes(tmp_path)
    notes.keep(FAILURE)
    notes.remove("sinusoid/maml", "paper", "code", 4)
    assert list(notes.all()) == [FAILURE]
    notes.remove("sinusoid/maml", "paper", "code", 3)
    assert not list(notes.all())


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("{", "JSON"), ("{}", "is no note of a failed run"), (None, "how is 'tired'; allowed are 'failed', 'diverged'")],
)
def test_a_damaged_note_is_named(tmp_path: Path, text: str | None, quoted: str) -> None:
    notes = FailureNotes(tmp_path)
    notes.keep(FAILURE)
    (path,) = tmp_path.rglob("*.json")
    path.write_text(text or path.read_text().replace('"diverged"', '"tired"'))
    with pytest.raises(BenchmarkError, match=quoted) as raised:
        list(notes.all())
    assert str(path) in str(raised.value)
