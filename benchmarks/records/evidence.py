"""What was measured for an experiment: the records that may speak for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.experiment import READINGS, SCALES, Experiment
from benchmarks.records import baselines
from benchmarks.records.failures import Failure, FailureNotes
from benchmarks.records.record import Record
from benchmarks.records.store import RecordStore

Origin = Literal["accepted baseline", "fresh record"]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Records of one experiment that differ in the seed alone.

    Attributes:
        records: at least one, by seed.
        origin: where they come from.
        current: whether they were made under the definition that the catalogue has now.
    """

    records: Sequence[Record]
    origin: Origin
    current: bool

    @property
    def scale(self) -> str:
        """Their scale."""
        return self.records[0].scale

    @property
    def reading(self) -> str:
        """Their reading."""
        return self.records[0].reading

    @property
    def comparable(self) -> bool:
        """Whether it may be set against a printed number: neither reduced nor outdated."""
        return self.current and self.scale == "paper"

    @property
    def remark(self) -> str:
        """What keeps it from that, in brackets for a label; empty if nothing does."""
        told = [] if self.scale == "paper" else [f"{self.scale} scale"]
        told += [] if self.current else ["another definition"]
        return f" ({', '.join(told)})" if told else ""


@dataclass(frozen=True)
class Measured:
    """All records at hand.

    Attributes:
        accepted: those of accepted baselines.
        fresh: others, which are preferred where they are of the same scale.
        failures: runs that ended without a record.
    """

    accepted: Sequence[Record]
    fresh: Sequence[Record] = ()
    failures: Sequence[Failure] = ()

    @classmethod
    def load(cls, records: Path | None = None, accepted: Path = baselines.FOLDER) -> "Measured":
        """Reads accepted baselines, and fresh records if a folder of them is given.

        Raises:
            BenchmarkError: a file is corrupt, truncated or foreign; the message names it.
        """
        held = [record for baseline in baselines.load(accepted) for record in baseline.records]
        if not records:
            return cls(held)
        return cls(held, list(RecordStore(records).all()), list(FailureNotes(records).all()))

    def of(self, experiment: Experiment, reading: str) -> Evidence | None:
        """The best evidence in a reading: of the largest scale, current rather than not, fresh rather than accepted."""
        found = [
            evidence
            for origin, records in (("fresh record", self.fresh), ("accepted baseline", self.accepted))
            for scale in reversed(SCALES)
            if (evidence := _gather(experiment, scale, reading, records, origin))  # type: ignore[arg-type]
        ]
        return max(found, key=lambda each: (SCALES.index(each.scale), each.current), default=None)

    def failure_of(self, experiment: Experiment, reading: str) -> Failure | None:
        """How a run of what the catalogue has now ended without a record, at the largest scale, if one did."""
        found = [
            failure
            for failure in self.failures
            if failure.experiment == experiment.id
            and failure.scale in experiment.scales
            and failure.definition == experiment.definition(failure.scale, reading)
        ]
        return max(found, key=lambda each: (SCALES.index(each.scale), -each.seed), default=None)

    def everything_of(self, experiment: Experiment) -> list[Record]:
        """All records of an experiment, largest scale first."""
        mine = [record for record in (*self.fresh, *self.accepted) if record.experiment == experiment.id]
        unique = {(*record.key, record.seed): record for record in reversed(mine)}
        return sorted(
            unique.values(),
            key=lambda each: (-SCALES.index(each.scale), READINGS.index(each.reading), each.seed),
        )


def _gather(
    experiment: Experiment, scale: str, reading: str, records: Iterable[Record], origin: Origin
) -> Evidence | None:
    if scale not in experiment.scales:
        return None
    definition = experiment.definition(scale, reading)
    mine = [record for record in records if record.experiment == experiment.id and record.scale == scale]
    # Where text and code agree, one run serves both readings.
    current = {record.seed: record for record in mine if record.definition == definition}
    outdated = {record.seed: record for record in mine if record.reading == reading}
    chosen = current or outdated
    if not chosen:
        return None
    return Evidence(records=[chosen[seed] for seed in sorted(chosen)], origin=origin, current=bool(current))
