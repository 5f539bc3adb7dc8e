"""Decoded images kept between runs in a file that is mapped into memory, for those too large to hold."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.image_classes import ImageClasses


@dataclass(frozen=True, kw_only=True)
class MappedCache:
    """A `.npy` file of images with a `.json` file that describes it.

    The description is written last: without it, the images count as not there. It states a checksum
    for records; reading all pixels to compare it would take as long as mapping them saves.

    Attributes:
        folder: The folder of both files.
        name: Their name without ending.
    """

    folder: Path
    name: str

    def read(self) -> ImageClasses | None:
        """Maps the images, or gives None if they are not there, cut short, or something else."""
        description = self._description()
        try:
            images = np.load(self._images, mmap_mode="c", allow_pickle=False)
            return ImageClasses(images=images, names=tuple(description["names"]), verified=description["verified"])
        except Exception:
            # Whatever is wrong with a cache, the answer is the same: decode again.
            return None

    def checksum(self) -> str | None:
        """The checksum of the images (`ImageClasses.checksum`), or None if they are not there."""
        return self._description().get("checksum") if self._images.exists() else None

    def write(self, images: Path, names: tuple[str, ...], verified: str) -> None:
        """Takes over a complete `.npy` file, which must be on the same file system.

        Raises:
            OSError: The folder cannot be written.
        """
        mapped: NDArray[np.uint8] = np.load(images, mmap_mode="c", allow_pickle=False)
        checksum = ImageClasses(images=mapped, names=names).checksum
        description = images.with_suffix(".json")
        description.write_text(json.dumps({"names": names, "verified": verified, "checksum": checksum}))
        self._images.with_suffix(".json").unlink(missing_ok=True)
        images.replace(self._images)
        description.replace(self._images.with_suffix(".json"))

    @property
    def _images(self) -> Path:
        return self.folder / f"{self.name}.npy"

    def _description(self) -> dict[str, str]:
        try:
            content = json.loads(self._images.with_suffix(".json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}
