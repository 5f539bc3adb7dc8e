"""Child processes that receive requests and send answers as lines of JSON, over standard input and output."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from benchmarks.errors import BenchmarkError


class Child:
    """A Python module that runs in a process of its own; the parent's side.

    As a context manager, it kills the process at the end of the block.
    """

    def __init__(
        self, module: str, *arguments: str, environment: Mapping[str, str] | None = None, log: Path | None = None
    ) -> None:
        """Starts `python -m module arguments`.

        Args:
            module: Dotted name of the module, whose `main` calls `serve`.
            arguments: Arguments of its command line.
            environment: Environment variables to set or replace.
            log: File that standard error is appended to; by default the parent's standard error.
        """
        self._name, self._log = " ".join((module, *arguments)), log
        with log.open("a") if log else contextlib.nullcontext() as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                env=os.environ | dict(environment or {}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,  # Ctrl-C reaches the parent only, which decides how its children end
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def send(self, message: Any) -> None:
        """Sends a JSON value. If the process has ended, the next `receive` reports it."""
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def receive(self) -> Any:
        """Waits for a JSON value and returns it.

        Raises:
            BenchmarkError: The process ended; the message has its exit status and its log.
        """
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            log = f"; see {self._log}" if self._log else ""
            raise BenchmarkError(f"the process '{self._name}' ended with status {self._process.wait()}{log}", 1)
        return json.loads(line)

    def terminate(self) -> None:
        """Asks the process to save its state and end (SIGTERM); does not wait."""
        self._process.terminate()

    def close(self) -> None:
        """Tells the process that there are no more requests, and waits until it ends."""
        assert self._process.stdin
        assert self._process.stdout
        with contextlib.suppress(BrokenPipeError):  # the process has ended already
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def serve() -> tuple[Iterator[Any], Callable[[Any], None]]:
    """Connects a child process to its parent; called once, at the start of `main`.

    From then on, what libraries print to standard output goes to standard error, so that it cannot mix with answers.

    Returns:
        The requests, JSON values, until the parent closes; and a function that sends a JSON value as an answer.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return map(json.loads, sys.stdin), lambda answer: print(json.dumps(answer), file=answers, flush=True)
