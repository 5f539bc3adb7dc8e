"""Unfinished runs: they go on, but a record that replaces another is made by one code."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.records.store import RecordStore
from benchmarks.running.finished_tests import Outcome
from benchmarks.running.sessions import UNKNOWN
from benchmarks.running.unfinished import UnfinishedRun

HERE = {"commit": "a" * 40, "dirty": False}
OTHER = {"commit": "b" * 40, "dirty": False}
SETTINGS = {"learner": {}, "score": "accuracy", "tests": {"one": {"tasks": 2}}}


@pytest.fixture
def unfinished(tmp_path: Path) -> UnfinishedRun:
    run = UnfinishedRun(checkpoint=tmp_path / ".checkpoints" / "seed0.npz", run="run")
    run.begin(HERE, one_code=False)
    run.checkpoint.write_bytes(b"state")
    run.tests.keep("one", SETTINGS, Outcome({"one/1-step": np.ones(2, np.float32)}, {}, 1.0))
    return run


def test_it_goes_on_also_with_other_code_and_says_so(unfinished: UnfinishedRun) -> None:
    unfinished.begin(OTHER, one_code=False)
    assert unfinished.checkpoint.exists()
    assert unfinished.sessions.all() == [HERE, OTHER]


def test_what_the_same_code_left_is_never_made_again(unfinished: UnfinishedRun) -> None:
    unfinished.begin(HERE, one_code=True)
    assert unfinished.tests.of("one", SETTINGS)
    assert unfinished.sessions.all() == [HERE, HERE]


@pytest.mark.parametrize("facts", [OTHER, HERE | {"dirty": True}])
def test_what_other_code_left_is_made_again_where_one_code_is_wanted(
    unfinished: UnfinishedRun, facts: dict[str, object]
) -> None:
    unfinished.begin(facts, one_code=True)
    assert not unfinished.checkpoint.exists()
    assert not unfinished.tests.of("one", SETTINGS)
    assert unfinished.sessions.all() == [facts]


def test_finished_tests_alone_are_enough_to_go_on_from(unfinished: UnfinishedRun) -> None:
    unfinished.checkpoint.unlink()
    unfinished.begin(OTHER, one_code=False)
    assert unfinished.sessions.all() == [HERE, OTHER]


def test_what_an_older_version_left_is_of_unknown_code(unfinished: UnfinishedRun) -> None:
    unfinished.sessions.discard()
    unfinished.begin(HERE, one_code=False)
    assert unfinished.sessions.all() == [UNKNOWN, HERE]


def test_discarding_leaves_nothing(unfinished: UnfinishedRun) -> None:
    folder = unfinished.checkpoint.parent
    unfinished.discard()
    assert not list(folder.iterdir())
    assert not list(RecordStore(folder.parent).all())
