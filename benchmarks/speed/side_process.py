"""A side of a speed comparison, in a process of its own.

Run as `python -m benchmarks.speed.side_process MODULE`. The first request holds an `Assignment`, the path of a file
for the meta-gradient, and whether to measure how sensitive loss and meta-gradient are to rounding, which only this
library can. The answer has the loss, that sensitivity (0 if it was not asked for), the seconds it took, and the
versions of what the side uses. Every further request is a number of meta-iterations; the answer has the time of one in
seconds and the peak memory in bytes: of tensors on the GPU if there is one, else of the process. To
`{"profile": number}`, which only this library understands, the answer has the seconds of one by kind of operation.
"""

import importlib
import importlib.metadata
import sys
import time
from typing import Any

import numpy as np

from benchmarks.running import launch
from benchmarks.running.child import serve
from benchmarks.running.memory import PeakMemory
from benchmarks.speed.program import Assignment

PACKAGES = ("tensorflow", "torch", "higher", "torchopt", "jax", "jaxlib", "optax", "numpy")


def main() -> None:
    """Answers requests until the parent closes."""
    requests, answer = serve()
    first = next(requests)
    memory = PeakMemory()
    program = importlib.import_module(sys.argv[1]).program(Assignment(**first["assignment"]))
    loss, gradient = program.loss_and_gradient()
    np.savez(first["gradient"], **gradient)
    sensitivity = program.sensitivity() if first["sensitivity"] else (0.0, 0.0)
    answer({"loss": loss, "sensitivity": sensitivity, "versions": versions(), "device": device()})
    for count in requests:
        if isinstance(count, dict):
            answer(program.profile(count["profile"]))
            continue
        began = time.perf_counter()
        program.run(count)
        answer({"seconds": (time.perf_counter() - began) / count, "bytes": program.device_bytes() or memory.bytes()})


def device() -> str:
    """Returns the device of a side that uses TensorFlow; empty for others."""
    return launch.device() if "tensorflow" in sys.modules else ""


def versions() -> dict[str, Any]:
    """Returns the versions of the packages that this process has loaded."""
    loaded = [package for package in PACKAGES if package in sys.modules]
    return {package: importlib.metadata.version(package) for package in loaded}


if __name__ == "__main__":
    main()
