"""The charts of an experiment of few-shot classification."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.figures.charts import learning_curves
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Record
from tests.benchmarks.example_records import classified, example_record
from tests.benchmarks.experiments.reinforcement_learning.returns import records_of_the_authors

WEIGHTS = "mini-imagenet/released-weights"
MAML = "mini-imagenet/maml-5-way-1-shot"


def drawn_for(experiment: str, records: Sequence[Record]) -> list[dict[str, Any]]:
    return learning_curves(CATALOGUE[experiment], CATALOGUE.family_of(experiment), Measured(records))


def charts(*records: Record) -> dict[str, dict[str, Any]]:
    drawn = drawn_for(records[0].experiment, records)
    return {chart["id"].rpartition("/")[2]: chart for chart in drawn}


def test_accuracy_is_drawn_for_every_test_with_its_interval() -> None:
    adaptation = charts(classified(WEIGHTS))["adaptation"]
    assert len(adaptation["curves"]) == len(CATALOGUE[WEIGHTS].tests) == 7
    first = adaptation["curves"][0]
    assert first["label"] == "paper protocol (600 tasks, 1 query example per class)"
    assert (first["x"], first["centre"][:2]) == (list(range(11)), [20.0, 45.0])
    assert (first["low"][1], first["high"][1]) == (44.0, 46.0)
    assert adaptation["curves"][2]["label"] == "tight protocol (2,000 tasks, 15 query examples per class)"


def test_seeds_are_averaged() -> None:
    records = [classified(MAML, accuracy=accuracy, seed=seed) for seed, accuracy in enumerate((44.0, 48.0))]
    assert charts(*records)["adaptation"]["curves"][0]["centre"][10] == pytest.approx(46.0)


@pytest.mark.parametrize("experiment", [WEIGHTS, MAML])
def test_printed_and_independent_numbers_are_points(experiment: str) -> None:
    printed, *others = charts(classified(experiment))["adaptation"]["printed"]
    assert printed == {"label": "paper, Table 1", "x": [10], "y": [48.7], "plus_minus": [1.84]}
    assert [(points["x"][0], points["y"][0], points["y"][-1]) for points in others] == [
        (0, 20.2, 46.37),
        (1, 35.0, 46.4),
    ]


def test_a_reduced_run_says_so_and_stands_beside_no_printed_number() -> None:
    adaptation = charts(classified(MAML, scale="desktop"))["adaptation"]
    assert adaptation["printed"] == []
    assert "desktop scale" in adaptation["title"]
    assert "A reduced run" in adaptation["caption"]
    assert "A reduced run" not in charts(classified(MAML))["adaptation"]["caption"]


def test_a_run_of_another_definition_stands_beside_no_printed_number() -> None:
    assert charts(replace(classified(MAML), definition="f" * 12))["adaptation"]["printed"] == []


def test_a_long_history_is_averaged_and_a_short_one_is_not() -> None:
    drawn = charts(classified(MAML))
    (loss,), (validation,) = drawn["loss"]["curves"], drawn["validation"]["curves"]
    assert len(loss["x"]) == 100
    assert loss["x"][0] == pytest.approx(4.5)
    assert loss["centre"][0] > loss["centre"][-1]
    assert (validation["x"], validation["centre"]) == ([1000.0, 2000.0], [30.0, 40.0])
    assert "that score best here" in drawn["validation"]["caption"]


def test_the_caption_says_that_the_last_parameters_are_tested() -> None:
    assert "of the last iteration" in charts(classified("omniglot/maml-5-way-1-shot"))["validation"]["caption"]


def test_a_test_after_one_number_of_steps_is_no_curve() -> None:
    assert "adaptation" not in charts(classified("mini-imagenet/baselines"))


def test_families_without_a_score_and_experiments_without_runs_have_no_charts() -> None:
    assert drawn_for("sinusoid/maml", [example_record()]) == []
    assert drawn_for(MAML, []) == []


def test_a_run_of_others_that_answers_several_references_is_drawn_once() -> None:
    """The same run stands beside Table 4 and Figure 4."""
    name = "reinforcement-learning/navigation-maml"
    records = [each for each in records_of_the_authors(keys=["navigation"]) if each.experiment == name]
    others = [str(curve) for curve in charts(*records)["adaptation"]["printed"]]
    assert any("Oh et al." in curve for curve in others)
    assert len(set(others)) == len(others)
