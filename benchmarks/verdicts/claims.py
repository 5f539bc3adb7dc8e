"""Claims of the text that follow from several numbers: the differences that they are about, and the verdict.

A claim is assessed by differences in the unit of the scores, each with its combined half-width: over test tasks, as
printed or as measured, and over our seeds where there are several (`statistics.prediction_interval`).

* A lead holds if the difference is above zero by more than the half-width, and fails if it is below zero by more.
* A near equality holds if the difference, half-width included, is no larger than the paper could have seen: the
  combined half-width of the two numbers as printed. It fails if the difference is larger than both together.

Otherwise the claim is inconclusive. With fewer than three seeds, whose spread is unknown, the half-width of the
difference counts ten times. A claim about several settings gets the worst of their verdicts.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from benchmarks import statistics
from benchmarks.data.inventory import DataSet, is_present
from benchmarks.declaring.experiment import SCALES, Experiment
from benchmarks.records.evidence import Evidence, Measured
from benchmarks.records.references import Reference, load_references
from benchmarks.verdicts import reasons
from benchmarks.verdicts.verdict import FAR_OUTSIDE, MINIMUM_SEEDS, Verdict

Row = dict[str, Any]


class Number(NamedTuple):
    """A number as printed or as measured, or a difference of two.

    Attributes:
        value: The number.
        half_width: Half the width of the 95 % interval around it.
    """

    value: float
    half_width: float

    def __sub__(self, other: "Number") -> "Number":
        half_width = statistics.combined_half_width(self.half_width, other.half_width)
        return Number(self.value - other.value, half_width)


@dataclass(frozen=True, kw_only=True)
class Lead:
    """Our number is above the best one that the paper prints for other methods.

    Attributes:
        experiment: The experiment that measures our number.
        reference: The reference that it answers, which is what the paper prints for the same method.
        rivals: References of the other methods.
    """

    experiment: Experiment
    reference: str
    rivals: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NearEquality:
    """Two numbers of ours are nearly equal.

    Attributes:
        first: The experiment of the first number, such as an approximation.
        exact: The experiment that it is compared with.
        metric: The metric of both.
        printed: References of the same numbers in the paper. Their combined half-width is the margin; without any it
            is 0.
    """

    first: Experiment
    exact: Experiment
    metric: str
    printed: tuple[str, ...]


class _Difference(NamedTuple):
    """A difference of two numbers, the verdict that it gives, and the evidence behind it."""

    verdict: Verdict
    value: float
    half_width: float
    evidence: tuple[Evidence, ...]
    words: str

    @property
    def comparable(self) -> bool:
        return all(side.comparable for side in self.evidence)

    @property
    def shown(self) -> bool:
        """Whether the value may be shown: reduced runs are compared with one another, never with a printed number."""
        return self.comparable or [side.scale for side in self.evidence] == 2 * [self.evidence[0].scale]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a claim compares.

    Attributes:
        data_sets: The data sets of the experiments, by name.
        leads: Numbers of ours that are claimed to be above those of others.
        equalities: Pairs of our numbers that are claimed to be nearly equal.
        beside: Pairs that are shown in the footnotes and do not count.
    """

    data_sets: Mapping[str, DataSet]
    leads: tuple[Lead, ...] = ()
    equalities: tuple[NearEquality, ...] = ()
    beside: tuple[NearEquality, ...] = ()

    def row(self, measured: Measured) -> Row:
        """Returns the fields of a row of `status`: the difference that decides, and all of them as footnotes."""
        differences = [*_leads(self.leads, measured), *_near_equalities(self.equalities, measured)]
        counted = [difference for difference in differences if difference]
        shown = [*counted, *(difference for difference in _near_equalities(self.beside, measured) if difference)]
        seeds = _fewest_seeds(*(side for difference in counted for side in difference.evidence)) if counted else 1
        row: Row = {"footnotes": list(map(_footnote, shown)), "verdict": self._unmeasured()}
        row["command"] = command(self._experiments(), seeds)
        if not counted or len(counted) < len(differences):
            return row | {"reason": reasons.part(len(counted), len(differences))}
        comparable = all(difference.comparable for difference in counted)
        worst = min(counted, key=lambda difference: (difference.verdict.severity, difference.value))
        evidence = [side for difference in counted for side in difference.evidence]
        return row | {
            "verdict": worst.verdict if comparable else Verdict.NOT_COMPARABLE,
            "reason": _outcome(worst) if comparable else reasons.not_comparable(weakest(evidence)),
            "ours": statistics.finite(worst.value) if worst.shown else None,
            "half_width_both": statistics.finite(worst.half_width) if worst.shown else None,
            "difference": statistics.finite(worst.value / worst.half_width)
            if comparable and worst.half_width > 0
            else None,
            "scale": min((side.scale for side in evidence), key=SCALES.index),
            "reading": evidence[0].reading,
            "seeds": seeds,
        }

    def _experiments(self) -> list[Experiment]:
        pairs = [experiment for pair in self.equalities for experiment in (pair.exact, pair.first)]
        return [*(lead.experiment for lead in self.leads), *pairs]

    def _unmeasured(self) -> Verdict:
        needs = {name for experiment in self._experiments() for name in experiment.needs}
        present = all(is_present(self.data_sets[name]) for name in needs)
        return Verdict.NOT_RUN if present else Verdict.DATA_MISSING


def command(experiments: Iterable[Experiment], seeds: int) -> str:
    """Returns the command that makes the records of a claim about these experiments."""
    ids = dict.fromkeys(experiment.id for experiment in experiments)
    return f"python -m benchmarks run {' '.join(ids)} --scale paper --seeds {seeds}"


def _leads(leads: tuple[Lead, ...], measured: Measured) -> Iterator[_Difference | None]:
    references = load_references()
    for lead in leads:
        rival = max((references[other] for other in lead.rivals), key=lambda reference: reference.value or 0.0)
        evidence = measured.of(lead.experiment, lead.experiment.primary)
        ours = evidence and _mean(evidence, lead.experiment.answers[lead.reference])
        if not evidence or not ours:
            yield None
            continue
        printed, theirs = _printed(references[lead.reference]), _printed(rival)
        words = f"{rival.title}, {_words(theirs)} as printed; MAML {_words(printed)} as printed, {_words(ours)} here"
        difference = ours - theirs
        verdict = sign(difference, _fewest_seeds(evidence))
        yield _Difference(verdict, *difference, (evidence,), words)


def _near_equalities(pairs: tuple[NearEquality, ...], measured: Measured) -> Iterator[_Difference | None]:
    for pair in pairs:
        sides = [measured.of(experiment, experiment.primary) for experiment in (pair.first, pair.exact)]
        evidence = tuple(side for side in sides if side)
        numbers = [number for side in evidence if (number := _mean(side, pair.metric))]
        if len(numbers) < 2:
            yield None
            continue
        difference = numbers[0] - numbers[1]
        verdict = near(difference, _margin(pair), _fewest_seeds(*evidence))
        words = f"{pair.first.title}, {_words(numbers[0])}; exact, {_words(numbers[1])} ({pair.metric})"
        yield _Difference(verdict, *difference, evidence, words)


def sign(difference: Number, seeds: int) -> Verdict:
    """Returns the verdict on a claim that a difference is above zero; `diverged` if it is not finite."""
    if not math.isfinite(difference.value):
        return Verdict.DIVERGED
    if abs(difference.value) <= _uncertainty(difference, seeds):
        return Verdict.INCONCLUSIVE
    return Verdict.REPRODUCED if difference.value > 0 else Verdict.BELOW


def near(difference: Number, margin: float, seeds: int) -> Verdict:
    """Returns the verdict on a claim that a difference is no larger than a margin; `diverged` if it is not finite."""
    if not math.isfinite(difference.value):
        return Verdict.DIVERGED
    distance = abs(difference.value)
    if distance > margin + _uncertainty(difference, seeds):
        return Verdict.ABOVE if difference.value > 0 else Verdict.BELOW
    reproduced = seeds >= MINIMUM_SEEDS and distance + difference.half_width <= margin
    return Verdict.REPRODUCED if reproduced else Verdict.INCONCLUSIVE


def _uncertainty(difference: Number, seeds: int) -> float:
    """Returns how large a difference can be by chance; the half-width of few seeds does not include their spread."""
    return difference.half_width * (1.0 if seeds >= MINIMUM_SEEDS else FAR_OUTSIDE)


def weakest(evidence: list[Evidence]) -> Evidence:
    """Returns the first of the records that are furthest from comparable: reduced, or of another definition."""
    return min(evidence, key=lambda side: (SCALES.index(side.scale), side.current))


def _fewest_seeds(*evidence: Evidence) -> int:
    return min(len(side.records) for side in evidence)


def _mean(evidence: Evidence, metric: str) -> Number | None:
    """Returns the mean of a metric over seeds, or None if a record lacks it."""
    metrics = [record.metrics[metric] for record in evidence.records if metric in record.metrics]
    if len(metrics) < len(evidence.records):
        return None
    values = [summary.value for summary in metrics]
    over_tasks = float(np.mean([summary.half_width for summary in metrics]))
    over_seeds = statistics.prediction_interval(values) if len(values) > 1 else 0.0
    return Number(statistics.mean(values), statistics.combined_half_width(over_tasks, over_seeds))


def _printed(reference: Reference) -> Number:
    assert reference.value is not None
    return Number(reference.value, reference.plus_minus or 0.0)


def _margin(pair: NearEquality) -> float:
    references = load_references()
    return statistics.combined_half_width(*(references[name].plus_minus or 0.0 for name in pair.printed))


def _footnote(difference: _Difference) -> str:
    runs = ", ".join(dict.fromkeys(_run(side) for side in difference.evidence))
    return f"{difference.words}: {_outcome(difference)}. {runs}."


def _outcome(difference: _Difference) -> str:
    points = f"{difference.value:+.1f} ± {difference.half_width:.1f} points"
    if difference.comparable:
        return f"{points}, {difference.verdict}"
    if not difference.shown:
        return "a reduced or outdated run, which is not compared with it"
    iterations = {side.records[0].cost.get("iterations") for side in difference.evidence}
    return f"{points}, without a verdict for reduced runs" + (" of unequal length" if len(iterations) > 1 else "")


def _run(evidence: Evidence) -> str:
    record, seeds = evidence.records[0], len(evidence.records)
    definition = "" if evidence.current else ", of another definition"
    iterations = f"{record.cost.get('iterations', 0):,} meta-iterations"
    return f"{record.experiment}: {evidence.scale} scale, {iterations}, {seeds} seed{'s'[: seeds > 1]}{definition}"


def _words(number: Number) -> str:
    return f"{number.value:.1f} ± {number.half_width:.1f}" if number.half_width else f"{number.value:.1f}"
