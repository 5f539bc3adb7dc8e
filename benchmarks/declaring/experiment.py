"""Declarations of experiments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, get_args

from benchmarks.declaring.extra import Extra
from benchmarks.declaring.settings import Settings, definition_hash, overridden
from benchmarks.errors import BenchmarkError
from benchmarks.statistics import Better

Operations = Literal["tiny", "small", "medium", "large"]
Scale = Literal["smoke", "desktop", "paper"]
Reading = Literal["code", "text"]
SCALES: tuple[str, ...] = get_args(Scale)
# The code comes first: it is complete, and the published numbers were made with it.
READINGS: tuple[str, ...] = get_args(Reading)

NOTHING: Mapping[str, Any] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    return NOTHING


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """How TensorFlow is started for an experiment. Nothing here changes what is measured.

    Attributes:
        operations: Size of the operations that the experiment is made of. `tiny` operations cost mostly the overhead
            of starting them, so they run on one thread, without oneDNN, whose kernels start more slowly. `small`
            operations, such as one convolution for every task, use one thread and run side by side. So do `medium`
            operations, on larger images, and memory for their results is kept from one to the next. `large` operations
            use all threads.
        minutes: Expected duration of one seed on two cores, by scale.
        memory: Expected peak memory in GB at the paper's scale.
        groups: Number of groups of tasks that are computed side by side on a CPU; the setting of `maml_tf.MAML`.
    """

    operations: Operations
    minutes: Mapping[str, float]
    memory: float = 0.7
    groups: int = 1


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Declares what is meta-trained, how it is tested, and which references of the paper it answers.

    Settings are nested dictionaries of constants and `part`s. `readings` and `scales` override some of them by dotted
    path, such as `{"learner.inner_loop.learning_rate": 0.01}`.

    Attributes:
        id: "family/variant".
        title: One line for lists and headings.
        description: A short paragraph for the report.
        tasks: The meta-training task distribution.
        learner: The learner.
        training: Settings of `maml_tf.Training`: meta-iterations, tasks in a meta-batch, and others.
        tests: Meta-tests by name, with `tasks` and `protocol`; `benchmarks.running.meta_test` lists the other keys.
        score: The function that scores query examples; None for a learner that scores itself.
        answers: Metric id by reference id.
        runtime: How TensorFlow is started, and what a run costs.
        scales: Overrides by scale; `paper` has none.
        readings: Overrides by reading; a reading that is absent does not exist for this experiment.
        selection: Settings of `maml_tf.Selection`, if the tested parameters are chosen on meta-validation tasks.
        differences: Metrics that are the difference `first - second` of two others, by name.
        pictures: Predictions to draw, by name.
        extra_measurements: Dotted names of functions `(settings, learner, parameters) -> arrays by name` that are
            called after meta-training. The settings declare what they measure; these names are not part of them.
        better: Whether a lower or a higher score is better.
        costs: Metrics that depend on the machine, such as seconds, which the gate does not compare.
        primary: The reading that is compared with the paper where its text and the code disagree.
        diverged_above: A task whose score is above this, or not finite, counts as diverged.
        seeds: Number of seeds that an accepted baseline should have.
        needs: Names of the data sets that a run reads.
        extra: Optional packages that a run needs, if any.
        paired_tests: Names of the meta-tests on the same tasks, in the same order, as the authors' own results by task.
        footnotes: Every known deviation from the paper.
    """

    id: str
    title: str
    description: str
    tasks: Settings
    learner: Settings
    training: Settings
    tests: Mapping[str, Settings]
    score: Settings | None
    answers: Mapping[str, str]
    runtime: Runtime
    scales: Mapping[str, Mapping[str, Any]]
    readings: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"text": NOTHING, "code": NOTHING})
    selection: Settings | None = None
    differences: Mapping[str, tuple[str, str]] = field(default_factory=_nothing)
    pictures: Mapping[str, Settings] = field(default_factory=_nothing)
    extra_measurements: tuple[str, ...] = ()
    better: Better = "lower"
    costs: tuple[str, ...] = ()
    primary: Reading = "code"
    diverged_above: float | None = None
    seeds: int = 3
    needs: tuple[str, ...] = ()
    extra: Extra | None = None
    paired_tests: tuple[str, ...] = ()
    footnotes: tuple[str, ...] = ()

    def settings(self, scale: str, reading: str) -> Settings:
        """Returns everything that defines the numbers at a scale and in a reading.

        Raises:
            BenchmarkError: The experiment has no such scale or reading.
        """
        if scale not in self.scales:
            raise BenchmarkError(f"{self.id} has no scale {scale!r}; choose from {', '.join(self.scales)}")
        if reading not in self.readings:
            raise BenchmarkError(f"{self.id} has no reading {reading!r}; choose from {', '.join(self.readings)}")
        settings: Settings = {
            "tasks": self.tasks,
            "learner": self.learner,
            "training": self.training,
            "tests": dict(self.tests),
            "score": self.score,
            "differences": dict(self.differences),
            "pictures": dict(self.pictures),
            "diverged_above": self.diverged_above,
        }
        if self.selection:
            settings["selection"] = self.selection
        # Readings come last, since a reading may remove a setting that the scale reduces.
        return overridden(settings, {**self.scales[scale], **self.readings[reading]})

    def better_of(self, metric: str) -> Better | None:
        """Returns which way a metric is better.

        A difference is declared so that it is an improvement if it is above zero, so a higher one is better. A cost is
        better in neither direction.
        """
        if metric in self.costs:
            return None
        return "higher" if metric in self.differences else self.better

    def definition(self, scale: str, reading: str) -> str:
        """Returns the hash of the settings; numbers with different hashes are not comparable.

        Raises:
            BenchmarkError: The experiment has no such scale or reading.
        """
        if (scale, reading) not in self._definitions:
            self._definitions[scale, reading] = definition_hash(self.settings(scale, reading))
        return self._definitions[scale, reading]

    def training_definition(self, scale: str, reading: str) -> str:
        """Returns the hash of the settings that meta-training depends on.

        Where it is equal, a saved state can be used, however the meta-tests differ.

        Raises:
            BenchmarkError: The experiment has no such scale or reading.
        """
        settings = self.settings(scale, reading)
        chosen = ("tasks", "learner", "training", "selection")
        return definition_hash({name: settings[name] for name in chosen if name in settings})

    @cached_property
    def _definitions(self) -> dict[tuple[str, str], str]:
        # The settings never change, and a report asks for a definition once for every reference.
        return {}
