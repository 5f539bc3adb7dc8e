"""Where data sets are stored: the user's data folder, and the caches of decoded images."""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.errors import DatasetMissing
from maml_tf.datasets.image_classes import ImageClasses
from maml_tf.files import replaced_atomically

SETTING = "MAML_TF_DATA"
"""Environment variable with the path of the data folder."""


def data_folder() -> Path:
    """Returns the folder that the environment variable `MAML_TF_DATA` names.

    Raises:
        DatasetMissing: The variable is not set, or does not name a folder.
    """
    setting = os.environ.get(SETTING, "")
    if not setting:
        raise DatasetMissing(f"{SETTING} is not set; set it to the folder that holds your data sets")
    folder = os.path.expanduser(setting)  # leaves `~name` of an unknown user as it is
    if not os.path.isdir(folder):  # unlike `Path.is_dir`, returns False for a name that is too long
        quoted = repr(setting if len(setting) <= _LONGEST_PATH else f"{setting[:_LONGEST_PATH]}...")
        raise DatasetMissing(f"{SETTING} is {quoted}, which is not a folder; set it to the one with your data sets")
    return Path(folder)


def default_cache_folder() -> Path | None:
    """Returns the folder for decoded images that is used unless another one is given.

    Returns:
        The folder that the environment variable `MAML_TF_CACHE` names, where `~` is the home folder. If it is not
        set, `maml_tf` in the user's cache folder (`XDG_CACHE_HOME`, or `.cache` in the home folder). None if the
        home folder is needed and there is none.
    """
    user_cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        if setting := os.environ.get("MAML_TF_CACHE"):
            return Path(setting).expanduser()
        if user_cache.is_absolute():  # The XDG specification says that relative paths are ignored.
            return user_cache / "maml_tf"
        return Path.home() / ".cache" / "maml_tf"
    except RuntimeError:
        return None


def read_cache(file: Path, pinned: str | None = None) -> ImageClasses | None:
    """Reads images that `write_cache` wrote; returns None if the file is absent, damaged or something else.

    Args:
        file: The file.
        pinned: The checksum that the images must have. If it is not known, they are compared with the checksum in the
            file, which recognises damage, but no exchange.
    """
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as content:
            dataset = ImageClasses(images=content["images"], names=tuple(content["names"].tolist()))
            expected = content["checksum"].item()
    except Exception:  # Whatever is wrong with a cache, the images are decoded again.
        return None
    return dataset if dataset.checksum == (pinned or expected) else None


def write_cache(file: Path, dataset: ImageClasses) -> None:
    """Writes images to an `.npz` file, atomically.

    A folder that cannot be written is not an error: the images are then decoded each time.
    """
    with contextlib.suppress(OSError), replaced_atomically(file) as opened:
        np.savez(opened, images=dataset.images, names=np.array(dataset.names), checksum=dataset.checksum)


@dataclass(frozen=True, kw_only=True)
class MappedCache:
    """Decoded images in a file that is mapped into memory, for data sets too large to be held there.

    An `.npy` file of images comes with a `.json` file that describes it. The description is written last: images
    without it are ignored. It states the checksum of the images, for records; the pixels are not compared with it,
    because reading all of them would take as long as mapping them saves.

    Attributes:
        folder: Folder of both files.
        name: Name of both files, without suffix.
    """

    folder: Path
    name: str

    def read(self) -> ImageClasses | None:
        """Maps the images into memory; returns None if they are absent, truncated or something else."""
        description = self._read_description()
        try:
            images = np.load(self._images, mmap_mode="c", allow_pickle=False)
            return ImageClasses(images=images, names=tuple(description["names"]), verified=description["verified"])
        except Exception:  # Whatever is wrong with a cache, the images are decoded again.
            return None

    def checksum(self) -> str | None:
        """Returns the checksum of the images (`ImageClasses.checksum`), or None if they are absent."""
        return self._read_description().get("checksum") if self._images.exists() else None

    def write(self, images: Path, names: tuple[str, ...], verified: str) -> None:
        """Moves a complete `.npy` file into the cache.

        Args:
            images: The file, on the same file system as the cache.
            names: Names of the classes.
            verified: What was verified, in one line.

        Raises:
            OSError: The folder cannot be written.
        """
        mapped: NDArray[np.uint8] = np.load(images, mmap_mode="c", allow_pickle=False)
        checksum = ImageClasses(images=mapped, names=names).checksum
        description = json.dumps({"names": names, "verified": verified, "checksum": checksum})
        self._description.unlink(missing_ok=True)
        images.replace(self._images)
        with replaced_atomically(self._description) as file:
            file.write(description.encode())

    @property
    def _images(self) -> Path:
        return self.folder / f"{self.name}.npy"

    @property
    def _description(self) -> Path:
        return self.folder / f"{self.name}.json"

    def _read_description(self) -> dict[str, str]:
        try:
            content = json.loads(self._description.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}


_LONGEST_PATH = 300  # characters of a setting that an error message quotes
