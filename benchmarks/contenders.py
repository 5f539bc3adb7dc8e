"""Meta-training programs to be timed: ours, and a re-creation of the authors' graph.

Run as `python -m benchmarks.contenders NAME`; each line on standard input, a number of meta-iterations,
is answered by a line with the seconds that one of them took.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

SecondsAnIteration = Callable[[int], float]

TASKS, SHOT, HIDDEN, ALPHA, META_RATE = 25, 10, 40, 0.001, 1e-3
GRAPH_STEPS = 5  # the authors' training graph holds five inner steps, whatever number is trained

TINY = MappingProxyType({"TF_ENABLE_ONEDNN_OPTS": "0", "BENCHMARKS_INTRA": "1", "BENCHMARKS_INTER": "2"})
# What each is started with: the authors' program leaves TensorFlow as it comes.
ENVIRONMENTS: Mapping[str, Mapping[str, str]] = MappingProxyType({"ours": TINY, "authors": MappingProxyType({})})


def ours() -> SecondsAnIteration:
    """The catalogue's sinusoid/maml, through the library's own training loop."""
    import maml_tf
    from benchmarks.part import build
    from benchmarks.sinusoid import MAML
    from benchmarks.worker import start_tensorflow

    start_tensorflow()
    settings = MAML.settings("paper", "code")
    learner, tasks = build(settings["learner"]), build(settings["tasks"])

    def timed(count: int) -> float:
        training = maml_tf.Training(**settings["training"] | {"iterations": count})
        return maml_tf.train(learner, tasks, training).seconds_per_iteration

    return timed


def authors() -> SecondsAnIteration:
    """A graph as the authors build it: `map_fn` over tasks, one session call an iteration, NumPy data.

    After `maml.py`, `main.py` and `data_generator.py` of their repository, written anew with
    `tf.compat.v1`: every task of the meta-batch runs through the body of a loop that holds all inner steps.
    """
    import tensorflow as tf

    v1 = tf.compat.v1
    v1.disable_eager_execution()
    v1.disable_control_flow_v2()
    places = [v1.placeholder(tf.float32, [TASKS, SHOT, 1]) for _ in range(4)]
    weights = _weights(v1)
    losses = tf.map_fn(
        lambda task: _losses(tf, weights, *task),
        tuple(places),
        fn_output_signature=[tf.float32] * (GRAPH_STEPS + 1),
    )
    step = v1.train.AdamOptimizer(META_RATE).minimize(tf.reduce_sum(losses[1]) / TASKS)
    session = v1.Session()
    session.run(v1.global_variables_initializer())
    generator = np.random.default_rng(0)

    def timed(count: int) -> float:
        began = time.perf_counter()
        for _ in range(count):
            session.run(step, dict(zip(places, _numpy_tasks(generator), strict=True)))
        return (time.perf_counter() - began) / count

    return timed


def _weights(v1: Any) -> dict[str, Any]:
    sizes = (1, HIDDEN, HIDDEN, 1)
    weights = {}
    for layer, shape in enumerate(pairwise(sizes)):
        weights[f"w{layer}"] = v1.Variable(v1.truncated_normal(shape, stddev=0.01))
        weights[f"b{layer}"] = v1.Variable(v1.zeros(shape[1]))
    return weights


def _losses(tf: Any, weights: dict[str, Any], inputs: Any, labels: Any, queries: Any, targets: Any) -> list[Any]:
    """Support loss before adaptation, then query losses after each step, of one task."""
    first = _error(tf, weights, inputs, labels)
    fast, loss, after = dict(weights), first, []
    for _ in range(GRAPH_STEPS):
        gradients = tf.compat.v1.gradients(loss, list(fast.values()))
        fast = {name: value - ALPHA * gradient for (name, value), gradient in zip(fast.items(), gradients, strict=True)}
        after.append(_error(tf, fast, queries, targets))
        loss = _error(tf, fast, inputs, labels)
    return [first, *after]


def _error(tf: Any, weights: dict[str, Any], inputs: Any, labels: Any) -> Any:
    hidden = inputs
    for layer in range(2):
        hidden = tf.nn.relu(tf.matmul(hidden, weights[f"w{layer}"]) + weights[f"b{layer}"])
    return tf.reduce_mean(tf.square(tf.matmul(hidden, weights["w2"]) + weights["b2"] - labels))


def _numpy_tasks(generator: np.random.Generator) -> list[np.ndarray]:
    amplitude = generator.uniform(0.1, 5.0, [TASKS])
    phase = generator.uniform(0.0, np.pi, [TASKS])
    inputs = np.zeros([TASKS, 2 * SHOT, 1])
    outputs = np.zeros([TASKS, 2 * SHOT, 1])
    for task in range(TASKS):
        inputs[task] = generator.uniform(-5.0, 5.0, [2 * SHOT, 1])
        outputs[task] = amplitude[task] * np.sin(inputs[task] - phase[task])
    return [inputs[:, :SHOT], outputs[:, :SHOT], inputs[:, SHOT:], outputs[:, SHOT:]]


CONTENDERS: Mapping[str, Callable[[], SecondsAnIteration]] = MappingProxyType({"ours": ours, "authors": authors})


def main() -> None:
    """Answers requests until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    timed = CONTENDERS[sys.argv[1]]()
    for line in sys.stdin:
        print(timed(int(line)), file=answers, flush=True)


if __name__ == "__main__":
    main()
