"""Records of reinforcement learning for the tests, with the authors' own results or made-up ones."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from benchmarks.catalogue import CATALOGUE
from benchmarks.experiments.reinforcement_learning.domains import DOMAINS
from benchmarks.metric_ids import StepMetric
from benchmarks.records.by_task import results_by_task
from benchmarks.records.record import Record
from tests.benchmarks.example_records import example_record

METHODS = ("maml", "pretrained", "random", "oracle")
Returns = Mapping[str, np.ndarray]  # by metric id


def theirs(panel: str, method: str) -> dict[str, np.ndarray]:
    """Returns the authors' results by metric id, each of shape [40]."""
    start = f"{panel}/{method}/"
    return {
        f"goals/{name.removeprefix(start)}": np.array(values)
        for name, values in results_by_task().items()
        if name.startswith(start)
    }


def record(key: str, method: str, returns: Returns, *, scale: str = "paper", seed: int = 0, **changes: Any) -> Record:
    """Returns a record of a current run with these returns by goal; the weights and losses are made up."""
    experiment = CATALOGUE[f"reinforcement-learning/{key}-{method}"]
    made = example_record(
        returns,
        better="higher",
        experiment=experiment.id,
        definition=experiment.definition(scale, "code"),
        settings=experiment.settings(scale, "code"),
        scale=scale,
        seed=seed,
        **changes,
    )
    made.arrays["training/loss"] = np.array([[1.0, 40.0], [2.0, 20.0]])  # type: ignore[index]
    return made


def records_of_the_authors(seeds: Iterable[int] = range(3), keys: Iterable[str] | None = None) -> list[Record]:
    """Returns records that hold the authors' own results, the same for every seed."""
    return [
        record(domain.key, method, theirs(domain.panel, method), seed=seed)
        for seed in seeds
        for domain in DOMAINS
        if keys is None or domain.key in keys
        for method in METHODS
    ]


def shifted(records: list[Record], experiment: str, steps: int, by: float) -> list[Record]:
    """Returns the records with the returns of one experiment after some steps changed by a number."""
    name = str(StepMetric("goals", steps))
    changed = []
    for each in records:
        if each.experiment == f"reinforcement-learning/{experiment}":
            arrays = {id_: values for id_, values in each.arrays.items() if id_.startswith("goals/")}
            arrays[name] = arrays[name] + by
            _, key, method = _parts(experiment)
            changed.append(record(key, method, arrays, seed=each.seed))
        else:
            changed.append(each)
    return changed


def _parts(experiment: str) -> tuple[str, str, str]:
    key = next(domain.key for domain in DOMAINS if experiment.startswith(f"{domain.key}-"))
    return experiment, key, experiment.removeprefix(f"{key}-")
