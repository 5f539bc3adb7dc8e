"""Tests of the places where text and code differ: their declarations and their measured effects."""

import math
from typing import Any

import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.declaring.disagreement import Disagreement, Side
from benchmarks.family import Catalogue, Family
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Metric
from benchmarks.verdicts.disagreements import disagreements, findings
from tests.benchmarks.example_records import classified, example_record

MAML = CATALOGUE["sinusoid/maml"]
METRIC = "k-5/10-steps"
RATE = Disagreement(
    topic="Inner learning rate",
    text="0.01.",
    code="0.001.",
    source="§5.1",
    conclusion="As in the code.",
    sides=(
        Side(label="text", experiment=MAML, reading="text", metric=METRIC),
        Side(label="code", experiment=MAML, metric=METRIC),
    ),
    finding="{0} against {1}.",
)
SMALL = Catalogue(families=(Family(experiments=(MAML,), title="Sinusoids", disagreements=(RATE,)),))


def record(seed: int, value: float, reading: str, scale: str = "paper", **metric: Any) -> Any:
    usual: dict[str, Any] = {"value": value, "median": value, "tasks": 600, "diverged": 0, "half_width": 0.05}
    summary = Metric(**usual | {"better": "lower"} | metric)
    definition = MAML.definition(scale, reading)
    return example_record(seed=seed, reading=reading, scale=scale, definition=definition, metrics={METRIC: summary})


CODE = [record(seed, 0.3 + 0.01 * seed, "code") for seed in range(3)]


def test_both_sides_are_shown_at_the_largest_scale_that_they_share() -> None:
    desktop = [record(0, value, reading, "desktop") for value, reading in ((0.5, "text"), (0.4, "code"))]
    (found,) = disagreements(Measured([*CODE, *desktop]), SMALL)
    assert found["scale"] == "desktop"
    assert [(side["label"], side["result"], side["seeds"]) for side in found["sides"]] == [
        ("text", "0.50 ± 0.05", 1),
        ("code", "0.40 ± 0.05", 1),
    ]
    assert findings([found]) == ["0.50 ± 0.05 against 0.40 ± 0.05."]


def test_diverged_tasks_are_counted_and_the_interval_is_over_seeds_if_there_are_enough() -> None:
    text = [record(seed, math.inf, "text", median=0.15, diverged=seed + 1) for seed in range(2)]
    (found,) = disagreements(Measured([*CODE, *text]), SMALL)
    assert [side["result"] for side in found["sides"]] == [
        "diverges on 3 of 1,200 test tasks (median 0.15)",
        "0.31 ± 0.02",
    ]


def test_a_wide_interval_around_a_return_is_no_divergence() -> None:
    text = [record(seed, -1.0, "text", half_width=9.0, better="higher") for seed in range(2)]
    (found,) = disagreements(Measured([*CODE, *text]), SMALL)
    assert found["sides"][0]["result"] == "-1.00 ± 9.00"


def test_a_side_without_records_leaves_only_the_commands() -> None:
    (found,) = disagreements(Measured(CODE), SMALL)
    assert (found["sides"], found["scale"], found["finding"]) == ([], None, None)
    assert found["commands"][0] == "python -m benchmarks run sinusoid/maml --scale desktop --reading text"
    assert findings([found]) == []


def test_accuracies_have_their_unit() -> None:
    records = [
        classified(name, scale="desktop", accuracy=80.0)
        for name in ("omniglot/no-conv-5-way-1-shot", "ablation/text-split")
    ]
    found = {entry["topic"]: entry for entry in disagreements(Measured(records), CATALOGUE)}
    assert [side["result"] for side in found["Meta-training characters"]["sides"]] == 2 * ["80.0 ± 1.0 %"]


def test_every_declared_side_names_a_metric_of_its_experiment() -> None:
    declared = [entry for family in CATALOGUE.families for entry in family.disagreements]
    assert len(declared) >= 18
    for entry in declared:
        assert len(entry.sides) != 1
        for side in entry.sides:
            test, _, steps = side.metric.rpartition("/")
            protocol = side.experiment.settings("paper", side.reading)["tests"][test]["protocol"]
            assert int(steps.split("-")[0]) in (protocol.get("after") or range(protocol["steps"] + 1))


@pytest.mark.parametrize("family", [family for family in CATALOGUE.families if family.disagreements])
def test_a_family_with_disagreements_has_a_title(family: Family) -> None:
    assert family.title
