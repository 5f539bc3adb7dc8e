"""This library as a side: it computes what a closed form gives, and its training loop pauses after each turn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.running import launch
from benchmarks.speed.agreement import check
from benchmarks.speed.ours import Ours
from benchmarks.speed.problem import Problem, draw
from benchmarks.speed.program import Assignment
from tests.benchmarks.speed.example_workload import WORKLOAD
from tests.benchmarks.speed.standins.closed_form import ClosedForm
from tests.benchmarks.speed.tiny import assignment, computed


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("first_order", [False, True])
def test_it_computes_what_the_closed_form_gives(first_order: bool, tmp_path: Path) -> None:
    arrays = tmp_path / "arrays.npz"
    np.savez(arrays, **draw(Problem.of(WORKLOAD.settings)))  # type: ignore[arg-type]
    given = Assignment(settings=WORKLOAD.settings, arrays=str(arrays), first_order=first_order)
    check("ours", computed(Ours(given)), computed(ClosedForm(given)))


@pytest.mark.usefixtures("eager")
def test_it_computes_convolutions_in_the_type_that_it_is_given(tmp_path: Path) -> None:
    given = assignment("omniglot", tmp_path)
    expected, found = (computed(Ours(replace(given, convolution_type=each))) for each in (None, "bfloat16"))
    assert 1e-5 < abs(found.loss / expected.loss - 1) < 0.1
    with pytest.raises(BenchmarkError, match="does not compute the loss"):
        check("ours-bfloat16", found, expected)


@pytest.mark.usefixtures("eager")
def test_it_tells_how_far_rounding_the_parameters_changes_its_results(tmp_path: Path) -> None:
    ours = Ours(assignment("sinusoid", tmp_path))
    _, before = ours.loss_and_gradient()
    assert all(0 < change < 1e-3 for change in ours.sensitivity())
    _, after = ours.loss_and_gradient()
    assert all(np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.usefixtures("eager")
def test_its_training_loop_runs_in_turns(tmp_path: Path) -> None:
    ours = Ours(assignment("sinusoid", tmp_path))
    ours.run(2)
    assert ours._last == 2
    ours.run(4)
    assert ours._last == 6


def test_a_profile_has_the_time_of_one_meta_iteration_by_operation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "start_tensorflow", lambda: None)
    ours = Ours(assignment("sinusoid", tmp_path))
    ours.run(2)
    profile = ours.profile(2)
    assert any("MatMul" in operation for operation in profile)
    assert ours._last == 4


@pytest.mark.usefixtures("eager")
def test_an_error_in_the_training_loop_reaches_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = Ours(assignment("sinusoid", tmp_path))
    monkeypatch.setattr(ours, "_training", ours._training | {"chunk": 0})
    with pytest.raises(ValueError, match="chunk must be 1 or more"):
        ours.run(2)
