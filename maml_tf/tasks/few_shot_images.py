"""Few-shot classification of images."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from maml_tf.datasets import ImageClasses
from maml_tf.errors import SettingError
from maml_tf.interfaces import Episodes, Examples, Seed, Tensor


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

    Images stay in memory as bytes; a task is a handful of indices until it is used.

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
            tf.random.stateless_uniform([tasks, self.ways], seeds[2], 0, 4 if self.rotations else 1, tf.int32),
        )

    def episodes(self, plan: Choice) -> Episodes:
        """Fetches, turns and scales the images of a plan: floats in [0, 1], one-hot targets."""
        tasks, ways, each = plan.examples.shape
        classes = tf.broadcast_to(plan.classes[..., tf.newaxis], [tasks, ways, each])
        images = tf.gather_nd(self.images.images, tf.stack([classes, plan.examples], axis=-1))
        images = tf.cast(images if not self.rotations else self._turned(images, plan.turns), tf.float32) / 255.0
        return Episodes(
            self._set(images[:, :, : self.shot]),
            self._set(images[:, :, self.shot :]),
            tf.zeros([tasks, 0]),
        )

    def _turned(self, images: Tensor, turns: Tensor) -> Tensor:
        # A quarter turn permutes pixels: one gather serves all four turns.
        tasks, ways, each, *shape = images.shape
        pixels = tf.reshape(images, [tasks, ways, each, shape[0] * shape[1], -1])
        order = tf.broadcast_to(tf.gather(_turn_orders(shape[0]), turns)[:, :, tf.newaxis], pixels.shape[:-1])
        return tf.reshape(tf.gather(pixels, order, batch_dims=3), images.shape)

    def _set(self, images: Tensor) -> Examples:
        tasks, ways, each, *shape = images.shape
        labels = tf.repeat(tf.eye(ways), each, axis=0)
        return Examples(
            tf.reshape(images, [tasks, ways * each, *shape]),
            tf.broadcast_to(labels, [tasks, ways * each, ways]),
        )


def _without_repetition(seed: Tensor, shape: list[int], population: int, count: int) -> Tensor:
    # The places of the largest of independent numbers are a uniform draw without repetition.
    return tf.math.top_k(tf.random.stateless_uniform([*shape, population], seed), count, sorted=True).indices


def _turn_orders(side: int) -> np.ndarray:
    """For 0 to 3 quarter turns, from where each pixel of the turned image comes: `[4, side * side]`."""
    places = np.arange(side * side).reshape(side, side)
    return np.stack([np.rot90(places, turns).ravel() for turns in range(4)]).astype(np.int32)
