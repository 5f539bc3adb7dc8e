"""The paper's claims on reinforcement learning: inequalities between average returns on the same test goals.

Each inequality is a weighted sum of returns, plus a constant, that is claimed to be above zero. All experiments of a
domain are tested on the same goals, so the sum is computed for each goal; its half-width is that over goals, together
with the prediction interval over seeds where there are several. `benchmarks.verdicts.claims.sign` gives the verdict.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from benchmarks import statistics
from benchmarks.declaring.experiment import SCALES, Experiment
from benchmarks.experiments.reinforcement_learning.declarations import of
from benchmarks.experiments.reinforcement_learning.domains import (
    ANT_VELOCITY,
    CHEETAH_VELOCITY,
    NAVIGATION,
    ROBOTS,
    Domain,
)
from benchmarks.experiments.reinforcement_learning.methods import metric
from benchmarks.family import ClaimRow
from benchmarks.records.evidence import Evidence, Measured
from benchmarks.verdicts import reasons
from benchmarks.verdicts.claims import Number, command, sign, weakest
from benchmarks.verdicts.verdict import Verdict

WORDS = {"maml": "MAML", "pretrained": "pretrained", "random": "random", "oracle": "oracle"}


@dataclass(frozen=True, kw_only=True)
class Term:
    """A return with its weight in a sum.

    Attributes:
        experiment: The experiment that measures it.
        steps: Number of gradient steps before it.
        weight: What it is multiplied by.
    """

    experiment: Experiment
    steps: int
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Inequality:
    """A weighted sum of returns that is claimed to be above zero.

    Attributes:
        words: What is compared, for a footnote.
        terms: The returns.
        constant: Added to their sum.
        on_these_goals: Whether it is about the mean over these very goals, such as the place of a curve in a picture;
            then it has no interval over goals.
    """

    words: str
    terms: tuple[Term, ...]
    constant: float = 0.0
    on_these_goals: bool = False


@dataclass(frozen=True, kw_only=True)
class Found:
    """What our records say about an inequality."""

    inequality: Inequality
    number: Number
    evidence: tuple[Evidence, ...]

    @property
    def comparable(self) -> bool:
        """Whether all records are current and at the paper's scale."""
        return all(side.comparable for side in self.evidence)

    @property
    def shown(self) -> bool:
        """Whether the sum may be shown: reduced runs are set against one another, never against a printed bound."""
        return self.comparable or not self.inequality.constant

    @property
    def seeds(self) -> int:
        """The smallest number of seeds of an experiment."""
        return min(len(side.records) for side in self.evidence)

    @property
    def verdict(self) -> Verdict:
        """The verdict on it."""
        return sign(self.number, self.seeds)

    @property
    def words(self) -> str:
        """The sum with its interval and the verdict, for a footnote."""
        value, half_width = self.number
        if not self.shown:
            return f"{self.inequality.words}: a reduced or outdated run, which is not compared with it."
        verdict = f", {self.verdict}" if self.comparable else ", without a verdict for reduced or outdated runs"
        seeds = f"{self.seeds} seed{'s'[: self.seeds > 1]}"
        return f"{self.inequality.words}: {value:+.1f} ± {half_width:.1f} ({seeds}){verdict}."


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim that consists of inequalities.

    Attributes:
        inequalities: The inequalities.
        decisive: Which of them decides: the worst, or the best where the claim is about some cases only.
    """

    inequalities: tuple[Inequality, ...]
    decisive: Callable[..., Found] = min

    def row(self, measured: Measured) -> dict[str, Any]:
        """Returns the fields of a row of `status`."""
        found = [result for each in self.inequalities if (result := find(each, measured))]
        seeds = min((result.seeds for result in found), default=1)
        row: dict[str, Any] = {
            "verdict": Verdict.NOT_RUN,
            "command": command((term.experiment for each in self.inequalities for term in each.terms), seeds),
            "footnotes": [result.words for result in found],
        }
        if len(found) < len(self.inequalities):
            return row | {"reason": reasons.part(len(found), len(self.inequalities))}
        decisive = self.decisive(found, key=lambda result: (result.verdict.severity, result.number.value))
        comparable = all(result.comparable for result in found)
        evidence = [side for result in found for side in result.evidence]
        value, half_width = decisive.number
        return row | {
            "verdict": decisive.verdict if comparable else Verdict.NOT_COMPARABLE,
            "reason": f"{decisive.inequality.words}; {reasons.seeds_word(decisive.seeds)}"
            if comparable
            else reasons.not_comparable(weakest(evidence)),
            "ours": statistics.finite(value) if decisive.shown else None,
            "half_width_both": statistics.finite(half_width) if decisive.shown else None,
            "difference": statistics.finite(value / half_width) if comparable and half_width > 0 else None,
            "scale": min((side.scale for side in evidence), key=SCALES.index),
            "reading": decisive.evidence[0].reading,
            "seeds": seeds,
        }


def find(inequality: Inequality, measured: Measured) -> Found | None:
    """Computes the sum from the best records; None if an experiment was not run, or tests other numbers of goals."""
    sides = [measured.of(term.experiment, term.experiment.primary) for term in inequality.terms]
    evidence = tuple(side for side in sides if side)
    if len(evidence) < len(sides):
        return None
    totals = _totals(inequality, evidence)
    if totals is None:
        return None
    means = totals.mean(axis=1)
    over_goals = 0.0 if inequality.on_these_goals else float(np.mean([statistics.half_width(row) for row in totals]))
    over_seeds = statistics.prediction_interval(means) if len(means) > 1 else 0.0
    number = Number(float(means.mean()), statistics.combined_half_width(over_goals, over_seeds))
    return Found(inequality=inequality, number=number, evidence=evidence)


def _totals(inequality: Inequality, evidence: Sequence[Evidence]) -> np.ndarray | None:
    """Returns the sum for each seed and goal, `[seeds, goals]`; seeds are paired in their order."""
    seeds = min(len(side.records) for side in evidence)
    values = [
        [term.weight * record.tasks(metric(term.steps)) for record in side.records[:seeds]]
        for term, side in zip(inequality.terms, evidence, strict=True)
        if all(metric(term.steps) in record.arrays for record in side.records[:seeds])
    ]
    sizes = {len(tasks) for tasks in chain(*values)}
    if len(values) < len(evidence) or len(sizes) != 1 or min(sizes) < 2:
        return None
    return np.asarray(np.sum(values, axis=0) + inequality.constant)


def above(domain: Domain, steps: int, other: str, other_steps: int | None = None) -> Inequality:
    """States that MAML after a number of steps has a higher return than another method, or than itself earlier."""
    compared = steps if other_steps is None else other_steps
    minuend = Term(experiment=of(domain, "maml"), steps=steps)
    subtrahend = Term(experiment=of(domain, other), steps=compared, weight=-1.0)
    words = f"{domain.title}, MAML after {_steps(steps)} minus {WORDS[other]} after {_steps(compared)}"
    return Inequality(words=words, terms=(minuend, subtrahend))


def past_half_way(domain: Domain, steps: int, baseline: str) -> Inequality:
    """States that MAML closes more than half of the gap between a baseline and the oracle."""
    terms = (
        Term(experiment=of(domain, "maml"), steps=steps),
        Term(experiment=of(domain, baseline), steps=steps, weight=-0.5),
        Term(experiment=of(domain, "oracle"), steps=0, weight=-0.5),
    )
    return Inequality(
        words=f"{domain.title}, MAML after {_steps(steps)} minus the middle between {baseline} and oracle", terms=terms
    )


def pretraining_is_worse(domain: Domain) -> Inequality:
    """States that the pretrained policy has a lower return than the random initialisation after three steps."""
    terms = (
        Term(experiment=of(domain, "random"), steps=3),
        Term(experiment=of(domain, "pretrained"), steps=3, weight=-1.0),
    )
    return Inequality(words=f"{domain.title}, random minus pretrained after {_steps(3)}", terms=terms)


def lies_below(domain: Domain, bound: float) -> Iterable[Inequality]:
    """States that all returns of the random initialisation are below a bound."""
    for steps in range(domain.steps + 1):
        term = Term(experiment=of(domain, "random"), steps=steps, weight=-1.0)
        words = f"{domain.title}, {bound:g} minus random after {_steps(steps)}"
        yield Inequality(words=words, terms=(term,), constant=bound, on_these_goals=True)


def _steps(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"


def claims() -> dict[str, ClaimRow]:
    """Returns the functions that compute the rows of the claims, by reference id."""
    baselines = ("pretrained", "random")
    by_id = {
        "claim/navigation-adapts-after-one-update": Claim(
            inequalities=tuple(above(NAVIGATION, 1, baseline) for baseline in baselines)
        ),
        "claim/navigation-improves-with-more-updates": Claim(
            inequalities=tuple(above(NAVIGATION, steps, "maml", 1) for steps in (2, 3))
        ),
        "claim/locomotion-adapts-after-one-update": Claim(
            inequalities=tuple(
                inequality
                for domain in ROBOTS
                for inequality in (above(domain, 1, "maml", 0), *(above(domain, 1, each) for each in baselines))
            )
        ),
        "claim/locomotion-good-within-three-updates": Claim(
            inequalities=tuple(past_half_way(domain, 3, each) for domain in ROBOTS for each in baselines)
        ),
        "claim/locomotion-pretraining-sometimes-worse": Claim(
            inequalities=tuple(map(pretraining_is_worse, ROBOTS)), decisive=max
        ),
        "claim/cheetah-velocity-random-too-low-to-draw": Claim(
            inequalities=tuple(lies_below(CHEETAH_VELOCITY, -200.0))
        ),
        "claim/ant-velocity-random-too-low-to-draw": Claim(inequalities=tuple(lies_below(ANT_VELOCITY, -25.0))),
    }
    return {reference: partial(Claim.row, claim) for reference, claim in by_id.items()}
