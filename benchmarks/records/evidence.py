"""Evidence: the records that are shown for an experiment, chosen from all records; and tables of all records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.declaring.experiment import READINGS, SCALES, Experiment
from benchmarks.records import baselines
from benchmarks.records.record import Record, differing_data
from benchmarks.records.store import Failure, FailureNotes, RecordStore

if TYPE_CHECKING:
    import pandas as pd

Origin = Literal["accepted baseline", "fresh record"]

# Columns of the table of references: the fields of a row that hold a single value.
_COLUMNS = (
    *("reference", "title", "experiment", "metric", "paper", "plus_minus", "unit", "known", "ours", "ours_median"),
    *("half_width_tasks", "half_width_seeds", "half_width_both", "difference", "verdict", "scale", "reading", "seeds"),
    *("diverged_tasks", "origin"),
)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The records that speak for one experiment; they differ only in the seed.

    Attributes:
        records: At least one record, ordered by seed.
        origin: Where the records come from.
        current: Whether they were made under the current definition in the catalogue.
        diverged: Seeds without a record, because their meta-training diverged.
    """

    records: Sequence[Record]
    origin: Origin
    current: bool
    diverged: Sequence[int] = ()

    @property
    def scale(self) -> str:
        """Scale of the records."""
        return self.records[0].scale

    @property
    def reading(self) -> str:
        """Reading of the records."""
        return self.records[0].reading

    @property
    def comparable(self) -> bool:
        """Whether the records may be compared with a printed number: current, at the paper's scale, on equal data."""
        return self.current and self.scale == "paper" and not self.differing_data

    @property
    def differing_data(self) -> str | None:
        """The data sets that differ between the records; None if there is none."""
        return differing_data(self.records)

    @property
    def label_suffix(self) -> str:
        """Why the records are not comparable, in brackets for a label; empty if they are."""
        reasons = [] if self.scale == "paper" else [f"{self.scale} scale"]
        reasons += [] if self.current else ["another definition"]
        reasons += ["different data"] if self.differing_data else []
        return f" ({', '.join(reasons)})" if reasons else ""


@dataclass(frozen=True)
class Measured:
    """All available records of all experiments.

    Attributes:
        accepted: Records of accepted baselines.
        fresh: Other records, which are preferred to accepted ones of the same scale unless those have more seeds.
        failures: Runs that ended without a record.
        problems: One line for each file that is left out because it is faulty.
    """

    accepted: Sequence[Record]
    fresh: Sequence[Record] = ()
    failures: Sequence[Failure] = ()
    problems: Sequence[str] = ()

    @classmethod
    def load(cls, records: Path | None = None, accepted: Path = baselines.FOLDER) -> "Measured":
        """Reads accepted baselines, and fresh records if a folder of them is given. Faulty files are left out."""
        held, problems = baselines.readable(accepted)
        accepted_records = [record for baseline in held for record in baseline.records]
        if not records:
            return cls(accepted_records, problems=problems)
        fresh, faulty_records = RecordStore(records).readable()
        failures, faulty_notes = FailureNotes(records).readable()
        return cls(accepted_records, fresh, failures, (*problems, *faulty_records, *faulty_notes))

    def of(self, experiment: Experiment, reading: str) -> Evidence | None:
        """Returns the best evidence for a reading, or None if there is none.

        The largest scale comes first, then the current definition, then more seeds, then fresh records.
        """
        best = max(self._candidates(experiment, reading), key=_strength, default=None)
        if best is None or not best.current:
            return best
        recorded = {record.seed for record in best.records}
        notes = (note for note in self._failures(experiment, reading) if note.scale == best.scale)
        lost = {note.seed for note in notes if note.how == "diverged"} - recorded
        return replace(best, diverged=sorted(lost))

    def current(self, experiment: Experiment, scale: str, reading: str) -> Sequence[Record]:
        """Returns the best records of a scale under the current definition, one for each seed; empty without any."""
        candidates = self._candidates(experiment, reading)
        found = [evidence for evidence in candidates if evidence.current and evidence.scale == scale]
        return max(found, key=_strength).records if found else ()

    def weaker_fresh(self, experiment: Experiment, reading: str) -> Evidence | None:
        """Returns fresh records that `of` leaves out, only because accepted ones of their kind have more seeds."""
        best = self.of(experiment, reading)
        if best is None or best.origin != "accepted baseline":
            return None
        fresh = (evidence for evidence in self._candidates(experiment, reading) if evidence.origin == "fresh record")
        return next((one for one in fresh if (one.scale, one.current) == (best.scale, best.current)), None)

    def _candidates(self, experiment: Experiment, reading: str) -> list[Evidence]:
        return [
            evidence
            for origin, records in (("fresh record", self.fresh), ("accepted baseline", self.accepted))
            for scale in SCALES
            if (evidence := _gather(experiment, scale, reading, records, origin))  # type: ignore[arg-type]
        ]

    def failure_of(self, experiment: Experiment, reading: str) -> Failure | None:
        """Returns the failure of a run of the current definition at the largest scale; None if there is none."""
        failures = self._failures(experiment, reading)
        return max(failures, key=lambda failure: (SCALES.index(failure.scale), -failure.seed), default=None)

    def _failures(self, experiment: Experiment, reading: str) -> list[Failure]:
        return [
            failure
            for failure in self.failures
            if failure.experiment == experiment.id
            and failure.scale in experiment.scales
            and failure.definition == experiment.definition(failure.scale, reading)
        ]

    def everything_of(self, experiment: Experiment) -> list[Record]:
        """Returns all records of an experiment, largest scale first; fresh ones take the place of accepted ones."""
        records = [record for record in (*self.fresh, *self.accepted) if record.experiment == experiment.id]
        unique = {(*record.key, record.definition, record.seed): record for record in reversed(records)}
        return sorted(unique.values(), key=lambda r: (-SCALES.index(r.scale), READINGS.index(r.reading), r.seed))


def _strength(evidence: Evidence) -> tuple[int, bool, int]:
    return SCALES.index(evidence.scale), evidence.current, len(evidence.records)


def _gather(
    experiment: Experiment, scale: str, reading: str, records: Iterable[Record], origin: Origin
) -> Evidence | None:
    if scale not in experiment.scales:
        return None
    definition = experiment.definition(scale, reading)
    matching = [record for record in records if record.experiment == experiment.id and record.scale == scale]
    # Where text and code agree, one run serves both readings.
    current = {record.seed: record for record in matching if record.definition == definition}
    chosen = current or _most_seeds(record for record in matching if record.reading == reading)
    if not chosen:
        return None
    return Evidence(records=[chosen[seed] for seed in sorted(chosen)], origin=origin, current=bool(current))


def _most_seeds(outdated: Iterable[Record]) -> dict[int, Record]:
    """Returns the records of the definition that has most seeds, by seed.

    Records of different definitions must not be averaged.
    """
    by_definition: dict[str, dict[int, Record]] = {}
    for record in outdated:
        by_definition.setdefault(record.definition, {})[record.seed] = record
    return max(by_definition.values(), key=len, default={})


def reference_table(rows: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    """Returns one line for each reference, indexed by its id, from the rows of `benchmarks.verdicts.status`."""
    import pandas as pd

    return pd.DataFrame(rows, columns=list(_COLUMNS)).set_index("reference")


def metric_table(records: Iterable[Record]) -> "pd.DataFrame":
    """Returns one line for each metric of each record: what was run, its definition and the summary."""
    import pandas as pd

    names = ("experiment", "scale", "reading", "seed", "definition")
    return pd.DataFrame(
        {**{name: getattr(record, name) for name in names}, "metric": metric, **vars(summary)}
        for record in records
        for metric, summary in record.metrics.items()
    )
