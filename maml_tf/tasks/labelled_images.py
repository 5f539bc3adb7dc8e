"""Ordinary classification of images, with all classes together."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from maml_tf.datasets import ImageClasses
from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Examples, Seed, Tensor
from maml_tf.tasks.pixels import all_pixels


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledImages:
    """Batches of images of all classes, labelled with the index of their class.

    They train one network jointly on all meta-training classes (`maml_tf.Classifier`). A "task" is one batch: its
    images are the support set, and the query set is empty.

    The program of Ravi and Larochelle 2017 (`pre-train.lua`) draws five images of every class and keeps 64 of these
    320. Here, 64 of all images are drawn, so that the numbers of images per class vary slightly more. With the 64
    classes of MiniImagenet, a class has 0, 1 or 2 images in 36%, 37% and 19% of the batches, and in 33%, 41% and 21%
    of the batches of that program (hypergeometric distributions of 64 draws). A batch with more than five images of
    one class, which that program never draws, has a probability of 3%.

    Attributes:
        images: The classes to draw from.
        batch: Number of images in a batch, without repetition (`train-conv-nearest-neighbor.lua`: 64).

    Raises:
        SettingError: `batch` is below 1 or larger than the number of images.
    """

    images: ImageClasses
    batch: int = 64

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= self._count():
            raise SettingError(f"batch must be from 1 to {self._count()}, the number of images, not {self.batch!r}")

    def sample(self, seed: Seed, tasks: int) -> Tensor:
        """Draws the images of `tasks` batches: `[tasks, batch]`, indices into all images, class after class."""
        # The indices of the largest of independent random numbers are a uniform draw without repetition.
        numbers = tf.random.stateless_uniform([tasks, self._count()], tf.cast(seed, tf.int64))
        drawn = tf.math.top_k(numbers, self.batch).indices
        counts = self.images.counts
        return drawn if counts is None else tf.gather(_places(counts, self.images.images.shape[1]), drawn)

    def episodes(self, plan: Tensor) -> Episodes:
        """Returns the images of a plan as floats in [0, 1], with one-hot targets over all classes."""
        classes, per_class = self.images.images.shape[:2]
        images = tf.cast(tf.gather(all_pixels(self.images), plan), tf.float32) / 255.0
        targets = tf.one_hot(plan // per_class, classes)
        return Episodes(
            Examples(images, targets),
            Examples(images[:, :0], targets[:, :0]),
            tf.zeros([plan.shape[0], 0]),
        )

    def _count(self) -> int:
        classes, per_class = self.images.images.shape[:2]
        return int(classes * per_class) if self.images.counts is None else sum(self.images.counts)


def _places(counts: tuple[int, ...], per_class: int) -> Tensor:
    """Returns the indices of all images if every class is padded to `per_class` images."""
    places = [np.arange(count, dtype=np.int32) + number * per_class for number, count in enumerate(counts)]
    return tf.constant(np.concatenate(places))
