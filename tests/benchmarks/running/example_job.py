"""Jobs for the tests."""

from typing import Any

from benchmarks.catalogue import CATALOGUE
from benchmarks.running.job import Job


def example_job(experiment: str = "sinusoid/oracle", scale: str = "smoke", **changes: Any) -> Job:
    """Returns a job for an experiment of the catalogue on a CPU, as `runner.plan` makes it."""
    fields: dict[str, Any] = {
        "reading": "code",
        "seed": 0,
        "definition": CATALOGUE[experiment].definition(scale, changes.get("reading", "code")),
        "operations": CATALOGUE[experiment].runtime.operations,
        "device": "cpu",
        "out": "runs/records",
    }
    return Job(experiment=experiment, scale=scale, **fields | changes)
