"""MiniImagenet as the published lists, with the images unpacked or in tar archives."""

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from maml_tf.datasets.archives import parts_inside, read_inside, what_is_wrong
from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.mini_imagenet_manifest import MiniImagenetManifest
from maml_tf.datasets.mini_imagenet_source import FILE_NAMES, ORIGIN, Photograph
from maml_tf.datasets.part import Part
from maml_tf.datasets.photographs import fingerprint_file, is_photograph, normalise_photograph
from maml_tf.datasets.tar_files import read_tar_files

COLUMNS = ["filename", "label"]


@dataclass(frozen=True, kw_only=True)
class ListedImages:
    """A list of a split, and where its images are.

    Attributes:
        file: The list: a CSV file with the columns `filename` and `label`.
        home: The folder that holds the images, at any depth, where there are no archives.
        archives: Tar archives with the images, compressed or not.
    """

    file: Path
    home: Path
    archives: tuple[Path, ...]

    @classmethod
    def find(cls, home: Path, split: Part) -> "ListedImages | None":
        """The list of a split in a folder, if it is there with any images or archives."""
        name = f"{FILE_NAMES[split]}.csv"
        file = next((path for path in (home / "splits" / name, home / name) if path.is_file()), None)
        archives = _archives(home, split)
        if file and (archives or next(_images(home), None)):
            return cls(file=file, home=home, archives=archives)
        return None

    def stamped(self) -> tuple[Path, ...]:
        """The list, and the archives or the folders of images."""
        folders = () if self.archives else sorted({path.parent for path in _images(self.home)})
        return (self.file, *self.archives, *folders)

    def photographs(self, manifest: MiniImagenetManifest, split: Part) -> Iterator[Photograph]:
        """Reads the images that are listed, in the order in which they are stored.

        Raises:
            DatasetError: If the list is not the published one, or an image of it is missing, cannot
                be read or lies outside the folder.
        """
        listed = read_list(self.file)
        manifest.check_file_names(split, listed, str(self.file))
        places = {name: (label, index) for label, names in listed.items() for index, name in enumerate(names)}
        for where, name, data in self._files(frozenset(places)):
            if name not in places:
                raise DatasetError(f"{where!r} is there more than once; allowed: once")
            yield Photograph(*places.pop(name), normalise_photograph(where, data), fingerprint_file(data))
        if places:
            raise DatasetError(
                f"{len(places)} images that {str(self.file)!r} lists are not in {str(self.home)!r}, "
                f"first {min(places)!r}"
            )

    def _files(self, names: frozenset[str]) -> Iterator[tuple[str, str, bytes]]:
        if self.archives:
            for archive in self.archives:
                yield from read_tar_files(archive, names, ORIGIN)
        else:
            for name, path in sorted({path.name: path for path in _images(self.home) if path.name in names}.items()):
                yield str(path), name, read_inside(self.home, path)


def read_list(file: Path) -> dict[str, tuple[str, ...]]:
    """Reads a list of images.

    Returns:
        The names of the files, sorted, by class.

    Raises:
        DatasetError: If it is no such list, names a file twice, or one outside the folder.
    """
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.reader(opened, strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise DatasetError(what_is_wrong(file, error, "CSV list", ORIGIN)) from error
    if not rows or rows[0] != COLUMNS or any(len(row) != 2 for row in rows[1:]):
        raise DatasetError(what_is_wrong(file, ValueError("its columns are not filename,label"), "CSV list", ORIGIN))
    listed: dict[str, list[str]] = {}
    for path, label in rows[1:]:
        listed.setdefault(label, []).append((parts_inside(file, path) or ("",))[-1])
    names = [name for of_class in listed.values() for name in of_class]
    if len(set(names)) != len(names):
        raise DatasetError(f"{str(file)!r} names an image more than once; allowed: once")
    return {label: tuple(sorted(of_class)) for label, of_class in listed.items()}


def _archives(home: Path, split: Part) -> tuple[Path, ...]:
    # An archive called after another split is spared the reading.
    others = tuple(name for part, name in FILE_NAMES.items() if part != split)
    found = [path for pattern in ("*.tar", "*.tar.*", "*.tgz") for path in home.glob(pattern) if path.is_file()]
    return tuple(sorted(path for path in found if not path.name.startswith(others)))


def _images(home: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(home):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names) if is_photograph(name))
