"""Images grouped by class."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.errors import DatasetError


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageClasses:
    """Images grouped by class, every class with equally many.

    Attributes:
        images: uint8, [classes, examples, height, width], with channels as a fifth axis for colour.
            Held as a read-only view.
        names: One name a class, all different.
        verified: What was checked when the images were loaded, in one line.

    Raises:
        DatasetError: If the images are not uint8 or have another number of axes, or if the names
            do not fit them.
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
            raise DatasetError(f"{len(self.names)} names for {len(self.images)} classes; allowed: one each")
        name, count = Counter(self.names).most_common(1)[0] if self.names else ("", 1)
        if count > 1:
            raise DatasetError(f"class name {name!r} is given {count} times; allowed: once")
        view = self.images.view()
        view.flags.writeable = False
        object.__setattr__(self, "images", view)

    @cached_property
    def checksum(self) -> str:
        """The sha256 over the names, the shape and the pixels, in hexadecimal digits."""
        digest = hashlib.sha256(json.dumps([self.names, self.images.shape]).encode())
        digest.update(np.ascontiguousarray(self.images).reshape(-1).data)
        return digest.hexdigest()

    def select(self, names: Sequence[str]) -> "ImageClasses":
        """The classes of the given names, in the given order.

        Raises:
            DatasetError: If a name is not among the classes, or is given twice.
        """
        position = {name: index for index, name in enumerate(self.names)}
        missing = [name for name in names if name not in position]
        if missing:
            raise DatasetError(
                f"{len(missing)} of {len(names)} classes asked for are not among the {len(self.names)} "
                f"present, first {missing[0]!r}"
            )
        chosen = np.array([position[name] for name in names], dtype=np.intp)
        return ImageClasses(images=self.images[chosen], names=tuple(names), verified=self.verified)
