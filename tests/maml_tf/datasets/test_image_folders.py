"""Folders of the user's own images."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from maml_tf.datasets import DatasetError, DatasetMissing, ImageClasses

GRADIENT = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)
COLOURS = np.stack([GRADIENT, 255 - GRADIENT, GRADIENT // 2], axis=-1)


def write(folder: Path, **counts: int) -> Path:
    """Writes folders of constant images; their grey value is ten times the number of the class plus their own."""
    for number, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        for position in range(count):
            Image.new("L", (6, 4), 10 * number + position).save(folder / name / f"{position}.png")
    return folder


def one(folder: Path, image: Image.Image, name: str = "1.png", **settings: Any) -> Any:
    """Reads the image as the only one of a folder."""
    (folder / "a").mkdir()
    image.save(folder / "a" / name)
    chosen: dict[str, Any] = {"size": (4, 6), "colour": False} | settings
    return ImageClasses.from_folder(folder, **chosen).images[0, 0]


def test_classes_and_images_are_in_the_order_of_their_names(tmp_path: Path) -> None:
    dataset = ImageClasses.from_folder(write(tmp_path, b=2, a=2), size=(4, 6), colour=False)
    assert (dataset.names, dataset.counts) == (("a", "b"), None)
    np.testing.assert_array_equal(dataset.images[..., 0, 0], [[10, 11], [0, 1]])


def test_classes_of_different_sizes_are_kept_whole(tmp_path: Path) -> None:
    dataset = ImageClasses.from_folder(str(write(tmp_path, a=1, b=3, c=2)), size=5)
    assert dataset.images.shape == (3, 3, 5, 5, 3)
    assert dataset.counts == (1, 3, 2)
    np.testing.assert_array_equal(dataset.images[1, :, 0, 0], [[10] * 3, [11] * 3, [12] * 3])


@pytest.mark.parametrize("name", ["1.png", "1.tif", "1.PGM"])
def test_grey_images_of_16_bits_do_not_turn_white(tmp_path: Path, name: str) -> None:
    wide = (GRADIENT.astype(np.uint16) << 8) + 77
    np.testing.assert_array_equal(one(tmp_path, Image.fromarray(wide), name), GRADIENT)


MODES: dict[str, Callable[[], Image.Image]] = {
    "RGB": lambda: Image.fromarray(COLOURS),
    "P": lambda: Image.fromarray(COLOURS).quantize(),
    "RGBA": lambda: Image.fromarray(COLOURS).convert("RGBA"),
    "CMYK": lambda: Image.fromarray(COLOURS).convert("CMYK"),
}


@pytest.mark.parametrize("mode", MODES)
def test_colours_are_kept_in_any_mode(tmp_path: Path, mode: str) -> None:
    image = one(tmp_path, MODES[mode](), "1.tif", colour=True)
    np.testing.assert_allclose(image.astype(int), COLOURS, atol=6)


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_grey_modes_are_read_in_colour_and_grey(tmp_path: Path, mode: str) -> None:
    black_and_white = Image.fromarray(np.where(GRADIENT > 100, 255, 0).astype(np.uint8)).convert(mode)
    expected = np.where(GRADIENT > 100, 255, 0)
    np.testing.assert_array_equal(one(tmp_path, black_and_white), expected)
    (tmp_path / "colour").mkdir()
    coloured = one(tmp_path / "colour", black_and_white, colour=True)
    np.testing.assert_array_equal(coloured, np.stack([expected] * 3, axis=-1))


def test_transparent_pixels_become_white(tmp_path: Path) -> None:
    pixels = np.zeros([4, 6, 4], np.uint8)
    pixels[0, :, 3] = 255
    image = one(tmp_path, Image.fromarray(pixels))
    assert np.all(image[0] == 0)
    assert np.all(image[1:] == 255)


def test_photographs_are_rotated_as_the_camera_noted(tmp_path: Path) -> None:
    image = Image.fromarray(np.rot90(GRADIENT).copy())
    exif = image.getexif()
    exif[0x0112] = 6  # rotate clockwise
    (tmp_path / "a").mkdir()
    image.save(tmp_path / "a" / "1.png", exif=exif)
    read = ImageClasses.from_folder(tmp_path, size=(4, 6), colour=False).images[0, 0]
    np.testing.assert_array_equal(read, GRADIENT)


def test_images_are_resized(tmp_path: Path) -> None:
    assert one(tmp_path, Image.new("L", (31, 17), 9), size=(4, 6)).tolist() == [[9] * 6] * 4


def test_other_files_are_ignored(tmp_path: Path) -> None:
    write(tmp_path, a=2)
    (tmp_path / ".hidden").mkdir()
    for name in ("a/.1.png", "a/Thumbs.db", "read me.txt"):
        (tmp_path / name).write_bytes(b"anything")
    assert ImageClasses.from_folder(tmp_path, size=4).images.shape[:2] == (1, 2)


def as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def as_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:50]), r"a/1.png' cannot be decoded"),
        (lambda path: path.write_bytes(b"text"), r"a/1.png' cannot be decoded as a BMP or .* image"),
        (lambda path: Image.new("F", (2, 2)).save(path, "TIFF"), r"a/1.png' has pixels of Pillow's mode 'F'; allowed"),
        (as_pipe, r"a/1.png' cannot be read: it is a device, a pipe or a folder"),
        (as_link, r"a/1.png' is refused: it leads outside"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, damage: Any, message: str) -> None:
    write(tmp_path, a=3)
    damage(tmp_path / "a" / "1.png")
    with pytest.raises(DatasetError, match=message) as raised:
        ImageClasses.from_folder(tmp_path, size=4)
    assert "\n" not in str(raised.value)


def test_a_folder_without_classes_or_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetMissing, match="nothing' is not a folder"):
        ImageClasses.from_folder(tmp_path / "nothing", size=4)
    with pytest.raises(DatasetError, match="has no folders; allowed: a folder of images for each class"):
        ImageClasses.from_folder(tmp_path, size=4)
    write(tmp_path, a=1, b=0)
    with pytest.raises(DatasetError, match=r"b' has no images; allowed: \.bmp, "):
        ImageClasses.from_folder(tmp_path, size=4)
    with pytest.raises(DatasetError, match="size is 0; allowed: 1 or more pixels"):
        ImageClasses.from_folder(tmp_path, size=0)
