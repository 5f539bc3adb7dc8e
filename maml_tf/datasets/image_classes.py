"""Images grouped by class, and the splits of a data set."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.image_folders import class_files, padded, read_image

Split = Literal["train", "validation", "test"]
"""Classes for meta-training, meta-validation or meta-testing; no class is in two splits."""

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageClasses:
    """Images grouped by class.

    Attributes:
        images: Array of uint8, [classes, examples, height, width], or with the channels of colour images as a fifth
            axis. Held as a read-only view. If classes have different sizes, those with fewer images than `examples`
            are padded with anything; the padding is never drawn.
        names: Names of the classes, all different.
        verified: What was verified when the images were loaded, in one line.
        counts: Number of images in each class; None if all have `examples`.

    Raises:
        DatasetError: The images are not uint8 or have another number of axes, the number of names or of counts differs
            from the number of classes, a count is out of range, or a name occurs twice.
    """

    images: NDArray[np.uint8]
    names: tuple[str, ...]
    verified: str = ""
    counts: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.images.dtype != np.uint8 or self.images.ndim not in (4, 5):
            raise DatasetError(
                f"images are {self.images.dtype} with {self.images.ndim} axes; allowed: uint8 with "
                "4 axes (classes, examples, height, width) or 5 (channels last)"
            )
        if len(self.names) != len(self.images):
            raise DatasetError(f"{len(self.names)} names for {len(self.images)} classes; allowed: one name per class")
        if self.counts is not None:
            self._check_counts(self.counts)
        name, count = Counter(self.names).most_common(1)[0] if self.names else ("", 1)
        if count > 1:
            raise DatasetError(f"class name {name!r} is given {count} times; allowed: once")
        view = self.images.view()
        view.flags.writeable = False
        object.__setattr__(self, "images", view)

    @cached_property
    def checksum(self) -> str:
        """The sha256 of the names, the shape, the counts if any and the pixels, in hexadecimal digits."""
        sizes = [] if self.counts is None else [self.counts]
        digest = hashlib.sha256(json.dumps([self.names, self.images.shape, *sizes]).encode())
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
        counts = None if self.counts is None else tuple(self.counts[index] for index in chosen)
        return ImageClasses(images=self.images[chosen], names=tuple(names), verified=self.verified, counts=counts)

    @classmethod
    def from_folder(cls, folder: str | Path, *, size: int | tuple[int, int], colour: bool = True) -> "ImageClasses":
        """Reads a folder that has a folder of image files for each class. This needs Pillow.

        All images are kept, also if classes have different sizes. Every mode of Pillow with up to 16 bits per channel
        is read; transparent pixels become white, and photographs are rotated as their camera noted.

        Args:
            folder: The folder. Hidden files, and files without the suffix of an image, are ignored.
            size: Side of the square images, or height and width, to which all images are resized.
            colour: Whether to keep colours, in three channels; otherwise images are grey, without an axis of channels.

        Raises:
            DatasetMissing: There is no such folder.
            DatasetError: The folder has no classes, a class has no images, or a file is damaged, is no regular file or
                leads out of the folder; the message names it.
        """
        height, width = (size, size) if isinstance(size, int) else size
        if min(height, width) < 1:
            raise DatasetError(f"size is {size!r}; allowed: 1 or more pixels")
        files = class_files(Path(folder))
        images, counts = padded(files, lambda file: read_image(Path(folder), file, (height, width), colour))
        return cls(images=images, names=tuple(files), counts=counts if len(set(counts)) > 1 else None)

    def _check_counts(self, counts: tuple[int, ...]) -> None:
        most = self.images.shape[1]
        if len(counts) != len(self.images) or not all(1 <= count <= most for count in counts):
            raise DatasetError(
                f"counts are {counts!r} for {len(self.images)} classes; allowed: one from 1 to {most} per class"
            )
