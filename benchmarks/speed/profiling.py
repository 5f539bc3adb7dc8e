"""Which operations the time of a meta-iteration goes to, by TensorFlow's profiler."""

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.errors import BenchmarkError


def profiled(run: Callable[[], object]) -> dict[str, float]:
    """Returns the seconds of each kind of operation while a function runs, the longest first.

    On a GPU these are its kernels; names that differ in numbers only are one kind. On a CPU these are the operations of
    TensorFlow and of programs that XLA compiled. Their seconds are added up over threads, so the sum of all may be
    larger than the time that passed.

    Raises:
        BenchmarkError: The profiler recorded no operation.
    """
    import tensorflow as tf

    options = tf.profiler.experimental.ProfilerOptions(host_tracer_level=3, python_tracer_level=0)
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder, options):
            run()
        planes = [plane for file in Path(folder).rglob("*.xplane.pb") for plane in _planes(file)]
    kernels = [plane for plane in planes if plane.name.startswith("/device:GPU")]
    seconds = _kernels(kernels) if kernels else _operations([plane for plane in planes if "/host:CPU" in plane.name])
    if not seconds:
        raise BenchmarkError("TensorFlow's profiler recorded no operation; is another profiler running?")
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def _planes(file: Path) -> list[Any]:
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    return list(xplane_pb2.XSpace.FromString(file.read_bytes()).planes)


def _kernels(planes: list[Any]) -> Mapping[str, float]:
    return _summed(planes, lambda name: _NUMBERS.sub("", name))


def _operations(planes: list[Any]) -> Mapping[str, float]:
    """Sums the time of operations of TensorFlow and, in threads in which a compiled program runs, of XLA."""
    return _summed(planes, _operation, _compiled_operation)


def _operation(name: str) -> str:
    """Returns the kind of an operation of TensorFlow, which follows a colon at the end of the name."""
    kind = name.rpartition(":")[2] if ":" in name and "::" not in name else ""
    return "" if kind in _CALLS or not _KIND.fullmatch(kind) else _plain(kind)


def _compiled_operation(name: str) -> str:
    kind = name.partition(".")[0]
    return "" if kind in _CALLS or not _COMPILED.fullmatch(name) else _NUMBERS.sub("", kind)


def _plain(kind: str) -> str:
    """Returns the name without the mark of oneDNN's kernels, which depends on the machine."""
    return kind.removeprefix("_MklNative").removeprefix("_Mkl")


def _summed(
    planes: list[Any], kind_of: Callable[[str], str], compiled: Callable[[str], str] | None = None
) -> Mapping[str, float]:
    seconds: Counter[str] = Counter()
    for plane in planes:
        for line in plane.lines:
            names = [plane.event_metadata[event.metadata_id].name for event in line.events]
            kinds = compiled if compiled and _COMPILED_PROGRAM in names else kind_of
            for name, event in zip(names, line.events, strict=True):
                if kind := kinds(name) or kind_of(name):
                    seconds[kind] += event.duration_ps / _PICOSECONDS
    return seconds


_PICOSECONDS = 1e12
_NUMBERS = re.compile(r"[_.]\d+(?=$|_kernel)")
_COMPILED_PROGRAM = "ThunkExecutor::Execute"
_COMPILED = re.compile(r"\w+(?:\.\d+)?")
_KIND = re.compile(r"_?[A-Z]\w+")
# These contain others.
_CALLS = {"PartitionedCall", "StatefulPartitionedCall", "While", "StatelessWhile", "If", "Case"}
_CALLS |= {"call", "while", "conditional"}
