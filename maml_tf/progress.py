"""The line that shows the progress of meta-training in a terminal."""

import contextlib
import sys
import time


class ProgressLine:
    """Keeps one line up to date on the standard error if that is a terminal, from two seconds after the start.

    It is called like any `progress` of `maml_tf.train`.
    """

    def __init__(self, iterations: int) -> None:
        """Starts the clock.

        Args:
            iterations: Number of meta-iterations in all.
        """
        self._iterations = iterations
        self._began = time.monotonic()
        self._first: tuple[int, float] | None = None  # a resumed run does not start at zero, nor compile again
        self._width = 0

    def __call__(self, done: int, loss: float) -> None:
        """Shows the number of meta-iterations done and the mean loss of the last chunk."""
        now = time.monotonic()
        text = f"{done:,} of {self._iterations:,} meta-iterations, loss {loss:.4g}{self._left(done, now)}"
        if now - self._began >= _SILENT and sys.stderr and sys.stderr.isatty():
            self._print(f"\r{text.ljust(self._width)}", end="")
            self._width = len(text)

    def close(self) -> None:
        """Ends the line if there is one, also after an error, whose message would otherwise follow on it."""
        if self._width:
            self._print("")
            self._width = 0

    @staticmethod
    def _print(text: str, end: str = "\n") -> None:
        with contextlib.suppress(OSError):  # training goes on after the terminal has been closed
            print(text, end=end, file=sys.stderr, flush=True)

    def _left(self, done: int, now: float) -> str:
        if self._first is None:
            self._first = (done, now)
        first, since = self._first
        if done == first or done >= self._iterations:
            return ""
        seconds = round((now - since) / (done - first) * (self._iterations - done))
        minutes, hours = seconds // 60, seconds // 3600
        return f", {hours} h {minutes % 60} min left" if hours else f", {minutes} min {seconds % 60} s left"


_SILENT = 2.0  # seconds
