"""The progress line of meta-training, and what a notebook prints of its result."""

import io
import sys
from typing import Any

import pytest

from maml_tf import Training, progress, train
from maml_tf.progress import ProgressLine
from tests.maml_tf.problems import LEARNERS, SINUSOID

TRAINING = Training(iterations=6, meta_batch=2, chunk=2)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def open_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Replaces the standard error; a fixture could not, since pytest sets it again before the test."""
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    return stderr


def run(monkeypatch: pytest.MonkeyPatch, silent: float = 0.0, **settings: Any) -> None:
    monkeypatch.setattr(progress, "_SILENT", silent)
    train(LEARNERS["MAML"], SINUSOID, TRAINING, **settings)


def test_progress_is_one_line_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    run(monkeypatch)
    first, *updates = terminal.getvalue().split("\r")
    assert not first
    assert [text.split(" meta")[0] for text in updates] == ["2 of 6", "4 of 6", "6 of 6"]
    assert " left" in updates[1]
    assert terminal.getvalue().count("\n") == 1


@pytest.mark.parametrize("settings", [{"progress": False}, {"progress": lambda *_: None}, {"silent": 60.0}])
def test_there_is_no_line_if_it_is_not_wanted_or_training_is_short(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    terminal = open_terminal(monkeypatch)
    run(monkeypatch, **settings)
    assert not terminal.getvalue()


def test_there_is_no_line_in_a_file(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run(monkeypatch)
    assert capsys.readouterr().err == ""


def test_the_line_ends_before_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)

    def interrupt(line: ProgressLine, done: int, loss: float) -> None:
        shown(line, done, loss)
        raise KeyboardInterrupt

    shown = ProgressLine.__call__
    monkeypatch.setattr(ProgressLine, "__call__", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(monkeypatch)
    assert terminal.getvalue().endswith("\n")


def test_a_terminal_that_closes_does_not_end_training(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(Terminal):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Closed())
    run(monkeypatch)


@pytest.mark.parametrize(
    ("seconds_per_iteration", "left"),
    [(0.1, ", 0 min 10 s left"), (1.0, ", 1 min 39 s left"), (80.0, ", 2 h 12 min left")],
)
def test_the_time_left_follows_from_the_rate(
    monkeypatch: pytest.MonkeyPatch, seconds_per_iteration: float, left: str
) -> None:
    terminal = open_terminal(monkeypatch)
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    line = ProgressLine(1100)
    now += 50.0  # compilation, which does not count
    line(1000, 1.0)
    now += seconds_per_iteration
    line(1001, 1.0)
    assert terminal.getvalue().endswith(left)


@pytest.mark.parametrize("iterations", [0, 6])
def test_what_was_trained_prints_in_one_line(iterations: int) -> None:
    trained = train(LEARNERS["MAML"], SINUSOID, Training(iterations=iterations, meta_batch=2, chunk=2))
    assert repr(trained).startswith(f"Trained(25 parameters, {iterations} meta-iterations, last loss ")
    assert len(repr(trained)) < 100
