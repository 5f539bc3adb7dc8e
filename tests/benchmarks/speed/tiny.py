"""Tiny problems of every kind, as assignments, so that programs can be compared in one process."""

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.catalogue import CATALOGUE
from benchmarks.declaring.settings import Settings, overridden
from benchmarks.speed.agreement import Computed
from benchmarks.speed.problem import Problem, draw
from benchmarks.speed.program import Assignment

CHANGES: dict[str, dict[str, Any]] = {
    "sinusoid": {"training.meta_batch": 3},
    "omniglot-no-conv": {"training.meta_batch": 2, "learner.network.hidden": (12, 8)},
    "omniglot": {"training.meta_batch": 2, "learner.network.image": (20, 17, 1), "learner.network.filters": 4},
    "mini-imagenet": {
        "training.meta_batch": 2,
        "learner.network.image": (37, 33, 3),  # odd sizes, of which pooling drops a row or column
        "learner.network.filters": 4,
        "learner.inner_loop.steps": 1,
        "tasks.query": 3,
    },
}


def settings(name: str) -> Settings:
    """Returns the settings of a workload, made small, with a higher inner learning rate for regression."""
    whole = CATALOGUE[CATALOGUE.race(name).experiment].settings("paper", "code")
    rate = {"learner.inner_loop.learning_rate": 0.02} if name == "sinusoid" else {}
    return overridden(whole, CHANGES[name] | rate)


def assignment(name: str, folder: Path, *, first_order: bool = False) -> Assignment:
    """Returns what a side is given; the tensors are written into `folder`."""
    given = settings(name)
    arrays = folder / f"{name}.npz"
    np.savez(arrays, **draw(Problem.of(given)))  # type: ignore[arg-type]
    return Assignment(settings=given, arrays=str(arrays), first_order=first_order, graph_steps=1, chunk=2)


def computed(program: Any, *, first_order: bool = False) -> Computed:
    """Returns what a program computes."""
    loss, gradient = program.loss_and_gradient()
    return Computed(loss=loss, gradient=gradient, first_order=first_order)
