"""How TensorFlow starts in a process: its threads and kernels, which nothing can change later."""

import os
from typing import Any

from benchmarks.experiment import Operations


def environment(operations: Operations, cores: int) -> dict[str, str]:
    """Environment variables to start a process with, that suit an experiment on so many cores.

    Args:
        operations: of its `Runtime`.
        cores: of one process.
    """
    return {
        "BENCHMARKS_INTRA": str(cores if operations == "large" else 1),
        # A second thread overlaps independent operations; one more worker is worth more than that.
        "BENCHMARKS_INTER": str(cores if operations == "small" else min(2, cores)),
        "TF_ENABLE_ONEDNN_OPTS": "0" if operations == "tiny" else "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


def start_tensorflow() -> None:
    """Does in a process what its environment says; before TensorFlow is used."""
    import tensorflow as tf

    # Zero, if nobody says: as many threads as TensorFlow likes.
    tf.config.threading.set_intra_op_parallelism_threads(int(os.environ.get("BENCHMARKS_INTRA", "0")))
    tf.config.threading.set_inter_op_parallelism_threads(int(os.environ.get("BENCHMARKS_INTER", "0")))
    found = gpus()
    for gpu in found:
        tf.config.experimental.set_memory_growth(gpu, True)
    if found:
        # Single precision, as everywhere else: newer GPUs would multiply with ten bits of mantissa.
        tf.config.experimental.enable_tensor_float_32_execution(False)
        # The same bits each time, as on a processor. None of our operations is one that TensorFlow then refuses.
        tf.config.experimental.enable_op_determinism()


def gpus() -> list[Any]:
    """The GPUs that TensorFlow sees."""
    import tensorflow as tf

    return list(tf.config.list_physical_devices("GPU"))
