"""Progress bars, on standard error."""

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as Row
from rich.text import Text

from benchmarks.running.job import Job


class _Rate(TextColumn):
    """Steps a second."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Row) -> Text:
        speed = task.finished_speed or task.speed
        return Text(rate(speed) if speed else "", style="progress.data.speed")


def rate(speed: float) -> str:
    """Steps a second in words; of slow ones, such as meta-iterations of a deep network, two digits."""
    return f"{speed:,.0f}/s" if speed >= _FAST else f"{speed:#.2g}/s"


def _progress(quiet: bool, *more: TextColumn) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        *more,
        console=Console(stderr=True),
        disable=quiet,
    )


class _Shown:
    """Bars that are there while a block runs."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


class Bars(_Shown):
    """One bar a run: meta-iterations and loss, then tasks of each test; finished runs become a line each."""

    def __init__(self, quiet: bool = False) -> None:
        """Shows nothing if `quiet`."""
        super().__init__(_progress(quiet, TextColumn("{task.fields[note]}")))
        self._rows: dict[Job, TaskID] = {}

    def show(self, job: Job, event: dict[str, Any]) -> None:
        """Shows what a worker told."""
        kind = event["event"]
        if kind == "started":
            self._rows[job] = self._progress.add_task(job.name, total=None, note="starting")
        elif kind == "progress":
            self._progress.update(
                self._rows[job],
                completed=event["done"],
                total=event["total"],
                note=event["note"],
            )
        else:
            self._progress.remove_task(self._rows[job])
            self._progress.console.print(
                f"{job.name}: {event.get('path') or event['message']}",
                style=_STYLES[kind],
                highlight=False,
                markup=False,
            )


_FAST = 10  # steps a second
_STYLES = {"done": "green", "failed": "bold red", "data missing": "yellow", "interrupted": "yellow"}


class Preparation(_Shown):
    """One bar for each part of a data set that is decoded."""

    def __init__(self, quiet: bool = False) -> None:
        """Shows nothing if `quiet`."""
        super().__init__(_progress(quiet))
        self._rows: dict[str, TaskID] = {}

    def show(self, part: str, done: int, total: int) -> None:
        """Shows how much of a part is decoded."""
        if part not in self._rows:
            self._rows[part] = self._progress.add_task(part)
        self._progress.update(self._rows[part], completed=done, total=total)
