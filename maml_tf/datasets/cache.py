"""Decoded images kept between runs."""

import contextlib
import os
import tempfile
from pathlib import Path

import numpy as np

from maml_tf.datasets.image_classes import ImageClasses


def default_cache_folder() -> Path | None:
    """Where decoded images are kept unless another folder is named.

    Returns:
        `MAML_TF_CACHE` if that environment variable is set, where `~` is the home; else `maml_tf` in
        the user's cache folder (`XDG_CACHE_HOME`, or `.cache` at home). None if this asks for a home
        that there is not.
    """
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        if named := os.environ.get("MAML_TF_CACHE"):
            return Path(named).expanduser()
        if shared.is_absolute():  # The XDG specification has relative paths ignored.
            return shared / "maml_tf"
        return Path.home() / ".cache" / "maml_tf"
    except RuntimeError:
        return None


def read_cache(file: Path) -> ImageClasses | None:
    """Reads images back, or gives None if they are not there, damaged, or something else."""
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as content:
            dataset = ImageClasses(images=content["images"], names=tuple(content["names"].tolist()))
            expected = content["checksum"].item()
    except Exception:
        # Whatever is wrong with a cache, the answer is the same: decode again.
        return None
    return dataset if dataset.checksum == expected else None


def write_cache(file: Path, dataset: ImageClasses) -> None:
    """Keeps images in a file that appears complete or not at all.

    A folder that cannot be written is no error: the images are then decoded each time.
    """
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=file.parent) as scratch:
            complete = Path(scratch, file.name)
            np.savez(complete, images=dataset.images, names=np.array(dataset.names), checksum=dataset.checksum)
            complete.replace(file)
