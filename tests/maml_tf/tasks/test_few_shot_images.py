"""Few-shot tasks on images: labels, draws without repetition, rotations."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as some

from maml_tf import FewShotImages, SettingError
from maml_tf.datasets import ImageClasses
from maml_tf.tasks import few_shot_images

CLASSES, EXAMPLES, SIDE = 7, 6, 4


def labelled_images() -> ImageClasses:
    """Returns images whose pixels encode their class (times 10) and number; one bright corner shows the orientation."""
    images = np.zeros([CLASSES, EXAMPLES, SIDE, SIDE], np.uint8)
    images += np.arange(CLASSES, dtype=np.uint8)[:, np.newaxis, np.newaxis, np.newaxis] * 10
    images += np.arange(EXAMPLES, dtype=np.uint8)[:, np.newaxis, np.newaxis]
    images[:, :, 0, 0] = 255
    return ImageClasses(images=images, names=tuple(f"class-{index}" for index in range(CLASSES)))


IMAGES = labelled_images()


def tasks(**changes: object) -> FewShotImages:
    chosen: dict[str, object] = {"images": IMAGES, "ways": 3, "shot": 2, "query": 1}
    return FewShotImages(**chosen | changes)  # type: ignore[arg-type]


def classes_of(inputs: np.ndarray) -> np.ndarray:
    """Returns the classes of images `[tasks, examples, side, side]`, from the pixels at their centres."""
    classes: np.ndarray = np.rint(inputs[:, :, 1, 1] * 255).astype(int) // 10
    return classes


def test_shapes_and_values() -> None:
    drawn = tasks().episodes(tasks().sample((0, 0), 5))
    assert drawn.support.inputs.shape == (5, 6, SIDE, SIDE)
    assert drawn.query.inputs.shape == (5, 3, SIDE, SIDE)
    assert drawn.support.targets.shape == (5, 6, 3)
    assert float(tf.reduce_max(drawn.support.inputs)) == 1.0
    assert np.array_equal(np.sum(drawn.support.targets, axis=-1), np.ones([5, 6]))


def test_labels_belong_to_classes_in_support_and_query_alike() -> None:
    drawn = tasks().episodes(tasks().sample((1, 0), 20))
    support, query = classes_of(drawn.support.inputs.numpy()), classes_of(drawn.query.inputs.numpy())
    for task in range(20):
        by_label = {
            label: set(support[task][np.argmax(drawn.support.targets[task], axis=-1) == label].tolist())
            for label in range(3)
        }
        assert all(len(numbers) == 1 for numbers in by_label.values())
        assert len(set().union(*by_label.values())) == 3
        assert [{number} for number in query[task].tolist()] == list(by_label.values())


def test_no_image_is_in_support_and_query() -> None:
    plan = tasks(shot=3, query=3).sample((2, 0), 50)
    assert all(len(set(row)) == 6 for row in plan.examples.numpy().reshape(-1, 6))
    assert all(len(set(row)) == 3 for row in plan.classes.numpy())


def test_every_class_and_image_is_drawn_about_equally_often() -> None:
    plan = tasks().sample((3, 0), 3000)
    for drawn, count in ((plan.classes, CLASSES), (plan.examples, EXAMPLES)):
        share = np.bincount(drawn.numpy().ravel(), minlength=count) / drawn.numpy().size
        assert share == pytest.approx(np.full(count, 1 / count), abs=0.01)


def test_images_of_a_class_are_rotated_alike_and_classes_differently() -> None:
    rotating = tasks(rotations=True)
    plan = rotating.sample((4, 0), 30)
    assert set(plan.rotations.numpy().ravel()) == {0, 1, 2, 3}
    drawn = rotating.episodes(plan)
    corner = [(0, 0), (3, 0), (3, 3), (0, 3)]  # where numpy.rot90 moves the first corner
    for task, rotations in enumerate(plan.rotations.numpy()):
        for way, rotation in enumerate(rotations):
            for image in (*drawn.support.inputs[task, 2 * way : 2 * way + 2], drawn.query.inputs[task, way]):
                assert image.numpy()[corner[rotation]] == 1.0
                assert np.sum(image.numpy() == 1.0) == 1


def test_rotation_equals_numpy() -> None:
    noise = np.random.default_rng(0).integers(0, 256, [3, 4, 5, 5]).astype(np.uint8)
    rotating = FewShotImages(
        images=ImageClasses(images=noise, names=("a", "b", "c")), ways=2, shot=1, query=1, rotations=True
    )
    plan = rotating.sample((5, 0), 10)
    drawn = rotating.episodes(plan)
    for task in range(10):
        for way in range(2):
            original = noise[plan.classes[task, way], plan.examples[task, way, 0]]
            rotated = np.rot90(original, int(plan.rotations[task, way])).astype(np.float32) / np.float32(255)
            assert drawn.support.inputs[task, way].numpy() == pytest.approx(rotated)


def test_without_rotations_nothing_is_rotated() -> None:
    assert not np.any(tasks().sample((6, 0), 20).rotations)


def test_the_same_seed_gives_the_same_plan_and_another_another() -> None:
    one, same, other = (tasks().sample(seed, 10) for seed in ((0, 1), (0, 1), (0, 2)))
    assert np.array_equal(one.examples, same.examples)
    assert not np.array_equal(one.examples, other.examples)


@pytest.mark.parametrize(
    ("changes", "quoted"),
    [
        ({"ways": 0}, "ways must be 1 or more, not 0"),
        ({"ways": 8}, "ways must be at most 7, the number of classes, not 8"),
        ({"shot": 4, "query": 3}, "at most 6, the images of a class, not 4 \\+ 3"),
        ({"query": 0}, "query must be 1 or more, not 0"),
    ],
)
def test_settings_that_the_images_do_not_allow(changes: dict[str, int], quoted: str) -> None:
    with pytest.raises(SettingError, match=quoted):
        tasks(**changes)


def test_only_square_images_can_be_rotated() -> None:
    wide = ImageClasses(images=np.zeros([2, 2, 3, 4], np.uint8), names=("a", "b"))
    with pytest.raises(SettingError, match="square images, not 3 x 4"):
        FewShotImages(images=wide, ways=2, shot=1, query=1, rotations=True)


def blank(classes: int, examples: int) -> ImageClasses:
    names = tuple(f"class-{index}" for index in range(classes))
    return ImageClasses(images=np.zeros([classes, examples, SIDE, SIDE], np.uint8), names=names)


def test_all_ordered_choices_are_equally_likely() -> None:
    drawn = tasks(images=blank(4, 3), shot=1).sample((5, 7), 12_000)
    for choices, possible in ((drawn.classes.numpy(), 24), (drawn.examples.numpy().reshape(-1, 2), 6)):
        _, counts = np.unique(choices, axis=0, return_counts=True)
        assert len(counts) == possible
        expected = len(choices) / possible
        # Four standard deviations, which one seed in a thousand would exceed.
        assert np.all(np.abs(counts - expected) < 4 * np.sqrt(expected))


def test_all_classes_and_images_may_be_drawn() -> None:
    drawn = tasks(images=blank(5, 4), ways=5, query=2).sample((5, 8), 50)
    assert np.all(np.sort(drawn.classes.numpy(), axis=-1) == np.arange(5))
    assert np.all(np.sort(drawn.examples.numpy(), axis=-1) == np.arange(4))


def test_only_images_of_a_class_are_drawn_if_classes_have_different_sizes() -> None:
    counts = (6, 3, 4, 6, 5, 3, 6)
    uneven = tasks(images=ImageClasses(images=IMAGES.images, names=IMAGES.names, counts=counts))
    plan = uneven.sample((9, 0), 3000)
    classes = np.repeat(plan.classes.numpy()[..., np.newaxis], 3, axis=-1)
    for number, count in enumerate(counts):
        drawn = np.bincount(plan.examples.numpy()[classes == number], minlength=EXAMPLES)
        assert drawn[count:].sum() == 0
        assert drawn[:count] / drawn.sum() == pytest.approx(np.full(count, 1 / count), abs=0.02)
    assert all(len(set(row)) == 3 for row in plan.examples.numpy().reshape(-1, 3))


def test_counts_of_equal_classes_change_nothing() -> None:
    counted = tasks(images=ImageClasses(images=IMAGES.images, names=IMAGES.names, counts=(EXAMPLES,) * CLASSES))
    for one, other in zip(counted.sample((10, 0), 50), tasks().sample((10, 0), 50), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_smallest_class_bounds_shot_and_query() -> None:
    uneven = ImageClasses(images=IMAGES.images, names=IMAGES.names, counts=(6, 6, 2, 6, 6, 6, 6))
    with pytest.raises(SettingError, match="at most 2, the images of class 'class-2', not 2 \\+ 1"):
        tasks(images=uneven)


def one_by_one(ranks: list[int], population: int) -> list[int]:
    """The definition: every draw takes the number of its rank from those that are left."""
    left = list(range(population))
    return [left.pop(rank) for rank in ranks]


@settings(max_examples=30, deadline=None)
@given(seed=some.integers(0, 2**32 - 1), population=some.integers(1, 100), data=some.data())
def test_every_draw_has_its_rank_among_what_is_left(seed: int, population: int, data: some.DataObject) -> None:
    draws = data.draw(some.integers(1, population))
    ranks = np.random.default_rng(seed).integers(population - np.arange(draws), size=[3, draws], dtype=np.int32)
    wanted = np.array([one_by_one(row, population) for row in ranks.tolist()], np.int32)
    np.testing.assert_array_equal(few_shot_images._numbers(tf.constant(ranks)), wanted, strict=True)


def test_a_graph_that_draws_many_images_is_small() -> None:
    drawing = tf.function(tasks(images=blank(5, 600), ways=5, shot=300, query=300).sample, autograph=False)
    graph = drawing.get_concrete_function(tf.TensorSpec([2], tf.int64), 10).graph
    operations = graph.get_operations()
    assert len(operations) < 1000
    images = 10 * 5 * 600
    assert max(output.shape.num_elements() or 0 for each in operations for output in each.outputs) < 2 * images
