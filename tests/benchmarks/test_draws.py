"""The catalogue draws the tasks of the accepted records, although the way to draw them has changed."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.catalogue import CATALOGUE
from maml_tf import FewShotImages
from maml_tf.datasets import ImageClasses

# Classes in the split for meta-training, and images in a class.
SIZES = {"glyph_images": (100, 20), "mini_imagenet_images": (64, 600), "omniglot_images": (1100, 20)}


def of_few_shot(settings: Any) -> Iterator[tuple[str, int, int]]:
    """Yields the images, ways, and images per class of all few-shot tasks in nested settings."""
    if isinstance(settings, Mapping):
        if settings.get("part") == "maml_tf.FewShotImages":
            name = settings["images"]["part"].removeprefix("maml_tf.tasks.")
            yield name, settings["ways"], settings["shot"] + settings["query"]
        settings = tuple(settings.values())
    if isinstance(settings, list | tuple):
        for each in settings:
            yield from of_few_shot(each)


DRAWN = {
    drawn
    for experiment in CATALOGUE.values()
    for scale in experiment.scales
    for reading in experiment.readings
    for drawn in of_few_shot(experiment.settings(scale, reading))
}


def as_accepted(seed: tf.Tensor, shape: list[int], population: int, count: int) -> tf.Tensor:
    """Draws as the first version did, which compared all earlier draws with each other for every draw."""
    remaining = population - np.arange(count, dtype=np.float32)
    ranks = tf.cast(tf.random.stateless_uniform([*shape, count], seed) * remaining, tf.int32)
    chosen = ranks[..., :1]
    for index in range(1, count):
        rank = ranks[..., index : index + 1]
        smaller = tf.cast(chosen[..., tf.newaxis, :] < chosen[..., tf.newaxis], tf.int32)
        before = tf.cast(chosen - tf.reduce_sum(smaller, axis=-1) <= rank, tf.int32)
        chosen = tf.concat([chosen, rank + tf.reduce_sum(before, axis=-1, keepdims=True)], axis=-1)
    return chosen


@pytest.mark.parametrize(("images", "ways", "per_class"), sorted(DRAWN))
def test_tasks_of_the_catalogue_are_drawn_as_in_accepted_records(images: str, ways: int, per_class: int) -> None:
    classes, examples = SIZES[images]
    blank = ImageClasses(
        images=np.zeros([classes, examples, 1, 1], np.uint8), names=tuple(str(number) for number in range(classes))
    )
    tasks = FewShotImages(images=blank, ways=ways, shot=1, query=per_class - 1)
    seed = tf.constant([1, 2**40], tf.int64)
    plan, seeds = tasks.sample(seed, 20), tf.random.experimental.stateless_split(seed, 3)
    np.testing.assert_array_equal(plan.classes, as_accepted(seeds[0], [20], classes, ways), strict=True)
    wanted = as_accepted(seeds[1], [20, ways], examples, per_class)
    np.testing.assert_array_equal(plan.examples, wanted, strict=True)
