"""Runs of one experiment, put together by seed."""

import pytest

from reports import runs
from tests.reports.sample_runs import record


def test_runs_that_differ_only_in_their_seed_belong_together() -> None:
    records = [record("sinusoid/maml", reading, seed) for reading in ("text", "code") for seed in (2, 0, 1)]
    groups = runs.grouped(records)
    assert [(group.reading, group.definition) for group in groups] == [
        ("text", "b70e55a91c4d"),
        ("code", "3fa9c07d1be2"),
    ]
    assert [run["seed"] for run in groups[0].runs] == [0, 1, 2]
    assert groups[0].seconds == pytest.approx(28.1 + 29.1 + 30.1 + 3 * 2.0)


def test_a_definition_that_changed_starts_a_group_of_its_own() -> None:
    records = [record("sinusoid/maml", "code", 0), record("sinusoid/maml", "code", 1) | {"definition": "new"}]
    assert len(runs.grouped(records)) == 2


def test_diverged_tasks_are_counted_in_the_worst_metric() -> None:
    records = [record("sinusoid/maml", "text", 0), record("sinusoid/maml", "text", 1, diverged=37)]
    records[1]["metrics"]["k-5/5-steps"]["diverged"] = 12
    (group,) = runs.grouped(records)
    assert [runs.diverged_tasks(run) for run in group.runs] == [0, 37]
    assert group.seeds_with_divergence == 1


def test_every_metric_of_every_seed_is_told() -> None:
    records = [record("sinusoid/maml", "text", 0), record("sinusoid/maml", "text", 1, diverged=37)]
    del records[0]["metrics"]["k-20/1-steps"]
    (group,) = runs.grouped(records)
    metrics = {metric.name: metric.measurements for metric in group.metrics}
    assert len(metrics) == 12
    assert metrics["k-20/1-steps"][0] is None
    assert metrics["k-5/10-steps"][1] == runs.Measurement(text="diverged", diverged=37)


def test_provenance_is_told_once_where_seeds_agree_and_per_seed_where_not() -> None:
    records = [record("sinusoid/maml", "code", seed) for seed in range(3)]
    (group,) = runs.grouped(records)
    facts = {fact.name: fact.values for fact in group.facts}
    assert facts["device"] == (("CPU, 2 cores", ""),)
    assert facts["packages"] == (("tensorflow 2.21.0, numpy 2.3.1", ""),)
    assert facts["commit"] == (("4be1f1c9a9d0", "0, 1"), ("4be1f1c9a9d0 with uncommitted changes", "2"))
    assert not facts.keys() & {"command", "started", "finished", "dirty", "data"}


def test_a_run_without_cost_or_provenance_is_still_shown() -> None:
    bare = record("sinusoid/maml", "code", 0) | {"cost": None, "provenance": None, "metrics": {}}
    (group,) = runs.grouped([bare])
    assert group.seconds == 0.0
    assert [fact.name for fact in group.facts] == ["device"]
