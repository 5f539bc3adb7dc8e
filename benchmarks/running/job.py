"""One run to be made: an experiment at a scale, in a reading, with a seed."""

import json
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.records.store import RecordStore

RUNS = Path("runs")
RECORDS = RUNS / "records"


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a worker needs to know.

    Attributes:
        experiment: its id.
        scale: how much of it.
        reading: which side of a disagreement between text and code.
        seed: the seed.
        device: `auto`, `cpu` or `gpu`.
        out: folder of records.
        overwrite: whether a record that exists may be replaced.
    """

    experiment: str
    scale: str
    reading: str
    seed: int
    device: str
    out: str
    overwrite: bool = False

    @property
    def name(self) -> str:
        """The job in words."""
        return f"{self.experiment} {self.scale} {self.reading} seed {self.seed}"

    @property
    def key(self) -> dict[str, Any]:
        """What tells its record from others."""
        return {"experiment": self.experiment, "scale": self.scale, "reading": self.reading, "seed": self.seed}

    @property
    def store(self) -> RecordStore:
        """Where its record goes."""
        return RecordStore(Path(self.out))

    @property
    def record_path(self) -> Path:
        """Where its record lies."""
        return self.store.path(**self.key)

    @property
    def checkpoint_path(self) -> Path:
        """Where its state is kept while it runs."""
        return Path(self.out) / ".checkpoints" / self.experiment / f"{self.scale}-{self.reading}-seed{self.seed}.npz"

    @property
    def command(self) -> str:
        """The command that repeats it."""
        words = ["python", "-m", "benchmarks", "run", self.experiment]
        words += ["--scale", self.scale, "--reading", self.reading, "--seed", str(self.seed)]
        if self.device != "auto":
            words += ["--device", self.device]
        return shlex.join(words)

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Job":
        """The job of a line made by `to_json`."""
        return cls(**json.loads(line))
