"""The CPU cores that this process may use."""

import os


def available_cores() -> int:
    """Returns the number of CPU cores this process may use; at least 1.

    Where the system does not report CPU affinity, as on macOS, this is the number of cores of the machine.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
