"""MiniImagenet as the widespread pickles `mini-imagenet-cache-train.pkl`, `-val.pkl` and `-test.pkl`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.array_pickle import read_array_pickle
from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.image_classes import Split
from maml_tf.datasets.mini_imagenet.manifest import FILE_NAMES, ORIGIN, MiniImagenetManifest
from maml_tf.datasets.mini_imagenet.photographs import PHOTOGRAPH_SIDE, Photograph


@dataclass(frozen=True, kw_only=True)
class PickledArrays:
    """A pickle of a dictionary with the images of one split.

    Its `image_data` is an array of uint8, [images, 84, 84, 3]. Its `class_dict` has the indices of images by class.

    Attributes:
        file: The pickle file.
    """

    file: Path

    @classmethod
    def find(cls, home: Path, split: Split) -> "PickledArrays | None":
        """Returns the pickle of a split in a folder, or None."""
        file = home / f"mini-imagenet-cache-{FILE_NAMES[split]}.pkl"
        return cls(file=file) if file.is_file() else None

    def stamped(self) -> tuple[Path, ...]:
        """Returns the pickle file."""
        return (self.file,)

    def photographs(self, manifest: MiniImagenetManifest, split: Split) -> Iterator[Photograph]:
        """Reads all images; classes and counts are verified, but not file names, which a pickle does not contain.

        Raises:
            DatasetError: The pickle has other content, is damaged, or is the one of another split.
        """
        images, classes = self._content()
        manifest.check_counts(split, {name: len(indices) for name, indices in classes.items()}, str(self.file))
        for name, indices in classes.items():
            for position, index in enumerate(indices):
                yield Photograph(name, position, images[index], "")

    def _content(self) -> tuple[NDArray[np.uint8], dict[str, list[int]]]:
        content = _with_text_keys(read_array_pickle(self.file, ORIGIN))
        if not isinstance(content, dict) or not {"image_data", "class_dict"} <= content.keys():
            raise self._refusal(f"holds {_describe(content)}", "a dictionary with 'image_data' and 'class_dict'")
        images, classes = content["image_data"], _with_text_keys(content["class_dict"])
        side = PHOTOGRAPH_SIDE
        if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape[1:] != (side, side, 3):
            raise self._refusal(f"'image_data' is {_describe(images)}", f"uint8 of shape (images, {side}, {side}, 3)")
        return images, self._indices(classes, len(images))

    def _indices(self, classes: Any, images: int) -> dict[str, list[int]]:
        if not isinstance(classes, Mapping) or not all(isinstance(name, str) for name in classes):
            raise self._refusal(f"'class_dict' is {_describe(classes)}", "a dictionary by class name")
        indices = {}
        for name, of_class in classes.items():
            array = np.asarray(of_class)
            if array.ndim != 1 or array.dtype.kind not in "iu" or not ((array >= 0) & (array < images)).all():
                raise self._refusal(f"'class_dict' has {_describe(of_class)} for {name!r}", f"indices below {images}")
            indices[name] = array.tolist()
        used = [index for of_class in indices.values() for index in of_class]
        if len(set(used)) != len(used):
            raise self._refusal("'class_dict' names an image twice", "once")
        return indices

    def _refusal(self, problem: str, allowed: str) -> DatasetError:
        return DatasetError(f"{str(self.file)!r} is refused: {problem}; allowed: {allowed}")


def _with_text_keys(content: Any) -> Any:
    """Decodes the keys of a dictionary that are bytes, as Python 3 gets them from some pickles of Python 2."""
    if not isinstance(content, dict):
        return content
    return {key.decode("latin1") if isinstance(key, bytes) else key: value for key, value in content.items()}


def _describe(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    if isinstance(value, dict):
        return f"a dictionary with {', '.join(sorted(repr(name) for name in list(value)[:5]))}"
    return f"of type {type(value).__name__}"
