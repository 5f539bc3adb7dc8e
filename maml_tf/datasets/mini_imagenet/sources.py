"""The forms in which a folder may hold MiniImagenet: published lists with images, folders of classes, or pickles."""

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from maml_tf.datasets.archives import explain_unreadable, path_inside, read_inside, read_tar_files
from maml_tf.datasets.errors import DatasetError, DatasetMissing
from maml_tf.datasets.image_classes import Split
from maml_tf.datasets.mini_imagenet.manifest import FILE_NAMES, ORIGIN, MiniImagenetManifest
from maml_tf.datasets.mini_imagenet.photographs import Photograph, is_photograph, read_photograph
from maml_tf.datasets.mini_imagenet.pickles import PickledArrays

SUBFOLDERS = ("miniimagenet", "mini_imagenet", "mini-imagenet", ".")
COLUMNS = ["filename", "label"]
WORDNET_ID = re.compile(r"n\d{8}")


class Source(Protocol):
    """The images of one split in one form."""

    def stamped(self) -> tuple[Path, ...]:
        """Returns the files and folders whose size and modification time show whether images may have changed."""

    def photographs(self, manifest: MiniImagenetManifest, split: Split) -> Iterator[Photograph]:
        """Reads all images, in any order, verified against the manifest.

        Raises:
            DatasetError: An image is missing, cannot be read, or does not belong to the split.
        """


def find_mini_imagenet(folder: Path, split: Split) -> Source:
    """Finds the images of a split without reading them.

    If a split is present in several forms, lists are preferred to folders of classes, and these to pickles, which lack
    the names of the files.

    Args:
        folder: The data folder. It or its subfolder `miniimagenet`, `mini_imagenet` or `mini-imagenet` holds the split.
        split: The split.

    Raises:
        DatasetMissing: The split was not found.
        DatasetError: There is no such split, or the folder cannot be read.
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
        f"the {split} split of MiniImagenet is not in {str(folder)!r}, nor in its subfolder miniimagenet: there is no "
        f"splits/{name}.csv with images or tar archives, no folder {name} of classes and no "
        f"mini-imagenet-cache-{name}.pkl; download the lists from {ORIGIN} and the images from ImageNet (ILSVRC-2012)"
    )


@dataclass(frozen=True, kw_only=True)
class ListedImages:
    """The published list of a split with its images, in tar archives or unpacked.

    Attributes:
        file: The list: a CSV file with the columns `filename` and `label`.
        home: The folder that holds the images, at any depth, if there are no archives.
        archives: Tar archives with the images, compressed or not.
    """

    file: Path
    home: Path
    archives: tuple[Path, ...]

    @classmethod
    def find(cls, home: Path, split: Split) -> "ListedImages | None":
        """Returns the list of a split in a folder, or None if there is no list or neither images nor archives."""
        name = f"{FILE_NAMES[split]}.csv"
        file = next((path for path in (home / "splits" / name, home / name) if path.is_file()), None)
        archives = _archives(home, split)
        if file and (archives or next(_images(home), None)):
            return cls(file=file, home=home, archives=archives)
        return None

    def stamped(self) -> tuple[Path, ...]:
        """Returns the list, and the archives or the folders of images."""
        folders = () if self.archives else sorted({path.parent for path in _images(self.home)})
        return (self.file, *self.archives, *folders)

    def photographs(self, manifest: MiniImagenetManifest, split: Split) -> Iterator[Photograph]:
        """Reads the listed images, in the order in which they are stored.

        Raises:
            DatasetError: The list is not the published one, or one of its images is missing, cannot be read or lies
                outside the folder.
        """
        listed = read_list(self.file)
        manifest.check_file_names(split, listed, str(self.file))
        positions = {name: (label, index) for label, names in listed.items() for index, name in enumerate(names)}
        for location, name, data in self._files(frozenset(positions)):
            if name not in positions:
                raise DatasetError(f"{location!r} is there more than once; allowed: once")
            yield read_photograph(*positions.pop(name), location, data)
        if positions:
            raise DatasetError(
                f"{len(positions)} images that {str(self.file)!r} lists are not in {str(self.home)!r}, "
                f"first {min(positions)!r}"
            )

    def _files(self, names: frozenset[str]) -> Iterator[tuple[str, str, bytes]]:
        if self.archives:
            for archive in self.archives:
                yield from read_tar_files(archive, names, ORIGIN)
        else:
            for name, path in sorted({path.name: path for path in _images(self.home) if path.name in names}.items()):
                yield str(path), name, read_inside(self.home, path)


@dataclass(frozen=True, kw_only=True)
class ClassFolders:
    """A folder with one folder of images per class: `train/n01532829/*.jpg`.

    Attributes:
        folder: The folder of the split.
    """

    folder: Path

    @classmethod
    def find(cls, home: Path, split: Split) -> "ClassFolders | None":
        """Returns the folder of a split in a folder, or None if there is none with classes in it."""
        folder = home / FILE_NAMES[split]
        return cls(folder=folder) if folder.is_dir() and _class_folders(folder) else None

    def stamped(self) -> tuple[Path, ...]:
        """Returns the folders of the classes, which change when images are added, removed or renamed."""
        return tuple(_class_folders(self.folder))

    def photographs(self, manifest: MiniImagenetManifest, split: Split) -> Iterator[Photograph]:
        """Reads all images, class by class, in the order of their file names.

        Raises:
            DatasetError: Classes, counts or file names are not the published ones, or an image cannot be read or lies
                outside the folder.
        """
        try:
            names = {
                folder.name: sorted(path.name for path in folder.iterdir() if is_photograph(path.name))
                for folder in _class_folders(self.folder)
            }
        except OSError as error:
            raise DatasetError(f"{str(error.filename)!r} cannot be read ({error.strerror})") from error
        manifest.check_file_names(split, names, str(self.folder))
        for class_name, of_class in names.items():
            for position, name in enumerate(of_class):
                path = self.folder / class_name / name
                yield read_photograph(class_name, position, str(path), read_inside(self.folder, path))


def read_list(file: Path) -> dict[str, tuple[str, ...]]:
    """Reads a list of images: a CSV file with the columns `filename` and `label`, in any order and among others.

    Returns:
        The names of the files, sorted, by class.

    Raises:
        DatasetError: The file is not such a list, or names a file twice or one outside the folder.
    """
    try:
        # Spreadsheets put a byte order mark in front, and some separate columns by semicolons.
        with file.open(encoding="utf-8-sig", newline="") as opened:
            delimiter = ";" if ";" in opened.readline() else ","
            opened.seek(0)
            header, *rows = list(csv.reader(opened, strict=True, delimiter=delimiter)) or [[]]
        if any(header.count(name) != 1 for name in COLUMNS):
            raise ValueError(f"its columns are {header}; allowed: {' and '.join(COLUMNS)}, among others")
        for number, row in enumerate(rows, 2):
            if len(row) != len(header):
                raise ValueError(f"its row {number} has {len(row)} columns, not {len(header)}")
    except (OSError, ValueError, csv.Error) as error:
        raise DatasetError(explain_unreadable(file, error, "CSV list", ORIGIN)) from error
    listed: dict[str, list[str]] = {}
    for path, label in ([row[header.index(name)] for name in COLUMNS] for row in rows):
        listed.setdefault(label, []).append((path_inside(file, path) or ("",))[-1])
    names = [name for of_class in listed.values() for name in of_class]
    if len(set(names)) != len(names):
        raise DatasetError(f"{str(file)!r} names an image more than once; allowed: once")
    return {label: tuple(sorted(of_class)) for label, of_class in listed.items()}


def _archives(home: Path, split: Split) -> tuple[Path, ...]:
    # Archives that are named after another split need not be read.
    others = tuple(name for other, name in FILE_NAMES.items() if other != split)
    archives = [path for pattern in ("*.tar", "*.tar.*", "*.tgz") for path in home.glob(pattern) if path.is_file()]
    return tuple(sorted(path for path in archives if not path.name.startswith(others)))


def _images(home: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(home):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names) if is_photograph(name))


def _class_folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if WORDNET_ID.fullmatch(path.name) and path.is_dir())
