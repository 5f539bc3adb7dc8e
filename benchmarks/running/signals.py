"""Signals that stop a run in an orderly way: its state is kept, and the same command resumes it."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130  # the exit status that shells report for a program that Ctrl-C ended
STOPPED_BY_BATCH_SYSTEM = 138  # likewise for SIGUSR1, which batch systems send some time before the limit of a job

_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGUSR1") if hasattr(signal, name)]

_last_acts: list[Callable[[], object]] = []


class Stopped(KeyboardInterrupt):
    """Raised in the main thread when a signal asks the process to end.

    Attributes:
        exit_status: The exit status of the process: 138 for SIGUSR1, otherwise 130.
    """

    def __init__(self, by: int) -> None:
        super().__init__()
        self.exit_status = STOPPED_BY_BATCH_SYSTEM if by == getattr(signal, "SIGUSR1", None) else INTERRUPTED


def stop_on_signals() -> None:
    """Makes SIGTERM and SIGUSR1 raise `Stopped`, once: further ones must not interrupt the saving of state.

    SIGINT, the signal of Ctrl-C, is left alone, because a shell's background processes ignore it.
    """
    for number in _SIGNALS:
        signal.signal(number, _stop)


def exit_status(interrupt: KeyboardInterrupt) -> int:
    """Returns the exit status of a process that `interrupt` ends."""
    return interrupt.exit_status if isinstance(interrupt, Stopped) else INTERRUPTED


@contextlib.contextmanager
def before_forced_end(act: Callable[[], object]) -> Iterator[None]:
    """While the block runs, `end_by_force` calls `act` first, from another thread."""
    _last_acts.append(act)
    try:
        yield
    finally:
        _last_acts.remove(act)


def end_by_force() -> NoReturn:
    """Ends the process while its main thread computes, which no signal interrupts; the latest act is called first."""
    for act in reversed(_last_acts):
        with contextlib.suppress(Exception):
            act()
    os._exit(INTERRUPTED)


def _stop(by: int, _: FrameType | None) -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise Stopped(by)
