"""The two sides of a race, each in a process of its own.

Run as `python -m benchmarks.speed.contenders SIDE`. The first request says what is timed (`request`); every
further request is a number of meta-iterations, and the answer is the time of one meta-iteration in seconds.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import numpy as np

from benchmarks.cores import available_cores
from benchmarks.declaring.experiment import Experiment
from benchmarks.declaring.settings import Settings, build, part
from benchmarks.family import Race
from benchmarks.running import launch
from benchmarks.running.child import serve
from benchmarks.speed.authors_classification import authors_classification
from benchmarks.speed.authors_regression import authors_regression

CLASSES, EXAMPLES = 64, 20  # of the random images; the numbers do not matter

Timer = Callable[[int], float]
"""Runs a number of meta-iterations and returns the seconds that one of them took."""


def environment(side: str, experiment: Experiment) -> dict[str, str]:
    """Returns the environment of a side: ours as a single run is started, the authors' with TensorFlow's defaults."""
    if side == "authors":
        return {}
    return launch.environment(experiment.runtime.operations, available_cores())


def request(race: Race, experiment: Experiment) -> dict[str, Any]:
    """Returns what a side needs: the race, and the settings (paper scale) and groups of its experiment."""
    settings = experiment.settings("paper", "code")
    return {"race": asdict(race), "settings": settings, "groups": experiment.runtime.groups}


def ours(race: Race, settings: Settings, groups: int) -> Timer:
    """Returns a timer of the experiment in the library's own training loop."""
    import maml_tf

    launch.start_tensorflow()
    declared = settings["tasks"]
    if race.image:
        declared = declared | {"images": part("benchmarks.speed.contenders.noise", image=race.image)}
    learner = build(launch.in_groups(settings, groups))
    tasks = build(declared)

    def timed(count: int) -> float:
        training = maml_tf.Training(**settings["training"] | {"iterations": count})
        return maml_tf.train(learner, tasks, training).seconds_per_iteration

    return timed


def authors(race: Race, settings: Settings, groups: int) -> Timer:
    """Returns a timer of the authors' program for the experiment, which has no groups."""
    del groups
    if race.image is None:
        return authors_regression(settings)
    return authors_classification(settings, race.graph_steps, race.clip)


def noise(image: tuple[int, int, int]) -> Any:
    """Returns classes of random images of this height, width and channels."""
    from maml_tf.datasets import ImageClasses

    pixels = np.random.default_rng(0).integers(0, 256, [CLASSES, EXAMPLES, *image], np.uint8)
    return ImageClasses(images=pixels, names=tuple(f"class {number}" for number in range(CLASSES)))


SIDES: Mapping[str, Callable[[Race, Settings, int], Timer]] = MappingProxyType({"ours": ours, "authors": authors})


def main() -> None:
    """Answers requests until the parent closes."""
    requests, answer = serve()
    first = next(requests)
    timed = SIDES[sys.argv[1]](Race(**first["race"]), first["settings"], first["groups"])
    for iterations in requests:
        answer(timed(iterations))


if __name__ == "__main__":
    main()
