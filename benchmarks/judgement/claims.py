"""Claims of the text on classification that follow from several numbers: which are compared, and what comes of it.

A claim is judged by differences in points of accuracy, each with its combined half-width: over test tasks, as printed
or as measured, and over our seeds where there are several (`statistics.prediction_interval`).

* "Greater" holds if the difference is above zero by more than the half-width, and fails if it is below by more.
* "Nearly equal" holds if the difference, half-width included, is no larger than the paper could tell: the combined
  half-width of the two numbers as printed. It fails if the difference is larger than both together.

Else it is inconclusive; and with fewer than three seeds, whose spread is unknown, unless the difference is far outside:
ten times as many half-widths. A claim about several settings has the worst of their verdicts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from benchmarks import statistics
from benchmarks.catalogue import CATALOGUE
from benchmarks.data.inventory import is_present
from benchmarks.experiment import SCALES, Experiment
from benchmarks.judgement.differences import Number, near, sign
from benchmarks.judgement.references import Reference, load_references
from benchmarks.judgement.verdict import Verdict
from benchmarks.records.evidence import Evidence, Measured

Row = dict[str, Any]
Pair = tuple[str, str]

SHOTS = (1, 5)
FIRST_ORDER = tuple(
    (f"mini-imagenet/maml-first-order-5-way-{shot}-shot", f"mini-imagenet/maml-5-way-{shot}-shot") for shot in SHOTS
)
OMNIGLOT_FIRST_ORDER = tuple(
    (f"omniglot/maml-first-order-{ways}-way-{shot}-shot", f"omniglot/maml-{ways}-way-{shot}-shot")
    for ways in (5, 20)
    for shot in SHOTS
)
RECURRENT = {
    f"table-1/{ours}-{shot}-shot": (f"table-1/{theirs}-{shot}-shot",)
    for shot in SHOTS
    for ours, theirs in (
        ("maml-no-conv/omniglot-5-way", "mann-no-conv/omniglot-5-way"),
        ("maml/mini-imagenet-5-way", "meta-learner-lstm/mini-imagenet-5-way"),
    )
}
OMNIGLOT_METHODS = ("siamese-networks", "matching-networks", "neural-statistician", "memory-module")
MINI_IMAGENET_METHODS = ("fine-tuning-baseline", "nearest-neighbour-baseline", "matching-networks")
OTHER_PRIOR_METHODS = {
    f"table-1/maml/{setting}-{shot}-shot": tuple(f"table-1/{method}/{setting}-{shot}-shot" for method in methods)
    for setting, methods in (
        ("omniglot-5-way", OMNIGLOT_METHODS),
        ("omniglot-20-way", OMNIGLOT_METHODS),
        ("mini-imagenet-5-way", MINI_IMAGENET_METHODS),
    )
    for shot in SHOTS
}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a claim compares.

    Attributes:
        greater: references of our methods, each with those of others: our number against the best one printed.
        equal: pairs of experiments, both numbers ours, under the tight protocol.
        beside: pairs of experiments that are told and do not count.
    """

    greater: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    equal: tuple[Pair, ...] = ()
    beside: tuple[Pair, ...] = ()


CLAIMS: Mapping[str, Claim] = MappingProxyType(
    {
        "claim/first-order-nearly-equal": Claim(equal=FIRST_ORDER, beside=OMNIGLOT_FIRST_ORDER),
        "claim/classification-beats-recurrent-meta-learners": Claim(greater=RECURRENT),
        "claim/classification-narrowly-beats-prior-methods": Claim(greater=OTHER_PRIOR_METHODS),
    }
)
COUNTS = "claim/fewer-parameters"


class _Difference(NamedTuple):
    """Of two numbers, what it says of the claim, and the evidence behind it."""

    verdict: Verdict
    value: float
    half_width: float
    evidence: tuple[Evidence, ...]
    words: str

    @property
    def comparable(self) -> bool:
        return all(each.comparable for each in self.evidence)

    @property
    def shown(self) -> bool:
        """Reduced runs may be set against one another, never against the paper's number."""
        return self.comparable or [each.scale for each in self.evidence] == 2 * [self.evidence[0].scale]


def judged(claim: Claim, measured: Measured) -> Row:
    """What a row of `status` says of a claim: the difference that decides, and all of them in footnotes."""
    found = [*_greater(claim, measured), *_equal(claim.equal, measured)]
    counted = [each for each in found if each]
    told = [*counted, *(each for each in _equal(claim.beside, measured) if each)]
    row: Row = {"command": _command(claim), "footnotes": [_said(each) for each in told], "verdict": _missing(claim)}
    if not counted or len(counted) < len(found):
        return row
    comparable = all(each.comparable for each in counted)
    worst = min(counted, key=lambda each: (each.verdict.severity, each.value))
    evidence = [each for difference in counted for each in difference.evidence]
    return row | {
        "verdict": str(worst.verdict if comparable else Verdict.NOT_COMPARABLE),
        "ours": worst.value if worst.shown else None,
        "half_width_tasks": worst.half_width if worst.shown else None,
        "difference": worst.value / worst.half_width if comparable and worst.half_width > 0 else None,
        "scale": min((each.scale for each in evidence), key=SCALES.index),
        "reading": evidence[0].reading,
        "seeds": _seeds(*evidence),
    }


def counts() -> Row:
    """What a row of `status` says of the claim about numbers of parameters, with which no number is compared."""
    found = (each for each in load_references().values() if each.metric == "count" and "policy" not in each.id)
    told = "; ".join(f"{each.value:,.0f} ({each.title.removeprefix('Number of parameters: ')})" for each in found)
    return {
        "verdict": str(Verdict.NO_PRINTED_NUMBER),
        "command": None,
        "footnotes": [f"Counts of MAML's networks, each with a row of its own: {told}."],
    }


def _greater(claim: Claim, measured: Measured) -> Iterator[_Difference | None]:
    references = load_references()
    answering = {reference: each for each in CATALOGUE.values() for reference in each.answers}
    for first, others in claim.greater.items():
        experiment = answering[first]
        rival = max((references[other] for other in others), key=lambda each: each.value or 0.0)
        evidence = measured.of(experiment, experiment.primary)
        ours = evidence and _measured(evidence, experiment.answers[first])
        if not evidence or not ours:
            yield None
            continue
        printed, theirs = _printed(references[first]), _printed(rival)
        words = f"{rival.title}, {_words(theirs)} as printed; MAML {_words(printed)} as printed, {_words(ours)} here"
        difference = ours - theirs
        verdict = sign(difference, _seeds(evidence))
        yield _Difference(verdict, *difference, (evidence,), words)


def _equal(pairs: tuple[Pair, ...], measured: Measured) -> Iterator[_Difference | None]:
    for first, second in (tuple(CATALOGUE[id_] for id_ in pair) for pair in pairs):
        sides = [measured.of(each, each.primary) for each in (first, second)]
        evidence = tuple(each for each in sides if each)
        numbers = [number for each in evidence if (number := _measured(each, _metric(second)))]
        if len(numbers) < 2:
            yield None
            continue
        difference = numbers[0] - numbers[1]
        verdict = near(difference, _margin(first, second), _seeds(*evidence))
        words = f"{first.title}, {_words(numbers[0])}; exact, {_words(numbers[1])} ({_metric(second)})"
        yield _Difference(verdict, *difference, evidence, words)


def _seeds(*evidence: Evidence) -> int:
    """Of the side that has the fewest."""
    return min(len(each.records) for each in evidence)


def _metric(experiment: Experiment) -> str:
    """The number that Table 1 shows, under the tight protocol."""
    shown = next(metric for reference, metric in experiment.answers.items() if reference.startswith("table-1/"))
    return shown.replace("paper-protocol", "tight-protocol")


def _measured(evidence: Evidence, metric: str) -> Number | None:
    """The mean over seeds; None if a record lacks the metric."""
    metrics = [record.metrics[metric] for record in evidence.records if metric in record.metrics]
    if len(metrics) < len(evidence.records):
        return None
    values = [each.value for each in metrics]
    over_tasks = float(np.mean([each.half_width for each in metrics]))
    over_seeds = statistics.prediction_interval(values) if len(values) > 1 else 0.0
    return Number(statistics.mean(values), statistics.combined_half_width(over_tasks, over_seeds))


def _printed(reference: Reference) -> Number:
    assert reference.value is not None
    return Number(reference.value, reference.plus_minus or 0.0)


def _margin(first: Experiment, second: Experiment) -> float:
    """The combined half-width of what is printed for two experiments; 0 where nothing is."""
    references = load_references()
    printed = [references[id_] for each in (first, second) for id_ in each.answers if id_.startswith("table-1/")]
    return statistics.combined_half_width(*(each.plus_minus or 0.0 for each in printed))


def _missing(claim: Claim) -> str:
    missing = any(not is_present(name) for each in _experiments(claim) for name in each.needs)
    return str(Verdict.DATA_MISSING if missing else Verdict.NOT_RUN)


def _experiments(claim: Claim) -> list[Experiment]:
    compared = {id_ for pair in claim.equal for id_ in pair}
    return [each for each in CATALOGUE.values() if each.id in compared or claim.greater.keys() & each.answers.keys()]


def _command(claim: Claim) -> str:
    return f"python -m benchmarks run {' '.join(each.id for each in _experiments(claim))} --scale paper"


def _said(difference: _Difference) -> str:
    runs = ", ".join(dict.fromkeys(_run(each) for each in difference.evidence))
    return f"{difference.words}: {_outcome(difference)}. {runs}."


def _outcome(difference: _Difference) -> str:
    told = f"{difference.value:+.1f} ± {difference.half_width:.1f} points"
    if difference.comparable:
        return f"{told}, {difference.verdict}"
    if not difference.shown:
        return "a reduced or outdated run, which is not set against it"
    iterations = {each.records[0].cost.get("iterations") for each in difference.evidence}
    return f"{told}, without a verdict for reduced runs" + (" of unequal length" if len(iterations) > 1 else "")


def _run(evidence: Evidence) -> str:
    record, seeds = evidence.records[0], len(evidence.records)
    definition = "" if evidence.current else ", of another definition"
    iterations = f"{record.cost.get('iterations', 0):,} meta-iterations"
    return f"{record.experiment}: {evidence.scale} scale, {iterations}, {seeds} seed{'s'[: seeds > 1]}{definition}"


def _words(number: Number) -> str:
    return f"{number.value:.1f} ± {number.half_width:.1f}" if number.half_width else f"{number.value:.1f}"
