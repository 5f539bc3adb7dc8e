"""Cost ratios: both learners take turns, and the ratios follow from the times. No test asserts a real time."""

import shutil
import sys
from typing import Any, ClassVar

import numpy as np
import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.experiments.mini_imagenet.maml import FIRST_ORDER_SPEED
from benchmarks.experiments.sinusoid.declarations import MAML
from benchmarks.running import cost_ratio

SETTINGS = MAML.settings("smoke", "code")
SETTINGS["learner"]["inner_loop"]["first_order"] = False
DECLARATION = {"learner": {"inner_loop.first_order": True}, "rounds": 2, "iterations": 3}


class Scripted:
    """A process that needs 4 seconds and 8 bytes, or 3 seconds and 6 bytes for first order; more to warm up."""

    log: ClassVar[list[str]] = []

    def __init__(self, module: str) -> None:
        assert module == "benchmarks.running.cost_ratio"

    def __enter__(self) -> "Scripted":
        return self

    def __exit__(self, *_: object) -> None:
        self.log.append(f"{self.name} ends")

    def send(self, settings: dict[str, Any] | None) -> None:
        self.warm = settings is None
        if settings:
            self.name = "first" if settings["learner"]["inner_loop"]["first_order"] else "exact"
            self.log.append(f"{self.name} warms up {settings['turn']} of {settings['training']['iterations']}")
        else:
            self.log.append(self.name)

    def receive(self) -> list[float]:
        return ([3.0, 6.0] if self.name == "first" else [4.0, 8.0]) if self.warm else [100.0, 1.0]


def test_the_learners_take_turns_after_warming_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost_ratio, "Child", Scripted)
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
    # The gate compares the speed-up alone: costs of the machine are neither better nor worse.
    compared = [name for name in measured if FIRST_ORDER_SPEED.better_of(name)]
    assert compared == ["speed-up"]


def test_a_process_answers_each_request_with_a_turn() -> None:
    training = SETTINGS["training"] | {"iterations": 8, "chunk": 1, "unroll": 1}
    turns: list[Any] = []
    with pytest.raises(SystemExit):
        cost_ratio.take_turns(SETTINGS | {"training": training, "turn": 2}, iter([None, None]), turns.append)
    assert len(turns) == 3  # the first turn needs no request
    assert all(seconds > 0 and peak > 2**20 for seconds, peak in turns)


@pytest.mark.slow
def test_two_processes_are_measured() -> None:
    measured = cost_ratio.cost_ratio(SETTINGS, DECLARATION, 0)
    assert measured["speed-up"].shape == (2,)
    assert measured["memory"] > 0


def test_a_process_that_ends_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(BenchmarkError, match="ended with status 1"):
        cost_ratio.cost_ratio(SETTINGS, DECLARATION, 0)


def test_the_claim_changes_nothing_but_the_order_of_the_gradient() -> None:
    settings = FIRST_ORDER_SPEED.settings("paper", "code")
    (declaration,) = settings["tests"].values()
    assert declaration["learner"] == {"inner_loop.first_order": True}
    assert settings["learner"]["inner_loop"]["first_order"] is False


def test_the_peak_of_the_trainers_is_that_of_both() -> None:
    scores = {"bytes-before": np.array([8.0]), "bytes-after": np.array([6.0]), "memory": np.array([0.75])}
    assert cost_ratio.peak_of_trainers(scores) == 14
    assert cost_ratio.peak_of_trainers({"k-5/1-step": np.ones(3)}) == 0
