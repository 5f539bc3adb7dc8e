"""The published content of MiniImagenet, class by class."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import PurePath

from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.image_classes import Split

ORIGIN = "https://github.com/twitter-research/meta-learning-lstm/tree/master/data/miniImagenet"
"""Where the published lists are. The photographs are part of ImageNet, which provides them on request."""

FILE_NAMES: dict[Split, str] = {"train": "train", "validation": "val", "test": "test"}
"""Names of the splits in the names of files and folders."""


@dataclass(frozen=True, kw_only=True)
class ClassFingerprints:
    """Fingerprints of one class.

    Attributes:
        names: Fingerprint of the published file names (`fingerprint_names`).
        files: Fingerprint of the content of the image files (`fingerprint_files`) in one known edition. In other
            editions, the images were made from the same photographs again, and their content differs.
    """

    names: str
    files: str


@dataclass(frozen=True, kw_only=True)
class MiniImagenetManifest:
    """The classes of every split, and their fingerprints.

    Attributes:
        images: Number of images of a class.
        splits: By split, the fingerprints by the WordNet id of the class.
    """

    images: int
    splits: Mapping[Split, Mapping[str, ClassFingerprints]]

    def names(self, split: Split) -> tuple[str, ...]:
        """Returns the WordNet ids of the classes of a split, sorted.

        Raises:
            DatasetError: There is no such split.
        """
        if split not in self.splits:
            raise DatasetError(f"split is {split!r}; allowed: {', '.join(self.splits)}")
        return tuple(sorted(self.splits[split]))

    @cached_property
    def checksum(self) -> str:
        """The sha256 of the whole content, in hexadecimal digits."""
        content = [
            (split, name, fingerprints.names, fingerprints.files)
            for split, classes in sorted(self.splits.items())
            for name, fingerprints in sorted(classes.items())
        ]
        return hashlib.sha256(json.dumps([self.images, content]).encode()).hexdigest()

    def check_counts(self, split: Split, counts: Mapping[str, int], source: str) -> None:
        """Checks that all classes of a split are present, with the right number of images.

        Args:
            split: The split.
            counts: Numbers of images by class.
            source: Where the data was read, for the error message.

        Raises:
            DatasetError: Classes differ; the message gives their number and the first of them.
        """
        problems = {name: "missing" for name in self.splits[split].keys() - counts.keys()}
        for name, count in counts.items():
            if name not in self.splits[split]:
                problems[name] = self._describe_unexpected(name)
            elif count != self.images:
                problems[name] = f"{count} images instead of {self.images}"
        self._raise_if_any(problems, split, source)

    def check_file_names(self, split: Split, names: Mapping[str, Iterable[str]], source: str) -> None:
        """Checks the classes, the numbers of images, and that file names are those of the published list.

        Args:
            split: The split.
            names: File names by class.
            source: Where the data was read, for the error message.

        Raises:
            DatasetError: Classes differ; the message gives their number and the first of them.
        """
        listed = {name: list(of_class) for name, of_class in names.items()}
        self.check_counts(split, {name: len(of_class) for name, of_class in listed.items()}, source)
        problems = {
            name: "other file names than in the published list"
            for name, fingerprints in self.splits[split].items()
            if fingerprint_names(listed[name]) != fingerprints.names
        }
        self._raise_if_any(problems, split, source)

    def count_known_classes(self, split: Split, files: Mapping[str, str]) -> int:
        """Returns how many classes of a split have the files of the known edition.

        Args:
            split: The split.
            files: Fingerprints of the image files by class.
        """
        return sum(files.get(name) == fingerprints.files for name, fingerprints in self.splits[split].items())

    def _describe_unexpected(self, name: str) -> str:
        split = next((split for split, classes in self.splits.items() if name in classes), None)
        return f"a class of the {split} split" if split else "no such class"

    def _raise_if_any(self, problems: Mapping[str, str], split: Split, source: str) -> None:
        if problems:
            first = min(problems)
            raise DatasetError(
                f"{source!r} does not hold the published {split} split: {len(problems)} classes differ from its "
                f"{len(self.splits[split])}, first {first!r} ({problems[first]})"
            )


def fingerprint_names(names: Iterable[str]) -> str:
    """Returns the first 16 hexadecimal digits of the sha256 of file names.

    The names are sorted, and the suffix is left out, because an image may be stored as PNG.
    """
    stems = sorted(PurePath(name).stem for name in names)
    return hashlib.sha256("\n".join(stems).encode()).hexdigest()[:16]


def fingerprint_files(files: Iterable[str]) -> str:
    """Returns the first 16 hexadecimal digits of the sha256 of the fingerprints of files, in the given order."""
    return hashlib.sha256("".join(files).encode()).hexdigest()[:16]


@cache
def load_mini_imagenet_manifest() -> MiniImagenetManifest:
    """Reads the manifest that comes with the library."""
    content = json.loads(files(__package__).joinpath("manifest.json").read_text("utf-8"))
    splits = {
        split: {name: ClassFingerprints(**fingerprints) for name, fingerprints in classes.items()}
        for split, classes in content["splits"].items()
    }
    return MiniImagenetManifest(images=content["images"], splits=splits)
