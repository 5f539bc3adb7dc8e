"""What one family of experiments adds to the suite, and the catalogue that families make up."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar

from benchmarks.data.inventory import DataSet, is_present
from benchmarks.declaring.disagreement import Disagreement
from benchmarks.declaring.experiment import Experiment
from benchmarks.declaring.settings import look_up
from benchmarks.errors import check_choice, no_match
from benchmarks.records.evidence import Measured

Value = TypeVar("Value")
Drawing = dict[str, Any]
"""A chart or picture as plain data, which `reports` renders."""

Draw = Callable[[Measured], list[Drawing]]
Sample = Callable[[], Drawing]
"""Draws one task: `title`, `caption`, and `classes` of images, a `panel` of a picture, or why it is `left_out`."""

ClaimRow = Callable[[Measured], Mapping[str, Any]]
"""Computes the fields of a claim's row of `status`: its verdict, its footnotes, and its numbers where it has some."""


@dataclass(frozen=True, kw_only=True)
class Race:
    """An experiment that `speed` times beside peers of this library.

    Attributes:
        experiment: Id of the experiment, whose settings at the paper's scale all sides use.
        chunk: Meta-iterations of the library without interruption; each turn is a multiple of it.
        graph_steps: Inner steps in the authors' training graph, however many are trained (their `test_num_updates`).
    """

    experiment: str
    chunk: int
    graph_steps: int = 10


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """The functions that compute claims and charts from the records of a family.

    Attributes:
        claims: Functions that compute the row of a claim that follows from several numbers, by reference id.
        figures: Functions that draw the paper's figures from records.
        comparisons: Functions that draw experiments side by side, to show what one choice changes.
        pictures: Functions that draw predictions.
        filmstrips: Functions that render what moves.
    """

    claims: Mapping[str, ClaimRow] = field(default_factory=dict)
    figures: tuple[Draw, ...] = ()
    comparisons: tuple[Draw, ...] = ()
    pictures: tuple[Draw, ...] = ()
    filmstrips: tuple[Draw, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrainingCurve:
    """What the chart of meta-training shows.

    Attributes:
        title: What it shows, as the beginning of a sentence.
        label: Name of the vertical axis.
        factor: What the losses are multiplied by; -1 where the loss is minus a return.
    """

    title: str = "Loss on query sets"
    label: str = "loss"
    factor: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Family:
    """Everything that one family of experiments adds to the suite.

    Attributes:
        experiments: The declarations, in the order of the paper.
        title: Title of the family in the report.
        disagreements: The places where the paper's text and the authors' code differ.
        analysis: The analysis of its records, or the dotted name of one, which `list` and `run` then do not load.
        data_sets: The data sets that its experiments read.
        races: The experiments that `speed` times, by the name that a user types.
        score: Name and unit of the score on charts of adaptation and meta-training, such as "accuracy, %"; None for a
            family without such charts.
        training: What the chart of meta-training shows.
        group_titles: Titles in the report for groups of references, by the first part of their ids, if the id
            itself is not a title.
        glossary: Terms that the report explains, and their meanings.
        sample: Draws one task for the report, without TensorFlow.
        shown_with: By experiment id, references that the experiment does not answer but is charted with, and the
            metrics that they correspond to.
    """

    experiments: tuple[Experiment, ...]
    title: str = ""
    disagreements: tuple[Disagreement, ...] = ()
    analysis: Analysis | str = Analysis()
    data_sets: tuple[DataSet, ...] = ()
    races: Mapping[str, Race] = field(default_factory=dict)
    score: str | None = None
    training: TrainingCurve = TrainingCurve()
    group_titles: Mapping[str, str] = field(default_factory=dict)
    glossary: Mapping[str, str] = field(default_factory=dict)
    sample: Sample | None = None
    shown_with: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Catalogue(Mapping[str, Experiment]):
    """All experiments by id, and what their families add.

    Attributes:
        families: The families, in the order in which they are listed.
    """

    families: tuple[Family, ...]

    def __getitem__(self, experiment: str) -> Experiment:
        return self.experiments[experiment]

    def __iter__(self) -> Iterator[str]:
        return iter(self.experiments)

    def __len__(self) -> int:
        return len(self.experiments)

    @cached_property
    def experiments(self) -> Mapping[str, Experiment]:
        """All experiments by id."""
        return _merged({experiment.id: experiment for experiment in family.experiments} for family in self.families)

    @cached_property
    def claims(self) -> Mapping[str, ClaimRow]:
        """Functions that compute the row of each claim that follows from several numbers, by reference id."""
        return _merged(analysis.claims for analysis in self._analyses)

    @cached_property
    def data_sets(self) -> Mapping[str, DataSet]:
        """All data sets by name."""
        return _merged({data_set.name: data_set for data_set in family.data_sets} for family in self.families)

    @cached_property
    def races(self) -> Mapping[str, Race]:
        """All experiments that `speed` times, by the name that a user types."""
        return _merged(family.races for family in self.families)

    @cached_property
    def group_titles(self) -> Mapping[str, str]:
        """Titles for groups of references, by the first part of their ids."""
        return _merged(family.group_titles for family in self.families)

    @cached_property
    def glossary(self) -> Mapping[str, str]:
        """Terms that the report explains, with their meaning."""
        return _merged(family.glossary for family in self.families)

    def family_of(self, experiment: str) -> Family:
        """Returns the family that declares an experiment."""
        return next(family for family in self.families if self[experiment] in family.experiments)

    def select(self, patterns: Sequence[str]) -> list[Experiment]:
        """Returns the experiments whose ids equal or match one of the glob patterns; all of them for no pattern.

        Raises:
            BenchmarkError: A pattern matches nothing.
        """
        chosen: dict[str, Experiment] = {}
        for pattern in patterns or ["*"]:
            matching = {name: experiment for name, experiment in self.items() if fnmatchcase(name, pattern)}
            if not matching:
                raise no_match("experiment", pattern, self, "python -m benchmarks list")
            chosen |= matching
        return list(chosen.values())

    def race(self, name: str) -> Race:
        """Returns the race with a name.

        Raises:
            BenchmarkError: No race has the name.
        """
        check_choice("comparison", name, list(self.races))
        return self.races[name]

    def is_present(self, data_set: str) -> bool:
        """Returns whether the files of a data set seem to be there."""
        return is_present(self.data_sets[data_set])

    def figures(self, measured: Measured) -> list[Drawing]:
        """Returns the paper's figures, drawn from records."""
        return [drawing for analysis in self._analyses for draw in analysis.figures for drawing in draw(measured)]

    def comparisons(self, measured: Measured) -> list[Drawing]:
        """Returns the charts that show experiments side by side."""
        return [drawing for analysis in self._analyses for draw in analysis.comparisons for drawing in draw(measured)]

    def pictures(self, measured: Measured) -> list[Drawing]:
        """Returns the pictures of predictions."""
        return [drawing for analysis in self._analyses for draw in analysis.pictures for drawing in draw(measured)]

    def filmstrips(self, measured: Measured) -> list[Drawing]:
        """Returns rows of rendered pictures, or why they are left out."""
        return [drawing for analysis in self._analyses for draw in analysis.filmstrips for drawing in draw(measured)]

    def sample_tasks(self) -> list[Drawing]:
        """Returns one task of each family that draws one, with the title of the family."""
        return [{"family": family.title, **family.sample()} for family in self.families if family.sample]

    @cached_property
    def _analyses(self) -> list[Analysis]:
        named = [family.analysis for family in self.families]
        return [look_up(analysis) if isinstance(analysis, str) else analysis for analysis in named]


def _merged(mappings: Iterable[Mapping[str, Value]]) -> Mapping[str, Value]:
    merged: dict[str, Value] = {}
    for mapping in mappings:
        if twice := merged.keys() & mapping.keys():
            raise ValueError(f"declared by two families: {', '.join(sorted(twice))}")
        merged |= mapping
    return MappingProxyType(merged)
