"""Losses and scores of single examples."""

import tensorflow as tf

from maml_tf.interfaces import Tensor


def squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Returns the squared error, averaged over outputs: `[tasks, examples, outputs]` to `[tasks, examples]`."""
    # A single output is the common case; a reshape is cheaper than a mean over an axis of size 1.
    difference = tf.math.squared_difference(outputs, targets)
    if difference.shape[-1] == 1:
        return tf.reshape(difference, difference.shape[:-1])
    return tf.reduce_mean(difference, axis=-1)


def softmax_cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Returns the cross-entropy of logits and one-hot targets: `[tasks, examples, ways]` to `[tasks, examples]`."""
    # The second derivative of this product is cheap on every device; that of TensorFlow's fused kernel is slower.
    return -tf.reduce_sum(targets * tf.nn.log_softmax(outputs), axis=-1)


def accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Returns 100 for every example whose class has the largest logit, else 0: `[tasks, examples]`.

    The mean over examples is the accuracy in per cent. The value is NaN where a logit is not finite, so that
    divergence is not mistaken for a wrong prediction.
    """
    hits = tf.equal(tf.argmax(outputs, axis=-1), tf.argmax(targets, axis=-1))
    finite = tf.reduce_all(tf.math.is_finite(outputs), axis=-1)
    return tf.where(finite, 100.0 * tf.cast(hits, outputs.dtype), float("nan"))
