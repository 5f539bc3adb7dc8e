"""Few-shot classification of images."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from maml_tf.datasets import ImageClasses
from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Examples, Seed, Tensor
from maml_tf.tasks.pixels import all_pixels


class Choice(NamedTuple):
    """The plan of a few-shot task: which images, not the images themselves.

    Attributes:
        classes: `[tasks, ways]`, without repetition in a task.
        examples: `[tasks, ways, shot + query]`, without repetition in a class.
        turns: `[tasks, ways]`, quarter turns of all images of a class.
    """

    classes: Tensor
    examples: Tensor
    turns: Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class FewShotImages:
    """Tasks of telling a few classes apart (paper, section 5.2).

    Images stay in memory as bytes, in all four positions if they turn; a task is a handful of indices
    until it is used.

    Attributes:
        images: the classes to draw from.
        ways: classes in a task, N.
        shot: support images a class, K.
        query: query images a class.
        rotations: turn each class of each task by a random multiple of 90 degrees, support and query
            alike (authors' `data_generator.py`, at meta-training and meta-test).

    Raises:
        SettingError: a number is below 1 or beyond what the images hold, or images that are not square are to turn.
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
        if self.shot + self.query > examples:
            raise SettingError(
                f"shot + query must be at most {examples}, the images of a class, not {self.shot} + {self.query}"
            )
        if self.rotations and height != width:
            raise SettingError(f"rotations needs square images, not {height} x {width}")

    def sample(self, seed: Seed, tasks: int) -> Choice:
        """Chooses classes, images and turns for `tasks` tasks."""
        classes, examples = self.images.images.shape[:2]
        seeds = tf.random.experimental.stateless_split(tf.cast(seed, tf.int64), 3)
        each = self.shot + self.query
        return Choice(
            _without_repetition(seeds[0], [tasks], classes, self.ways),
            _without_repetition(seeds[1], [tasks, self.ways], examples, each),
            tf.random.stateless_uniform([tasks, self.ways], seeds[2], 0, self._turns, tf.int32),
        )

    def episodes(self, plan: Choice) -> Episodes:
        """Fetches, turns and scales the images of a plan: floats in [0, 1], one-hot targets."""
        support, query = plan.examples[..., : self.shot], plan.examples[..., self.shot :]
        return Episodes(self._set(plan, support), self._set(plan, query), tf.zeros([plan.classes.shape[0], 0]))

    @property
    def _turns(self) -> int:
        return 4 if self.rotations else 1

    def _set(self, plan: Choice, examples: Tensor) -> Examples:
        # The set is fetched by itself: cutting it out of all images of a task would copy them once more.
        tasks, ways, each = examples.shape
        classes, of_class = self.images.images.shape[:2]
        first = (plan.turns * classes + plan.classes) * of_class
        images = tf.gather(all_pixels(self.images, self._turns), first[..., tf.newaxis] + examples)
        labels = tf.repeat(tf.eye(ways), each, axis=0)
        return Examples(
            tf.cast(tf.reshape(images, [tasks, ways * each, *images.shape[3:]]), tf.float32) / 255.0,
            tf.broadcast_to(labels, [tasks, ways * each, ways]),
        )


def _without_repetition(seed: Tensor, shape: list[int], population: int, count: int) -> Tensor:
    """Draws `count` different numbers below `population`, `[*shape, count]`, all ordered choices equally likely."""
    left = np.arange(population, population - count, -1, dtype=np.float32)
    # Each is a place among those that the earlier ones have left.
    places = tf.cast(tf.random.stateless_uniform([*shape, count], seed) * left, tf.int32)
    chosen = places[..., :1]
    for index in range(1, count):
        place = places[..., index : index + 1]
        smaller = tf.cast(chosen[..., tf.newaxis, :] < chosen[..., tf.newaxis], tf.int32)
        before = tf.cast(chosen - tf.reduce_sum(smaller, axis=-1) <= place, tf.int32)
        chosen = tf.concat([chosen, place + tf.reduce_sum(before, axis=-1, keepdims=True)], axis=-1)
    return chosen
