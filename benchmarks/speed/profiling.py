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

    On a GPU these are its kernels; names that differ in numbers only are one kind. On a CPU these are TensorFlow's
    operations, and the seconds are summed over threads, so their sum may be larger than the time that passed.

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
    """Sums the time of operations: events whose names end in the name of an operation, after a colon."""
    return _summed(planes, _operation)


def _operation(name: str) -> str:
    kind = name.rpartition(":")[2] if ":" in name and "::" not in name else ""
    return "" if kind in _CALLS or not _KIND.fullmatch(kind) else kind.removeprefix("_MklNative")


def _summed(planes: list[Any], kind_of: Callable[[str], str]) -> Mapping[str, float]:
    seconds: Counter[str] = Counter()
    for plane in planes:
        for line in plane.lines:
            for event in line.events:
                if kind := kind_of(plane.event_metadata[event.metadata_id].name):
                    seconds[kind] += event.duration_ps / _PICOSECONDS
    return seconds


_PICOSECONDS = 1e12
_NUMBERS = re.compile(r"[_.]\d+(?=$|_kernel)")
_KIND = re.compile(r"_?[A-Z]\w+")
_CALLS = {"PartitionedCall", "StatefulPartitionedCall", "While", "StatelessWhile", "If", "Case"}  # contain others
