"""Checkpoints: what they store and what they refuse."""

import io
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from maml_tf import Adam, Checkpoint, CheckpointError, SettingError
from maml_tf.checkpoint import Run
from maml_tf.state import State

HISTORY = [(5, 0.5, 0.25, 0.125), (10, 0.125, 0.5, 0.25)]


def state_of(value: float, size: int = 3) -> State:
    return State({"kernel": tf.fill([size, 2], value)}, Adam())


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    """A checkpoint of a state of ones."""
    checkpoint = Checkpoint(path=tmp_path / "deep" / "state.npz", run="first")
    checkpoint.save(state_of(1.0).snapshot(), HISTORY)
    return checkpoint


def refusal(checkpoint: Checkpoint) -> str:
    """Returns the message of the error that refuses the file, and checks that the state is unchanged."""
    state = state_of(7.0)
    with pytest.raises(CheckpointError) as raised:
        checkpoint.resume(state)
    assert np.all(state.parameters["kernel"] == 7.0)
    assert str(checkpoint.path) in str(raised.value)
    return str(raised.value)


def test_state_and_history_come_back(checkpoint: Checkpoint) -> None:
    state = state_of(7.0)

    assert checkpoint.resume(state) == HISTORY
    assert np.all(state.parameters["kernel"] == 1.0)


@pytest.mark.parametrize("rows", [[row[:3] for row in HISTORY], []])
def test_a_history_of_an_earlier_version_can_be_read(checkpoint: Checkpoint, rows: Any) -> None:
    arrays: dict[str, Any] = dict(np.load(checkpoint.path)) | {"history": np.array(rows).reshape(-1, 3)}
    np.savez(checkpoint.path, **arrays)

    history = checkpoint.resume(state_of(7.0))

    assert history == [(done, loss, seconds, seconds) for done, loss, seconds in rows]


@pytest.mark.parametrize("columns", [2, 5])
def test_a_history_of_another_width_is_refused(checkpoint: Checkpoint, columns: int) -> None:
    arrays: dict[str, Any] = dict(np.load(checkpoint.path)) | {"history": np.ones([2, columns])}
    np.savez(checkpoint.path, **arrays)

    assert "is not a whole checkpoint" in refusal(checkpoint)


def test_a_run_that_has_not_begun_has_no_history(tmp_path: Path) -> None:
    checkpoint = Checkpoint(path=tmp_path / "none.npz", run="first")
    state = state_of(7.0)

    assert checkpoint.resume(state) == []
    assert np.all(state.parameters["kernel"] == 7.0)
    checkpoint.save(state.snapshot(), [])
    assert checkpoint.resume(state) == []


def test_a_later_state_replaces_the_earlier_one(checkpoint: Checkpoint) -> None:
    checkpoint.save(state_of(2.0).snapshot(), HISTORY[:1])
    state = state_of(7.0)

    assert checkpoint.resume(state) == HISTORY[:1]
    assert np.all(state.parameters["kernel"] == 2.0)


def test_nothing_else_is_left_in_the_folder(checkpoint: Checkpoint) -> None:
    checkpoint.save(state_of(2.0).snapshot(), HISTORY)

    assert list(checkpoint.path.parent.iterdir()) == [checkpoint.path]


@pytest.mark.parametrize("where", ["savez", "replace"])
def test_a_failed_save_leaves_the_earlier_file(
    checkpoint: Checkpoint, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(np if where == "savez" else os, where, fail)
    with pytest.raises(OSError, match="no space left"):
        checkpoint.save(state_of(2.0).snapshot(), HISTORY)
    monkeypatch.undo()

    test_state_and_history_come_back(checkpoint)
    assert list(checkpoint.path.parent.iterdir()) == [checkpoint.path]


def test_the_checkpoint_of_another_run_is_refused(checkpoint: Checkpoint) -> None:
    other = Checkpoint(path=checkpoint.path, run="second")

    assert refusal(other) == f"{checkpoint.path} belongs to run 'first', not 'second'; delete it"


def test_the_checkpoint_of_another_network_is_refused(checkpoint: Checkpoint) -> None:
    checkpoint.save(state_of(1.0, size=4).snapshot(), HISTORY)

    assert "does not fit this run" in refusal(checkpoint)


def savez(**arrays: Any) -> Callable[[Path], None]:
    return lambda path: np.savez(path, **arrays)


def single_array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ones(3))
    return buffer.getvalue()


SPOILS: dict[str, Callable[[Path], Any]] = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("not an archive"),
    "a single array": lambda path: path.write_bytes(single_array()),
    "another archive": savez(values=np.ones(3)),
    "a history of another shape": savez(run="first", history=np.ones(4)),
    "a history of words": savez(run="first", history=np.array(["a", "b", "c"])),
    "objects": savez(run=np.array({"a": 1}, dtype=object), history=np.ones([1, 3])),
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=list(SPOILS))
def test_a_file_that_is_no_checkpoint_is_refused(checkpoint: Checkpoint, spoil: Callable[[Path], Any]) -> None:
    spoil(checkpoint.path)

    assert refusal(checkpoint).endswith("; delete it")


def test_a_file_that_cannot_be_read_is_not_to_be_deleted(checkpoint: Checkpoint) -> None:
    checkpoint.path.unlink()
    checkpoint.path.mkdir()

    assert refusal(checkpoint) == f"{checkpoint.path} cannot be read (Is a directory)"


def test_a_truncated_file_is_refused_wherever_it_ends(checkpoint: Checkpoint) -> None:
    whole = checkpoint.path.read_bytes()

    for size in range(0, len(whole), 97):
        checkpoint.path.write_bytes(whole[:size])
        assert "is not a whole checkpoint" in refusal(checkpoint)


def test_damaged_bytes_are_refused_or_do_not_matter(checkpoint: Checkpoint) -> None:
    whole = checkpoint.path.read_bytes()

    for position in range(0, len(whole), 17):
        checkpoint.path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x09]) + whole[position + 1 :])
        state = state_of(7.0)
        try:
            history = checkpoint.resume(state)
        except CheckpointError:
            continue
        assert history == HISTORY
        assert np.all(state.parameters["kernel"] == 1.0)


def test_it_is_saved_when_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = Checkpoint(path=tmp_path / "state.npz", run="first", every=3600.0)
    # Whole seconds, so that differences between moments are exact.
    begun, snapshot = math.ceil(time.monotonic()), state_of(1.0).snapshot()

    for later, number, saved in [(3500, 1, []), (3600, 2, [2]), (7100, 3, [2]), (7200, 4, [4])]:
        monkeypatch.setattr(time, "monotonic", lambda later=later: begun + later)
        checkpoint.save_if_due(snapshot, [(number, 0.0, 0.0, 0.0)])
        assert [done for done, *_ in checkpoint.resume(state_of(7.0))] == saved


def test_the_path_may_be_given_as_text(checkpoint: Checkpoint) -> None:
    other = Checkpoint(path=str(checkpoint.path), run="first")  # type: ignore[arg-type]

    assert other.path == checkpoint.path
    assert other.resume(state_of(7.0)) == HISTORY


@pytest.mark.parametrize("every", [-1.0, float("nan")])
def test_a_time_below_zero_is_refused(every: float, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=f"every must be 0 or more, not {every}"):
        Checkpoint(path=tmp_path, run="first", every=every)


def test_a_run_that_is_no_string_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="run must be a string, not 5"):
        Checkpoint(path=tmp_path, run=5)  # type: ignore[arg-type]


def test_parameters_in_another_order_are_refused(tmp_path: Path) -> None:
    checkpoint = Checkpoint(path=tmp_path / "state.npz", run="first")

    def run_of(first: str, second: str) -> Run:
        state = State({first: tf.zeros([2, 2]), second: tf.ones([2, 2])}, Adam())
        return Run(state=state, selection=None, settings={}, iterations=5)

    checkpoint.save(run_of("dense", "dense_1").snapshot(), [])

    with pytest.raises(CheckpointError, match=r"its parameter 'dense' is 'dense_10' here; give the layers .* names"):
        checkpoint.resume(run_of("dense_9", "dense_10"))
    assert checkpoint.resume(run_of("dense", "dense_1")) == []


def test_a_snapshot_of_an_earlier_version_has_no_names() -> None:
    run = Run(state=state_of(1.0), selection=None, settings={}, iterations=5)
    run.restore({name: array for name, array in state_of(2.0).snapshot().items()})

    assert np.all(run.state.parameters["kernel"] == 2.0)


def test_the_file_of_a_finished_run_can_be_discarded(checkpoint: Checkpoint) -> None:
    checkpoint.discard()
    checkpoint.discard()

    assert not checkpoint.path.exists()
