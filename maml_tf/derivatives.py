"""Second derivatives that TensorFlow lacks or leaves out without a word.

TensorFlow registers the derivative of each operation. Some derivatives have no derivative of their own, and a few are
registered as having none, so that a tape returns zero where the meta-gradient is not zero. Besides, `tf.nn.moments`
treats the mean inside the variance as a constant, which is right for first derivatives only.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf
from tensorflow.python.framework import ops
from tensorflow.python.framework.registry import Registry
from tensorflow.python.ops import nn_impl

from maml_tf.errors import SettingError
from maml_tf.interfaces import Tensor


@contextmanager
def exact_derivatives() -> Iterator[None]:
    """Makes derivatives of every order exact in this thread, or refuses the operation that has none.

    Operations must be called, and tapes differentiated, within this context. It may be nested, and it changes neither
    values nor first derivatives. TensorFlow's own functions are put back when the last context ends.

    Raises:
        SettingError: When a tape differentiates an operation of which TensorFlow has no derivative.
    """
    with _lock:
        if not _open:
            Registry.lookup, nn_impl.moments = _lookup, _moments
        _open.append(threading.get_ident())
    try:
        yield
    except LookupError as error:
        # TensorFlow catches some of its own errors of this kind, so they are translated only here.
        if missing := re.search(r"(?:no entry for: |op type: )(\w+)", str(error)):
            raise SettingError(_MESSAGE.format(missing[1])) from error
        raise
    finally:
        with _lock:
            _open.remove(threading.get_ident())
            if not _open:
                Registry.lookup, nn_impl.moments = _registered, _inexact_moments


def _lookup(registry: Registry, name: str) -> Any:
    """Finds the function that differentiates an operation; takes the place of a method of TensorFlow's registries."""
    if registry is not ops.gradient_registry or threading.get_ident() not in _open:
        return _registered(registry, name)
    if name in _REPLACED:
        return _REPLACED[name]
    derivative = _registered(registry, name)
    if derivative is None and name in _LEFT_OUT:
        raise SettingError(_MESSAGE.format(name))
    return derivative


def _moments(
    x: Tensor, axes: Any, shift: Any = None, name: str | None = None, keep_dims: Any = None, keepdims: Any = None
) -> tuple[Tensor, Tensor]:
    """Computes mean and variance like `tf.nn.moments`, with exact derivatives of every order."""
    del shift  # TensorFlow does not use it either
    with tf.name_scope(name or "moments"):
        inputs = tf.cast(x, tf.float32) if x.dtype == tf.float16 else x
        mean = tf.reduce_mean(inputs, axes, keepdims=True)
        variance = tf.reduce_mean(tf.math.squared_difference(inputs, mean), axes, keepdims=True)
        if not (keepdims or keep_dims):
            mean, variance = tf.squeeze(mean, axes), tf.squeeze(variance, axes)
        return tf.cast(mean, x.dtype), tf.cast(variance, x.dtype)


def _of_resize(resize: Callable[..., Tensor]) -> Callable[[Any, Tensor], list[Tensor | None]]:
    """Returns the derivative of an operation that resizes images: products with the matrices of the two axes."""

    def derivative(operation: Any, upstream: Tensor) -> list[Tensor | None]:
        options = {name: operation.get_attr(name) for name in ("align_corners", "half_pixel_centers")}
        images = operation.inputs[0]

        def along(axis: int) -> Tensor:
            before, after = tf.shape(images)[axis], tf.shape(upstream)[axis]
            unit = tf.eye(before, dtype=upstream.dtype)[tf.newaxis, :, :, tf.newaxis]
            return resize(images=unit, size=tf.stack([after, before]), **options)[0, :, :, 0]

        gradient = tf.einsum("bhwc,hi,wj->bijc", upstream, along(1), along(2))
        return [tf.cast(gradient, images.dtype), None]

    return derivative


def _of_softsign(operation: Any, upstream: Tensor) -> Tensor:
    return upstream / (1 + tf.abs(operation.inputs[0])) ** 2


_lock = threading.RLock()
_open: list[int] = []  # the thread of each context that is open
_registered, _inexact_moments = Registry.lookup, nn_impl.moments
_MESSAGE = (
    "TensorFlow has no derivative of the operation {!r}, which the gradient passes: replace the layer or function that "
    "needs it; if only the second derivative is missing, InnerLoop(first_order=True) does without"
)
# The derivatives of these have no derivative in TensorFlow, or one registered as zero.
_REPLACED: dict[str, Callable[..., Any]] = {
    "ResizeBicubic": _of_resize(tf.raw_ops.ResizeBicubic),
    "ResizeBilinear": _of_resize(tf.raw_ops.ResizeBilinear),
    "ResizeNearestNeighbor": _of_resize(tf.raw_ops.ResizeNearestNeighbor),
    "Softsign": _of_softsign,
}
# These have a derivative that is not zero, but TensorFlow registers them as having none.
_LEFT_OUT = frozenset(
    [
        "DrawBoundingBoxes",
        "ExtractGlimpse",
        "FakeQuantWithMinMaxArgsGradient",
        "FakeQuantWithMinMaxVarsGradient",
        "FakeQuantWithMinMaxVarsPerChannelGradient",
        "HSVToRGB",
        "LinSpace",
        "PyFunc",
        "PyFuncStateless",
        "ResizeBilinearGrad",
        "SparseAddGrad",
    ]
)
