"""What MiniImagenet must hold, class by class."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import PurePath

from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.part import Part

SPLITS: tuple[Part, ...] = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class ClassFingerprints:
    """What is known of one class.

    Attributes:
        names: Fingerprint of the published file names (`fingerprint_names`).
        files: Fingerprint of the bytes of the image files of one edition (`fingerprint_files`).
            Others made the images of the same photographs again, so theirs may differ.
    """

    names: str
    files: str


@dataclass(frozen=True, kw_only=True)
class MiniImagenetManifest:
    """The classes of each split, and what is known of their images.

    Attributes:
        images: Images of each class.
        splits: By split, the fingerprints by the WordNet id of the class.
    """

    images: int
    splits: Mapping[Part, Mapping[str, ClassFingerprints]]

    def names(self, split: Part) -> tuple[str, ...]:
        """The WordNet ids of the classes of a split, sorted.

        Raises:
            DatasetError: If there is no such split.
        """
        if split not in self.splits:
            raise DatasetError(f"split is {split!r}; allowed: {', '.join(self.splits)}")
        return tuple(sorted(self.splits[split]))

    @cached_property
    def checksum(self) -> str:
        """The sha256 over all of it, in hexadecimal digits."""
        content = [
            (split, name, known.names, known.files)
            for split, classes in sorted(self.splits.items())
            for name, known in sorted(classes.items())
        ]
        return hashlib.sha256(json.dumps([self.images, content]).encode()).hexdigest()

    def check_counts(self, split: Part, counts: Mapping[str, int], where: str) -> None:
        """Checks that the right classes are there, each with the right number of images.

        Args:
            split: The split.
            counts: Number of images by class.
            where: Where the data came from, for the message.

        Raises:
            DatasetError: Naming the first class that differs and how many do.
        """
        problems = {name: "missing" for name in self.splits[split].keys() - counts.keys()}
        for name, count in counts.items():
            if name not in self.splits[split]:
                problems[name] = self._stranger(name)
            elif count != self.images:
                problems[name] = f"{count} images instead of {self.images}"
        self._refuse(problems, split, where)

    def check_file_names(self, split: Part, names: Mapping[str, Iterable[str]], where: str) -> None:
        """Checks counts, and that the images of each class are called as in the published list.

        Args:
            split: The split.
            names: File names by class.
            where: Where the data came from, for the message.

        Raises:
            DatasetError: Naming the first class that differs and how many do.
        """
        listed = {name: list(of_class) for name, of_class in names.items()}
        self.check_counts(split, {name: len(of_class) for name, of_class in listed.items()}, where)
        self._refuse(
            {
                name: "other file names than in the published list"
                for name, known in self.splits[split].items()
                if fingerprint_names(listed[name]) != known.names
            },
            split,
            where,
        )

    def same_files(self, split: Part, files: Mapping[str, str]) -> int:
        """How many classes of a split have the very files of the known edition.

        Args:
            split: The split.
            files: Fingerprint of the files by class.
        """
        return sum(files.get(name) == known.files for name, known in self.splits[split].items())

    def _stranger(self, name: str) -> str:
        home = next((split for split, classes in self.splits.items() if name in classes), None)
        return f"a class of the {home} split" if home else "no such class"

    def _refuse(self, problems: Mapping[str, str], split: Part, where: str) -> None:
        if problems:
            first = min(problems)
            raise DatasetError(
                f"{where!r} does not hold the published {split} split: {len(problems)} classes differ from its "
                f"{len(self.splits[split])}, first {first!r} ({problems[first]})"
            )


def fingerprint_names(names: Iterable[str]) -> str:
    """The first 16 hexadecimal digits of the sha256 over file names.

    Names are sorted and taken without what follows the last dot: an image may be stored as PNG.
    """
    stems = sorted(PurePath(name).stem for name in names)
    return hashlib.sha256("\n".join(stems).encode()).hexdigest()[:16]


def fingerprint_files(files: Iterable[str]) -> str:
    """The first 16 hexadecimal digits of the sha256 over the fingerprints of files, in order."""
    return hashlib.sha256("".join(files).encode()).hexdigest()[:16]


@cache
def load_mini_imagenet_manifest() -> MiniImagenetManifest:
    """Reads the manifest that comes with the library."""
    content = json.loads(files(__package__).joinpath("manifests", "mini_imagenet.json").read_text("utf-8"))
    splits = {
        split: {name: ClassFingerprints(**known) for name, known in classes.items()}
        for split, classes in content["splits"].items()
    }
    return MiniImagenetManifest(images=content["images"], splits=splits)
