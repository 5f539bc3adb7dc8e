"""Losses and scores of single examples."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import tensorflow as tf

from maml_tf.errors import SettingError
from maml_tf.interfaces import Loss, Tensor


def squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Returns the squared error, averaged over outputs: `[tasks, examples, outputs]` to `[tasks, examples]`.

    Outputs may have several axes, over all of which the error is averaged.

    Raises:
        SettingError: Outputs and targets have different shapes.
    """
    outputs, targets = _alike(outputs, targets)
    # A single output is the common case; a reshape is cheaper than a mean over an axis of size 1.
    difference = tf.math.squared_difference(outputs, targets)
    if difference.shape[-1] == 1:
        return _over_further_axes(tf.reshape(difference, difference.shape[:-1]))
    return _over_further_axes(tf.reduce_mean(difference, axis=-1))


def softmax_cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Returns the cross-entropy of logits and one-hot targets: `[tasks, examples, ways]` to `[tasks, examples]`.

    If there are further axes in front of the ways, such as the pixels of a segmentation, it is averaged over them.

    Raises:
        SettingError: Outputs and targets have different shapes, or there is only one logit.
    """
    outputs, targets = _alike(outputs, targets)
    if outputs.shape[-1] == 1:
        raise SettingError(
            f"outputs must have two or more logits for softmax_cross_entropy, not the shape {_shape(outputs)}; "
            "for one logit use keras.losses.BinaryCrossentropy(from_logits=True, reduction='none')"
        )
    # The second derivative of this product is cheap on every device; that of TensorFlow's fused kernel is slower.
    return _over_further_axes(-tf.reduce_sum(targets * tf.nn.log_softmax(outputs), axis=-1))


def accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Returns 100 for every example whose class has the largest logit, else 0: `[tasks, examples]`.

    A single logit means class 1 if it is above 0, and its target is 0 or 1. The mean over examples is the accuracy in
    per cent. The value is NaN where a logit is not finite, so that divergence is not mistaken for a wrong prediction.

    Raises:
        SettingError: Outputs and targets have different shapes.
    """
    outputs, targets = _alike(outputs, targets)
    if outputs.shape[-1] == 1:
        hits = tf.equal(outputs[..., 0] > 0, targets[..., 0] > 0.5)
    else:
        hits = tf.equal(tf.argmax(outputs, axis=-1), tf.argmax(targets, axis=-1))
    finite = tf.reduce_all(tf.math.is_finite(outputs), axis=-1)
    return _over_further_axes(tf.where(finite, 100.0 * tf.cast(hits, outputs.dtype), float("nan")))


def as_loss(loss: Any, name: str = "loss") -> Loss:
    """Returns a function of outputs and targets that computes a loss and checks all shapes.

    Args:
        loss: A function of outputs and targets; a Keras loss without reduction, whose arguments come in the other
            order; or a function whose first two arguments are called `y_true, y_pred` or `labels, logits`, as those of
            Keras and TensorFlow, which are in the other order too.
        name: What the loss is called in error messages.

    Raises:
        SettingError: The loss cannot be called, or is a Keras loss with a reduction or a Keras metric. When it is
            called: outputs and targets have different numbers of tasks or examples, or the values are not one for each
            example.
    """
    if getattr(loss, _CHECKED, False):
        return loss  # type: ignore[no-any-return]
    if not callable(loss) or hasattr(loss, "update_state"):
        raise SettingError(f"{name} must be a function of outputs and targets, not {loss!r}")
    is_keras_loss = hasattr(loss, "reduction") and hasattr(loss, "call")
    if is_keras_loss and loss.reduction not in (None, "none"):
        raise SettingError(
            f"{name} must have one value for each example: give {type(loss).__name__} the argument "
            f"reduction='none', not {loss.reduction!r}"
        )
    targets_first = _takes_targets_first(loss)

    @wraps(loss, updated=())
    def checked(outputs: Tensor, targets: Tensor) -> Tensor:
        _check_shapes(outputs, targets)
        values = loss(targets, outputs) if targets_first else loss(outputs, targets)
        if not _shape(values).is_compatible_with(_shape(outputs)[:2]):
            raise SettingError(
                f"{name} must have values of shape {_shape(outputs)[:2]} (tasks, examples), not {_shape(values)}, for "
                f"outputs {_shape(outputs)} and targets {_shape(targets)}"
            )
        return values

    setattr(checked, _CHECKED, True)  # else a second call would swap the arguments back
    return checked


def _takes_targets_first(loss: Callable[..., Any]) -> bool:
    try:
        names = tuple(inspect.signature(loss).parameters)[:2]
    except (TypeError, ValueError):  # Some functions that are not written in Python have no signature.
        return False
    return names in (("y_true", "y_pred"), ("labels", "logits"))


def _check_shapes(outputs: Tensor, targets: Tensor) -> None:
    """Refuses what a loss of the user might broadcast; a loss may well have several outputs for one target."""
    ours, theirs = _shape(outputs), _shape(targets)
    if not ours[:2].is_compatible_with(theirs[:2]):
        raise SettingError(
            f"outputs {ours} and targets {theirs} must have as many tasks and examples, their first two axes"
        )
    dtype = tf.as_dtype(targets.dtype)
    are_class_numbers = dtype.is_integer and theirs.rank == 2
    is_one_output = ours.rank == theirs.rank == _RANK and ours[-1] == 1
    if not are_class_numbers and (ours.rank != theirs.rank or (is_one_output and theirs[-1] != 1)):
        raise SettingError(
            f"targets must have the axes of outputs {ours}, or be class numbers (integers, one for each example), "
            f"not {dtype.name} of shape {theirs}"
        )


def _alike(outputs: Any, targets: Any) -> tuple[Tensor, Tensor]:
    """Returns both as tensors of the same shape and type."""
    outputs, targets = tf.convert_to_tensor(outputs), tf.convert_to_tensor(targets)
    if not _shape(outputs).is_compatible_with(_shape(targets)):
        raise SettingError(
            f"outputs and targets must have the same shape (class numbers as tf.one_hot), not {_shape(outputs)} and "
            f"{_shape(targets)}"
        )
    return outputs, tf.cast(targets, outputs.dtype)


def _shape(tensor: Any) -> Any:
    return tf.TensorShape(tensor.shape)  # what a graph does not know is compatible with everything


def _over_further_axes(values: Tensor) -> Tensor:
    """Averages `[tasks, examples, ...]` to `[tasks, examples]`."""
    further = list(range(2, values.shape.rank))
    return tf.reduce_mean(values, axis=further) if further else values


_CHECKED = "checks_shapes"  # attribute of functions that `as_loss` returned
_RANK = 3  # tasks, examples, outputs
