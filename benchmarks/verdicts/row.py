"""One row of results: a reference, our measurement of it, and the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from benchmarks.records.references import FieldResult
from benchmarks.statistics import Better
from benchmarks.verdicts.verdict import Verdict


class ProtocolResult(NamedTuple):
    """Our result under one test protocol.

    Attributes:
        name: Name of the meta-test.
        tasks: Number of test tasks.
        query: Query images per class, or None if the tasks do not set it.
        value: Mean over seeds, or None if not finite.
        half_width: Mean over seeds of the 95 % half-width over tasks, or None if not finite.
    """

    name: str
    tasks: int
    query: int | None
    value: float | None
    half_width: float | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of results. Numbers that are unknown or not finite are None.

    Attributes:
        reference: Id of the reference.
        title: What was measured, in a few words.
        experiment: Id of the experiment that answers the reference, if any.
        metric: Id of the metric that answers the reference, if any.
        paper: The printed number.
        plus_minus: Printed half-width around it.
        plus_minus_meaning: What the printed half-width spans.
        unit: Unit of the numbers.
        better: Which direction is better, if either.
        known: How the printed number is known.
        source: Where the reference stands in the paper or in the authors' code.
        field: Results of other reproductions.
        footnotes: Notes on the reference, on deviations from the paper and on the assessment.
        ours: Our number: the mean over seeds, or the deciding difference of a claim.
        ours_median: Median over seeds of the median over tasks.
        per_seed: Our number for each seed.
        half_width_tasks: 95 % half-width over the test tasks of one seed.
        half_width_seeds: 95 % half-width of the mean over seeds.
        half_width_both: 95 % half-width of the difference that decides a claim, over tasks and seeds together.
        by_median: Whether the median over tasks stands for each seed; otherwise the mean does.
        difference: Ours minus the paper's, in combined half-widths.
        verdict: The verdict.
        reason: Why the verdict is what it is, in a few words.
        same_as: Id of the reference whose number the paper repeats here.
        scale: Scale of our records.
        reading: Reading of our records.
        seeds: Number of seeds.
        diverged_tasks: Number of test tasks that diverged, over all seeds.
        cost: Mean cost over seeds: seconds and bytes by name.
        command: The command that makes these records, if there is one.
        origin: Where our records come from: "accepted baseline" or "fresh record".
        settings: How the number is measured, in a few words.
        protocols: Our results under all protocols of the same test, where there are several.
    """

    reference: str
    title: str
    experiment: str | None
    metric: str | None
    paper: float | None
    plus_minus: float | None
    plus_minus_meaning: str | None
    unit: str | None
    better: Better | None
    known: str
    source: str
    field: Sequence[FieldResult] = ()
    footnotes: Sequence[str] = ()
    ours: float | None = None
    ours_median: float | None = None
    per_seed: Sequence[float | None] = ()
    half_width_tasks: float | None = None
    half_width_seeds: float | None = None
    half_width_both: float | None = None
    by_median: bool = False
    difference: float | None = None
    verdict: Verdict
    reason: str = ""
    same_as: str | None = None
    scale: str | None = None
    reading: str | None = None
    seeds: int = 0
    diverged_tasks: int = 0
    cost: dict[str, float] | None = None
    command: str | None = None
    origin: str | None = None
    settings: str = ""
    protocols: Sequence[ProtocolResult] = ()

    @property
    def half_width(self) -> float | None:
        """The half-width that stands beside our number: over the tasks of one seed, but over both for a claim."""
        return self.half_width_tasks if self.half_width_both is None else self.half_width_both

    def to_json(self) -> dict[str, Any]:
        """Returns the row as plain data, with the attributes as keys."""
        plain = {key: list(value) if isinstance(value, tuple) else value for key, value in vars(self).items()}
        shown = ("source", "value", "plus_minus", "note")
        field = [{key: getattr(result, key) for key in shown} for result in self.field]
        protocols = [result._asdict() for result in self.protocols]
        return plain | {"verdict": str(self.verdict), "field": field, "protocols": protocols}
