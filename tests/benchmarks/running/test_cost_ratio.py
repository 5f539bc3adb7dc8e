"""Cost ratios: that both learners take their turns and what is made of the numbers, never how long it takes."""

import io
import json
import shutil
import sys
from typing import Any, ClassVar

import numpy as np
import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.first_order_speed import FIRST_ORDER_SPEED
from benchmarks.running import cost_ratio
from benchmarks.sinusoid import MAML

SETTINGS = MAML.settings("smoke", "code")
SETTINGS["learner"]["inner_loop"]["first_order"] = False
DECLARATION = {"learner": {"inner_loop.first_order": True}, "rounds": 2, "iterations": 3}


class Scripted:
    """A process that needs 4 seconds and 8 bytes, or 3 seconds and 6 bytes for first order; more to warm up."""

    log: ClassVar[list[str]] = []

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.name = "first" if settings["learner"]["inner_loop"]["first_order"] else "exact"

    def __enter__(self) -> "Scripted":
        return self

    def __exit__(self, *_: object) -> None:
        self.log.append(f"{self.name} ends")

    def turn(self) -> tuple[float, float]:
        self.log.append(f"{self.name} warms up {self.settings['turn']} of {self.settings['training']['iterations']}")
        return 100.0, 1.0

    def another_turn(self) -> tuple[float, float]:
        self.log.append(self.name)
        return (3.0, 6.0) if self.name == "first" else (4.0, 8.0)


def test_the_learners_take_turns_after_warming_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost_ratio, "_Trainer", Scripted)
    monkeypatch.setattr(Scripted, "log", [])
    measured = cost_ratio.cost_ratio(SETTINGS, DECLARATION, 0)
    warm = ["exact warms up 3 of 9", "first warms up 3 of 9"]
    assert Scripted.log == [*warm, "exact", "first", "exact", "first", "first ends", "exact ends"]
    expected = {
        "speed-up": [0.25, 0.25],
        "rate": [1 / 3, 1 / 3],
        "memory": [0.75],
        "seconds-before": [4 / 3, 4 / 3],
        "seconds-after": [1.0, 1.0],
        "bytes-before": [8.0],
        "bytes-after": [6.0],
    }
    assert measured.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(measured[name], values, rtol=1e-6)
    # The gate judges the speed-up alone: what a machine needs is neither better nor worse.
    judged = [name for name in measured if FIRST_ORDER_SPEED.better_of(name)]
    assert judged == ["speed-up"]


def test_a_process_answers_each_request_with_a_turn() -> None:
    training = SETTINGS["training"] | {"iterations": 8, "chunk": 1, "unroll": 1}
    answers = io.StringIO()
    with pytest.raises(SystemExit):
        cost_ratio.train_in_turn(SETTINGS | {"training": training, "turn": 2}, io.StringIO("\n\n"), answers)
    turns = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert len(turns) == 3  # one unasked, and two requests
    assert all(seconds > 0 and peak > 2**20 for seconds, peak in turns)


@pytest.mark.slow
def test_two_processes_are_measured() -> None:
    measured = cost_ratio.cost_ratio(SETTINGS, DECLARATION, 0)
    assert measured["speed-up"].shape == (2,)
    assert measured["memory"] > 0


def test_a_process_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(BenchmarkError, match="ended with 1"):
        cost_ratio.cost_ratio(SETTINGS, DECLARATION, 0)


def test_the_claim_changes_nothing_but_the_order_of_the_gradient() -> None:
    settings = FIRST_ORDER_SPEED.settings("paper", "code")
    (declaration,) = settings["tests"].values()
    assert declaration["learner"] == {"inner_loop.first_order": True}
    assert settings["learner"]["inner_loop"]["first_order"] is False


def test_the_memory_of_processes_beside_is_that_of_both() -> None:
    scores = {"bytes-before": np.array([8.0]), "bytes-after": np.array([6.0]), "memory": np.array([0.75])}
    assert cost_ratio.bytes_beside(scores) == 14
    assert cost_ratio.bytes_beside({"k-5/1-step": np.ones(3)}) == 0
