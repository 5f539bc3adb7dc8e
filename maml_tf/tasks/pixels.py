"""Large arrays that are held in memory once."""

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from maml_tf.datasets import ImageClasses
from maml_tf.devices import on_gpu
from maml_tf.interfaces import Tensor


def all_pixels(classes: ImageClasses, orientations: int = 1) -> Tensor:
    """Returns all images as one tensor: first unrotated, then all of them rotated by 90 degrees, and so on.

    Calls with the same arguments return the same tensor, so that all task distributions of the same images share it.

    Args:
        classes: The images.
        orientations: Number of orientations: 1 for unrotated images only, up to 4 for all multiples of 90 degrees.

    Returns:
        Bytes, `[orientations * classes * examples, height, width, ...]`.
    """
    tensors = _TENSORS.setdefault(classes, {})
    key = (orientations, on_gpu())
    if key not in tensors:
        images = classes.images
        if orientations > 1:
            images = np.stack([np.rot90(images, quarters, axes=(2, 3)) for quarters in range(orientations)])
        tensors[key] = held(images.reshape(-1, *classes.images.shape[2:]))
    return tensors[key]


def held(array: NDArray[Any]) -> Tensor:
    """Returns a large array as a tensor that `TaskDistribution.episodes` can gather from.

    Use it for every array of more than a few megabytes, once, where the task distribution is made:

        self.data = maml_tf.tasks.held(array)

    and then `tf.gather(self.data, plan)` in `episodes`. To gather from the NumPy array itself would copy all of it into
    the graph several times, and fail from 2 GB on.

    On a CPU, the tensor shares the memory of the array where possible, so the array must not change afterwards. If that
    memory is mapped from a file, only what is used is read.

    Args:
        array: Numbers of any type.
    """
    array = np.asarray(array)
    with tf.init_scope():
        if on_gpu():
            # TensorFlow gathers bytes on a GPU only from variables; it would copy a tensor to the CPU every time.
            return tf.Variable(array, trainable=False)
        alias = array.view()
        try:
            # DLPack cannot express that memory is read-only; nothing writes to it.
            alias.flags.writeable = True
        except ValueError:  # The array that owns the memory is read-only.
            return tf.constant(array)
        aligned = (
            alias.size
            and alias.dtype.isnative
            and alias.dtype.kind in "iuf"
            and alias.flags.c_contiguous
            and alias.ctypes.data % _ALIGNMENT == 0
        )
        if not aligned:
            return tf.constant(array)
        return tf.experimental.dlpack.from_dlpack(alias.__dlpack__())


_TENSORS: WeakKeyDictionary[ImageClasses, dict[tuple[int, bool], Tensor]] = WeakKeyDictionary()
_ALIGNMENT = 64  # In bytes. TensorFlow aborts the process if shared memory is not aligned to a multiple of this.
