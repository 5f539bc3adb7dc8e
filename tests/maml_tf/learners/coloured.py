"""Images whose classes differ in colour."""

import numpy as np

from maml_tf.datasets import ImageClasses

SIDE = 16
_COLOURS = np.array([[230, 30, 30], [30, 230, 30], [30, 30, 230], [220, 220, 30]])
_NOISE = np.random.default_rng(0).integers(-25, 26, [len(_COLOURS), 12, SIDE, SIDE, 3])

COLOURED = ImageClasses(
    images=(_COLOURS[:, np.newaxis, np.newaxis, np.newaxis] + _NOISE).astype(np.uint8),
    names=("red", "green", "blue", "yellow"),
)
