"""Declarations of experiments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, get_args

from benchmarks.definition import definition_hash
from benchmarks.errors import BenchmarkError
from benchmarks.overrides import Settings, overridden

Better = Literal["lower", "higher"]
Operations = Literal["tiny", "small", "large"]
Scale = Literal["smoke", "desktop", "paper"]
Reading = Literal["code", "text"]
SCALES: tuple[str, ...] = get_args(Scale)
# The code comes first: it is complete, and it is what the published numbers were made with.
READINGS: tuple[str, ...] = get_args(Reading)

NOTHING: Mapping[str, Any] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    return NOTHING


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """How TensorFlow is started for an experiment; nothing here changes what is measured.

    Attributes:
        operations: how large those are that the experiment is made of. Where they are `tiny`, what counts is
            the cost of starting each: they run on one thread, and oneDNN, whose kernels start more slowly,
            stays off. Where they are `small`, one for each task as in `convolve`, they run on one thread each,
            side by side. `large` ones have all threads.
        groups: of tasks, on a processor; of `maml_tf.MAML`.
        minutes: expected duration of one seed on two cores, by scale.
        memory: expected peak of memory in GB at the paper's scale.
    """

    operations: Operations
    minutes: Mapping[str, float]
    memory: float = 0.7
    groups: int = 1


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One declaration: what is meta-trained, how it is tested, and which references it answers to.

    Settings are nested dictionaries of constants and `part`s; `readings` and `scales` override some of
    them by dotted path, such as `{"learner.inner_loop.learning_rate": 0.01}`.

    Attributes:
        id: "family/variant".
        title: one line.
        description: a short paragraph for the report.
        tasks: the meta-training distribution.
        learner: the learner.
        training: iterations, meta_batch, chunk.
        tests: meta-tests by name, each with `tasks` and `protocol`, and perhaps others of
            `benchmarks.running.meta_test`.
        score: what is measured on query examples.
        selection: how the tested parameters are chosen on meta-validation tasks, if they are: settings of
            `maml_tf.Selection`.
        differences: metrics made of two others, `first - second`, by name.
        pictures: curves to draw, by name.
        better: which way the score is better.
        costs: metrics that tell of the machine, such as seconds: the gate passes over them.
        primary: the reading that is set against the paper where its text and the code disagree.
        diverged_above: a task whose score is beyond this, or not finite, counts as diverged.
        answers: metric id by reference id.
        readings: overrides by reading; a reading that is absent does not exist for this experiment.
        scales: overrides by scale; `paper` has none.
        seeds: how many seeds an accepted baseline should have.
        needs: data sets that must be there.
        footnotes: every known deviation from the paper.
        runtime: how to start TensorFlow.
    """

    id: str
    title: str
    description: str
    tasks: Settings
    learner: Settings
    training: Settings
    tests: Mapping[str, Settings]
    score: Settings
    answers: Mapping[str, str]
    runtime: Runtime
    scales: Mapping[str, Mapping[str, Any]]
    readings: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"text": NOTHING, "code": NOTHING})
    selection: Settings | None = None
    differences: Mapping[str, tuple[str, str]] = field(default_factory=_nothing)
    pictures: Mapping[str, Settings] = field(default_factory=_nothing)
    better: Better = "lower"
    costs: tuple[str, ...] = ()
    primary: Reading = "code"
    diverged_above: float | None = None
    seeds: int = 3
    needs: tuple[str, ...] = ()
    footnotes: tuple[str, ...] = ()

    def settings(self, scale: str, reading: str) -> Settings:
        """Everything that defines the number at a scale and in a reading.

        Raises:
            BenchmarkError: the experiment has no such scale or reading.
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
        # A reading may take away what a scale makes smaller.
        return overridden(settings, {**self.scales[scale], **self.readings[reading]})

    def better_of(self, metric: str) -> Better | None:
        """Which way a metric is better; a difference is one between a worse and a better score, a cost neither."""
        if metric in self.costs:
            return None
        return "higher" if metric in self.differences else self.better

    def definition(self, scale: str, reading: str) -> str:
        """Hash of the settings: numbers with different ones are not comparable.

        Raises:
            BenchmarkError: the experiment has no such scale or reading.
        """
        if (scale, reading) not in self._definitions:
            self._definitions[scale, reading] = definition_hash(self.settings(scale, reading))
        return self._definitions[scale, reading]

    def training_definition(self, scale: str, reading: str) -> str:
        """Hash of the settings that meta-training depends on: however it is tested, its state can be used.

        Raises:
            BenchmarkError: the experiment has no such scale or reading.
        """
        settings = self.settings(scale, reading)
        chosen = ("tasks", "learner", "training", "selection")
        return definition_hash({name: settings[name] for name in chosen if name in settings})

    @cached_property
    def _definitions(self) -> dict[tuple[str, str], str]:
        # Asked for once a reference; the settings behind them never change.
        return {}
