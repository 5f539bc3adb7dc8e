"""How TensorFlow starts. What it is told cannot be taken back in a process, so that it is only listened to here."""

from collections.abc import Callable
from typing import Any

import pytest
import tensorflow as tf

from benchmarks.experiment import Operations
from benchmarks.running import launch


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Any, ...]]:
    """What TensorFlow was told, by name."""
    heard: dict[str, tuple[Any, ...]] = {}

    def listen(name: str) -> Callable[..., None]:
        return lambda *values: heard.update({name: values})

    for name in ("set_memory_growth", "enable_tensor_float_32_execution", "enable_op_determinism"):
        monkeypatch.setattr(tf.config.experimental, name, listen(name))
    for name in ("set_intra_op_parallelism_threads", "set_inter_op_parallelism_threads"):
        monkeypatch.setattr(tf.config.threading, name, listen(name))
    return heard


@pytest.mark.parametrize(
    ("operations", "each", "side_by_side", "onednn"), [("tiny", 1, 2, "0"), ("small", 1, 8, "1"), ("large", 8, 2, "1")]
)
def test_threads_and_kernels_suit_the_operations(
    operations: Operations,
    each: int,
    side_by_side: int,
    onednn: str,
    told: dict[str, tuple[Any, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = launch.environment(operations, cores=8)
    for name, value in start.items():
        monkeypatch.setenv(name, value)
    launch.start_tensorflow()
    assert told["set_intra_op_parallelism_threads"] == (each,)
    assert told["set_inter_op_parallelism_threads"] == (side_by_side,)
    assert start["TF_ENABLE_ONEDNN_OPTS"] == onednn


def test_a_gpu_computes_in_single_precision_and_the_same_bits_each_time(
    told: dict[str, tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [f"a {kind}"])
    launch.start_tensorflow()
    assert told["enable_tensor_float_32_execution"] == (False,)
    assert told["enable_op_determinism"] == ()
    assert told["set_memory_growth"] == ("a GPU", True)


def test_without_a_gpu_nothing_is_said_of_one(
    told: dict[str, tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    launch.start_tensorflow()
    assert set(told) == {"set_intra_op_parallelism_threads", "set_inter_op_parallelism_threads"}
