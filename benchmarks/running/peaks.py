"""Peaks of memory, noted now and then, so that a process that is killed has told them."""

import math
import time

from benchmarks.running.memory import PeakMemory
from benchmarks.running.sessions import Sessions

TRAINING = "training_memory_bytes"
WHOLE = "peak_memory_bytes"
NOW_AND_THEN = 30.0  # seconds


class Peaks:
    """Notes how much memory this process needed at most, since the object was made."""

    def __init__(self, sessions: Sessions) -> None:
        """Notes go to `sessions`."""
        self._sessions = sessions
        self._peak = PeakMemory()
        self._noted = -math.inf

    def note(self, *names: str) -> None:
        """Notes the peak so far under these names.

        Raises:
            BenchmarkError: the sessions cannot be written.
        """
        self._sessions.note(**dict.fromkeys(names, self._peak.bytes()))
        self._noted = time.monotonic()

    def note_if_due(self, *names: str) -> None:
        """The same, if the last time is a while ago."""
        if time.monotonic() - self._noted >= NOW_AND_THEN:
            self.note(*names)
