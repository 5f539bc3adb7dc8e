"""Matrix products beside a simulator."""

import numpy as np


def multiplied(inputs: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Multiplies with NumPy so that each task has the same bits whatever the other tasks and the number of threads.

    NumPy multiplies each task by itself. OpenBLAS divides a large product among threads, which changes the last bits,
    so products are kept below the size from which it does.

    Args:
        inputs: `[tasks, rows, features]`.
        kernel: `[features, units]` or `[tasks, features, units]`.

    Returns:
        `[tasks, rows, units]`.
    """
    rows = max(1, _ONE_THREAD // (kernel.shape[-2] * kernel.shape[-1]))
    if rows >= inputs.shape[1]:
        product: np.ndarray = inputs @ kernel
        return product
    parts = [inputs[:, start : start + rows] @ kernel for start in range(0, inputs.shape[1], rows)]
    return np.concatenate(parts, axis=1)


_ONE_THREAD = 2**18  # multiplications up to which OpenBLAS uses one thread
