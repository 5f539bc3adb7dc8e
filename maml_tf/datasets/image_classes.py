"""Images grouped by class, and the splits of a data set."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.errors import DatasetError

Split = Literal["train", "validation", "test"]
"""Classes for meta-training, meta-validation or meta-testing; no class is in two splits."""

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageClasses:
    """Images grouped by class, with the same number of images in every class.

    Attributes:
        images: Array of uint8, [classes, examples, height, width], or with the channels of colour images as a fifth
            axis. Held as a read-only view.
        names: Names of the classes, all different.
        verified: What was verified when the images were loaded, in one line.

    Raises:
        DatasetError: The images are not uint8 or have another number of axes, the number of names differs from the
            number of classes, or a name occurs twice.
    """

    images: NDArray[np.uint8]
    names: tuple[str, ...]
    verified: str = ""

    def __post_init__(self) -> None:
        if self.images.dtype != np.uint8 or self.images.ndim not in (4, 5):
            raise DatasetError(
                f"images are {self.images.dtype} with {self.images.ndim} axes; allowed: uint8 with "
                "4 axes (classes, examples, height, width) or 5 (channels last)"
            )
        if len(self.names) != len(self.images):
            raise DatasetError(f"{len(self.names)} names for {len(self.images)} classes; allowed: one name per class")
        name, count = Counter(self.names).most_common(1)[0] if self.names else ("", 1)
        if count > 1:
            raise DatasetError(f"class name {name!r} is given {count} times; allowed: once")
        view = self.images.view()
        view.flags.writeable = False
        object.__setattr__(self, "images", view)

    @cached_property
    def checksum(self) -> str:
        """The sha256 of the names, the shape and the pixels, in hexadecimal digits."""
        digest = hashlib.sha256(json.dumps([self.names, self.images.shape]).encode())
        digest.update(np.ascontiguousarray(self.images).reshape(-1).data)
        return digest.hexdigest()

    def select(self, names: Sequence[str]) -> "ImageClasses":
        """Returns the classes with the given names, in the given order.

        Raises:
            DatasetError: There is no class of one of the names, or a name is given twice.
        """
        position = {name: index for index, name in enumerate(self.names)}
        missing = [name for name in names if name not in position]
        if missing:
            raise DatasetError(
                f"{len(missing)} of the {len(names)} requested classes are not among the {len(self.names)} "
                f"present, first {missing[0]!r}"
            )
        chosen = np.array([position[name] for name in names], dtype=np.intp)
        return ImageClasses(images=self.images[chosen], names=tuple(names), verified=self.verified)
