"""Groups of tasks are of the machine: the experiments of the catalogue are what they are without them."""

from typing import Any

import pytest

from benchmarks.catalogue import CATALOGUE
from benchmarks.experiment import SCALES
from benchmarks.part import build
from benchmarks.running.grouping import in_groups


@pytest.mark.parametrize(
    ("tasks_at_once", "meta_batch", "groups", "expected"),
    [(None, 32, 8, 8), (None, 2, 8, 2), (4, 16, 8, 4), (None, 25, 8, None), (None, 32, 1, None)],
)
def test_as_many_groups_as_fit(tasks_at_once: int | None, meta_batch: int, groups: int, expected: int | None) -> None:
    learner = {"part": "maml_tf.MAML", "tasks_at_once": tasks_at_once}
    grouped = in_groups(learner, {"meta_batch": meta_batch}, groups)
    assert grouped == (learner if expected is None else learner | {"groups": expected})


@pytest.mark.parametrize("scale", SCALES)
def test_every_learner_takes_the_groups_of_its_experiment(scale: str) -> None:
    found: dict[str, Any] = {}
    for experiment in CATALOGUE.values():
        settings = experiment.settings(scale, "code")
        grouped = in_groups(settings["learner"], settings["training"], experiment.runtime.groups)
        if "groups" in grouped:
            found[experiment.id] = build(grouped).groups
    assert "omniglot/maml-20-way-1-shot" in found
    if scale == "paper":
        assert found == {name: CATALOGUE[name].runtime.groups for name in found}
