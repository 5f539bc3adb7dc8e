"""Images of the user: a folder of image files for each class."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.archives import read_inside
from maml_tf.datasets.decoding import opened_image, pillow
from maml_tf.datasets.errors import DatasetError, DatasetMissing

FORMATS = {
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "JPEG": (".jpg", ".jpeg"),
    "PNG": (".png",),
    "PPM": (".pbm", ".pgm", ".ppm"),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
}
"""The formats that are read, by Pillow's names, with their suffixes."""

SUFFIXES = tuple(suffix for suffixes in FORMATS.values() for suffix in suffixes)


def class_files(folder: Path) -> dict[str, list[Path]]:
    """Returns the image files of each class, both in the order of their names.

    Hidden files and folders, and files without the suffix of an image, are ignored.

    Args:
        folder: A folder with one folder of images for each class; deeper folders are not read.

    Raises:
        DatasetMissing: There is no such folder.
        DatasetError: There are no classes, a class has no images, or a folder cannot be read.
    """
    if not folder.is_dir():
        raise DatasetMissing(f"{str(folder)!r} is not a folder; give one with a folder of images for each class")
    try:
        classes = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        files = {path.name: sorted(file for file in path.iterdir() if _is_image(file.name)) for path in classes}
    except OSError as error:
        raise DatasetError(f"{str(error.filename)!r} cannot be read ({error.strerror})") from error
    if not files:
        raise DatasetError(f"{str(folder)!r} has no folders; allowed: a folder of images for each class")
    for name, of_class in files.items():
        if not of_class:
            raise DatasetError(f"{str(folder / name)!r} has no images; allowed: {', '.join(SUFFIXES)}")
    return files


def read_image(folder: Path, file: Path, size: tuple[int, int], colour: bool) -> NDArray[np.uint8]:
    """Reads, rotates, converts and resizes one image.

    Args:
        folder: The folder that the file must not lead out of.
        file: The file.
        size: Height and width. Images of another size are resized with LANCZOS; proportions are not kept.
        colour: Whether the result has three channels; otherwise it is grey.

    Returns:
        Array of uint8, [height, width, 3] or [height, width].

    Raises:
        DatasetError: The file is damaged, is no regular file, leads out of the folder, or has pixels without a known
            range (floating-point numbers, or integers of 32 bits).
    """
    with opened_image(str(file), read_inside(folder, file), tuple(FORMATS)) as image:
        upright = _upright(_with_8_bits(str(file), image))
        height, width = size
        converted = _opaque(upright).convert("RGB" if colour else "L")
        if converted.size != (width, height):
            converted = converted.resize((width, height), pillow().Resampling.LANCZOS)
        return np.asarray(converted)


def padded(
    files: dict[str, list[Path]], read: Callable[[Path], NDArray[np.uint8]]
) -> tuple[NDArray[np.uint8], tuple[int, ...]]:
    """Reads all images into one array, in which small classes are followed by black images.

    Returns:
        `[classes, largest number of images, ...]`, and the number of images of each class.
    """
    counts = tuple(len(of_class) for of_class in files.values())
    images: NDArray[np.uint8] | None = None
    for number, of_class in enumerate(files.values()):
        for position, file in enumerate(of_class):
            image = read(file)
            if images is None:
                images = np.zeros([len(counts), max(counts), *image.shape], np.uint8)
            images[number, position] = image
    assert images is not None  # every class has an image
    return images, counts


def _is_image(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def _with_8_bits(name: str, image: Any) -> Any:
    """Scales grey images of 16 bits; Pillow would cut all values off at 255, which turns them white."""
    # Older versions of Pillow open a grey PNG of 16 bits in this mode, and all of them such a PPM.
    has_wider_mode = image.mode == "I" and image.format in ("PNG", "PPM")
    if image.mode.startswith("I;16") or has_wider_mode:
        return pillow().fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise DatasetError(f"{name!r} has pixels of Pillow's mode {image.mode!r}; allowed: at most 16 bits per channel")
    return image


def _upright(image: Any) -> Any:
    """Rotates a photograph as its camera noted (EXIF)."""
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


def _opaque(image: Any) -> Any:
    """Puts an image with transparent pixels on white."""
    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    return pillow().alpha_composite(pillow().new("RGBA", image.size, "white"), image)
