"""Few-shot classification of your own images with your own Keras model.

Give a folder that has a folder of images for each class: python examples/own_images_and_model.py FOLDER. Without one,
images of simple shapes are drawn first. A fifth of the classes is kept for the test.
"""

import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
from PIL import Image, ImageDraw

import maml_tf
from maml_tf.datasets import ImageClasses


def draw_shapes(folder: Path, classes: int = 30, images: int = 12) -> None:
    """Draws polygons in colours that belong to their class."""
    generator = np.random.default_rng(0)
    for number in range(classes):
        (folder / f"class-{number:02d}").mkdir()
        colour, sides = tuple(generator.integers(0, 256, 3).tolist()), int(generator.integers(3, 9))
        for position in range(images - number % 3):  # classes may have different sizes
            image = Image.new("RGB", (40, 40), "white")
            x, y, radius = generator.uniform([15, 15, 8], [25, 25, 14])
            ImageDraw.Draw(image).regular_polygon((x, y, radius), sides, float(generator.uniform(0, 360)), fill=colour)
            image.save(folder / f"class-{number:02d}" / f"{position}.png")


def build(ways: int) -> keras.Model:
    """Returns a small network; replace it with yours, with one logit for each of the ways."""
    return keras.Sequential(
        [
            keras.Input([32, 32, 3]),
            keras.layers.Conv2D(8, 3, strides=2, activation="relu"),
            keras.layers.Conv2D(8, 3, strides=2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(ways),
        ]
    )


def main(folder: Path | None = None, iterations: int = 1000, ways: int = 5) -> np.ndarray:
    """Meta-trains and tests; returns the accuracy in per cent after 0, 1, 2, 3 steps."""
    if folder is None:
        with tempfile.TemporaryDirectory() as temporary:
            draw_shapes(Path(temporary))
            return main(Path(temporary), iterations, ways)
    images = ImageClasses.from_folder(folder, size=32)
    names = np.random.default_rng(0).permutation(images.names).tolist()  # no class is in training and test
    held_out = max(ways, len(names) // 5)
    train_tasks, test_tasks = (
        maml_tf.FewShotImages(images=images.select(chosen), ways=ways, shot=1, query=3)
        for chosen in (names[held_out:], names[:held_out])
    )
    network = maml_tf.KerasNetwork(build(ways))
    inner_loop = maml_tf.InnerLoop(steps=1, learning_rate=0.2)
    learner = maml_tf.MAML(network=network, loss=maml_tf.softmax_cross_entropy, inner_loop=inner_loop)
    trained = maml_tf.train(learner, train_tasks, maml_tf.Training(iterations=iterations, meta_batch=4, chunk=20))
    protocol = maml_tf.Protocol(tasks=100, batch=50, steps=3)
    return maml_tf.evaluate(learner, trained.parameters, test_tasks, protocol, maml_tf.accuracy).mean(axis=1)


if __name__ == "__main__":
    scores = main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    print("per cent right after 0, 1, 2, 3 steps:", scores.round(1))
