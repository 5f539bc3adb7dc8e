"""Omniglot drawings as arrays: decoding, fingerprint, resizing."""

import hashlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.decoding import opened_image, pillow
from maml_tf.datasets.errors import DatasetError

Resize = Literal["nearest", "antialiased"]

DRAWING_SIDE = 105
"""Height and width of a drawing as published, in pixels."""

IMAGE_SIDE = 28
"""Height and width of an image after resizing, in pixels."""


def decode_drawing(name: str, data: bytes) -> NDArray[np.bool_]:
    """Decodes one PNG file.

    Args:
        name: Name of the file, for error messages.
        data: Content of the file. The published files have one bit per pixel; other encodings of the same black and
            white pixels are accepted.

    Returns:
        Array of bool, [105, 105], which is true where there is ink.

    Raises:
        DatasetError: The file is not a PNG file, is damaged, or has another size, or Pillow is not installed.
    """
    with opened_image(name, data, ("PNG",)) as image:
        if image.size != (DRAWING_SIDE, DRAWING_SIDE):
            width, height = image.size
            raise DatasetError(f"{name!r} is {width}x{height} pixels; allowed: {DRAWING_SIDE}x{DRAWING_SIDE}")
        grey = np.asarray(image.convert("L"))
    ink: NDArray[np.bool_] = grey < 128
    return ink


def fingerprint(drawings: NDArray[np.bool_]) -> str:
    """Returns the first 16 hexadecimal digits of the sha256 of the bits of drawings.

    Args:
        drawings: Array of bool, [drawings, 105, 105] or [105, 105], which is true where there is ink.
    """
    return hashlib.sha256(np.packbits(drawings).tobytes()).hexdigest()[:16]


def resize_drawings(drawings: NDArray[np.bool_], resize: Resize) -> NDArray[np.uint8]:
    """Resizes drawings to 28x28 pixels with ink = 255.

    `nearest` gives the images that the authors' `resize_images.py` makes. That program asks for LANCZOS, but Pillow
    takes the nearest neighbour for images of one bit per pixel, whatever filter is given. `antialiased` gives the
    images that it would make if it converted the drawings to grey first.

    Args:
        drawings: Array of bool, [drawings, 105, 105], which is true where there is ink.
        resize: The filter.

    Returns:
        Array of uint8, [drawings, 28, 28].
    """
    image_module = pillow()
    filters = {
        "nearest": image_module.Resampling.NEAREST,
        "antialiased": image_module.Resampling.LANCZOS,
    }
    # The order of the authors' code: resized as published, dark on white, and inverted afterwards.
    published = np.where(drawings, 0, 255).astype(np.uint8)
    size = (IMAGE_SIDE, IMAGE_SIDE)
    resized = [image_module.fromarray(drawing).resize(size, filters[resize]) for drawing in published]
    return 255 - np.stack([np.asarray(image) for image in resized])
