"""Child processes that receive requests and send answers as lines of JSON, over standard input and output."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from benchmarks.errors import BenchmarkError
from benchmarks.running.signals import end_by_force

# Set for children: the end of their requests is that of their parent. A pipe that holds all requests ends early.
_ENDS_WITH_PARENT = "BENCHMARKS_ENDS_WITH_PARENT"


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
                env=os.environ | dict(environment or {}) | {_ENDS_WITH_PARENT: "1"},
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
    If a `Child` object started this process and its process ends while this one computes, this one receives SIGTERM
    at once and is ended a second later.

    Returns:
        The requests, JSON values, until the parent closes; and a function that sends a JSON value as an answer, and
        raises KeyboardInterrupt if the parent has ended.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def send(answer: Any) -> None:
        try:
            print(json.dumps(answer), file=answers, flush=True)
        except BrokenPipeError:
            raise KeyboardInterrupt from None

    return _Requests().all(), send


class _Requests:
    """The requests on standard input, which a thread reads so that the end of the parent is noticed at once."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._idle = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def all(self) -> Iterator[Any]:
        while True:
            self._idle.set()
            line = self._lines.get()
            if line is None:
                return
            self._idle.clear()
            yield json.loads(line)

    def _read(self) -> None:
        # Not `sys.stdin`: Python cannot end while a thread waits in its buffer.
        with open(os.dup(0), "rb", buffering=0) as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)
        # A parent that closes has all its answers, so it ended early if this process still computes.
        if os.environ.get(_ENDS_WITH_PARENT) and not self._idle.wait(timeout=0.2):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.8)
            end_by_force()  # TensorFlow computes a chunk, after which alone the signal would be noticed
