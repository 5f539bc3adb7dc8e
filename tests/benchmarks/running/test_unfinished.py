"""Unfinished runs: they resume, no meta-test runs twice, and the log names the code of every process."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.records.store import RecordStore
from benchmarks.running.unfinished import UNKNOWN, FinishedTests, ProcessLog, TestScores, UnfinishedRun

HERE = {"commit": "a" * 40, "dirty": False}
OTHER = {"commit": "b" * 40, "dirty": False}
SETTINGS: dict[str, Any] = {
    "learner": {"steps": 1},
    "score": "accuracy",
    "tests": {"one": {"tasks": 600}, "other": {"tasks": 2000}},
}
SCORES = TestScores({"one/1-step": np.arange(3, dtype=np.float32)}, {"one/learning-rate": 0.1}, 2.5)


@pytest.fixture
def log(tmp_path: Path) -> ProcessLog:
    return ProcessLog(path=tmp_path / "seed0.sessions.json")


@pytest.fixture
def finished(tmp_path: Path) -> FinishedTests:
    return FinishedTests(folder=tmp_path / "seed0.tests", run="run")


@pytest.fixture
def unfinished(tmp_path: Path) -> UnfinishedRun:
    run = UnfinishedRun(checkpoint=tmp_path / ".checkpoints" / "seed0.npz", run="run")
    run.begin(HERE, one_code=False)
    run.checkpoint.write_bytes(b"state")
    run.tests.save("one", SETTINGS, SCORES)
    return run


def test_each_process_adds_an_entry(log: ProcessLog) -> None:
    log.begin(HERE, resumed=False)
    log.begin(OTHER, resumed=True)
    assert log.entries() == [HERE, OTHER]


def test_a_run_that_starts_anew_removes_earlier_entries(log: ProcessLog) -> None:
    log.begin(HERE, resumed=False)
    log.begin(OTHER, resumed=False)
    assert log.entries() == [OTHER]


def test_a_checkpoint_without_a_log_is_of_unknown_code(log: ProcessLog) -> None:
    log.begin(HERE, resumed=True)
    assert log.entries() == [UNKNOWN, HERE]
    assert not log.ran_same_code(HERE)


def test_facts_are_added_to_the_current_process(log: ProcessLog) -> None:
    log.begin(HERE, resumed=False)
    log.add(peak=3)
    log.begin(OTHER, resumed=True)
    assert log.largest("peak") == 3
    log.add(peak=2)
    log.add(other=1)
    assert log.entries() == [HERE | {"peak": 3}, OTHER | {"peak": 2, "other": 1}]
    assert (log.largest("peak"), log.largest_of_all("peak")) == (3, 3)
    assert log.largest("nothing") is None
    assert log.largest_of_all("other") is None


def test_processes_ran_the_same_code_if_the_commit_is_the_same_without_changes(log: ProcessLog) -> None:
    assert not log.ran_same_code(HERE)
    log.begin(HERE, resumed=False)
    assert log.ran_same_code(HERE)
    assert not log.ran_same_code(OTHER)
    assert not log.ran_same_code(HERE | {"dirty": True})
    log.begin(HERE | {"dirty": True}, resumed=False)
    assert not log.ran_same_code(HERE)


def test_a_damaged_log_is_named(log: ProcessLog) -> None:
    log.path.write_text("{")
    with pytest.raises(BenchmarkError, match=log.path.name):
        log.entries()


def test_saved_scores_are_loaded(finished: FinishedTests) -> None:
    assert finished.load("one", SETTINGS) is None
    finished.save("one", SETTINGS, SCORES)
    loaded = finished.load("one", SETTINGS)
    assert loaded
    np.testing.assert_array_equal(loaded.scores["one/1-step"], SCORES.scores["one/1-step"])
    assert (loaded.chosen, loaded.seconds) == (SCORES.chosen, SCORES.seconds)
    assert finished.load("other", SETTINGS) is None


@pytest.mark.parametrize("changes", [{"learner": {"steps": 2}}, {"score": "error"}, {"tests": {"one": {"tasks": 601}}}])
def test_other_settings_are_another_test(changes: dict[str, Any], finished: FinishedTests) -> None:
    finished.save("one", SETTINGS, SCORES)
    assert finished.load("one", SETTINGS | changes) is None
    assert finished.load("one", SETTINGS | {"tests": {"one": {"tasks": 600}}}) is not None


def test_another_run_loads_nothing(finished: FinishedTests) -> None:
    finished.save("one", SETTINGS, SCORES)
    assert FinishedTests(folder=finished.folder, run="another run").load("one", SETTINGS) is None


def test_damaged_scores_are_named(finished: FinishedTests) -> None:
    finished.save("one", SETTINGS, SCORES)
    (finished.folder / "one.npz").write_bytes(b"damaged")
    with pytest.raises(BenchmarkError, match=r"one\.npz has checksum"):
        finished.load("one", SETTINGS)


def test_a_run_resumes_with_other_code_and_logs_both(unfinished: UnfinishedRun) -> None:
    unfinished.begin(OTHER, one_code=False)
    assert unfinished.checkpoint.exists()
    assert unfinished.processes.entries() == [HERE, OTHER]


def test_work_of_the_same_code_is_kept(unfinished: UnfinishedRun) -> None:
    unfinished.begin(HERE, one_code=True)
    assert unfinished.tests.load("one", SETTINGS)
    assert unfinished.processes.entries() == [HERE, HERE]


@pytest.mark.parametrize("facts", [OTHER, HERE | {"dirty": True}])
def test_work_of_other_code_is_discarded_where_one_code_is_wanted(
    unfinished: UnfinishedRun, facts: dict[str, object]
) -> None:
    unfinished.begin(facts, one_code=True)
    assert not unfinished.checkpoint.exists()
    assert not unfinished.tests.load("one", SETTINGS)
    assert unfinished.processes.entries() == [facts]


@pytest.mark.parametrize("damaged", ["seed0.sessions.json", "seed0.tests/one.json", "seed0.tests/one.npz"])
def test_what_is_damaged_is_discarded_where_a_run_starts_anew(unfinished: UnfinishedRun, damaged: str) -> None:
    path = unfinished.checkpoint.parent / damaged
    assert path.exists()
    path.write_bytes(b"{")
    unfinished.begin(HERE, one_code=True)
    assert not unfinished.checkpoint.exists()
    assert unfinished.processes.entries() == [HERE]


def test_finished_tests_alone_are_enough_to_resume(unfinished: UnfinishedRun) -> None:
    unfinished.checkpoint.unlink()
    unfinished.begin(OTHER, one_code=False)
    assert unfinished.processes.entries() == [HERE, OTHER]


def test_the_log_keeps_its_place_and_form_so_that_older_runs_resume(unfinished: UnfinishedRun) -> None:
    path = unfinished.checkpoint.with_name("seed0.sessions.json")
    assert json.loads(path.read_text()) == {"sessions": [HERE]}


def test_discarding_leaves_nothing(unfinished: UnfinishedRun) -> None:
    folder = unfinished.checkpoint.parent
    unfinished.discard()
    unfinished.tests.discard()
    assert not list(folder.iterdir())
    assert not list(RecordStore(folder.parent).all())


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"sessions": 3}',
        '{"sessions": ["x"]}',
        '{"sessions": [{}]}',
        '{"sessions": [{"commit": "a", "dirty": "no"}]}',
        '{"sessions": [{"commit": "a", "dirty": false, "peak_memory_bytes": "much"}]}',
    ],
)
def test_a_damaged_log_is_one_line_with_the_remedy(text: str, log: ProcessLog) -> None:
    log.path.write_text(text)
    with pytest.raises(BenchmarkError, match=f"remove {log.path}, or start the run anew with --overwrite$") as caught:
        log.begin(HERE, resumed=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change", [{"arrays_sha256": None}, {"arrays_sha256": "f" * 64}, {"chosen": {"rate": "high"}}, {"seconds": "long"}]
)
def test_a_damaged_meta_test_is_one_line_with_the_remedy(change: dict[str, Any], finished: FinishedTests) -> None:
    finished.save("one", SETTINGS, SCORES)
    path = finished.folder / "one.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(BenchmarkError, match=f"remove {finished.folder}, or start the run anew with --overwrite$"):
        finished.load("one", SETTINGS)
