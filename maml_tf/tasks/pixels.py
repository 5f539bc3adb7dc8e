"""Images as one tensor."""

from weakref import WeakKeyDictionary

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from maml_tf.datasets import ImageClasses
from maml_tf.interfaces import Tensor


def all_pixels(classes: ImageClasses, turns: int = 1) -> Tensor:
    """All images one after another as they are, then as many quarter turns of them as are asked for.

    The same tensor whenever the same images are asked for: TensorFlow never lets go of a graph with custom
    gradients, nor of what it gathers from, so that each meta-training would leave a copy behind.

    Args:
        classes: the images.
        turns: 1 for the images as they are alone, up to 4 for all quarter turns.

    Returns:
        Bytes, `[turns * classes * examples, height, width, ...]`.
    """
    kept = _KEPT.setdefault(classes, {})
    kind = (turns, _on_gpu())
    if kind not in kept:
        images = classes.images
        if turns > 1:
            images = np.stack([np.rot90(images, each, axes=(2, 3)) for each in range(turns)])
        kept[kind] = pixels(images.reshape(-1, *classes.images.shape[2:]))
    return kept[kind]


def pixels(images: NDArray[np.uint8]) -> Tensor:
    """Makes images a tensor to gather from, outside of any graph: inside one they would be copied into its definition.

    On a processor it shares their memory where it can, which for images that are mapped from a file
    means that only what is used is read.
    """
    with tf.init_scope():
        if _on_gpu():
            # GPUs gather bytes from variables alone: each look at a tensor would bring all of it back
            # to the processor.
            return tf.Variable(images, trainable=False)
        alias = images.view()
        try:
            # Nothing writes to them, but the interface has no word for that.
            alias.flags.writeable = True
        except ValueError:  # their owner does not allow it
            return tf.constant(images)
        aligned = alias.flags.c_contiguous and alias.ctypes.data % _ALIGNMENT == 0
        if not aligned:
            return tf.constant(images)
        return tf.experimental.dlpack.from_dlpack(alias.__dlpack__())


def _on_gpu() -> bool:
    return bool(tf.config.list_physical_devices("GPU"))


_KEPT: WeakKeyDictionary[ImageClasses, dict[tuple[int, bool], Tensor]] = WeakKeyDictionary()
_ALIGNMENT = 64  # bytes; TensorFlow aborts the process over memory that is aligned less
