"""Progress bars, on standard error."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as Row
from rich.text import Text

from benchmarks.running.executor import Event
from benchmarks.running.job import Job


class _Rate(TextColumn):
    """The column with meta-iterations or tasks per second."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Row) -> Text:
        speed = task.finished_speed or task.speed
        return Text(rate(speed) if speed else "", style="progress.data.speed")


def rate(speed: float) -> str:
    """Returns a rate in words; with two digits if it is slow, as for meta-iterations of a deep network."""
    return f"{speed:,.0f}/s" if speed >= _FAST else f"{speed:#.2g}/s"


def _progress(quiet: bool, *more: ProgressColumn) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        *more,
        console=Console(stderr=True),
        disable=quiet,
    )


@dataclass
class Pace:
    """How fast a phase of a run proceeds, meta-training or one meta-test, averaged over the whole phase.

    Rich's own columns forget what is older than half a minute, while a single meta-iteration may take longer.

    Attributes:
        total: Number of meta-iterations or tasks of the phase.
        first: The number that was completed first; a run that resumes does not start at zero.
        began: Time of that, in seconds.
        completed: The number that is completed now.
        latest: Time of that, in seconds.
    """

    total: int
    first: int
    began: float
    completed: int
    latest: float

    def follow(self, completed: int, total: int, now: float) -> "Pace":
        """Returns the pace after another report, which starts a new phase if it has another total or lies behind."""
        if total != self.total or completed < self.completed:
            return Pace(total, completed, now, completed, now)
        return Pace(total, self.first, self.began, completed, now)

    @property
    def speed(self) -> float | None:
        """Meta-iterations or tasks per second; None after a single report."""
        seconds = self.latest - self.began
        return (self.completed - self.first) / seconds if seconds > 0 and self.completed > self.first else None

    def left(self, now: float) -> float | None:
        """Returns how many seconds the phase will still take; None while that is not known."""
        return max(0.0, (self.total - self.completed) / self.speed - (now - self.latest)) if self.speed else None


class _PhaseRate(TextColumn):
    """The column with meta-iterations or tasks per second, averaged over the phase."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Row) -> Text:
        pace: Pace | None = task.fields["pace"]
        return Text(rate(pace.speed) if pace and pace.speed else "", style="progress.data.speed")


class _PhaseLeft(TextColumn):
    """The column with the time that the phase will still take."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Row) -> Text:
        pace: Pace | None = task.fields["pace"]
        left = pace.left(time.monotonic()) if pace else None
        return Text("-:--:--" if left is None else str(timedelta(seconds=round(left))), style="progress.remaining")


class _Display:
    """A context manager that shows progress bars while its block runs."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


class Bars(_Display):
    """One bar for each run: meta-iterations and loss, then tasks of each meta-test; a line of text at its end."""

    def __init__(self, quiet: bool = False) -> None:
        """Shows nothing if `quiet`."""
        note = TextColumn("{task.fields[note]}")
        super().__init__(_progress(quiet, _PhaseRate(), TimeElapsedColumn(), _PhaseLeft(), note))
        self._rows: dict[Job, TaskID] = {}
        self._paces: dict[Job, Pace] = {}

    def show(self, job: Job, event: Event) -> None:
        """Shows an event of a run."""
        if event.kind == "started":
            self._rows[job] = self._progress.add_task(job.name, total=None, note="starting", pace=None)
        elif event.kind == "progress":
            pace = self._followed(job, event)
            done = {"completed": event.completed, "total": event.total}
            self._progress.update(self._rows[job], **done, note=event.message, pace=pace)
        else:
            self._progress.remove_task(self._rows[job])
            self._progress.console.print(
                f"{job.name}: {event.path or event.message}", style=_STYLES[event.kind], highlight=False, markup=False
            )

    def _followed(self, job: Job, event: Event) -> Pace:
        now = time.monotonic()
        before = self._paces.get(job, Pace(event.total, event.completed, now, event.completed, now))
        self._paces[job] = before.follow(event.completed, event.total, now)
        return self._paces[job]


_FAST = 10  # per second
_STYLES = {"done": "green", "failed": "bold red", "data missing": "yellow", "interrupted": "yellow"}


class Preparation(_Display):
    """One bar for each part of a data set that is being decoded."""

    def __init__(self, quiet: bool = False) -> None:
        """Shows nothing if `quiet`."""
        super().__init__(_progress(quiet, _Rate(), TimeElapsedColumn(), TimeRemainingColumn()))
        self._rows: dict[str, TaskID] = {}

    def show(self, part: str, done: int, total: int) -> None:
        """Shows how many images of a part are decoded."""
        if part not in self._rows:
            self._rows[part] = self._progress.add_task(part)
        self._progress.update(self._rows[part], completed=done, total=total)
