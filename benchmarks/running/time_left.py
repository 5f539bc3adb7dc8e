"""How long the runs of a command will still take, from predicted durations and from how fast they proceed."""

import time
from collections.abc import Callable, Sequence

from benchmarks.running.executor import Event
from benchmarks.running.job import Job

# The prediction counts as much as this many seconds of observation.
_TRUST = 60.0
# The number and the lengths of the meta-tests are not known. They are what meta-training leaves of a run, and each of
# them is taken for half of what is left when it begins.
_TRAINING, _TEST = 0.9, 0.5


class TimeLeft:
    """The overall progress of several runs, in predicted seconds of work.

    Predictions are for two cores and for one run at a time. The rate at which predicted work is done therefore corrects
    for the machine and for runs side by side.
    """

    def __init__(self, jobs: Sequence[Job], clock: Callable[[], float] = time.monotonic) -> None:
        """Starts the clock.

        Args:
            jobs: All jobs that are to be run.
            clock: Returns the time in seconds.
        """
        self._clock, self._began = clock, clock()
        self._left = {job: 60 * job.minutes for job in jobs}
        self._phases: dict[Job, tuple[str, float]] = {}
        self._ended = 0
        self._done = 0.0

    @property
    def text(self) -> str:
        """The overall progress in words, such as "1 of 4 runs ended, about 12 min left"."""
        count = len(self._left)
        if self._ended == count:
            return f"all {count} runs ended"
        return f"{self._ended} of {count} run{'s'[: count > 1]} ended, about {in_words(self.seconds)} left"

    @property
    def seconds(self) -> float:
        """How many seconds all runs will still take."""
        elapsed = self._clock() - self._began
        rate = (self._done + _TRUST) / (elapsed + _TRUST)
        return sum(self._left.values()) / rate

    def update(self, job: Job, event: Event) -> None:
        """Takes account of an event of a run."""
        if event.is_last:
            self._ended += 1
            self._reach(job, 0.0, work=event.kind == "done")
        elif event.kind == "progress" and event.total:
            self._advance(job, event.message, event.completed / event.total)

    def _advance(self, job: Job, note: str, share: float) -> None:
        """Takes account of the share of meta-training or of one meta-test that is completed."""
        started = job in self._phases
        if note.startswith("loss "):
            self._phases[job] = ("", 60 * job.minutes)
            left = 60 * job.minutes * (1 - _TRAINING * share)
        else:
            if not started or self._phases[job][0] != note:
                self._phases[job] = (note, self._left[job])
            left = self._phases[job][1] * (1 - _TEST * share)
        # What a resumed run finds done took no time now.
        self._reach(job, left, work=started)

    def _reach(self, job: Job, left: float, work: bool) -> None:
        """Notes how much of a run is left, which never grows."""
        left = min(left, self._left[job])
        if work:
            self._done += self._left[job] - left
        self._left[job] = left


def in_words(seconds: float) -> str:
    """Returns a duration in a unit that suits it, such as "40 s", "12 min", "3.5 h" or "2 days"."""
    for unit, size, limit in (("s", 1.0, 100.0), ("min", 60.0, 100.0), ("h", 3600.0, 72.0)):
        if seconds < limit * size:
            number = seconds / size
            return f"{number:.0f} {unit}" if unit != "h" or number >= 10 else f"{number:.1f} {unit}"
    return f"{seconds / 86400:,.0f} days"
