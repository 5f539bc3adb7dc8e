"""Omniglot drawings as arrays: decoding, fingerprint, resizing."""

import hashlib
import io
import struct
import warnings
import zlib
from types import ModuleType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.errors import DatasetError

Resize = Literal["nearest", "antialiased"]

DRAWING_SIDE = 105
"""Height and width of a drawing as published, in pixels."""

IMAGE_SIDE = 28
"""Height and width of the image that a network sees, in pixels."""

BROKEN_IMAGE = (OSError, SyntaxError, ValueError, EOFError, zlib.error, struct.error)
"""What Pillow raises for a damaged file, besides its error for one that claims to be huge."""


def decode_drawing(name: str, data: bytes) -> NDArray[np.bool_]:
    """Decodes one PNG file.

    Args:
        name: What to call the file in an error.
        data: The bytes of the file. The published ones have one bit a pixel; any other encoding of
            the same black and white is as good.

    Returns:
        Where the ink is: bool, [105, 105].

    Raises:
        DatasetError: If it is no PNG file, is damaged, or has another size; or if Pillow is absent.
    """
    image_module = pillow()
    try:
        with warnings.catch_warnings():
            # A huge image is refused below, by its size and in one line.
            warnings.simplefilter("ignore", image_module.DecompressionBombWarning)
            image = image_module.open(io.BytesIO(data), formats=["PNG"])
        if image.size != (DRAWING_SIDE, DRAWING_SIDE):
            width, height = image.size
            raise DatasetError(f"{name!r} is {width}x{height} pixels; allowed: {DRAWING_SIDE}x{DRAWING_SIDE}")
        grey = np.asarray(image.convert("L"))
    except (*BROKEN_IMAGE, image_module.DecompressionBombError) as error:
        reason = " ".join(str(error).split())
        raise DatasetError(f"{name!r} cannot be decoded as a PNG image ({reason})") from error
    ink: NDArray[np.bool_] = grey < 128
    return ink


def fingerprint(drawings: NDArray[np.bool_]) -> str:
    """The first 16 hexadecimal digits of the sha256 over the bits of one character's drawings.

    Args:
        drawings: Where the ink is: bool, [drawings, 105, 105].
    """
    return hashlib.sha256(np.packbits(drawings).tobytes()).hexdigest()[:16]


def resize_drawings(drawings: NDArray[np.bool_], resize: Resize) -> NDArray[np.uint8]:
    """Reduces drawings to 28x28 with ink = 255.

    `nearest` is what the authors' `resize_images.py` really makes: it asks for LANCZOS, but on
    images of one bit Pillow takes the nearest neighbour whatever filter is named. `antialiased` is
    what it would make had it converted the images to grey first.

    Args:
        drawings: Where the ink is: bool, [drawings, 105, 105].
        resize: The filter.

    Returns:
        uint8, [drawings, 28, 28].
    """
    image_module = pillow()
    filters = {
        "nearest": image_module.Resampling.NEAREST,
        "antialiased": image_module.Resampling.LANCZOS,
    }
    # Resized as published, dark on white, and inverted last: the order of the authors' code.
    paper = np.where(drawings, 0, 255).astype(np.uint8)
    side = (IMAGE_SIDE, IMAGE_SIDE)
    small = [image_module.fromarray(page).resize(side, filters[resize]) for page in paper]
    return 255 - np.stack([np.asarray(image) for image in small])


def pillow() -> ModuleType:
    """Imports Pillow, which the library needs for decoding alone.

    Raises:
        DatasetError: It is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise DatasetError(
            "decoding images needs Pillow, which is not installed: pip install 'maml-tf[benchmarks]'"
        ) from error
    return Image
