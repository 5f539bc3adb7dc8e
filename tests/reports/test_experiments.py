"""Tests of the settings, grouped runs and process log of one experiment."""

from typing import Any

import pytest

from reports import experiments
from tests.reports.sample import record

CODE = {"inner_loop": {"part": "InnerLoop", "steps": 1, "learning_rate": 0.001}, "shot": 10, "hidden": [40, 40]}
TEXT = {"inner_loop": {"part": "InnerLoop", "steps": 1, "learning_rate": 0.01}, "shot": 10, "clip": 5}


def test_runs_that_differ_only_in_their_seed_form_a_group() -> None:
    records = [record("sinusoid/maml", reading, seed) for reading in ("text", "code") for seed in (2, 0, 1)]
    groups = experiments.grouped(records)
    assert [(group.reading, group.definition) for group in groups] == [
        ("text", "b70e55a91c4d"),
        ("code", "3fa9c07d1be2"),
    ]
    assert [run["seed"] for run in groups[0].runs] == [0, 1, 2]
    assert groups[0].seconds == pytest.approx(28.1 + 29.1 + 30.1 + 3 * 2.0)


def test_another_definition_forms_another_group() -> None:
    records = [record("sinusoid/maml", "code", 0), record("sinusoid/maml", "code", 1) | {"definition": "new"}]
    assert len(experiments.grouped(records)) == 2


def test_diverged_tasks_are_counted_in_the_worst_metric() -> None:
    records = [record("sinusoid/maml", "text", 0), record("sinusoid/maml", "text", 1, diverged=37)]
    records[1]["metrics"]["k-5/5-steps"]["diverged"] = 12
    (group,) = experiments.grouped(records)
    assert [experiments.diverged_tasks(run) for run in group.runs] == [0, 37]
    assert group.seeds_with_divergence == 1


def test_every_metric_of_every_seed_is_shown() -> None:
    records = [record("sinusoid/maml", "text", 0), record("sinusoid/maml", "text", 1, diverged=37)]
    del records[0]["metrics"]["k-20/1-steps"]
    (group,) = experiments.grouped(records)
    assert len(group.metrics) == 12
    assert group.metrics["k-20/1-steps"][0] is None
    assert group.metrics["k-5/10-steps"][1] == experiments.Measurement(text="diverged", diverged=37)


def test_provenance_is_shown_once_if_seeds_agree_and_per_seed_otherwise() -> None:
    records = [record("sinusoid/maml", "code", seed) for seed in range(3)]
    (group,) = experiments.grouped(records)
    assert group.facts["device"] == (("CPU, 2 cores", ""),)
    assert group.facts["package versions"] == (("tensorflow 2.21.0, numpy 2.3.1", ""),)
    assert group.facts["commit"] == (("4be1f1c9a9d0", "0, 1"), ("4be1f1c9a9d0 with uncommitted changes", "2"))
    assert not group.facts.keys() & {"command", "started", "finished", "dirty", "data checksums", "processes"}


def test_a_run_without_cost_or_provenance_is_still_shown() -> None:
    bare = record("sinusoid/maml", "code", 0) | {"cost": None, "provenance": None, "metrics": {}}
    (group,) = experiments.grouped([bare])
    assert group.seconds == 0.0
    assert list(group.facts) == ["device"]


@pytest.mark.parametrize("name", ["processes", "sessions"])
def test_the_process_log_lists_the_processes_of_every_seed(name: str) -> None:
    runs = [record("sinusoid/maml", "code", seed) for seed in range(3)]
    first = {"commit": "4be1f1c9a9d0", "dirty": True, "started": "2025-11-20T10:00:00+00:00", "groups": 4}
    second = {"commit": "4be1f1c9a9d0", "dirty": False, "intra_op_threads": 0, "onednn": None, "peak_memory_bytes": 1e9}
    runs[1]["provenance"][name] = [first, second]
    (group,) = experiments.grouped(runs)
    log = group.process_log
    assert log.columns == ("Commit", "Started", "Meta-batch groups", "Intra-op threads", "oneDNN", "Peak memory")
    assert log.rows == (
        ("1", ("4be1f1c9a9d0 with uncommitted changes", "20 November 2025, 10:00 UTC", "4", "—", "—", "—")),
        ("1", ("4be1f1c9a9d0", "—", "—", "automatic", "default", "1.0 GB")),
    )
    assert name not in group.facts


def test_shared_settings_are_joined_by_component() -> None:
    assert [(setting.name, *setting.texts) for setting in experiments.shared_settings({"code": CODE})] == [
        ("inner loop", "InnerLoop; steps 1; learning rate 0.001"),
        ("shot", "10"),
        ("hidden", "40, 40"),
    ]
    assert experiments.differing_settings({"code": CODE}) == ()


def test_differing_settings_include_those_that_one_reading_lacks() -> None:
    readings = {"code": CODE, "text": TEXT}
    assert [(row.name, row.texts) for row in experiments.differing_settings(readings)] == [
        ("inner loop › learning rate", ("0.001", "0.01")),
        ("hidden", ("40, 40", "—")),
        ("clip", ("—", "5")),
    ]
    assert [setting.texts[0] for setting in experiments.shared_settings(readings)] == ["InnerLoop; steps 1", "10"]


def test_a_component_that_one_reading_lacks_is_one_line() -> None:
    selection = {"part": "Selection", "tasks": {"ways": 5}, "every": 1000}
    readings: dict[str, dict[str, Any]] = {"text": {"steps": 1}, "code": {"steps": 1, "selection": selection}}
    assert [(row.name, row.texts) for row in experiments.differing_settings(readings)] == [
        ("selection", ("none", "Selection; ways 5; every 1000"))
    ]


def test_nested_components_are_named_from_the_outside_in() -> None:
    nested = {"learner": {"part": "MAML", "network": {"part": "MLP", "standard_deviation": 0.01}}}
    assert [(setting.name, *setting.texts) for setting in experiments.shared_settings({"code": nested})] == [
        ("learner", "MAML"),
        ("learner › network", "MLP; standard deviation 0.01"),
    ]


def test_without_readings_there_are_no_settings() -> None:
    assert experiments.differing_settings({}) == ()
    assert experiments.shared_settings({}) == ()
