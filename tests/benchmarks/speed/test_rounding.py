"""How far rounding moves meta-gradients: in processes of their own, and for tiny networks in this one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.speed import rounding
from benchmarks.speed.ours import Ours
from benchmarks.speed.rounding import Rounding, measure
from benchmarks.speed.rounding_process import gradients
from tests.benchmarks.speed.example_workload import WORKLOAD
from tests.benchmarks.speed.tiny import assignment, computed


def test_each_task_is_compared_with_double_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounding, "TASKS", 4)
    found = measure(WORKLOAD)
    assert (found.workload, found.device, list(found.errors)) == ("waves", "cpu", ["ours"])
    assert len(found.errors["ours"]) == 2 * 3  # meta-batches of three tasks
    assert len(set(found.errors["ours"])) == 6
    assert all(1e-9 < error < 1e-4 for error in found.errors["ours"])


@pytest.mark.usefixtures("eager")
def test_fewer_bits_have_larger_errors(tmp_path: Path) -> None:
    given = assignment("omniglot", tmp_path)
    exact = gradients(given, double=True)
    errors = [
        np.linalg.norm(gradients(replace(given, convolution_type=each), double=False) - exact) / np.linalg.norm(exact)
        for each in (None, "bfloat16")
    ]
    assert 1e-9 < errors[0] < 1e-4 < errors[1] < 1


@pytest.mark.usefixtures("eager")
def test_the_mean_over_tasks_is_the_meta_gradient(tmp_path: Path) -> None:
    given = assignment("mini-imagenet", tmp_path)
    whole = np.concatenate([each.ravel() for each in computed(Ours(given)).gradient.values()])
    np.testing.assert_allclose(gradients(given, double=True).mean(axis=0), whole, rtol=1e-3, atol=1e-5)


def test_a_row_has_the_median_and_the_largest_error() -> None:
    found = Rounding(workload="x", device="cpu", errors={"ours": [3.0, 1.0, 2.0, 9.0]})
    assert found.rows == [("ours", 2.5, 9.0)]
