"""Few-shot tasks on Omniglot."""

from functools import cache
from pathlib import Path

from maml_tf import datasets
from maml_tf.datasets import DatasetMissing, ImageClasses, data_folder, load_omniglot
from maml_tf.datasets.drawings import Resize
from maml_tf.datasets.omniglot_split import Reading
from maml_tf.datasets.part import Part


def omniglot_images(
    *, split: Part, reading: Reading, resize: Resize = "nearest", folder: Path | None = None
) -> ImageClasses:
    """Characters of one part of the split, from the user's data folder.

    Args:
        split: `train`, `validation` or `test`.
        reading: which split, the authors' code's 1100/100/423 characters or the text's 1200/0/423.
        resize: how drawings become 28x28 pixels.
        folder: the data folder; by default that of the setting `MAML_TF_DATA`. Where it holds no
            Omniglot, the one that TensorFlow Datasets has prepared, or may download, is taken.

    Raises:
        DatasetMissing: the images are not there; the message says how to get them.
        DatasetError: they are damaged.
    """
    return _part(folder or _set_folder(), resize, reading, split)


def _set_folder() -> Path | None:
    try:
        return data_folder()
    except DatasetMissing:
        return None  # TensorFlow Datasets needs no such folder


@cache  # several task distributions of one process share the decoded images
def _part(folder: Path | None, resize: Resize, reading: Reading, part: Part) -> ImageClasses:
    return datasets.omniglot_part(_all(folder, resize), reading, part)


@cache
def _all(folder: Path | None, resize: Resize) -> ImageClasses:
    return load_omniglot(folder, resize=resize)
