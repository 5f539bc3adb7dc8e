"""Losses of each example, and scores of each task."""

import tensorflow as tf

from maml_tf.interfaces import Tensor


def squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Squared error averaged over outputs: `[tasks, examples, outputs]` to `[tasks, examples]`."""
    # One output is the common case; a reshape is cheaper than a mean over an axis of one.
    difference = tf.math.squared_difference(outputs, targets)
    if difference.shape[-1] == 1:
        return tf.reshape(difference, difference.shape[:-1])
    return tf.reduce_mean(difference, axis=-1)


def softmax_cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of logits against one-hot targets: `[tasks, examples, ways]` to `[tasks, examples]`."""
    # The product with log-softmax has a cheap second derivative on every device; the fused kernel's
    # own second derivative goes through a slower path.
    return -tf.reduce_sum(targets * tf.nn.log_softmax(outputs), axis=-1)


def accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Share of examples, in per cent, whose largest logit is the target's: `[tasks, examples]` of 0 or 100.

    It is not a number where a logit is not finite, so that a diverged task does not pass for a guess.
    """
    hits = tf.equal(tf.argmax(outputs, axis=-1), tf.argmax(targets, axis=-1))
    finite = tf.reduce_all(tf.math.is_finite(outputs), axis=-1)
    return tf.where(finite, 100.0 * tf.cast(hits, outputs.dtype), float("nan"))
