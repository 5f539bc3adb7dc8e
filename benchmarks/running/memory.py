"""Peak memory of a run, in a process that makes several."""

import contextlib
import resource
import sys
from pathlib import Path


class PeakMemory:
    """The largest resident memory of this process since the object was made.

    Linux can forget an earlier peak; elsewhere the peak is that of the whole process.
    """

    def __init__(self) -> None:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
        self._peak = 0

    def bytes(self) -> int:
        """The peak so far."""
        # Linux counts loosely: what it says of a peak may be a little less the next time.
        self._peak = max(self._peak, _told())
        return self._peak


def _told() -> int:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
