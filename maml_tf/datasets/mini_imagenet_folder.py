"""Which form of MiniImagenet a data folder holds."""

import os
from pathlib import Path

from maml_tf.datasets.errors import DatasetError, DatasetMissing
from maml_tf.datasets.mini_imagenet_arrays import PickledArrays
from maml_tf.datasets.mini_imagenet_folders import ClassFolders
from maml_tf.datasets.mini_imagenet_lists import ListedImages
from maml_tf.datasets.mini_imagenet_source import FILE_NAMES, ORIGIN, Source
from maml_tf.datasets.part import Part

SUBFOLDERS = ("miniimagenet", "mini_imagenet", "mini-imagenet", ".")


def find_mini_imagenet(folder: Path, split: Part) -> Source:
    """Finds the images of a split without reading them.

    Where a split is there in several forms, the lists go before the folders of classes, and these
    before the pickle, which does not tell the names of the files.

    Args:
        folder: The data folder: it or its subfolder `miniimagenet`, `mini_imagenet` or
            `mini-imagenet` holds the split.
        split: The split.

    Raises:
        DatasetMissing: If the folder does not hold the split.
        DatasetError: If there is no such split, or the folder cannot be looked into.
    """
    if split not in FILE_NAMES:
        raise DatasetError(f"split is {split!r}; allowed: {', '.join(FILE_NAMES)}")
    homes = [folder / name for name in SUBFOLDERS if os.path.isdir(folder / name)]
    try:
        for home in homes:
            for form in (ListedImages, ClassFolders, PickledArrays):
                if source := form.find(home, split):
                    return source
    except OSError as error:
        raise DatasetError(f"{str(error.filename)!r} cannot be read ({error.strerror})") from error
    name = FILE_NAMES[split]
    raise DatasetMissing(
        f"the {split} split of MiniImagenet is not in {str(folder)!r}, nor in its subfolder miniimagenet: it has no "
        f"splits/{name}.csv with images or tar archives, no folder {name} of classes and no "
        f"mini-imagenet-cache-{name}.pkl; the lists are at {ORIGIN}, the images are given by ImageNet (ILSVRC-2012)"
    )
