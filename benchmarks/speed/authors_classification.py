"""The authors' graph for few-shot classification, after `maml.py` of their repository."""

from collections.abc import Mapping
from typing import Any

from benchmarks.speed.problem import Problem


def classification_losses(
    tf: Any, weights: Mapping[str, Any], examples: tuple[Any, ...], problem: Problem, steps: int
) -> list[Any]:
    """Builds the graph of one task.

    Args:
        tf: TensorFlow.
        weights: Variables by name.
        examples: Support images, their labels, query images and their labels, each [examples, ...].
        problem: The network and the settings.
        steps: Inner steps in the graph; at least as many as are trained.

    Returns:
        The support loss before adaptation, the query loss after each step, and the accuracies.
    """
    inputs, labels, queries, query_labels = examples
    forward = _convolutional if problem.image else _fully_connected

    def cross_entropy(outputs: Any, targets: Any) -> Any:
        return tf.nn.softmax_cross_entropy_with_logits(labels=targets, logits=outputs) / problem.shot

    def accuracy(outputs: Any, targets: Any) -> Any:
        return tf.reduce_mean(tf.cast(tf.equal(tf.argmax(outputs, 1), tf.argmax(targets, 1)), tf.float32))

    outputs = forward(tf, weights, inputs, problem)
    losses, accuracies = [tf.reduce_sum(cross_entropy(outputs, labels))], [accuracy(outputs, labels)]
    loss, shifts = cross_entropy(outputs, labels), {n: v for n, v in weights.items() if not problem.adapts(n)}
    fast = {name: value for name, value in weights.items() if problem.adapts(name)}
    for _ in range(steps):
        gradients = tf.compat.v1.gradients(loss, list(fast.values()))
        moved = zip(fast.items(), gradients, strict=True)
        fast = {name: value - problem.inner_rate * gradient for (name, value), gradient in moved}
        outputs = forward(tf, fast | shifts, queries, problem)
        losses.append(tf.reduce_sum(cross_entropy(outputs, query_labels)))
        accuracies.append(accuracy(outputs, query_labels))
        loss = cross_entropy(forward(tf, fast | shifts, inputs, problem), labels)
    return [*losses, *accuracies]


def _convolutional(tf: Any, weights: Mapping[str, Any], inputs: Any, problem: Problem) -> Any:
    """Applies blocks of convolution, batch normalisation and ReLU, then an affine layer."""
    hidden, stride = inputs, 1 if problem.pooled else 2
    for layer in range(len(problem.hidden)):
        name = f"block_{layer}"
        hidden = tf.nn.conv2d(hidden, weights[f"{name}/kernel"], stride, "SAME")
        hidden = tf.nn.relu(_normalised(tf, hidden, weights[f"{name}/shift"], problem.epsilon))
        hidden = tf.nn.max_pool2d(hidden, 2, 2, "VALID") if problem.pooled else hidden
    flat = tf.reshape(hidden, [-1, problem.features]) if problem.flattened else tf.reduce_mean(hidden, [1, 2])
    return tf.matmul(flat, weights["linear/kernel"]) + weights["linear/bias"]


def _fully_connected(tf: Any, weights: Mapping[str, Any], inputs: Any, problem: Problem) -> Any:
    """Applies affine layers, all but the last with batch normalisation and ReLU."""
    hidden, last = inputs, len(problem.hidden)
    for layer in range(last):
        hidden = tf.matmul(hidden, weights[f"layer_{layer}/kernel"])
        hidden = tf.nn.relu(_normalised(tf, hidden, weights[f"layer_{layer}/shift"], problem.epsilon))
    return tf.matmul(hidden, weights[f"layer_{last}/kernel"]) + weights[f"layer_{last}/bias"]


def _normalised(tf: Any, inputs: Any, shift: Any, epsilon: float) -> Any:
    # Today's `tf.nn.moments` takes the mean in the variance as a constant. The first derivatives are the same, but the
    # second are not, so with it the graph would compute another meta-gradient than all other sides.
    axes = list(range(len(inputs.shape) - 1))
    mean = tf.reduce_mean(inputs, axes, keepdims=True)
    variance = tf.reduce_mean(tf.square(inputs - mean), axes, keepdims=True)
    return tf.nn.batch_normalization(inputs, mean, variance, shift, None, epsilon)
