"""The two sides of a race, each in a process of its own.

Run as `python -m benchmarks.speed.contenders SIDE RACE`; each line on standard input, a number of meta-iterations,
is answered by a line with the seconds that one of them took.
"""

import os
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from benchmarks.catalogue import CATALOGUE
from benchmarks.part import build, part
from benchmarks.running import launch
from benchmarks.running.grouping import in_groups
from benchmarks.speed.authors_classification import authors_classification
from benchmarks.speed.authors_regression import authors_regression
from benchmarks.speed.contender import SecondsAnIteration
from benchmarks.speed.races import RACES, Race

CLASSES, EXAMPLES = 64, 20  # of noise; any number will do


def environment(side: str, race: Race) -> dict[str, str]:
    """What a side is started with: ours as the pool starts a single run, the authors' as TensorFlow comes."""
    if side == "authors":
        return {}
    return launch.environment(CATALOGUE[race.experiment].runtime.operations, len(os.sched_getaffinity(0)))


def ours(race: Race) -> SecondsAnIteration:
    """The experiment of the catalogue, through the library's own training loop."""
    import maml_tf

    launch.start_tensorflow()
    settings = _settings(race)
    declared = settings["tasks"]
    if race.image:
        declared = declared | {"images": part("benchmarks.speed.contenders.noise", image=race.image)}
    groups = CATALOGUE[race.experiment].runtime.groups
    learner, tasks = build(in_groups(settings["learner"], settings["training"], groups)), build(declared)

    def timed(count: int) -> float:
        training = maml_tf.Training(**settings["training"] | {"iterations": count})
        return maml_tf.train(learner, tasks, training).seconds_per_iteration

    return timed


def authors(race: Race) -> SecondsAnIteration:
    """The authors' program for it."""
    if race.image is None:
        return authors_regression(_settings(race))
    (data,) = CATALOGUE[race.experiment].needs
    return authors_classification(_settings(race), data)


def noise(image: tuple[int, int, int]) -> Any:
    """Classes of images that show nothing."""
    from maml_tf.datasets import ImageClasses

    pixels = np.random.default_rng(0).integers(0, 256, [CLASSES, EXAMPLES, *image], np.uint8)
    return ImageClasses(images=pixels, names=tuple(f"class {number}" for number in range(CLASSES)))


def _settings(race: Race) -> dict[str, Any]:
    return CATALOGUE[race.experiment].settings("paper", "code")


SIDES: Mapping[str, Callable[[Race], SecondsAnIteration]] = MappingProxyType({"ours": ours, "authors": authors})


def main() -> None:
    """Answers requests until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    side, race = sys.argv[1:]
    timed = SIDES[side](RACES[race])
    for line in sys.stdin:
        print(timed(int(line)), file=answers, flush=True)


if __name__ == "__main__":
    main()
