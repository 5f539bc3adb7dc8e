"""How fast a run proceeds and how long it will still take, as columns of its progress bar."""

import time
from dataclasses import dataclass
from datetime import timedelta

from rich.progress import Task, TextColumn
from rich.text import Text


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


class PhaseRate(TextColumn):
    """The column with meta-iterations or tasks per second, averaged over the phase."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        """Returns the text of one bar."""
        pace: Pace | None = task.fields["pace"]
        return Text(rate(pace.speed) if pace and pace.speed else "", style="progress.data.speed")


class PhaseLeft(TextColumn):
    """The column with the time that the phase will still take."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        """Returns the text of one bar."""
        pace: Pace | None = task.fields["pace"]
        left = pace.left(time.monotonic()) if pace else None
        return Text("-:--:--" if left is None else str(timedelta(seconds=round(left))), style="progress.remaining")


def rate(speed: float) -> str:
    """Returns a rate in words; with two digits if it is slow, as for meta-iterations of a deep network."""
    return f"{speed:,.0f}/s" if speed >= _FAST else f"{speed:#.2g}/s"


_FAST = 10  # per second
