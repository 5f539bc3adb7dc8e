"""The interface between the command line and whatever runs jobs: jobs go in, events come out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from benchmarks.running.job import Job

Kind = Literal["started", "progress", "done", "failed", "data missing", "interrupted"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to a job. The last event of a job is any but "started" and "progress".

    Attributes:
        kind: What happened.
        message: The error or reason; for "progress", a note such as the loss or the name of the meta-test.
        path: For "done", the file of the record.
        completed: For "progress", the meta-iterations or tasks that are completed.
        total: For "progress", how many of them there are.
    """

    kind: Kind
    message: str = ""
    path: str = ""
    completed: int = 0
    total: int = 0

    @property
    def is_last(self) -> bool:
        """Whether no other event of the same job follows."""
        return self.kind not in ("started", "progress")

    def to_json(self) -> dict[str, Any]:
        """Returns the event as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Event":
        """Returns the event that `to_json` made this JSON object from."""
        return cls(**document)


Listener = Callable[[Job, Event], None]


class Executor(Protocol):
    """Runs jobs somewhere. `benchmarks.running.local_processes` runs them on this machine.

    An executor knows no experiment: a job is one line of JSON with all that is needed to start a process for it.
    `python -m benchmarks.running.worker` reads such lines from standard input, writes events as lines of JSON to
    standard output, and the record to the folder that the job names. How a job ended is in its last event.

    A second executor needs that folder on a shared file system and the environment of `launch.environment` in each
    process. With Ray, `run` would start one remote task a job, which pipes the line through the worker and sends the
    events back to `listener`. With the job array of a batch system, `run` would write the lines to a file, submit an
    array whose element i pipes line i through the worker into an events file, and follow these files. Both stop jobs
    with SIGTERM, which makes the worker save its state; the same job resumes from it later. Use one process for each
    `Job.group`: memory that TensorFlow keeps of one experiment would count as memory of the next.
    """

    def run(self, jobs: Sequence[Job], listener: Listener) -> None:
        """Runs all jobs and reports what happens to them; returns when the last one has ended.

        Args:
            jobs: The jobs, in any order.
            listener: Called with a job and an event: "started" first, then the events of the worker. May be called
                from several threads.

        Raises:
            KeyboardInterrupt: The user interrupted; the state of all running jobs is saved.
        """
