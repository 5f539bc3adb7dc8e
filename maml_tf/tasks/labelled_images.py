"""Ordinary classification of images: all classes at once."""

from dataclasses import dataclass

import tensorflow as tf

from maml_tf.datasets import ImageClasses
from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Examples, Seed, Tensor
from maml_tf.tasks.pixels import all_pixels


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledImages:
    """Batches of images of all classes, each labelled with its place among all classes.

    For training one network jointly on all meta-training classes (`maml_tf.Classifier`). A "task" is one
    batch: its images are the support set, and the query set is empty.

    The program of Ravi and Larochelle 2017 (`pre-train.lua`) draws five images of every class and keeps 64
    of those 320. Here 64 of all images are drawn, so that classes are shared out a little less evenly: of the
    64 classes of MiniImagenet one has no, one or two images in 36, 37 and 19 of a hundred batches, and in 33,
    41 and 21 of a hundred of that program (hypergeometric distributions of 64 draws). More than five images of
    one class are possible here alone, in 3 of a hundred batches.

    Attributes:
        images: the classes to draw from.
        batch: images in a batch, without repetition (`train-conv-nearest-neighbor.lua`: 64).

    Raises:
        SettingError: `batch` is below 1 or beyond the number of images.
    """

    images: ImageClasses
    batch: int = 64

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= self._count():
            raise SettingError(f"batch must be from 1 to {self._count()}, the number of images, not {self.batch!r}")

    def sample(self, seed: Seed, tasks: int) -> Tensor:
        """Chooses the images of `tasks` batches: `[tasks, batch]`, their places in the classes put end to end."""
        # The places of the largest of independent numbers are a uniform draw without repetition.
        numbers = tf.random.stateless_uniform([tasks, self._count()], tf.cast(seed, tf.int64))
        return tf.math.top_k(numbers, self.batch).indices

    def episodes(self, plan: Tensor) -> Episodes:
        """Fetches and scales the images of a plan: floats in [0, 1], one-hot targets over all classes."""
        classes, each = self.images.images.shape[:2]
        images = tf.cast(tf.gather(all_pixels(self.images), plan), tf.float32) / 255.0
        targets = tf.one_hot(plan // each, classes)
        return Episodes(
            Examples(images, targets),
            Examples(images[:, :0], targets[:, :0]),
            tf.zeros([plan.shape[0], 0]),
        )

    def _count(self) -> int:
        classes, each = self.images.images.shape[:2]
        return int(classes * each)
