"""The convolutions that are timed alone. No test asserts a time."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.speed.breakdown import Rates
from benchmarks.speed.counting import layers
from benchmarks.speed.layer_rates import PASSES, WAYS, Convolution, convolutions, measured
from tests.benchmarks.speed.tiny import assignment

SMALL = Convolution(examples=2, side=(5, 4), channels=3, filters=2, stride=2)


@pytest.mark.parametrize("name", ["omniglot", "mini-imagenet"])
def test_they_are_those_of_the_network(name: str, tmp_path: Path) -> None:
    problem = assignment(name, tmp_path).problem
    found = convolutions(problem)
    *blocks, _ = layers(problem)
    assert [each.operations for each in found] == [2 * problem.support_size * each.multiplications for each in blocks]
    assert [each.side for each in found] == problem.sides()[:-1]


def test_a_network_without_images_has_none(tmp_path: Path) -> None:
    assert convolutions(assignment("sinusoid", tmp_path).problem) == []


@pytest.mark.usefixtures("eager")
def test_every_pass_is_timed_in_both_ways() -> None:
    found = measured(SMALL)
    assert {way: set(seconds) for way, seconds in found.items()} == {way: set(PASSES) for way in WAYS}
    assert all(0 < each < 10 for seconds in found.values() for each in seconds.values())


def test_a_rate_has_the_operations_of_a_pass() -> None:
    assert SMALL.operations == 2 * 2 * (3 * 2) * 9 * 3 * 2
    rates = Rates(convolution=replace(SMALL, examples=4), seconds={"patches": {"outputs": 1e-6}})
    assert rates.gflops("patches") == {"outputs": pytest.approx(2 * SMALL.operations * 1e-3)}
