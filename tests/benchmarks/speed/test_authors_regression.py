"""The authors' program for regression: its tasks."""

import numpy as np

from benchmarks.speed.authors_regression import numpy_tasks


def test_its_tasks_are_sine_waves() -> None:
    inputs, outputs, queries, targets = numpy_tasks(np.random.default_rng(0), tasks=25, points=10)
    assert inputs.shape == outputs.shape == queries.shape == targets.shape == (25, 10, 1)
    assert np.abs(outputs).max() <= 5
    assert np.ptp(inputs) > 9
