"""Batches of labelled images."""

import numpy as np
import pytest

from maml_tf import LabelledImages, SettingError
from maml_tf.datasets import ImageClasses

CLASSES, EXAMPLES = 4, 6
# The pixels of an image encode its class and its number.
PIXELS = (10 * np.arange(CLASSES)[:, np.newaxis] + np.arange(EXAMPLES)).astype(np.uint8)
IMAGES = ImageClasses(
    images=np.broadcast_to(PIXELS[..., np.newaxis, np.newaxis, np.newaxis], [CLASSES, EXAMPLES, 3, 2, 3]),
    names=("a", "b", "c", "d"),
)
TASKS = LabelledImages(images=IMAGES, batch=10)


def test_a_batch_is_a_support_set_with_labels_among_all_classes() -> None:
    plan = TASKS.sample((0, 0), 5)
    drawn = TASKS.episodes(plan)

    assert drawn.support.inputs.shape == (5, 10, 3, 2, 3)
    assert drawn.support.targets.shape == (5, 10, CLASSES)
    numbers = np.rint(drawn.support.inputs.numpy()[:, :, 0, 0, 0] * 255).astype(int)
    assert np.array_equal(numbers, PIXELS.ravel()[plan.numpy()])
    assert np.array_equal(drawn.support.targets, np.eye(CLASSES)[numbers // 10])


def test_the_query_set_is_empty() -> None:
    drawn = TASKS.episodes(TASKS.sample((0, 0), 5))

    assert drawn.query.inputs.shape == (5, 0, 3, 2, 3)
    assert drawn.query.targets.shape == (5, 0, CLASSES)
    assert drawn.descriptor.shape == (5, 0)


def test_a_batch_repeats_no_image_and_can_be_all_of_them() -> None:
    everything = LabelledImages(images=IMAGES, batch=CLASSES * EXAMPLES)

    assert all(len(set(batch)) == 10 for batch in TASKS.sample((1, 0), 50).numpy())
    assert set(everything.sample((1, 0), 1).numpy()[0]) == set(range(CLASSES * EXAMPLES))


def test_every_image_is_drawn_about_equally_often() -> None:
    indices = TASKS.sample((2, 0), 3000).numpy().ravel()

    share = np.bincount(indices, minlength=CLASSES * EXAMPLES) / indices.size
    assert share == pytest.approx(np.full(CLASSES * EXAMPLES, 1 / (CLASSES * EXAMPLES)), abs=0.004)


def test_the_same_seed_gives_the_same_batches_and_another_others() -> None:
    one, same, other = (TASKS.sample(seed, 4).numpy() for seed in ((0, 1), (0, 1), (0, 2)))

    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_the_default_batch_is_that_of_ravi_and_larochelle() -> None:
    many = ImageClasses(images=np.zeros([2, 40, 1, 1], np.uint8), names=("a", "b"))

    assert LabelledImages(images=many).batch == 64


@pytest.mark.parametrize("batch", [0, 25])
def test_a_batch_that_the_images_do_not_allow(batch: int) -> None:
    with pytest.raises(SettingError, match=f"batch must be from 1 to 24, the number of images, not {batch}"):
        LabelledImages(images=IMAGES, batch=batch)


def test_padding_of_small_classes_is_not_drawn() -> None:
    pixels = np.repeat(np.arange(3, dtype=np.uint8) + 1, 4).reshape(3, 4, 1, 1)
    counts = (4, 1, 2)
    for number, count in enumerate(counts):
        pixels[number, count:] = 0
    images = ImageClasses(images=pixels, names=("a", "b", "c"), counts=counts)
    tasks = LabelledImages(images=images, batch=7)
    drawn = tasks.episodes(tasks.sample((0, 0), 5)).support
    values = np.rint(255 * drawn.inputs.numpy()[..., 0, 0])
    np.testing.assert_array_equal(np.sort(values), np.tile([1, 1, 1, 1, 2, 3, 3], [5, 1]))
    np.testing.assert_array_equal(np.argmax(drawn.targets, axis=-1) + 1, values)
    with pytest.raises(SettingError, match="from 1 to 7"):
        LabelledImages(images=images, batch=8)
