"""Comparison charts: ablations with their base; normalisations and first-order MAML with results of others."""

import math
from dataclasses import replace

import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.records.evidence import Measured
from tests.benchmarks.example_records import classified

BASE = "omniglot/no-conv-5-way-1-shot"


def test_ablations_stand_beside_their_base_at_the_largest_scale_that_they_share() -> None:
    records = [
        classified(BASE, accuracy=90.0),
        classified(BASE, scale="desktop", accuracy=85.0),
        classified(BASE, scale="smoke", accuracy=20.0),
        classified("ablation/query-15", scale="desktop", accuracy=86.0),
        classified("ablation/no-rotations", scale="smoke", accuracy=20.0),
    ]
    (chart,) = CATALOGUE.comparisons(Measured(records))
    assert chart["title"] == "Ablations, desktop scale"
    assert [(line["label"], line["values"][0]) for line in chart["lines"]] == [
        (
            "Meta-trained on 15 query images per class instead of 1",
            {"value": 1.0, "half_width": pytest.approx(math.sqrt(2)), "diverged": 0},
        ),
    ]
    assert chart["zero"] == "as in the authors' code"
    assert "the accuracy is 85.0 %" in chart["caption"]
    assert "2,000 tasks" in chart["caption"]
    assert "reduced run" in chart["caption"]


def test_ablations_of_another_definition_are_left_out() -> None:
    other = replace(classified("ablation/query-15"), definition="f" * 12)
    assert CATALOGUE.comparisons(Measured([classified(BASE), other])) == []


def test_ablations_without_their_base_are_not_drawn() -> None:
    assert CATALOGUE.comparisons(Measured([classified("ablation/query-15")])) == []


def test_normalisations_stand_beside_those_of_others() -> None:
    (chart,) = CATALOGUE.comparisons(Measured([classified("mini-imagenet/released-weights", accuracy=46.0)]))
    lines = {line["label"]: line["values"] for line in chart["lines"]}
    assert lines["current-batch statistics"] == [
        {"value": 46.0, "half_width": 1.0, "diverged": 0},
        {"value": 45.5, "half_width": 1.8},
    ]
    assert lines["running averages"] == [
        {"value": 46.0, "half_width": 1.0, "diverged": 0},
        {"value": 20.1, "half_width": None},
    ]
    assert lines["TaskNorm-I"][0] is None
    assert len(lines) == 7
    assert "reduced" not in chart["caption"]


def test_first_order_stands_beside_that_of_others_at_the_scale_of_the_paper_alone() -> None:
    records = [
        classified("omniglot/maml-first-order-5-way-1-shot", accuracy=98.7),
        classified("omniglot/maml-first-order-20-way-1-shot", scale="desktop", accuracy=30.0),
    ]
    (chart,) = CATALOGUE.comparisons(Measured(records))
    assert [(line["label"], *line["values"]) for line in chart["lines"]] == [
        (
            "Omniglot 5-way 1-shot",
            {"value": 98.7, "half_width": 1.0, "diverged": 0},
            {"value": 98.3, "half_width": 0.5},
        ),
        ("Omniglot 5-way 5-shot", None, {"value": 99.2, "half_width": 0.2}),
        ("Omniglot 20-way 1-shot", None, {"value": 89.4, "half_width": 0.5}),
        ("Omniglot 20-way 5-shot", None, {"value": 97.9, "half_width": 0.1}),
    ]


def test_first_order_of_another_definition_is_not_set_against_that_of_others() -> None:
    other = replace(classified("omniglot/maml-first-order-5-way-1-shot"), definition="f" * 12)
    assert CATALOGUE.comparisons(Measured([other])) == []


def test_experiments_that_were_not_run_are_not_drawn() -> None:
    assert CATALOGUE.comparisons(Measured([])) == []
