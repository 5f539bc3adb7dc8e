"""Which operations the time goes to: real operations on a CPU, and made-up events of both devices."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import tensorflow as tf

from benchmarks.errors import BenchmarkError
from benchmarks.speed import profiling
from benchmarks.speed.profiling import profiled


def plane(name: str, *lines: dict[str, int]) -> Any:
    """Returns a plane of the profiler's result: for each line, microseconds by the name of an event."""
    names = sorted({event for line in lines for event in line})
    return SimpleNamespace(
        name=name,
        event_metadata={number: SimpleNamespace(name=event) for number, event in enumerate(names)},
        lines=[
            SimpleNamespace(
                events=[
                    SimpleNamespace(metadata_id=names.index(event), duration_ps=10**6 * duration)
                    for event, duration in line.items()
                ]
            )
            for line in lines
        ],
    )


Recorded = Callable[..., dict[str, float]]


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """Returns the result for made-up planes, in microseconds."""

    def recorded(*planes: Any) -> dict[str, float]:
        monkeypatch.setattr(profiling, "_planes", lambda file: list(planes))
        return {name: round(1e6 * seconds, 3) for name, seconds in profiled(lambda: None).items()}

    return recorded


def test_operations_of_tensorflow_are_found_while_a_function_runs() -> None:
    matrix = tf.ones([200, 200])
    multiply = tf.function(lambda: tf.reduce_sum(matrix @ matrix), autograph=False)

    found = profiled(multiply)

    assert any("MatMul" in name for name in found)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert all(0 < seconds < 10 for seconds in found.values())


def test_time_is_summed_over_threads_and_calls_that_contain_others_are_left_out(recorded: Recorded) -> None:
    one = {"loop/a:Conv2D": 3, "loop/b:_MklNativeConv2D": 4, "loop:While": 50, "ExecutorState::Process": 60}
    other = {"loop/a:Conv2D": 2, "f:StatefulPartitionedCall": 70, "x:Mul": 1, "convert_to_tensor": 80}
    assert recorded(plane("/host:CPU", one, other), plane("/host:metadata")) == {"Conv2D": 9, "Mul": 1}


def test_operations_of_a_compiled_program_are_those_of_its_thread(recorded: Recorded) -> None:
    program = {"ThunkExecutor::Execute": 90, "while.2": 80, "MatMul_1.14": 20, "dot.6": 4, "dot.7": 1, "f:Mul": 2}
    python = {"EagerExecute": 100, "function": 100}
    found = recorded(plane("/host:CPU", program, python))
    assert found == {"MatMul": 20, "dot": 5, "Mul": 2}


def test_kernels_of_a_gpu_are_joined_if_they_differ_in_numbers_only(recorded: Recorded) -> None:
    kernels = {"loop_fusion": 1, "loop_fusion_1": 2, "input_reduce_fusion_75": 20, "gemm_32x32_kernel": 5}
    found = recorded(plane("/device:GPU:0", kernels), plane("/host:CPU", {"a:Conv2D": 100}))
    assert found == {"input_reduce_fusion": 20, "gemm_32x32_kernel": 5, "loop_fusion": 3}


def test_an_empty_profile_is_an_error(recorded: Recorded) -> None:
    with pytest.raises(BenchmarkError, match="recorded no operation"):
        recorded(plane("/host:CPU", {"loop:While": 50}))
