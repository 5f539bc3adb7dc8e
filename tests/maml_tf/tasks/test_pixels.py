"""Images as a tensor: the same bytes, shared where they can be."""

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from maml_tf.datasets import ImageClasses
from maml_tf.tasks.pixels import all_pixels, pixels

IMAGES = np.random.default_rng(0).integers(0, 256, [3, 4, 8, 8, 3], np.uint8)


def mapped(path: Path) -> NDArray[np.uint8]:
    np.save(path, IMAGES)
    images: NDArray[np.uint8] = np.load(path, mmap_mode="c")
    return images


def readonly(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    view = images.view()
    view.flags.writeable = False
    return view


@pytest.mark.parametrize("start", range(4))
def test_the_bytes_are_the_same_however_they_lie(start: int, tmp_path: Path) -> None:
    # A start of 1 to 3 bytes is aligned too little to be shared.
    memory = np.zeros(IMAGES.size + 64, np.uint8)
    lying = memory[start : start + IMAGES.size].reshape(IMAGES.shape)
    lying[...] = IMAGES
    for images in (IMAGES, lying, readonly(IMAGES), readonly(mapped(tmp_path / "images.npy")), IMAGES[:, ::2]):
        tensor = pixels(images)
        assert tensor.dtype == tf.uint8
        np.testing.assert_array_equal(tensor, images)


def test_images_that_are_mapped_from_a_file_are_not_copied(tmp_path: Path) -> None:
    images = mapped(tmp_path / "images.npy")
    tensor = pixels(readonly(images))
    images[2, 1] = 7
    assert np.all(tensor[2, 1] == 7)


def test_on_a_gpu_they_are_a_variable_which_it_can_gather_bytes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [f"a {kind}"])
    variable = pixels(readonly(IMAGES))
    assert isinstance(variable, tf.Variable)
    assert not variable.trainable
    np.testing.assert_array_equal(tf.gather(variable, [2, 0, 2]), IMAGES[[2, 0, 2]])


def test_in_a_graph_they_stay_outside_of_it() -> None:
    def fetch(index: tf.Tensor) -> tf.Tensor:
        return tf.gather(pixels(IMAGES), index)

    graph = tf.function(fetch).get_concrete_function(tf.constant(1)).graph
    assert graph.as_graph_def().ByteSize() < IMAGES.nbytes * 10
    assert not [node for node in graph.as_graph_def().node if node.op == "Const" and node.attr["dtype"].type == 4]


def classes() -> ImageClasses:
    return ImageClasses(images=IMAGES, names=("a", "b", "c"))


def test_all_images_lie_one_after_another_and_then_turned() -> None:
    turned = all_pixels(classes(), turns=4).numpy().reshape(4, *IMAGES.shape)
    for turns in range(4):
        np.testing.assert_array_equal(turned[turns], np.rot90(IMAGES, turns, axes=(2, 3)))
    np.testing.assert_array_equal(all_pixels(classes()), IMAGES.reshape(-1, *IMAGES.shape[2:]))


def test_the_same_images_are_held_once() -> None:
    same = classes()
    assert all_pixels(same) is all_pixels(same)
    assert all_pixels(same, turns=4) is all_pixels(same, turns=4)
    assert all_pixels(same) is not all_pixels(same, turns=4)
    assert all_pixels(same) is not all_pixels(classes())


def test_a_tensor_of_a_processor_is_not_held_for_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    same = classes()
    assert not isinstance(all_pixels(same), tf.Variable)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [f"a {kind}"])
    assert isinstance(all_pixels(same), tf.Variable)


def test_what_nobody_holds_any_more_is_let_go() -> None:
    held = classes()
    tensor, names = weakref.ref(all_pixels(held)), weakref.ref(held)
    del held
    gc.collect()
    assert names() is None
    assert tensor() is None
