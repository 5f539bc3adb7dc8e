"""The authors' program for few-shot classification, rewritten to be timed.

After `maml.py` and `main.py` of their repository. Two things are left out, which makes it faster: it reads no images
from files, because they are in memory, and it writes no summaries.
"""

import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

Forward = Callable[[Mapping[str, Any], Any], Any]
EPSILON = 1e-3  # of batch normalisation


def authors_classification(settings: Mapping[str, Any], graph_steps: int, clip: float | None) -> Callable[[int], float]:
    """Builds the graph as the authors do: every task runs through the body of a loop that holds all inner steps.

    Args:
        settings: From `Experiment.settings`, of MAML for few-shot classification.
        graph_steps: Inner steps in the graph; at least as many as are trained are built.
        clip: Bound on each element of the meta-gradient, or None.

    Returns:
        A function that runs a number of meta-iterations and returns the seconds that one of them took.
    """
    import tensorflow as tf

    v1 = tf.compat.v1
    v1.disable_eager_execution()
    v1.disable_control_flow_v2()
    network, inner_loop = settings["learner"]["network"], settings["learner"]["inner_loop"]
    weights, forward = (_convolutional if "filters" in network else _fully_connected)(tf, network)
    episodes = _noise(settings)
    placeholders = [v1.placeholder(tf.float32, array.shape) for array in episodes]
    steps = max(graph_steps, inner_loop["steps"])

    def task(examples: tuple[Any, ...]) -> list[Any]:
        return _losses(tf, forward, weights, examples, inner_loop["learning_rate"], settings["tasks"]["shot"], steps)

    losses = tf.map_fn(
        task,
        tuple(placeholders),
        fn_output_signature=[tf.float32] * (2 * steps + 2),
        parallel_iterations=settings["training"]["meta_batch"],
    )
    adam = v1.train.AdamOptimizer(settings["learner"]["meta_optimizer"]["learning_rate"])
    loss = tf.reduce_sum(losses[inner_loop["steps"]]) / settings["training"]["meta_batch"]
    step = adam.apply_gradients(
        [
            (gradient if clip is None else tf.clip_by_value(gradient, -clip, clip), variable)
            for gradient, variable in adam.compute_gradients(loss)
        ]
    )
    session = v1.Session()
    session.run(v1.global_variables_initializer())
    fed = dict(zip(placeholders, episodes, strict=True))

    def timed(count: int) -> float:
        began = time.perf_counter()
        for _ in range(count):
            session.run(step, fed)
        return (time.perf_counter() - began) / count

    return timed


def _noise(settings: Mapping[str, Any]) -> list[np.ndarray]:
    """Returns support images [tasks, examples, pixels] and labels [tasks, examples, ways], then the same of queries."""
    generator, tasks = np.random.default_rng(0), settings["tasks"]
    network = settings["learner"]["network"]
    pixels = int(np.prod(network["image"])) if "image" in network else network["inputs"]
    episodes = []
    for size in (tasks["shot"], tasks["query"]):
        examples = (settings["training"]["meta_batch"], tasks["ways"] * size)
        episodes.append(generator.uniform(size=(*examples, pixels)).astype(np.float32))
        episodes.append(np.eye(tasks["ways"], dtype=np.float32)[generator.integers(tasks["ways"], size=examples)])
    return episodes


def _losses(
    tf: Any,
    forward: Forward,
    weights: Mapping[str, Any],
    examples: tuple[Any, ...],
    rate: float,
    shot: int,
    steps: int,
) -> list[Any]:
    """Returns, for one task, the support loss before adaptation, the query loss after each step, and the accuracies."""
    inputs, labels, queries, query_labels = examples

    def cross_entropy(outputs: Any, targets: Any) -> Any:
        return tf.nn.softmax_cross_entropy_with_logits(labels=targets, logits=outputs) / shot

    def accuracy(outputs: Any, targets: Any) -> Any:
        return tf.reduce_mean(tf.cast(tf.equal(tf.argmax(outputs, 1), tf.argmax(targets, 1)), tf.float32))

    outputs = forward(weights, inputs)
    losses, accuracies = [tf.reduce_sum(cross_entropy(outputs, labels))], [accuracy(outputs, labels)]
    fast, loss = dict(weights), cross_entropy(outputs, labels)
    for _ in range(steps):
        gradients = tf.compat.v1.gradients(loss, list(fast.values()))
        fast = {name: value - rate * gradient for (name, value), gradient in zip(fast.items(), gradients, strict=True)}
        outputs = forward(fast, queries)
        losses.append(tf.reduce_sum(cross_entropy(outputs, query_labels)))
        accuracies.append(accuracy(outputs, query_labels))
        loss = cross_entropy(forward(fast, inputs), labels)
    return [*losses, *accuracies]


def _convolutional(tf: Any, network: Mapping[str, Any]) -> tuple[dict[str, Any], Forward]:
    """Returns adapted weights and network: four blocks of convolution, batch normalisation and ReLU."""
    v1, image, filters = tf.compat.v1, network["image"], network["filters"]
    pooled, flattened = network["downsampling"] == "max pool", network["summary"] == "flatten"
    glorot = v1.glorot_uniform_initializer()
    weights = {}
    for layer, channels in enumerate((image[-1], filters, filters, filters)):
        weights[f"w{layer}"] = v1.Variable(glorot([3, 3, channels, filters]))
        weights[f"b{layer}"] = v1.Variable(tf.zeros([filters]))
    features = filters * (image[0] // 16) * (image[1] // 16) if flattened else filters
    weights["w4"] = v1.Variable(v1.random_normal([features, network["outputs"]]))
    weights["b4"] = v1.Variable(tf.zeros([network["outputs"]]))
    shifts = [v1.Variable(tf.zeros([filters])) for _ in range(4)]
    stride = 1 if pooled else 2

    def forward(fast: Mapping[str, Any], inputs: Any) -> Any:
        hidden = tf.reshape(inputs, [-1, *image])
        for layer, shift in enumerate(shifts):
            hidden = tf.nn.conv2d(hidden, fast[f"w{layer}"], stride, "SAME") + fast[f"b{layer}"]
            hidden = tf.nn.relu(_normalised(tf, hidden, shift))
            hidden = tf.nn.max_pool2d(hidden, 2, 2, "VALID") if pooled else hidden
        flat = tf.reshape(hidden, [-1, features]) if flattened else tf.reduce_mean(hidden, [1, 2])
        return tf.matmul(flat, fast["w4"]) + fast["b4"]

    return weights, forward


def _fully_connected(tf: Any, network: Mapping[str, Any]) -> tuple[dict[str, Any], Forward]:
    """Returns adapted weights and network: affine layers, all but the last with batch normalisation and ReLU."""
    v1, weights = tf.compat.v1, {}
    for layer, shape in enumerate(pairwise((network["inputs"], *network["hidden"], network["outputs"]))):
        weights[f"w{layer}"] = v1.Variable(v1.truncated_normal(shape, stddev=0.01))
        weights[f"b{layer}"] = v1.Variable(tf.zeros(shape[1]))
    shifts = [v1.Variable(tf.zeros([units])) for units in network["hidden"]]

    def forward(fast: Mapping[str, Any], inputs: Any) -> Any:
        hidden = inputs
        for layer, shift in enumerate(shifts):
            hidden = tf.matmul(hidden, fast[f"w{layer}"]) + fast[f"b{layer}"]
            hidden = tf.nn.relu(_normalised(tf, hidden, shift))
        return tf.matmul(hidden, fast[f"w{len(shifts)}"]) + fast[f"b{len(shifts)}"]

    return weights, forward


def _normalised(tf: Any, inputs: Any, shift: Any) -> Any:
    mean, variance = tf.nn.moments(inputs, list(range(len(inputs.shape) - 1)))
    return tf.nn.batch_normalization(inputs, mean, variance, shift, None, EPSILON)
