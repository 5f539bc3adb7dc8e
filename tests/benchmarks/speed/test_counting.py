"""Counts of operations: against sums by hand, and against products that are executed."""

from dataclasses import replace

import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.speed.counting import Layer, count, layers
from benchmarks.speed.problem import Problem

PROBLEMS = {
    name: Problem.of(CATALOGUE[race.experiment].settings("paper", "code")) for name, race in CATALOGUE.races.items()
}
WAVES = PROBLEMS["sinusoid"]


def test_layers_of_the_sinusoid_network() -> None:
    assert layers(WAVES) == [
        Layer(multiplications=40, inputs=1, outputs=40),
        Layer(multiplications=1600, inputs=40, outputs=40),
        Layer(multiplications=40, inputs=40, outputs=1),
    ]


def test_layers_of_a_convolutional_network_with_strides() -> None:
    first, *_, last = layers(PROBLEMS["omniglot"])
    assert first == Layer(multiplications=14 * 14 * 9 * 1 * 64, inputs=28 * 28, outputs=14 * 14 * 64)
    assert last == Layer(multiplications=64 * 5, inputs=64, outputs=5)


def test_layers_of_a_convolutional_network_with_pooling() -> None:
    sizes = [layer.multiplications for layer in layers(PROBLEMS["mini-imagenet"])]
    assert sizes == [84**2 * 27 * 32, 42**2 * 288 * 32, 21**2 * 288 * 32, 10**2 * 288 * 32, 5 * 5 * 32 * 5]


def test_operations_of_one_affine_layer_by_hand() -> None:
    problem = replace(WAVES, inputs=2, hidden=(), outputs=3, tasks=7, shot=4, query=5, steps=1)
    product = 2 * 2 * 3  # a multiplication and an addition for each weight
    # Support: outputs, gradient of the kernel, and the derivative of both; queries: outputs and gradient.
    assert count(problem).operations == 7 * product * (4 * 4 + 5 * 2)
    assert count(problem, first_order=True).operations == 7 * product * (4 * 2 + 5 * 2)
    assert count(problem).bytes == 7 * 4 * (2 + 3) * (4 * 4 + 5 * 2)


def test_operations_of_two_layers_by_hand() -> None:
    problem = replace(WAVES, inputs=2, hidden=(3,), outputs=1, tasks=1, shot=4, query=5, steps=2)
    first, second = 2 * 2 * 3, 2 * 3 * 1
    assert count(problem).operations == 2 * 4 * (4 * first + 9 * second) + 5 * (2 * first + 3 * second)


def test_operations_grow_linearly_with_tasks_and_inner_steps() -> None:
    one, two, three = (count(replace(WAVES, steps=steps)).operations for steps in (1, 2, 3))
    assert three - two == two - one > 0
    assert count(replace(WAVES, tasks=50)).operations == 2 * one


@pytest.mark.parametrize(
    ("name", "gigas"), [("omniglot", 9.99), ("mini-imagenet", 88.7), ("sinusoid", 0.00996), ("omniglot-20-way", 79.8)]
)
def test_operations_of_the_workloads(name: str, gigas: float) -> None:
    assert count(PROBLEMS[name]).operations / 1e9 == pytest.approx(gigas, rel=5e-3)
