"""What a source of MiniImagenet is: the images of one split, however they are kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.mini_imagenet_manifest import MiniImagenetManifest
from maml_tf.datasets.part import Part

ORIGIN = "https://github.com/twitter-research/meta-learning-lstm/tree/master/data/miniImagenet"
"""Where the published lists are. The photographs are of ImageNet and are given to those who ask there."""

FILE_NAMES = {"train": "train", "validation": "val", "test": "test"}
"""What files and folders of a split are called."""


class Photograph(NamedTuple):
    """One image of a split.

    Attributes:
        class_name: The WordNet id of its class.
        position: Its place in the class, in the order of the file names.
        image: The bytes of a JPEG or PNG file of 84x84 pixels in colour, or uint8 [84, 84, 3].
        fingerprint: Of the bytes of its file (`fingerprint_file`); empty if it came without.
    """

    class_name: str
    position: int
    image: bytes | NDArray[np.uint8]
    fingerprint: str


class Source(Protocol):
    """The images of one split in one form."""

    def stamped(self) -> tuple[Path, ...]:
        """The files and folders whose size and time of change tell whether images may have changed."""

    def photographs(self, manifest: MiniImagenetManifest, split: Part) -> Iterator[Photograph]:
        """Reads all images, in any order, verified against the manifest.

        Raises:
            DatasetError: If an image is missing, unreadable or not one of the split.
        """
