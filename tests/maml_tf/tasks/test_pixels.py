"""Images as a tensor: the same bytes, in shared memory where possible."""

import gc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from maml_tf import MAML, Episodes, Examples, InnerLoop, Training, squared_error, train
from maml_tf.datasets import ImageClasses
from maml_tf.tasks.pixels import all_pixels, held
from tests.maml_tf.problems import SMALL

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
def test_the_bytes_are_the_same_in_any_memory_layout(start: int, tmp_path: Path) -> None:
    # Memory that starts 1 to 3 bytes later is not aligned well enough to be shared.
    memory = np.zeros(IMAGES.size + 64, np.uint8)
    lying = memory[start : start + IMAGES.size].reshape(IMAGES.shape)
    lying[...] = IMAGES
    for images in (IMAGES, lying, readonly(IMAGES), readonly(mapped(tmp_path / "images.npy")), IMAGES[:, ::2]):
        tensor = held(images)
        assert tensor.dtype == tf.uint8
        np.testing.assert_array_equal(tensor, images)


def test_images_that_are_mapped_from_a_file_are_not_copied(tmp_path: Path) -> None:
    images = mapped(tmp_path / "images.npy")
    tensor = held(readonly(images))
    images[2, 1] = 7
    assert np.all(tensor[2, 1] == 7)


def test_on_a_gpu_the_tensor_is_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [f"a {kind}"])
    variable = held(readonly(IMAGES))
    assert isinstance(variable, tf.Variable)
    assert not variable.trainable
    np.testing.assert_array_equal(tf.gather(variable, [2, 0, 2]), IMAGES[[2, 0, 2]])


def test_a_graph_does_not_contain_the_images() -> None:
    def fetch(index: tf.Tensor) -> tf.Tensor:
        return tf.gather(held(IMAGES), index)

    graph = tf.function(fetch).get_concrete_function(tf.constant(1)).graph
    assert graph.as_graph_def().ByteSize() < IMAGES.nbytes * 10
    assert not [node for node in graph.as_graph_def().node if node.op == "Const" and node.attr["dtype"].type == 4]


def classes() -> ImageClasses:
    return ImageClasses(images=IMAGES, names=("a", "b", "c"))


def test_all_images_follow_one_another_in_every_orientation() -> None:
    rotated = all_pixels(classes(), orientations=4).numpy().reshape(4, *IMAGES.shape)
    for quarters in range(4):
        np.testing.assert_array_equal(rotated[quarters], np.rot90(IMAGES, quarters, axes=(2, 3)))
    np.testing.assert_array_equal(all_pixels(classes()), IMAGES.reshape(-1, *IMAGES.shape[2:]))


def test_the_same_images_are_in_memory_once() -> None:
    same = classes()
    assert all_pixels(same) is all_pixels(same)
    assert all_pixels(same, orientations=4) is all_pixels(same, orientations=4)
    assert all_pixels(same) is not all_pixels(same, orientations=4)
    assert all_pixels(same) is not all_pixels(classes())


def test_a_tensor_for_a_cpu_is_not_used_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    same = classes()
    assert not isinstance(all_pixels(same), tf.Variable)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [f"a {kind}"])
    assert isinstance(all_pixels(same), tf.Variable)


def test_images_that_are_no_longer_used_are_freed() -> None:
    same = classes()
    tensor, names = weakref.ref(all_pixels(same)), weakref.ref(same)
    del same
    gc.collect()
    assert names() is None
    assert tensor() is None


@pytest.mark.parametrize("kind", ["i1", "i4", "i8", "u2", "f2", "f4", "f8", "c8", "?", ">f4", ">i2"])
@pytest.mark.parametrize("shape", [[64, 3], [1], [0, 3], []])
def test_arrays_of_any_type_are_held(kind: str, shape: list[int]) -> None:
    array = np.random.default_rng(0).integers(0, 100, shape).astype(kind)
    np.testing.assert_array_equal(held(array), array)


class Rows:
    """Tasks whose examples are rows of a large array."""

    def __init__(self) -> None:
        self.array = np.zeros([4_000_000], np.float32)
        self.data = held(self.array)

    def sample(self, seed: Any, tasks: int) -> tf.Tensor:
        return tf.random.stateless_uniform([tasks, 4, 1], seed, 0, len(self.array), tf.int32)

    def episodes(self, plan: tf.Tensor) -> Episodes:
        examples = Examples(tf.cast(plan, tf.float32) / 4e6, tf.gather(self.data, plan))
        return Episodes(examples, examples, tf.zeros([plan.shape[0], 0]))


def test_a_held_array_is_no_part_of_the_graph_of_the_tasks() -> None:
    tasks = Rows()
    plan = tasks.sample((0, 0), 2)
    graph = tf.function(tasks.episodes).get_concrete_function(plan).graph
    assert graph.as_graph_def().ByteSize() < 100_000
    learner = MAML(network=SMALL, loss=squared_error, inner_loop=InnerLoop(steps=1, learning_rate=0.1))
    train(learner, tasks, Training(iterations=2, meta_batch=2, chunk=2))
