from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.experiments.sinusoid.analysis import figures, pictures
from benchmarks.experiments.sinusoid.declarations import SHOTS, STEPS
from benchmarks.metric_ids import StepMetric
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Record
from tests.benchmarks.example_records import example_record

MAML = CATALOGUE["sinusoid/maml"]
GRID = np.linspace(-5, 5, 5)


def record(seed: int) -> Record:
    values: dict[str, Any] = {
        str(StepMetric(f"k-{k}", n)): np.full(4, seed + 1.0 / (n + 1)) for k in SHOTS for n in STEPS
    }
    made = example_record(
        values,
        seed=seed,
        definition=MAML.definition("paper", "code"),
        settings=MAML.settings("paper", "code"),
    )
    for picture in MAML.pictures:
        made.arrays[f"picture/{picture}/descriptor"] = np.array([[2.0, 0.5]] * 4)  # type: ignore[index]
        made.arrays[f"picture/{picture}/support"] = np.zeros([4, 5, 2])  # type: ignore[index]
        made.arrays[f"picture/{picture}/grid"] = GRID  # type: ignore[index]
        made.arrays[f"picture/{picture}/curves"] = np.ones([3, 4, 5])  # type: ignore[index]
    return made


@pytest.fixture
def measured() -> Measured:
    return Measured([record(seed) for seed in range(3)])


def test_figure_6_has_a_panel_for_each_shot(measured: Measured) -> None:
    assert [figure["id"] for figure in figures(measured)] == [
        "figure-6/k-5",
        "figure-6/k-10",
        "figure-6/k-20",
    ]


def test_figure_3_is_drawn_once_as_a_panel_of_figure_6(measured: Measured) -> None:
    assert [figure["also"] for figure in figures(measured)] == [[], ["figure-3"], []]


def test_a_curve_is_the_median_over_seeds_within_their_range(measured: Measured) -> None:
    (curve,) = figures(measured)[0]["curves"]
    assert curve["x"] == list(range(11))
    assert curve["centre"][1] == pytest.approx(1.5)
    assert (curve["low"][1], curve["high"][1]) == (pytest.approx(0.5), pytest.approx(2.5))


def test_printed_points_are_those_of_table_2(measured: Measured) -> None:
    drawn = {figure["id"]: figure for figure in figures(measured)}
    printed = {points["label"]: (points["x"], points["y"]) for points in drawn["figure-6/k-5"]["printed"]}
    assert printed == {
        "paper, MAML": ([1, 5, 10], [0.67, 0.38, 0.35]),
        "paper, pretrained": ([1, 5, 10], [2.41, 2.23, 2.19]),
    }
    assert drawn["figure-6/k-20"]["printed"] == []


def test_a_seed_that_is_not_finite_is_drawn_as_no_number() -> None:
    records = [record(seed) for seed in range(3)]
    worst = {
        **records[0].metrics,
        "k-5/10-steps": records[0]
        .metrics["k-5/1-step"]
        .__class__(**vars(records[0].metrics["k-5/1-step"]) | {"value": float("nan")}),
    }
    object.__setattr__(records[0], "metrics", worst)
    (curve,) = figures(Measured(records))[0]["curves"]
    assert curve["high"][10] is None
    assert curve["centre"][10] is not None


@pytest.mark.parametrize(
    ("changes", "suffix"),
    [({"scale": "desktop"}, "(desktop scale)"), ({"definition": "f" * 12}, "(another definition)")],
)
def test_no_reduced_or_outdated_run_is_drawn_beside_the_printed_points(changes: dict[str, Any], suffix: str) -> None:
    oracle = CATALOGUE["sinusoid/oracle"]
    definition = oracle.definition(changes.get("scale", "paper"), "code")
    other = replace(record(0), experiment="sinusoid/oracle", **({"definition": definition} | changes))
    for drawn in figures(Measured([record(0), other])):
        assert [curve["label"] for curve in drawn["curves"]] == [
            "MAML, code (inner learning rate 0.001)",
            f"oracle {suffix}",
        ]
        assert drawn["printed"] == []
        assert "paper's numbers are left out" in drawn["caption"]


def test_a_full_run_of_each_definition_stands_beside_the_printed_points(measured: Measured) -> None:
    drawn = figures(measured)[0]
    assert drawn["printed"]
    assert "left out" not in drawn["caption"]


def test_values_that_an_outdated_record_lacks_are_not_drawn() -> None:
    held = {key: metric for key, metric in record(0).metrics.items() if "0-step" not in key and "k-20" not in key}
    older = replace(record(0), definition="f" * 12, metrics=held, arrays={})
    lines = {drawn["id"]: [curve["x"] for curve in drawn["curves"]] for drawn in figures(Measured([older]))}
    assert lines["figure-6/k-5"] == [list(range(1, 10))]
    assert lines["figure-6/k-20"] == []
    assert pictures(Measured([older])) == []


def test_a_reduced_picture_says_so() -> None:
    reduced = replace(record(0), scale="smoke", definition=MAML.definition("smoke", "code"))
    titles = [picture["title"] for picture in pictures(Measured([reduced]))]
    assert all(title.endswith("(smoke scale)") for title in titles)
    assert len(titles) == 4


def test_pictures_show_truth_support_and_curves(measured: Measured) -> None:
    drawn = {picture["id"]: picture for picture in pictures(measured)}
    assert set(drawn) == {f"figure-{figure}/maml/k-{k}" for figure in (2, 7) for k in (5, 10)}
    panels = drawn["figure-7/maml/k-5"]["panels"]
    assert len(panels) == 6
    assert panels[0]["truth"]["y"] == pytest.approx(2.0 * np.sin(GRID - 0.5))
    assert [curve["label"] for curve in panels[0]["curves"]] == ["before adaptation", "after 1 step", "after 10 steps"]


def test_without_records_nothing_is_drawn() -> None:
    assert pictures(Measured([])) == []
    assert all(figure["curves"] == [] for figure in figures(Measured([])))
