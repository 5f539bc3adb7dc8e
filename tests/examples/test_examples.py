"""The examples run, and learn, as they are."""

import runpy
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name: str, **settings: Any) -> Any:
    keras.utils.set_random_seed(0)
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"](**settings)


def test_every_example_has_a_test() -> None:
    tested = {"regression_from_arrays", "own_images_and_model", "adapt_and_deploy", "own_learner"}
    assert {path.stem for path in EXAMPLES.glob("*.py")} == tested


@pytest.mark.parametrize("name", ["regression_from_arrays", "own_images_and_model", "adapt_and_deploy", "own_learner"])
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
