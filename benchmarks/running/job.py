"""One run to be made: an experiment at a scale, in a reading, with a seed."""

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.declaring.experiment import Operations
from benchmarks.errors import BenchmarkError
from benchmarks.records.store import RecordStore

RUNS = Path("runs")
RECORDS = RUNS / "records"


@dataclass(frozen=True, kw_only=True)
class Job:
    """All that is needed to start a process for a run; the worker alone looks up the experiment.

    Attributes:
        experiment: Id of the experiment.
        scale: "smoke", "desktop" or "paper".
        reading: "text" or "code".
        seed: The seed.
        definition: Definition hash of the experiment at this scale and reading.
        operations: Size of the experiment's operations, which decides how TensorFlow starts.
        device: "auto", "cpu" or "gpu".
        out: Folder of records.
        overwrite: Whether an existing record may be replaced.
        minutes: Expected duration on two cores, for the display of progress.
    """

    experiment: str
    scale: str
    reading: str
    seed: int
    definition: str
    operations: Operations
    device: str
    out: str
    overwrite: bool = False
    minutes: float = 0.0

    @property
    def name(self) -> str:
        """The job in words, for messages."""
        return f"{self.experiment} {self.scale} {self.reading} seed {self.seed}"

    @property
    def key(self) -> dict[str, Any]:
        """The fields that identify its record."""
        return {"experiment": self.experiment, "scale": self.scale, "reading": self.reading, "seed": self.seed}

    @property
    def group(self) -> tuple[str, ...]:
        """The fields that jobs of one process share; they differ in the seed only."""
        return self.experiment, self.scale, self.reading, self.device

    @property
    def store(self) -> RecordStore:
        """The folder of its record."""
        return RecordStore(Path(self.out))

    @property
    def record_path(self) -> Path:
        """The file of its record."""
        return self.store.path(**self.key)

    def is_recorded(self) -> bool:
        """Returns whether there is a record that must not be overwritten.

        Raises:
            BenchmarkError: It is faulty, or has another definition.
        """
        if self.overwrite or not self.record_path.exists():
            return False
        try:
            found = self.store.read(self.record_path)
        except BenchmarkError as error:
            raise BenchmarkError(f"{error}; pass --overwrite to make it again", exit_status=1) from None
        if found.definition != self.definition:
            what = f"{self.record_path} holds another definition of {self.name}"
            raise BenchmarkError(f"{what}; pass --overwrite or choose another --out")
        return True

    @property
    def checkpoint_path(self) -> Path:
        """The file of its checkpoint."""
        return Path(self.out) / ".checkpoints" / self.experiment / f"{self.scale}-{self.reading}-seed{self.seed}.npz"

    @property
    def command(self) -> str:
        """The command that repeats the run."""
        words = ["python", "-m", "benchmarks", "run", self.experiment]
        words += ["--scale", self.scale, "--reading", self.reading, "--seed", str(self.seed)]
        if self.device != "auto":
            words += ["--device", self.device]
        return shlex.join(words)

    def to_json(self) -> dict[str, Any]:
        """Returns the job as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Job":
        """Returns the job that `to_json` made this JSON object from."""
        return cls(**document)
