"""Declarations of the places where the paper's text and the authors' code differ."""

from dataclasses import dataclass

from benchmarks.declaring.experiment import Experiment, Reading


@dataclass(frozen=True, kw_only=True)
class Side:
    """One choice whose effect is measured.

    Attributes:
        label: The choice, in a few words.
        experiment: The experiment that makes this choice.
        metric: The metric that shows the effect.
        reading: The reading of the experiment.
    """

    label: str
    experiment: Experiment
    metric: str
    reading: Reading = "code"


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A place where the paper's text and the authors' code differ, or where only the code says what was done.

    Attributes:
        topic: What they disagree about.
        text: What the text says.
        code: What the code does.
        source: Where both stand.
        conclusion: What follows for a reproduction.
        sides: Choices whose effect is measured under the same test; none if no experiment compares them.
        finding: A sentence for the top of the report, with the results of the sides as `{0}`, `{1}`, ...; it is shown
            only if all sides were measured.
    """

    topic: str
    text: str
    code: str
    source: str
    conclusion: str
    sides: tuple[Side, ...] = ()
    finding: str | None = None
