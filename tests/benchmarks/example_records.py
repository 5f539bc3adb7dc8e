"""Records made up for the tests."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy
from numpy.typing import ArrayLike, NDArray

from benchmarks.records.record import Metric, Record
from benchmarks.statistics import Better

DEFINITION = "0123456789ab"


def example_arrays(seed: int = 0) -> dict[str, NDArray[Any]]:
    generator = numpy.random.default_rng(seed)
    return {
        "k-5/1-step": generator.lognormal(size=20).astype(numpy.float32),
        "k-5/5-steps": generator.lognormal(size=20).astype(numpy.float32),
        "training/loss": generator.lognormal(size=7).astype(numpy.float32),
    }


def example_record(values: Mapping[str, ArrayLike] | None = None, better: Better = "lower", **changes: Any) -> Record:
    """A complete record with its arrays; `values` are per-task values by metric id."""
    seed = changes.get("seed", 0)
    arrays = example_arrays(seed)
    if values is not None:
        arrays = {key: numpy.asarray(entry, dtype=numpy.float32) for key, entry in values.items()}
    metrics = {key: Metric.from_tasks(entry, better) for key, entry in arrays.items() if key != "training/loss"}
    record = Record(
        experiment="sinusoid/maml",
        definition=DEFINITION,
        settings={"learner": {"steps": 1, "learning_rate": 0.001}},
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
