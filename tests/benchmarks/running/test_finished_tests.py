"""Finished tests: an interrupted run does none of them twice, and takes none of another run."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.running.finished_tests import FinishedTests, Outcome

SETTINGS: dict[str, Any] = {
    "learner": {"steps": 1},
    "score": "accuracy",
    "tests": {"one": {"tasks": 600}, "other": {"tasks": 2000}},
}
OUTCOME = Outcome({"one/1-step": np.arange(3, dtype=np.float32)}, {"one/learning-rate": 0.1}, 2.5)


@pytest.fixture
def finished(tmp_path: Path) -> FinishedTests:
    return FinishedTests.beside(tmp_path / "seed0.npz", "run")


def test_what_is_kept_comes_back(finished: FinishedTests) -> None:
    assert finished.of("one", SETTINGS) is None
    finished.keep("one", SETTINGS, OUTCOME)
    found = finished.of("one", SETTINGS)
    assert found
    np.testing.assert_array_equal(found.scores["one/1-step"], OUTCOME.scores["one/1-step"])
    assert (found.chosen, found.seconds) == (OUTCOME.chosen, OUTCOME.seconds)
    assert finished.of("other", SETTINGS) is None


@pytest.mark.parametrize("changes", [{"learner": {"steps": 2}}, {"score": "error"}, {"tests": {"one": {"tasks": 601}}}])
def test_other_settings_are_another_test(changes: dict[str, Any], finished: FinishedTests) -> None:
    finished.keep("one", SETTINGS, OUTCOME)
    assert finished.of("one", SETTINGS | changes) is None
    assert finished.of("one", SETTINGS | {"tests": {"one": {"tasks": 600}}}) is not None


def test_another_run_takes_nothing(finished: FinishedTests, tmp_path: Path) -> None:
    finished.keep("one", SETTINGS, OUTCOME)
    assert FinishedTests.beside(tmp_path / "seed0.npz", "another run").of("one", SETTINGS) is None


def test_damaged_files_are_named(finished: FinishedTests) -> None:
    finished.keep("one", SETTINGS, OUTCOME)
    (finished.folder / "one.npz").write_bytes(b"damaged")
    with pytest.raises(BenchmarkError, match=r"one\.npz has checksum"):
        finished.of("one", SETTINGS)


def test_nothing_is_left_after_discarding(finished: FinishedTests) -> None:
    finished.keep("one", SETTINGS, OUTCOME)
    finished.discard()
    finished.discard()
    assert not finished.folder.exists()
