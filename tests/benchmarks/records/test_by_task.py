"""The authors' results by task agree with the references that they stand behind."""

import numpy as np
import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.records import by_task
from benchmarks.records.by_task import repeated, results_by_task
from benchmarks.records.references import load_references

REFERENCES = load_references()
RESULTS = results_by_task()


def test_every_reference_with_raw_results_has_its_results_by_task() -> None:
    with_summary = {id_ for id_, reference in REFERENCES.items() if reference.summary}
    assert with_summary == set(RESULTS)


@pytest.mark.parametrize("reference", RESULTS)
def test_their_mean_and_spread_are_those_of_the_reference(reference: str) -> None:
    summary, values = REFERENCES[reference].summary, np.array(RESULTS[reference])
    assert summary
    assert len(values) == summary["tasks"] == 40
    assert values.mean() == pytest.approx(summary["mean"], abs=1e-3)
    assert values.std() == pytest.approx(summary["standard_deviation"], abs=1e-3)


def test_their_order_is_that_of_the_goals_which_numpy_draws() -> None:
    """The unadapted policy stays near the origin, so its return falls with the distance of the goal."""
    goals = np.random.RandomState(1).uniform(-0.5, 0.5, (40, 2))
    assert np.corrcoef(np.linalg.norm(goals, axis=1), RESULTS["figure-4/maml/0-steps"])[0, 1] < -0.99


def test_results_of_the_baselines_of_the_forward_and_backward_tasks_repeat() -> None:
    found = {reference: repeated(reference) for reference in RESULTS if repeated(reference)}

    baselines = [f"{robot}-direction/{method}" for robot in ("cheetah", "ant") for method in ("pretrained", "random")]
    steps = ("0-steps", "1-step", "2-steps", "3-steps")
    assert found == {f"figure-5/{curve}/{step}": (2, 40) for curve in baselines for step in steps}
    assert repeated("table-1/of-no-results") is None


def test_a_file_of_another_form_is_refused(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "wrong.json").write_text('{"schema": 1, "about": [], "results": {"a/b": ["x"]}}')
    monkeypatch.setattr(by_task, "FOLDER", tmp_path)
    results_by_task.cache_clear()
    try:
        with pytest.raises(BenchmarkError, match=r"wrong\.json holds no results by task"):
            results_by_task()
    finally:
        results_by_task.cache_clear()
