"""The speed comparison: that both sides do what they are compared for, never how long it takes."""

import numpy as np
import pytest

from benchmarks import contenders, speed
from benchmarks.errors import BenchmarkError


def test_both_sides_are_timed_in_turn() -> None:
    result = speed.compare(iterations=500, rounds=1, quiet=True)
    assert len(result["ratios"]) == 1
    ours, authors = result["ours_seconds_per_iteration"][0], result["authors_seconds_per_iteration"][0]
    assert ours > 0
    assert result["ratio"] == pytest.approx(authors / ours)
    assert result["ours_seconds_for_70000"] == pytest.approx(70_000 * ours)


def test_a_contender_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "ENVIRONMENTS", {"nobody": {}})
    with speed.Contender("nobody") as contender, pytest.raises(BenchmarkError, match="'nobody' ended"):
        contender.seconds(1)


def test_the_tasks_of_the_recreation_are_sine_waves() -> None:
    generator = np.random.default_rng(0)
    inputs, outputs, queries, targets = contenders._numpy_tasks(generator)
    assert inputs.shape == outputs.shape == queries.shape == targets.shape == (25, 10, 1)
    assert np.abs(outputs).max() <= 5
    assert np.ptp(inputs) > 9
