"""How fast this machine multiplies matrices and copies memory, in a process of its own.

Run as `python -m benchmarks.speed.limit DEVICE`, where the device is "cpu" or "gpu". Every request asks for one
measurement; the answer is a pair: operations per second of the best matrix product so far, and bytes per second of the
best copy so far.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from benchmarks.cores import available_cores
from benchmarks.running import launch
from benchmarks.running.child import serve

SIZES = (1024, 2048)  # of square matrices
COPIED = 2**26  # bytes, more than a cache holds
GPU_SIZE, GPU_COPIED, GPU_TIMES = 8192, 2**31, 8  # one operation is too short to be timed


class Machine:
    """Measures the best matrix product and the best copy with all cores."""

    def __init__(self) -> None:
        generator = np.random.default_rng(0)
        self._matrices = [generator.standard_normal((size, size), np.float32) for size in SIZES]
        self._results = [np.empty_like(matrix) for matrix in self._matrices]
        self._source = [np.ones(COPIED // 4, np.float32) for _ in range(available_cores())]
        self._target = [np.empty_like(part) for part in self._source]
        self._pool = ThreadPoolExecutor(available_cores())
        self._operations = self._bytes = 0.0

    def measure(self) -> tuple[float, float]:
        """Measures once more; returns the best operations per second and bytes per second so far."""
        for matrix, result in zip(self._matrices, self._results, strict=True):
            seconds = _seconds(lambda matrix=matrix, result=result: np.matmul(matrix, matrix, out=result))  # type: ignore[misc]
            self._operations = max(self._operations, 2 * len(matrix) ** 3 / seconds)
        moved = 2 * COPIED * len(self._source)  # each byte is read and written
        self._bytes = max(self._bytes, moved / _seconds(self._copy))
        return self._operations, self._bytes

    def _copy(self) -> None:
        list(self._pool.map(np.copyto, self._target, self._source))


class GPU:
    """Measures the best matrix product in single precision and the best copy of a GPU."""

    def __init__(self) -> None:
        import tensorflow as tf

        launch.start_tensorflow()
        self._matrix = tf.random.stateless_normal([GPU_SIZE, GPU_SIZE], [0, 0])
        self._source = tf.zeros([GPU_COPIED // 4])
        self._operations = self._bytes = 0.0

    def measure(self) -> tuple[float, float]:
        """Measures once more; returns the best operations per second and bytes per second so far."""
        import tensorflow as tf

        product = _seconds_on_gpu(lambda: tf.linalg.matmul(self._matrix, self._matrix)[0, 0])
        self._operations = max(self._operations, 2 * GPU_SIZE**3 / product)
        copied = _seconds_on_gpu(lambda: (self._source + 1.0)[0])  # each byte is read and written
        self._bytes = max(self._bytes, 2 * GPU_COPIED / copied)
        return self._operations, self._bytes


def _seconds_on_gpu(work: Callable[[], Any]) -> float:
    """Returns the seconds of one call; `work` returns a number that depends on its result."""
    work().numpy()
    return _seconds(lambda: [work() for _ in range(GPU_TIMES)][-1].numpy()) / GPU_TIMES


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Answers requests until the parent closes."""
    requests, answer = serve()
    machine = GPU() if sys.argv[1] == "gpu" else Machine()
    for _ in requests:
        answer(machine.measure())


if __name__ == "__main__":
    main()
