"""How TensorFlow computes in a process: threads, kernels, devices and groups of tasks. No score depends on it."""

import math
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from benchmarks.declaring.experiment import Operations
from benchmarks.declaring.settings import build
from benchmarks.records import provenance

_GPU_BATCHES = 10  # batches of a test that a GPU computes as one
AT_ONCE = 100  # meta-iterations that a GPU computes without an answer from the CPU
_INTRA, _INTER, _ONEDNN = "BENCHMARKS_INTRA", "BENCHMARKS_INTER", "TF_ENABLE_ONEDNN_OPTS"
_XLA = "BENCHMARKS_XLA"
TF32 = {"BENCHMARKS_TF32": "1"}  # environment of a process whose products on a GPU are in TensorFloat-32
# glibc returns large blocks of memory to Linux and asks for them again, and Linux then clears every page. This is
# wasted time for feature maps, which have the same sizes in every meta-iteration, so blocks are kept. Small tensors
# are not returned anyway, and threads that share one heap wait for each other. Other C libraries ignore the variable.
_KEPT_MEMORY = {
    "GLIBC_TUNABLES": "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184:glibc.malloc.arena_max=1"
}


def environment(operations: Operations, cores: int, device: str = "auto") -> dict[str, str]:
    """Returns the environment variables to start a process with, before which TensorFlow cannot be configured.

    Args:
        operations: Size of the experiment's operations, from its `Runtime`.
        cores: Number of CPU cores for this process.
        device: "cpu" hides the GPUs; "auto" and "gpu" do not.
    """
    variables = {
        _INTRA: str(cores if operations == "large" else 1),
        # A second thread overlaps independent operations; where operations are not small, more workers gain more.
        _INTER: str(cores if operations in ("small", "medium") else min(2, cores)),
        _ONEDNN: "0" if operations == "tiny" else "1",
        # Starting tiny operations takes a noticeable part of their time.
        _XLA: "1" if operations == "tiny" else "0",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    return (
        variables
        | (_KEPT_MEMORY if operations == "medium" else {})
        | ({"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {})
    )


def start_tensorflow() -> None:
    """Configures TensorFlow as the environment of the process says; called before TensorFlow is used."""
    import tensorflow as tf

    # Without the variables 0, which leaves the number of threads to TensorFlow.
    tf.config.threading.set_intra_op_parallelism_threads(int(os.environ.get(_INTRA, "0")))
    tf.config.threading.set_inter_op_parallelism_threads(int(os.environ.get(_INTER, "0")))
    found = gpus()
    for gpu in found:
        tf.config.experimental.set_memory_growth(gpu, True)
    if found:
        # Full single precision, as on a CPU: with TensorFloat-32, GPUs multiply with a mantissa of ten bits.
        tf.config.experimental.enable_tensor_float_32_execution(TF32.items() <= os.environ.items())
        # The same bits in every run, as on a CPU. TensorFlow refuses none of our operations in this mode.
        tf.config.experimental.enable_op_determinism()


def gpus() -> list[Any]:
    """Returns the GPUs that TensorFlow sees."""
    import tensorflow as tf

    return list(tf.config.list_physical_devices("GPU"))


def gpu_bytes() -> int:
    """Returns the peak of the memory of tensors on the GPU so far, in bytes; 0 without a GPU."""
    import tensorflow as tf

    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"]) if gpus() else 0


def device() -> str:
    """Returns the device that computes, such as "CPU AMD EPYC"; the name of a GPU if there is one."""
    import tensorflow as tf

    if found := gpus():
        return f"GPU {tf.config.experimental.get_device_details(found[0]).get('device_name', '')}".strip()
    return f"CPU {provenance.host()['processor']}"


def facts() -> dict[str, Any]:
    """Returns how TensorFlow computes in this process.

    Returns:
        `device`; `intra_op_threads` and `inter_op_threads`, 0 where TensorFlow chooses; `onednn`, whether oneDNN
        kernels are on, None where TensorFlow chooses.
    """
    import tensorflow as tf

    return {
        "device": device(),
        "intra_op_threads": tf.config.threading.get_intra_op_parallelism_threads(),
        "inter_op_threads": tf.config.threading.get_inter_op_parallelism_threads(),
        "onednn": {"0": False, "1": True}.get(os.environ.get(_ONEDNN, "")),
    }


def compiles() -> bool:
    """Returns whether XLA compiles meta-training in this process: for tiny operations, and on a GPU."""
    import tensorflow as tf

    return bool(gpus()) or (os.environ.get(_XLA) == "1" and tf.test.is_built_with_xla())


def compiles_training(settings: Mapping[str, Any]) -> bool:
    """Returns whether XLA compiles the meta-training of these settings; it cannot where the learner samples itself.

    Args:
        settings: From `Experiment.settings`.
    """
    import maml_tf

    return compiles() and not isinstance(build(settings["learner"]), maml_tf.SamplingLearner)


def compiled(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the settings of `maml_tf.Training` with XLA that are fastest; they change rounding at most.

    Args:
        settings: From `Experiment.settings`.
    """
    chunk = settings["training"]["chunk"]
    every = (settings.get("selection") or {}).get("every", 0)
    # A call of another length would be compiled once more, so candidates of the selection are at the ends of calls.
    fitting = [count for count in range(1, AT_ONCE // chunk + 1) if every % (count * chunk) == 0]
    return {"xla": True, "chunks_at_once": max(fitting, default=1)}


def protocol(declared: Mapping[str, Any]) -> Any:
    """Returns the `maml_tf.Protocol` of a declaration, with which a GPU computes more tasks together.

    How many changes rounding at most. Whether the test is one compiled graph is decided as without a GPU.
    """
    import maml_tf

    chosen = maml_tf.Protocol(**declared)
    if not gpus():
        return chosen
    return replace(chosen, batch=min(_GPU_BATCHES * chosen.batch, chosen.tasks), compiled=chosen.is_compiled)


def in_groups(settings: Mapping[str, Any], groups: int | None) -> dict[str, Any]:
    """Returns the settings of the learner, with the tasks that it computes together divided into groups.

    If that number has no common divisor with the number of groups (one task at a time has none), then one task of each
    group is computed together. Only the order changes in which gradients are added up, and no setting of the
    definition.

    Args:
        settings: From `Experiment.settings`.
        groups: Number of groups, from its `Runtime`; reduced to a divisor of the number of tasks computed together.
            If it is 1, the learner's settings are returned unchanged, because not every learner has groups. None
            computes all tasks of a meta-batch at once, because a GPU is fastest with large operations.
    """
    learner, meta_batch = settings["learner"], settings["training"]["meta_batch"]
    if groups is None:
        return {**learner, "tasks_at_once": None} if learner.get("tasks_at_once") else dict(learner)
    together = learner.get("tasks_at_once") or meta_batch
    if math.gcd(groups, together) == 1:
        together = math.gcd(groups, meta_batch)
    fitting = math.gcd(groups, together)
    if fitting == 1:
        return dict(learner)
    parts = {"tasks_at_once": together} if learner.get("tasks_at_once") else {}
    return {**learner, **parts, "groups": fitting}
