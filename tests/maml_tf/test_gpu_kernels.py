"""Every operation that the library uses on a GPU has a GPU kernel.

TensorFlow silently runs operations without one on the CPU and copies their inputs there each time. The list of kernels
is known on machines without a GPU as well.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import kernels

from maml_tf import (
    MAML,
    MLP,
    Adam,
    BatchNormalization,
    Classifier,
    Conv4,
    FewShotImages,
    InnerLoop,
    LabelledImages,
    NearestNeighbour,
    accuracy,
    softmax_cross_entropy,
    squared_error,
)
from maml_tf.datasets import ImageClasses
from maml_tf.interfaces import Loss, Network, TaskDistribution, Tensor
from maml_tf.learners.learner import Learner, Predictor
from tests.maml_tf.problems import LEARNERS, SINUSOID, meta_batch

SIDE, WAYS = 16, 3
SHAPE = (SIDE, SIDE, 1)
IMAGES = ImageClasses(images=np.zeros([WAYS, 4, *SHAPE], np.uint8), names=tuple("abc"))
FEW_SHOT = FewShotImages(images=IMAGES, ways=WAYS, shot=1, query=2, rotations=True)
POOLS = Conv4(image=SHAPE, outputs=WAYS, filters=2, downsampling="max pool", summary="flatten")
ADAM = Adam(learning_rate=0.001, clip=10.0)
ALONE = replace(POOLS, normalization=BatchNormalization(statistics="one query at a time"))
CLASSIFIER = Classifier(network=POOLS, meta_optimizer=ADAM)


def maml(network: Network) -> MAML:
    inner_loop = InnerLoop(steps=1, learning_rate=0.1, keeps=("shift",), loss_scale="sum over classes")
    return MAML(network=network, loss=softmax_cross_entropy, inner_loop=inner_loop, meta_optimizer=ADAM)


# Each of these uses operations that the others do not use.
TRAINED: dict[str, tuple[Learner, TaskDistribution]] = {
    "sinusoids": (LEARNERS["MAML"], SINUSOID),
    "multi-task": (LEARNERS["multi-task"], SINUSOID),
    "perceptron": (maml(MLP(inputs=SIDE**2, hidden=(16,), outputs=WAYS, normalization=BatchNormalization())), FEW_SHOT),
    "convolutions": (maml(POOLS), FEW_SHOT),
    "convolutions in bfloat16": (maml(replace(POOLS, convolution_type="bfloat16")), FEW_SHOT),
    "classifier": (CLASSIFIER, LabelledImages(images=IMAGES, batch=4)),
}
TESTED: dict[str, tuple[Predictor, TaskDistribution, Loss]] = {
    "sinusoids": (LEARNERS["MAML"], SINUSOID, squared_error),
    "one query at a time": (maml(ALONE), FEW_SHOT, accuracy),
    "nearest neighbour": (NearestNeighbour(network=POOLS), FEW_SHOT, accuracy),
}


@pytest.fixture(autouse=True)
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    if not tf.test.is_built_with_cuda():
        pytest.skip("this TensorFlow is built without GPU kernels")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [f"a {kind}"])


@pytest.mark.parametrize("name", TRAINED)
def test_operations_of_meta_training_have_gpu_kernels(name: str) -> None:
    learner, tasks = TRAINED[name]
    state = learner.begin(0)

    def iteration(seed: Tensor) -> Tensor:
        return learner.update(state, tasks.episodes(tasks.sample(seed, meta_batch(name))))

    assert not without_gpu_kernel(iteration)


@pytest.mark.parametrize("name", TESTED)
def test_operations_of_meta_tests_have_gpu_kernels(name: str) -> None:
    predictor, tasks, score = TESTED[name]
    parameters = (predictor if isinstance(predictor, MAML) else CLASSIFIER).begin(0).parameters

    def scores(seed: Tensor) -> Tensor:
        episodes = tasks.episodes(tasks.sample(seed, 2))
        return [score(outputs, episodes.query.targets) for outputs in predictor.predict(parameters, episodes, 1)]

    assert not without_gpu_kernel(scores)


def test_an_operation_without_a_kernel_is_found() -> None:
    assert without_gpu_kernel(lambda seed: tf.gather_nd(tf.zeros([4], tf.uint8), seed[:1])) == {"GatherNd"}


def without_gpu_kernel(function: Callable[[Tensor], Any]) -> set[str]:
    """Returns the operations in the graph of a function of a seed that have no kernel for GPUs."""
    graph = tf.function(function, autograph=False).get_concrete_function(tf.TensorSpec([2], tf.int64)).graph
    return {node.op for node in nodes(graph.as_graph_def()) if not is_served(node)}


def nodes(graph: Any) -> Iterator[Any]:
    yield from (node for node in graph.node if node.op != "Placeholder")
    for function in graph.library.function:
        yield from function.node_def


def is_served(node: Any) -> bool:
    registered = kernels.get_registered_kernels_for_op(node.op).kernel
    return any(
        kernel.device_type in ("GPU", "DEFAULT")
        and all(node.attr[attribute.name].type in attribute.allowed_values.list.type for attribute in kernel.constraint)
        for kernel in registered
    )
