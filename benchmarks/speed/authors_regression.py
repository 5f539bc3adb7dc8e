"""The authors' program for regression, rewritten to be timed.

After `maml.py`, `main.py` and `data_generator.py` of their repository: `map_fn` over tasks, one session call per
meta-iteration, tasks sampled by NumPy.
"""

import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

GRAPH_STEPS = 5  # inner steps in the authors' training graph, however many are trained


def authors_regression(settings: Mapping[str, Any]) -> Callable[[int], float]:
    """Builds the graph as the authors do: every task runs through the body of a loop that holds all inner steps.

    Args:
        settings: From `Experiment.settings`, of MAML on sinusoids.

    Returns:
        A function that runs a number of meta-iterations and returns the seconds that one of them took.
    """
    import tensorflow as tf

    v1 = tf.compat.v1
    v1.disable_eager_execution()
    v1.disable_control_flow_v2()
    tasks, points = settings["training"]["meta_batch"], settings["tasks"]["shot"]
    placeholders = [v1.placeholder(tf.float32, [tasks, points, 1]) for _ in range(4)]
    weights = _weights(v1, settings["learner"]["network"]["hidden"])
    rate = settings["learner"]["inner_loop"]["learning_rate"]
    losses = tf.map_fn(
        lambda task: _losses(tf, weights, rate, *task),
        tuple(placeholders),
        fn_output_signature=[tf.float32] * (GRAPH_STEPS + 1),
    )
    adam = v1.train.AdamOptimizer(settings["learner"]["meta_optimizer"]["learning_rate"])
    step = adam.minimize(tf.reduce_sum(losses[1]) / tasks)
    session = v1.Session()
    session.run(v1.global_variables_initializer())
    generator = np.random.default_rng(0)

    def timed(count: int) -> float:
        began = time.perf_counter()
        for _ in range(count):
            session.run(step, dict(zip(placeholders, numpy_tasks(generator, tasks, points), strict=True)))
        return (time.perf_counter() - began) / count

    return timed


def numpy_tasks(generator: np.random.Generator, tasks: int, points: int) -> list[np.ndarray]:
    """Returns support inputs and targets, query inputs and targets of sine waves, each [tasks, points, 1]."""
    amplitude = generator.uniform(0.1, 5.0, [tasks])
    phase = generator.uniform(0.0, np.pi, [tasks])
    inputs = np.zeros([tasks, 2 * points, 1])
    outputs = np.zeros([tasks, 2 * points, 1])
    for task in range(tasks):
        inputs[task] = generator.uniform(-5.0, 5.0, [2 * points, 1])
        outputs[task] = amplitude[task] * np.sin(inputs[task] - phase[task])
    return [inputs[:, :points], outputs[:, :points], inputs[:, points:], outputs[:, points:]]


def _weights(v1: Any, hidden: tuple[int, ...]) -> dict[str, Any]:
    weights = {}
    for layer, shape in enumerate(pairwise((1, *hidden, 1))):
        weights[f"w{layer}"] = v1.Variable(v1.truncated_normal(shape, stddev=0.01))
        weights[f"b{layer}"] = v1.Variable(v1.zeros(shape[1]))
    return weights


def _losses(
    tf: Any, weights: dict[str, Any], rate: float, inputs: Any, labels: Any, queries: Any, targets: Any
) -> list[Any]:
    """Returns, for one task, the support loss before adaptation and the query loss after each step."""
    first = _error(tf, weights, inputs, labels)
    fast, loss, after = dict(weights), first, []
    for _ in range(GRAPH_STEPS):
        gradients = tf.compat.v1.gradients(loss, list(fast.values()))
        fast = {name: value - rate * gradient for (name, value), gradient in zip(fast.items(), gradients, strict=True)}
        after.append(_error(tf, fast, queries, targets))
        loss = _error(tf, fast, inputs, labels)
    return [first, *after]


def _error(tf: Any, weights: dict[str, Any], inputs: Any, labels: Any) -> Any:
    hidden, last = inputs, len(weights) // 2 - 1
    for layer in range(last):
        hidden = tf.nn.relu(tf.matmul(hidden, weights[f"w{layer}"]) + weights[f"b{layer}"])
    return tf.reduce_mean(tf.square(tf.matmul(hidden, weights[f"w{last}"]) + weights[f"b{last}"] - labels))
