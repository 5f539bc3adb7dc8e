"""MiniImagenet as folders of classes: `train/n01532829/*.jpg` and so on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from maml_tf.datasets.archives import read_inside
from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.mini_imagenet_manifest import MiniImagenetManifest
from maml_tf.datasets.mini_imagenet_source import FILE_NAMES, Photograph
from maml_tf.datasets.part import Part
from maml_tf.datasets.photographs import fingerprint_file, is_photograph, normalise_photograph

WORDNET_ID = re.compile(r"n\d{8}")


@dataclass(frozen=True, kw_only=True)
class ClassFolders:
    """A folder with one folder of images for each class.

    Attributes:
        folder: The folder of the split.
    """

    folder: Path

    @classmethod
    def find(cls, home: Path, split: Part) -> "ClassFolders | None":
        """The folder of a split in a folder, if there is one with classes in it."""
        folder = home / FILE_NAMES[split]
        return cls(folder=folder) if folder.is_dir() and _class_folders(folder) else None

    def stamped(self) -> tuple[Path, ...]:
        """The folders of the classes, which change when images are added, removed or renamed."""
        return tuple(_class_folders(self.folder))

    def photographs(self, manifest: MiniImagenetManifest, split: Part) -> Iterator[Photograph]:
        """Reads all images, each class in the order of its file names.

        Raises:
            DatasetError: If classes, counts or file names are not the published ones, or an image
                cannot be read or lies outside the folder.
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
                data = read_inside(self.folder, path)
                yield Photograph(class_name, position, normalise_photograph(str(path), data), fingerprint_file(data))


def _class_folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if WORDNET_ID.fullmatch(path.name) and path.is_dir())
