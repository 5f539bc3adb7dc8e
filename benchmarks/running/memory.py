"""Peak memory of a run, in a process that makes several runs."""

import contextlib
import math
import resource
import sys
import time
from pathlib import Path

from benchmarks.running.unfinished import ProcessLog

TRAINING_PEAK = "training_memory_bytes"
PEAK = "peak_memory_bytes"
_INTERVAL = 30.0  # seconds between entries in the log


class PeakMemory:
    """The largest resident memory of this process since the object was made.

    Linux can reset the peak. On other systems it covers the whole life of the process.
    """

    def __init__(self) -> None:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
        self._peak = 0

    def bytes(self) -> int:
        """Returns the peak so far."""
        # Linux counts imprecisely: a peak that is read later may be a little smaller.
        self._peak = max(self._peak, _system_peak())
        return self._peak


class PeakMemoryLog:
    """Writes the peak memory to the process log at intervals, so that it is known if the process is killed."""

    def __init__(self, processes: ProcessLog) -> None:
        """Starts to measure; peaks are added to `processes`."""
        self._processes = processes
        self._peak = PeakMemory()
        self._written = -math.inf

    def write(self, *facts: str) -> None:
        """Writes the peak so far under these names.

        Raises:
            BenchmarkError: The log is damaged or cannot be written.
        """
        self._processes.add(**dict.fromkeys(facts, self._peak.bytes()))
        self._written = time.monotonic()

    def write_if_due(self, *facts: str) -> None:
        """Writes the peak if the last time is at least 30 seconds ago."""
        if time.monotonic() - self._written >= _INTERVAL:
            self.write(*facts)


def _system_peak() -> int:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
