"""MiniImagenet as the widespread pickles `mini-imagenet-cache-train.pkl` and so on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.array_pickle import read_array_pickle
from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.mini_imagenet_manifest import MiniImagenetManifest
from maml_tf.datasets.mini_imagenet_source import FILE_NAMES, ORIGIN, Photograph
from maml_tf.datasets.part import Part
from maml_tf.datasets.photographs import PHOTOGRAPH_SIDE


@dataclass(frozen=True, kw_only=True)
class PickledArrays:
    """A pickle of a dictionary.

    Its `image_data` is uint8 [images, 84, 84, 3], its `class_dict` gives the numbers of images by class.

    Attributes:
        file: The pickle file.
    """

    file: Path

    @classmethod
    def find(cls, home: Path, split: Part) -> "PickledArrays | None":
        """The pickle of a split in a folder, if there is one."""
        file = home / f"mini-imagenet-cache-{FILE_NAMES[split]}.pkl"
        return cls(file=file) if file.is_file() else None

    def stamped(self) -> tuple[Path, ...]:
        """The pickle file."""
        return (self.file,)

    def photographs(self, manifest: MiniImagenetManifest, split: Part) -> Iterator[Photograph]:
        """Gives all images; of a pickle, classes and counts are verified, since it names no files.

        Raises:
            DatasetError: If the pickle holds anything else, is damaged, or is of another split.
        """
        images, classes = self._content()
        manifest.check_counts(split, {name: len(numbers) for name, numbers in classes.items()}, str(self.file))
        for name, numbers in classes.items():
            for position, number in enumerate(numbers):
                yield Photograph(name, position, images[number], "")

    def _content(self) -> tuple[NDArray[np.uint8], dict[str, list[int]]]:
        content = read_array_pickle(self.file, ORIGIN)
        if not isinstance(content, dict) or not {"image_data", "class_dict"} <= content.keys():
            raise self._refusal(f"holds {_described(content)}", "a dictionary with 'image_data' and 'class_dict'")
        images, classes = content["image_data"], content["class_dict"]
        side = PHOTOGRAPH_SIDE
        if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape[1:] != (side, side, 3):
            raise self._refusal(f"'image_data' is {_described(images)}", f"uint8 of shape (images, {side}, {side}, 3)")
        return images, self._numbers(classes, len(images))

    def _numbers(self, classes: Any, images: int) -> dict[str, list[int]]:
        if not isinstance(classes, Mapping) or not all(isinstance(name, str) for name in classes):
            raise self._refusal(f"'class_dict' is {_described(classes)}", "a dictionary by name of class")
        numbers = {}
        for name, given in classes.items():
            array = np.asarray(given)
            if array.ndim != 1 or array.dtype.kind not in "iu" or not ((array >= 0) & (array < images)).all():
                raise self._refusal(f"'class_dict' has {_described(given)} for {name!r}", f"numbers below {images}")
            numbers[name] = array.tolist()
        used = [number for of_class in numbers.values() for number in of_class]
        if len(set(used)) != len(used):
            raise self._refusal("'class_dict' names an image twice", "once")
        return numbers

    def _refusal(self, found: str, allowed: str) -> DatasetError:
        return DatasetError(f"{str(self.file)!r} is refused: {found}; allowed: {allowed}")


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    if isinstance(value, dict):
        return f"a dictionary with {', '.join(sorted(repr(name) for name in list(value)[:5]))}"
    return f"of type {type(value).__name__}"
