"""MiniImagenet photographs as arrays: decoding, resizing."""

import hashlib
import io
import warnings
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.drawings import BROKEN_IMAGE, pillow
from maml_tf.datasets.errors import DatasetError

PHOTOGRAPH_SIDE = 84
"""Height and width of a photograph, in pixels."""

SUFFIXES = (".jpg", ".jpeg", ".png")
"""How names of image files end, whatever the case."""


def is_photograph(name: str) -> bool:
    """Whether a file of this name is an image to read; hidden files are none."""
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def normalise_photograph(name: str, data: bytes) -> bytes | NDArray[np.uint8]:
    """Gives a file as it is if it has the right size and colours, else its pixels made so.

    Larger and smaller images are resized with LANCZOS, as in the authors' `proc_images.py`. An
    image of the right kind is not decoded here, so damage beyond its header goes unseen.

    Args:
        name: What to call the file in an error.
        data: The bytes of a JPEG or PNG file.

    Returns:
        The same bytes, or uint8 [84, 84, 3].

    Raises:
        DatasetError: If it is no such file, is damaged, or if Pillow is absent.
    """
    side = (PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE)
    module = pillow()
    try:
        image = _open(module, data)
        if image.size == side and image.mode == "RGB":
            return data
        return np.asarray(image.convert("RGB").resize(side, module.Resampling.LANCZOS))
    except (*BROKEN_IMAGE, module.DecompressionBombError) as error:
        raise _undecodable(name, error) from error


def decode_photograph(name: str, data: bytes) -> NDArray[np.uint8]:
    """Decodes a JPEG or PNG file of 84x84 pixels.

    Pillow's decoder takes the accurate integer transform. TensorFlow's default takes the fast one
    and differs in seven pixels of ten, by up to some 20 levels.

    Args:
        name: What to call the file in an error.
        data: The bytes of the file.

    Returns:
        uint8, [84, 84, 3].

    Raises:
        DatasetError: If the file is damaged, or if Pillow is absent.
    """
    module = pillow()
    try:
        return np.asarray(_open(module, data).convert("RGB"))
    except (*BROKEN_IMAGE, module.DecompressionBombError) as error:
        raise _undecodable(name, error) from error


def fingerprint_file(data: bytes) -> str:
    """The first 16 hexadecimal digits of the sha256 over the bytes of a file."""
    return hashlib.sha256(data).hexdigest()[:16]


def _open(module: ModuleType, data: bytes) -> Any:
    with warnings.catch_warnings():
        # A huge image is refused by its own error, in one line.
        warnings.simplefilter("ignore", module.DecompressionBombWarning)
        return module.open(io.BytesIO(data), formats=["JPEG", "PNG"])


def _undecodable(name: str, error: Exception) -> DatasetError:
    reason = " ".join(str(error).split())
    return DatasetError(f"{name!r} cannot be decoded as a JPEG or PNG image ({reason})")
