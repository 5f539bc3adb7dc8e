"""How TensorFlow starts. A process cannot undo its configuration, so these tests record the calls only."""

from collections.abc import Callable
from typing import Any, get_args

import pytest
import tensorflow as tf

from benchmarks.catalogue import CATALOGUE
from benchmarks.declaring.experiment import SCALES, Operations
from benchmarks.declaring.settings import build
from benchmarks.running import launch
from maml_tf import Protocol


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Any, ...]]:
    """The arguments of each configuration function that was called, by name."""
    calls: dict[str, tuple[Any, ...]] = {}

    def record(name: str) -> Callable[..., None]:
        return lambda *values: calls.update({name: values})

    for name in ("set_memory_growth", "enable_tensor_float_32_execution", "enable_op_determinism"):
        monkeypatch.setattr(tf.config.experimental, name, record(name))
    for name in ("set_intra_op_parallelism_threads", "set_inter_op_parallelism_threads"):
        monkeypatch.setattr(tf.config.threading, name, record(name))
    return calls


@pytest.mark.parametrize(
    ("operations", "intra", "inter", "onednn"),
    [("tiny", 1, 2, "0"), ("small", 1, 8, "1"), ("medium", 1, 8, "1"), ("large", 8, 2, "1")],
)
def test_threads_and_kernels_suit_the_operations(
    operations: Operations,
    intra: int,
    inter: int,
    onednn: str,
    configured: dict[str, tuple[Any, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = launch.environment(operations, cores=8)
    for name, value in start.items():
        monkeypatch.setenv(name, value)
    launch.start_tensorflow()
    assert configured["set_intra_op_parallelism_threads"] == (intra,)
    assert configured["set_inter_op_parallelism_threads"] == (inter,)
    assert start["TF_ENABLE_ONEDNN_OPTS"] == onednn
    assert launch.compiles() == (operations == "tiny")


def test_a_gpu_computes_in_single_precision_and_the_same_bits_each_time(
    configured: dict[str, tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [f"a {kind}"])
    launch.start_tensorflow()
    assert launch.compiles()
    assert configured["enable_tensor_float_32_execution"] == (False,)
    assert configured["enable_op_determinism"] == ()
    assert configured["set_memory_growth"] == ("a GPU", True)


def test_a_gpu_computes_in_tensor_float_32_where_that_is_asked(
    configured: dict[str, tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [f"a {kind}"])
    for name, value in launch.TF32.items():
        monkeypatch.setenv(name, value)
    launch.start_tensorflow()
    assert configured["enable_tensor_float_32_execution"] == (True,)


def test_without_a_gpu_nothing_is_said_of_one(
    configured: dict[str, tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    launch.start_tensorflow()
    assert set(configured) == {"set_intra_op_parallelism_threads", "set_inter_op_parallelism_threads"}


def test_a_process_on_a_cpu_sees_no_gpu() -> None:
    assert launch.environment("large", 1, "cpu")["CUDA_VISIBLE_DEVICES"] == ""
    assert "CUDA_VISIBLE_DEVICES" not in launch.environment("large", 1, "auto")


@pytest.mark.parametrize(("variable", "onednn"), [("0", False), ("1", True), (None, None)])
def test_the_facts_are_those_of_the_process(
    variable: str | None, onednn: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    if variable:
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", variable)
    monkeypatch.setattr(tf.config.threading, "get_intra_op_parallelism_threads", lambda: 3)
    monkeypatch.setattr(tf.config.threading, "get_inter_op_parallelism_threads", lambda: 5)
    facts = launch.facts()
    assert facts.pop("device").startswith(("CPU ", "GPU"))
    assert facts == {"intra_op_threads": 3, "inter_op_threads": 5, "onednn": onednn}


@pytest.mark.parametrize(
    ("tasks_at_once", "meta_batch", "groups", "expected"),
    [(None, 32, 8, 8), (None, 2, 8, 2), (4, 16, 8, 4), (None, 25, 8, None), (None, 32, 1, None)],
)
def test_as_many_groups_as_fit(tasks_at_once: int | None, meta_batch: int, groups: int, expected: int | None) -> None:
    learner = {"part": "maml_tf.MAML", "tasks_at_once": tasks_at_once}
    grouped = launch.in_groups({"learner": learner, "training": {"meta_batch": meta_batch}}, groups)
    assert grouped == (learner if expected is None else learner | {"groups": expected})


@pytest.mark.parametrize(("groups", "meta_batch", "expected"), [(2, 4, 2), (8, 4, 4), (2, 3, None), (1, 4, None)])
def test_a_task_at_a_time_becomes_one_of_each_group(groups: int, meta_batch: int, expected: int | None) -> None:
    learner = {"part": "maml_tf.MAML", "tasks_at_once": 1}
    grouped = launch.in_groups({"learner": learner, "training": {"meta_batch": meta_batch}}, groups)
    assert grouped == (learner if expected is None else learner | {"tasks_at_once": expected, "groups": expected})


@pytest.mark.parametrize("tasks_at_once", [1, 4, None])
def test_without_groups_all_tasks_are_computed_at_once(tasks_at_once: int | None) -> None:
    learner = {"part": "maml_tf.MAML", "tasks_at_once": tasks_at_once}
    whole = launch.in_groups({"learner": learner, "training": {"meta_batch": 4}}, None)
    assert whole == learner | {"tasks_at_once": None}
    other = {"part": "maml_tf.MultiTask"}
    assert launch.in_groups({"learner": other, "training": {"meta_batch": 4}}, None) == other


@pytest.mark.parametrize(
    ("tasks", "batch", "on_gpu", "compiled"),
    [(600, 5, 50, True), (2000, 2, 20, True), (40, 40, 40, False), (30, 4, 30, False)],
)
def test_a_gpu_tests_more_tasks_at_once(
    tasks: int, batch: int, on_gpu: int, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = {"tasks": tasks, "steps": 3, "seed": 5, "batch": batch}
    assert launch.protocol(declared) == Protocol(tasks=tasks, steps=3, seed=5, batch=batch)
    monkeypatch.setattr(launch, "gpus", lambda: ["a GPU"])
    expected = Protocol(tasks=tasks, steps=3, seed=5, batch=on_gpu, compiled=compiled)
    assert launch.protocol(declared) == expected


@pytest.mark.parametrize("operations", get_args(Operations))
def test_memory_is_kept_between_operations_on_large_images(operations: Operations) -> None:
    assert ("GLIBC_TUNABLES" in launch.environment(operations, cores=2)) == (operations == "medium")


@pytest.mark.parametrize("scale", SCALES)
def test_every_learner_takes_the_groups_of_its_experiment(scale: str) -> None:
    groups: dict[str, Any] = {}
    for experiment in CATALOGUE.values():
        grouped = launch.in_groups(experiment.settings(scale, "code"), experiment.runtime.groups)
        if "groups" in grouped:
            groups[experiment.id] = build(grouped).groups
    assert "omniglot/maml-20-way-1-shot" in groups
    if scale == "paper":
        assert groups == {name: CATALOGUE[name].runtime.groups for name in groups}


@pytest.mark.parametrize(
    ("chunk", "every", "expected"),
    [(1, 1000, 100), (10, 1000, 10), (1, 30, 30), (100, 1000, 1), (500, None, 1), (30, None, 3), (7, 700, 10)],
)
def test_with_xla_as_many_chunks_are_computed_at_once_as_fit(chunk: int, every: int | None, expected: int) -> None:
    settings = {"training": {"chunk": chunk}, "selection": every and {"every": every}}

    assert launch.compiled(settings) == {"xla": True, "chunks_at_once": expected}
