"""How TensorFlow starts. What it is told cannot be taken back in a process, so that it is only listened to here."""

from collections.abc import Callable
from typing import Any

import pytest
import tensorflow as tf

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


def test_a_small_graph_has_one_thread_and_a_large_one_all(
    told: dict[str, tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for tiny, threads in {True: (1,), False: (8,)}.items():
        for name, value in launch.environment(tiny, cores=8).items():
            monkeypatch.setenv(name, value)
        launch.start_tensorflow()
        assert told["set_intra_op_parallelism_threads"] == threads
        assert told["set_inter_op_parallelism_threads"] == (2,)


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
