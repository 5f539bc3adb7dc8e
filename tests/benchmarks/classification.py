"""Records of few-shot classification made up for the tests."""

import numpy

from benchmarks.catalogue import CATALOGUE
from benchmarks.records.record import Metric, Record
from tests.benchmarks.example_records import example_record


def classified(experiment: str, *, scale: str = "paper", accuracy: float = 45.0, seed: int = 0) -> Record:
    """A record that has every metric of its experiment: 20 % before adaptation, the accuracy afterwards."""
    declared = CATALOGUE[experiment]
    settings = declared.settings(scale, "code")
    metrics = {}
    for name, test in settings["tests"].items():
        protocol = test["protocol"]
        for steps in protocol["after"] or range(protocol["steps"] + 1):
            value = accuracy if steps else 20.0
            summary = Metric(value=value, median=value, tasks=protocol["tasks"], diverged=0, half_width=1.0)
            metrics[f"{name}/{steps}-step{'' if steps == 1 else 's'}"] = summary
    loss = numpy.stack([numpy.arange(1000.0), numpy.linspace(2.0, 1.0, 1000)], axis=1)
    arrays = {"training/loss": loss}
    if settings.get("selection"):
        arrays["training/validation"] = numpy.array([[1000.0, 30.0], [2000.0, 40.0]])
    definition = declared.definition(scale, "code")
    return example_record(
        experiment=experiment,
        definition=definition,
        settings=settings,
        scale=scale,
        seed=seed,
        metrics=metrics,
        arrays=arrays,
        cost={"seconds": 60.0, "seconds_per_iteration": 1e-3, "peak_memory_bytes": 1e9},
    )
