"""Progress bars, on standard error."""

import time
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
from benchmarks.running.pace import Pace, PhaseLeft, PhaseRate, rate


class _Rate(TextColumn):
    """The column with meta-iterations or tasks per second."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Row) -> Text:
        speed = task.finished_speed or task.speed
        return Text(rate(speed) if speed else "", style="progress.data.speed")


def _progress(quiet: bool, *more: ProgressColumn) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        *more,
        console=Console(stderr=True),
        disable=quiet,
    )


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
        super().__init__(_progress(quiet, PhaseRate(), TimeElapsedColumn(), PhaseLeft(), note))
        self._rows: dict[Job, TaskID] = {}
        self._paces: dict[Job, Pace] = {}

    def show(self, job: Job, event: Event) -> None:
        """Shows an event of a run."""
        if event.kind == "started":
            self._rows[job] = self._progress.add_task(job.name, total=None, note="starting", pace=None)
        elif event.kind == "progress":
            pace = self._followed(job, event)
            done, total = event.completed, event.total
            self._progress.update(self._rows[job], completed=done, total=total, note=event.message, pace=pace)
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
