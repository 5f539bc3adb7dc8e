"""Opening image files with Pillow, safely."""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from maml_tf.datasets.errors import DatasetError

BROKEN_IMAGE = (OSError, SyntaxError, ValueError, EOFError, zlib.error, struct.error)
"""Exceptions that Pillow raises for a damaged file, besides the one for an image that claims to be huge."""


def pillow() -> ModuleType:
    """Imports Pillow, which the library needs for decoding only.

    Raises:
        DatasetError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise DatasetError(
            "decoding images needs Pillow, which is not installed: pip install 'maml-tf[benchmarks]'"
        ) from error
    return Image


@contextmanager
def opened_image(name: str, data: bytes, formats: tuple[str, ...]) -> Iterator[Any]:
    """Opens an image file; it may also be decoded within the block.

    Args:
        name: Name of the file, for error messages.
        data: Content of the file.
        formats: The formats that are accepted, by Pillow's names.

    Yields:
        The Pillow image, not yet decoded.

    Raises:
        DatasetError: The file has another format, is damaged or claims to be huge, or Pillow is not installed.
    """
    module = pillow()
    try:
        with warnings.catch_warnings():
            # Pillow warns of a large image before its size can be checked, and raises an error for a huge one.
            warnings.simplefilter("ignore", module.DecompressionBombWarning)
            image = module.open(io.BytesIO(data), formats=formats)
        yield image
    except (*BROKEN_IMAGE, module.DecompressionBombError) as error:
        reason = " ".join(str(error).split())
        kind = " or ".join(formats)
        raise DatasetError(f"{name!r} cannot be decoded as a {kind} image ({reason})") from error
