"""Few-shot classification of images."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from maml_tf.datasets import ImageClasses
from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Examples, Seed, Tensor
from maml_tf.tasks.pixels import all_pixels


class Choice(NamedTuple):
    """The plan of few-shot tasks: indices of images, without the images.

    Attributes:
        classes: Indices of classes, `[tasks, ways]`, without repetition in a task.
        examples: Indices of images in their class, `[tasks, ways, shot + query]`, without repetition.
        rotations: Number of quarter rotations of all images of a class, `[tasks, ways]`.
    """

    classes: Tensor
    examples: Tensor
    rotations: Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class FewShotImages:
    """N-way K-shot classification of images (paper, section 5.2).

    Images are held in memory as bytes, in all four orientations if they are rotated. A plan has only indices; the
    images are fetched when it is used.

    Attributes:
        images: The classes to draw from.
        ways: Number of classes in a task, N.
        shot: Number of support images per class, K.
        query: Number of query images per class.
        rotations: Whether the images of a class, in support and query set, are rotated by a random multiple of 90
            degrees, drawn for every class of every task (authors' `data_generator.py`, in meta-training and meta-test).

    Raises:
        SettingError: A number is below 1 or larger than the images allow, or images to be rotated are not square.
    """

    images: ImageClasses
    ways: int
    shot: int
    query: int
    rotations: bool = False

    def __post_init__(self) -> None:
        classes, examples, height, width = self.images.images.shape[:4]
        for name in ("ways", "shot", "query"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name} must be 1 or more, not {getattr(self, name)!r}")
        if self.ways > classes:
            raise SettingError(f"ways must be at most {classes}, the number of classes, not {self.ways!r}")
        fewest = min(self.images.counts or (examples,))
        if self.shot + self.query > fewest:
            raise SettingError(
                f"shot + query must be at most {fewest}, the images of {self._smallest()}, not "
                f"{self.shot} + {self.query}"
            )
        if self.rotations and height != width:
            raise SettingError(f"rotations needs square images, not {height} x {width}")

    def sample(self, seed: Seed, tasks: int) -> Choice:
        """Draws classes, images and rotations for `tasks` tasks."""
        count, examples = self.images.images.shape[:2]
        seeds = tf.random.experimental.stateless_split(tf.cast(seed, tf.int64), 3)
        classes = _without_repetition(seeds[0], [tasks], count, self.ways)
        if self.images.counts is not None:
            examples = tf.gather(tf.constant(self.images.counts, tf.float32), classes)[..., tf.newaxis]
        return Choice(
            classes,
            _without_repetition(seeds[1], [tasks, self.ways], examples, self.shot + self.query),
            tf.random.stateless_uniform([tasks, self.ways], seeds[2], 0, self._orientations, tf.int32),
        )

    def episodes(self, plan: Choice) -> Episodes:
        """Returns the rotated images of a plan as floats in [0, 1], with one-hot targets `[tasks, examples, ways]`."""
        support, query = plan.examples[..., : self.shot], plan.examples[..., self.shot :]
        return Episodes(self._set(plan, support), self._set(plan, query), tf.zeros([plan.classes.shape[0], 0]))

    def _smallest(self) -> str:
        counts = self.images.counts
        return "a class" if counts is None else f"class {self.images.names[np.argmin(counts)]!r}"

    @property
    def _orientations(self) -> int:
        return 4 if self.rotations else 1

    def _set(self, plan: Choice, examples: Tensor) -> Examples:
        # Support and query set are fetched separately: to slice them from all images of a task would copy these again.
        tasks, ways, per_class = examples.shape
        classes, of_class = self.images.images.shape[:2]
        first = (plan.rotations * classes + plan.classes) * of_class
        images = tf.gather(all_pixels(self.images, self._orientations), first[..., tf.newaxis] + examples)
        labels = tf.repeat(tf.eye(ways), per_class, axis=0)
        return Examples(
            tf.cast(tf.reshape(images, [tasks, ways * per_class, *images.shape[3:]]), tf.float32) / 255.0,
            tf.broadcast_to(labels, [tasks, ways * per_class, ways]),
        )


def _without_repetition(seed: Tensor, shape: list[int], population: int | Tensor, count: int) -> Tensor:
    """Draws `count` different numbers below `population`, `[*shape, count]`; all ordered draws are equally likely.

    The population is one number, or one for each draw as floats `[*shape, 1]`.
    """
    remaining = population - np.arange(count, dtype=np.float32)
    # A rank is counted among the numbers that have not been drawn before.
    return _numbers(tf.cast(tf.random.stateless_uniform([*shape, count], seed) * remaining, tf.int32))


def _numbers(ranks: Tensor) -> Tensor:
    """Returns the numbers that were drawn, `[..., draws]`, from the rank of each among those that were left.

    Pairs of neighbouring blocks of draws are joined until one block is left, so the time grows with
    `draws * log(draws)**2`. Until then, the draws of a block are ranks among the numbers that were left before it.
    """
    draws = ranks.shape[-1]
    # Padding follows all draws, and no draw depends on a later one.
    padding = 2 ** math.ceil(math.log2(draws)) - draws
    blocks = tf.pad(tf.reshape(ranks, [-1, draws]), [[0, 0], [0, padding]])[..., tf.newaxis]
    while blocks.shape[1] > 1:
        first, second = blocks[:, ::2], blocks[:, 1::2]
        # How many numbers the first block left below each number that it drew.
        below = tf.sort(first) - tf.range(first.shape[-1])
        # A number is as many places further on as there are numbers below it that the first block drew.
        second += tf.searchsorted(below, second, side="right")
        blocks = tf.concat([first, second], axis=-1)
    return tf.reshape(blocks[:, 0, :draws], ranks.shape)
