"""Progress in lines of text, where standard error is a file or a pipe, such as the log of a batch job."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Protocol, Self

from benchmarks.running.executor import Event
from benchmarks.running.job import Job
from benchmarks.running.progress import Bars, last_line
from benchmarks.running.time_left import TimeLeft

# Seconds between two lines of one run. The first lines come sooner, so that a mistake shows early.
_FIRST, _LONGEST = 10.0, 300.0


class Display(Protocol):
    """A context manager that shows events of runs."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, job: Job, event: Event) -> None:
        """Shows an event of a run."""


class Lines:
    """One line when a run starts and ends, and further ones while it goes on: after 10 seconds, then less often.

    The waiting time doubles up to five minutes. With several runs, a line also says how long all of them will take.
    """

    def __init__(self, jobs: Sequence[Job] = (), clock: Callable[[], float] = time.monotonic) -> None:
        """Shows the progress of `jobs`, which are all that will be run; `clock` returns the time in seconds."""
        self._clock = clock
        self._total = TimeLeft(jobs, clock)
        self._several = len(jobs) > 1
        self._due: dict[Job, tuple[float, float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, job: Job, event: Event) -> None:
        """Prints a line about an event of a run if one is due."""
        self._total.update(job, event)
        if event.kind == "started":
            self._due[job] = (self._clock() + _FIRST, _FIRST)
            self._print(f"{job.name}: started", total=True)
        elif event.is_last:
            self._print(last_line(job, event), total=True)
        elif self._is_due(job):
            self._print(f"{job.name}: {event.completed:,} of {event.total:,}, {event.message}", total=True)

    def _is_due(self, job: Job) -> bool:
        now, (when, wait) = self._clock(), self._due[job]
        if now < when:
            return False
        wait = min(2 * wait, _LONGEST)
        self._due[job] = (now + wait, wait)
        return True

    def _print(self, line: str, total: bool = False) -> None:
        more = f" ({self._total.text})" if total and self._several else ""
        print(f"{line}{more}", file=sys.stderr, flush=True)


def display(jobs: Sequence[Job], quiet: bool) -> Display:
    """Returns what shows the progress of jobs: bars in a terminal, lines of text elsewhere, nothing if `quiet`."""
    return Bars(jobs, quiet=quiet) if quiet or sys.stderr.isatty() else Lines(jobs)
