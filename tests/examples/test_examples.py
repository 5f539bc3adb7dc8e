"""The examples run, and learn, as they are."""

import runpy
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
TESTED = ["regression_from_arrays", "own_images_and_model", "adapt_and_deploy", "own_learner", "own_environment"]


def run(name: str, **settings: Any) -> Any:
    keras.utils.set_random_seed(0)
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"](**settings)


def test_every_example_has_a_test() -> None:
    assert sorted(path.stem for path in EXAMPLES.glob("*.py")) == sorted(TESTED)


@pytest.mark.parametrize("name", TESTED)
def test_the_examples_are_short(name: str) -> None:
    assert len((EXAMPLES / f"{name}.py").read_text().splitlines()) < 90


def test_regression_from_arrays() -> None:
    errors = run("regression_from_arrays", iterations=200)
    assert errors.shape == (6,)
    assert errors[1] < 0.7 * errors[0]


def test_own_images_and_model() -> None:
    scores = run("own_images_and_model", iterations=300)
    assert scores.shape == (4,)
    assert scores[1] > scores[0] + 15


def test_adapt_and_deploy() -> None:
    before, after = run("adapt_and_deploy", iterations=1500)
    assert after < 0.8 * before


def test_own_learner() -> None:
    errors = run("own_learner", iterations=500)
    assert errors.shape == (6,)
    assert np.all(errors[1:] < errors[0])


def test_own_environment() -> None:
    before, after = run("own_environment", iterations=8)
    assert before > 30, "a random policy holds the pole for 22 time steps"
    assert after > before
