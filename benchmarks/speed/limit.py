"""How fast this machine multiplies matrices and copies memory, in a process of its own.

Run as `python -m benchmarks.speed.limit`. Every request asks for one measurement; the answer is a pair: operations per
second of the best matrix product so far, and bytes per second of the best copy so far.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.cores import available_cores
from benchmarks.running.child import serve

SIZES = (1024, 2048)  # of square matrices
COPIED = 2**26  # bytes, more than a cache holds


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


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Answers requests until the parent closes."""
    requests, answer = serve()
    machine = Machine()
    for _ in requests:
        answer(machine.measure())


if __name__ == "__main__":
    main()
