"""Progress bars, on standard error."""

import time
from collections.abc import Iterable, Sequence
from typing import Self

from rich.console import Console, RenderableType
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
from benchmarks.running.time_left import TimeLeft


class _Rate(TextColumn):
    """The column with meta-iterations or tasks per second."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Row) -> Text:
        speed = task.finished_speed or task.speed
        return Text(rate(speed) if speed else "", style="progress.data.speed")


class _WithTotal(Progress):
    """Bars with a line below them."""

    total: TimeLeft | None = None

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        if self.total:
            yield Text(self.total.text, style="progress.remaining")


def _progress(quiet: bool, *more: ProgressColumn) -> _WithTotal:
    return _WithTotal(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        *more,
        console=Console(stderr=True),
        disable=quiet,
    )


class _Display:
    """A context manager that shows progress bars while its block runs."""

    def __init__(self, progress: _WithTotal) -> None:
        self._progress = progress

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


class Bars(_Display):
    """One bar for each run: meta-iterations and loss, then tasks of each meta-test; a line of text at its end.

    With several runs, a line below the bars says how long all of them will still take.
    """

    def __init__(self, jobs: Sequence[Job] = (), quiet: bool = False) -> None:
        """Shows nothing if `quiet`; `jobs` are all that will be run."""
        note = TextColumn("{task.fields[note]}")
        super().__init__(_progress(quiet, PhaseRate(), TimeElapsedColumn(), PhaseLeft(), note))
        self._rows: dict[Job, TaskID] = {}
        self._paces: dict[Job, Pace] = {}
        if len(jobs) > 1:
            self._progress.total = TimeLeft(jobs)

    def show(self, job: Job, event: Event) -> None:
        """Shows an event of a run."""
        if self._progress.total:
            self._progress.total.update(job, event)
        if event.kind == "started":
            self._rows[job] = self._progress.add_task(job.name, total=None, note="starting", pace=None)
        elif event.kind == "progress":
            pace = self._followed(job, event)
            done, total = event.completed, event.total
            self._progress.update(self._rows[job], completed=done, total=total, note=event.message, pace=pace)
        else:
            self._progress.remove_task(self._rows[job])
            if not self._progress.disable:
                self._progress.console.print(
                    last_line(job, event), style=_STYLES[event.kind], highlight=False, markup=False
                )

    def _followed(self, job: Job, event: Event) -> Pace:
        now = time.monotonic()
        before = self._paces.get(job, Pace(event.total, event.completed, now, event.completed, now))
        self._paces[job] = before.follow(event.completed, event.total, now)
        return self._paces[job]


def last_line(job: Job, event: Event) -> str:
    """Returns how a run ended, in one line."""
    if event.kind == "data missing":  # the reason is printed at the end, once for all runs
        return f"{job.name}: data missing"
    return f"{job.name}: {event.path or event.message}"


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
