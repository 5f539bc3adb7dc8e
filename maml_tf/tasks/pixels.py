"""Images as one tensor."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from maml_tf.interfaces import Tensor


def pixels(images: NDArray[np.uint8]) -> Tensor:
    """Makes images a tensor to gather from, outside of any graph: inside one they would be copied into its definition.

    On a processor it shares their memory where it can, which for images that are mapped from a file
    means that only what is used is read.
    """
    with tf.init_scope():
        if tf.config.list_physical_devices("GPU"):
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


_ALIGNMENT = 64  # bytes; TensorFlow aborts the process over memory that is aligned less
