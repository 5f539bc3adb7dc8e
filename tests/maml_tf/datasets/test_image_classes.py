"""Images grouped by class."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from maml_tf.datasets import DatasetError, ImageClasses


def images_of(shape: tuple[int, ...]) -> Any:
    return np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)


def three_classes() -> ImageClasses:
    return ImageClasses(images=images_of((3, 2, 4, 5)), names=("a", "b", "c"))


@pytest.mark.parametrize("shape", [(3, 2, 4, 5), (3, 2, 4, 5, 3)])
def test_grey_and_colour_images_are_accepted(shape: tuple[int, ...]) -> None:
    dataset = ImageClasses(images=images_of(shape), names=("a", "b", "c"))
    np.testing.assert_array_equal(dataset.images, images_of(shape))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros([3, 2, 4, 5], np.float32), "images are float32 with 4 axes; allowed: uint8"),
        (np.zeros([3, 2, 4], np.uint8), "images are uint8 with 3 axes"),
        (np.zeros([3, 2, 4, 5, 3, 1], np.uint8), "images are uint8 with 6 axes"),
        (np.zeros([2, 2, 4, 5], np.uint8), "3 names for 2 classes"),
    ],
)
def test_images_of_another_type_or_shape_are_refused(images: Any, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        ImageClasses(images=images, names=("a", "b", "c"))


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(DatasetError, match="'b' is given 2 times"):
        ImageClasses(images=images_of((3, 2, 4, 5)), names=("a", "b", "b"))


def test_images_are_read_only_while_the_array_of_the_user_is_not() -> None:
    images = images_of((3, 2, 4, 5))
    dataset = ImageClasses(images=images, names=("a", "b", "c"))
    with pytest.raises(ValueError, match="read-only"):
        dataset.images[0, 0, 0, 0] = 1
    images[0, 0, 0, 0] = 1


def test_selection_follows_the_names() -> None:
    chosen = three_classes().select(["c", "a"])
    assert chosen.names == ("c", "a")
    np.testing.assert_array_equal(chosen.images, images_of((3, 2, 4, 5))[[2, 0]])


def test_selecting_nothing_gives_nothing() -> None:
    assert three_classes().select([]).images.shape == (0, 2, 4, 5)


def test_selecting_unknown_classes_names_the_first_and_the_count() -> None:
    with pytest.raises(DatasetError, match="2 of the 3 requested classes are not among the 3 present, first 'x'"):
        three_classes().select(["a", "x", "y"])


def test_the_checksum_is_of_names_shape_and_pixels() -> None:
    images = images_of((3, 2, 4, 5))
    variants = [
        three_classes(),
        ImageClasses(images=images, names=("a", "b", "d")),
        ImageClasses(images=images.reshape(3, 2, 5, 4), names=("a", "b", "c")),
        ImageClasses(images=images + np.uint8(1), names=("a", "b", "c")),
    ]
    assert len({variant.checksum for variant in variants}) == len(variants)


def test_the_checksum_does_not_depend_on_the_layout_in_memory() -> None:
    strided = np.asfortranarray(images_of((3, 2, 4, 5)))
    assert ImageClasses(images=strided, names=("a", "b", "c")).checksum == three_classes().checksum


@settings(deadline=None)
@given(
    images=hnp.arrays(np.uint8, hnp.array_shapes(min_dims=4, max_dims=5, max_side=4)),
    data=st.data(),
)
def test_one_pixel_changes_the_checksum(images: Any, data: st.DataObject) -> None:
    names = tuple(f"class {index}" for index in range(len(images)))
    position = tuple(data.draw(st.integers(0, size - 1)) for size in images.shape)
    other = images.copy()
    other[position] ^= data.draw(st.integers(1, 255))
    first, second = (ImageClasses(images=array, names=names) for array in (images, other))
    assert first.checksum != second.checksum


def test_classes_may_have_different_sizes() -> None:
    dataset = ImageClasses(images=images_of((3, 2, 4, 5)), names=("a", "b", "c"), counts=(2, 1, 2))
    assert dataset.select(["b", "a"]).counts == (1, 2)
    assert dataset.checksum != three_classes().checksum


@pytest.mark.parametrize("counts", [(2, 2), (2, 2, 3), (0, 2, 2)])
def test_counts_that_do_not_fit_are_refused(counts: tuple[int, ...]) -> None:
    with pytest.raises(DatasetError, match=r"for 3 classes; allowed: one from 1 to 2 per class"):
        ImageClasses(images=images_of((3, 2, 4, 5)), names=("a", "b", "c"), counts=counts)
