"""All experiments, by id."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType

from benchmarks import (
    ablations,
    first_order_speed,
    glyphs,
    mini_imagenet,
    mini_imagenet_baselines,
    omniglot,
    released_weights,
    sinusoid,
)
from benchmarks.errors import BenchmarkError
from benchmarks.experiment import Experiment

FAMILIES = (
    sinusoid,
    omniglot,
    mini_imagenet_baselines,
    mini_imagenet,
    first_order_speed,
    released_weights,
    ablations,
    glyphs,
)  # in the order of the paper
CATALOGUE: Mapping[str, Experiment] = MappingProxyType(
    {experiment.id: experiment for family in FAMILIES for experiment in family.EXPERIMENTS}
)


def select(patterns: Sequence[str]) -> list[Experiment]:
    """Experiments whose ids equal a pattern or match it as a glob; all of them for no pattern.

    Raises:
        BenchmarkError: a pattern matches nothing.
    """
    chosen: dict[str, Experiment] = {}
    for pattern in patterns or ["*"]:
        matched = {id_: each for id_, each in CATALOGUE.items() if fnmatchcase(id_, pattern)}
        if not matched:
            raise BenchmarkError(f"no experiment matches {pattern!r}; choose from {', '.join(CATALOGUE)}")
        chosen |= matched
    return list(chosen.values())
