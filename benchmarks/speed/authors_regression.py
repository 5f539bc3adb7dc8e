"""The authors' graph for regression, after `maml.py` of their repository."""

from collections.abc import Mapping
from typing import Any

from benchmarks.speed.problem import Problem


def regression_losses(
    tf: Any, weights: Mapping[str, Any], examples: tuple[Any, ...], problem: Problem, steps: int
) -> list[Any]:
    """Builds the graph of one task.

    Args:
        tf: TensorFlow.
        weights: Variables by name.
        examples: Support inputs and targets, query inputs and targets, each [examples, 1].
        problem: The network and the settings.
        steps: Inner steps in the graph; at least as many as are trained.

    Returns:
        The support loss before adaptation, and the query loss after each step.
    """
    inputs, labels, queries, targets = examples
    first = _error(tf, weights, inputs, labels)
    fast, loss, after = dict(weights), first, []
    for _ in range(steps):
        gradients = tf.compat.v1.gradients(loss, list(fast.values()))
        moved = zip(fast.items(), gradients, strict=True)
        fast = {name: value - problem.inner_rate * gradient for (name, value), gradient in moved}
        after.append(_error(tf, fast, queries, targets))
        loss = _error(tf, fast, inputs, labels)
    return [first, *after]


def _error(tf: Any, weights: Mapping[str, Any], inputs: Any, labels: Any) -> Any:
    hidden, last = inputs, len(weights) // 2 - 1
    for layer in range(last):
        hidden = tf.nn.relu(tf.matmul(hidden, weights[f"layer_{layer}/kernel"]) + weights[f"layer_{layer}/bias"])
    outputs = tf.matmul(hidden, weights[f"layer_{last}/kernel"]) + weights[f"layer_{last}/bias"]
    return tf.reduce_mean(tf.square(outputs - labels))
