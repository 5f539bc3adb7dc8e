"""MiniImagenet photographs: decoding, resizing, fingerprint."""

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.decoding import opened_image, pillow

PHOTOGRAPH_SIDE = 84
"""Height and width of a photograph, in pixels."""

FORMATS = ("JPEG", "PNG")

SUFFIXES = (".jpg", ".jpeg", ".png")
"""Suffixes of image files, in upper or lower case."""


class Photograph(NamedTuple):
    """One image of a split.

    Attributes:
        class_name: The WordNet id of its class.
        position: Its position in the class, in the order of the file names.
        image: The content of a JPEG or PNG file of 84x84 pixels in colour, or an array of uint8, [84, 84, 3].
        fingerprint: Fingerprint of its file (`fingerprint_file`); empty if the image was not read from its own file.
    """

    class_name: str
    position: int
    image: bytes | NDArray[np.uint8]
    fingerprint: str


def read_photograph(class_name: str, position: int, name: str, data: bytes) -> Photograph:
    """Makes a photograph from an image file.

    Args:
        class_name: The WordNet id of its class.
        position: Its position in the class.
        name: Name of the file, for error messages.
        data: Content of the file.

    Raises:
        DatasetError: As for `normalise_photograph`.
    """
    return Photograph(class_name, position, normalise_photograph(name, data), fingerprint_file(data))


def is_photograph(name: str) -> bool:
    """Returns whether a file with this name is an image to read; hidden files are not."""
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def normalise_photograph(name: str, data: bytes) -> bytes | NDArray[np.uint8]:
    """Returns an image file unchanged if it has the right size and colours, and otherwise its converted pixels.

    Images of another size are resized with LANCZOS, as in the authors' `proc_images.py`. An image that needs no
    conversion is not decoded here, so that damage beyond its header is not found.

    Args:
        name: Name of the file, for error messages.
        data: Content of a JPEG or PNG file.

    Returns:
        The same bytes, or an array of uint8, [84, 84, 3].

    Raises:
        DatasetError: The file has another format or is damaged, or Pillow is not installed.
    """
    size = (PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE)
    with opened_image(name, data, FORMATS) as image:
        if image.size == size and image.mode == "RGB":
            return data
        return np.asarray(image.convert("RGB").resize(size, pillow().Resampling.LANCZOS))


def decode_photograph(name: str, data: bytes) -> NDArray[np.uint8]:
    """Decodes a JPEG or PNG file of 84x84 pixels.

    Pillow's decoder uses the accurate integer transform. TensorFlow's default is the fast one, which differs in seven
    pixels of ten, by up to about 20 grey levels.

    Args:
        name: Name of the file, for error messages.
        data: Content of the file.

    Returns:
        Array of uint8, [84, 84, 3].

    Raises:
        DatasetError: The file is damaged, or Pillow is not installed.
    """
    with opened_image(name, data, FORMATS) as image:
        return np.asarray(image.convert("RGB"))


def fingerprint_file(data: bytes) -> str:
    """Returns the first 16 hexadecimal digits of the sha256 of the content of a file."""
    return hashlib.sha256(data).hexdigest()[:16]
