"""Example records for the tests."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmarks.catalogue import CATALOGUE
from benchmarks.declaring.settings import definition_hash
from benchmarks.metric_ids import StepMetric
from benchmarks.records.record import Metric, Record
from benchmarks.statistics import Better

SETTINGS: dict[str, Any] = {"learner": {"steps": 1, "learning_rate": 0.001}}
DEFINITION = definition_hash(SETTINGS)
OTHER_SETTINGS: dict[str, Any] = {"learner": {"steps": 5, "learning_rate": 0.001}}
OTHER: dict[str, Any] = {"settings": OTHER_SETTINGS, "definition": definition_hash(OTHER_SETTINGS)}
"""Changes to a record that make it one of another definition."""


def example_arrays(seed: int = 0) -> dict[str, NDArray[Any]]:
    generator = np.random.default_rng(seed)
    return {
        "k-5/1-step": generator.lognormal(size=20).astype(np.float32),
        "k-5/5-steps": generator.lognormal(size=20).astype(np.float32),
        "training/loss": generator.lognormal(size=7).astype(np.float32),
    }


def example_record(values: Mapping[str, ArrayLike] | None = None, better: Better = "lower", **changes: Any) -> Record:
    """Returns a complete record with its arrays; `values` are per-task values by metric id."""
    seed = changes.get("seed", 0)
    arrays = example_arrays(seed)
    if values is not None:
        arrays = {key: np.asarray(tasks, dtype=np.float32) for key, tasks in values.items()}
    metrics = {key: Metric.from_tasks(tasks, better) for key, tasks in arrays.items() if key != "training/loss"}
    record = Record(
        experiment="sinusoid/maml",
        definition=DEFINITION,
        settings=SETTINGS,
        scale="paper",
        reading="code",
        seed=0,
        metrics=metrics,
        cost={"seconds": 28.1, "iterations": 70000, "peak_memory_bytes": 5e8},
        device="CPU",
        status="complete",
        provenance={"commit": "abc", "dirty": False},
        arrays=arrays,
    )
    return replace(record, **changes)


def classified(experiment: str, *, scale: str = "paper", accuracy: float = 45.0, seed: int = 0) -> Record:
    """Returns a record with all metrics of a classification experiment: 20 % before adaptation, `accuracy` after it."""
    settings = CATALOGUE[experiment].settings(scale, "code")
    metrics = {}
    for name, test in settings["tests"].items():
        protocol = test["protocol"]
        for steps in protocol["after"] or range(protocol["steps"] + 1):
            value = accuracy if steps else 20.0
            summary = Metric(value=value, median=value, tasks=protocol["tasks"], diverged=0, half_width=1.0)
            metrics[str(StepMetric(name, steps))] = summary
    arrays = {"training/loss": np.stack([np.arange(1000.0), np.linspace(2.0, 1.0, 1000)], axis=1)}
    if settings.get("selection"):
        arrays["training/validation"] = np.array([[1000.0, 30.0], [2000.0, 40.0]])
    return example_record(
        experiment=experiment,
        definition=CATALOGUE[experiment].definition(scale, "code"),
        settings=settings,
        scale=scale,
        seed=seed,
        metrics=metrics,
        arrays=arrays,
        cost={"seconds": 60.0, "seconds_per_iteration": 1e-3, "peak_memory_bytes": 1e9},
    )
