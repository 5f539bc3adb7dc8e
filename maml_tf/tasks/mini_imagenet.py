"""Few-shot tasks on MiniImagenet."""

from functools import cache
from pathlib import Path

from maml_tf.datasets import ImageClasses, data_folder, load_mini_imagenet
from maml_tf.datasets.part import Part


def mini_imagenet_images(*, split: Part, folder: Path | None = None) -> ImageClasses:
    """Classes of one split, from the user's data folder.

    Args:
        split: `train`, `validation` or `test`: 64, 16 or 20 classes of 600 images.
        folder: the data folder; by default that of the setting `MAML_TF_DATA`.

    Raises:
        DatasetMissing: the images are not there; the message says how to get them.
        DatasetError: they are damaged, or there is no such split.
    """
    return _split(folder or data_folder(), split)


@cache  # several task distributions of one process share the mapped images
def _split(folder: Path, split: Part) -> ImageClasses:
    return load_mini_imagenet(folder, split)
