"""MiniImagenet photographs as arrays."""

import hashlib
import io
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from maml_tf.datasets import DatasetError
from maml_tf.datasets.mini_imagenet.photographs import (
    decode_photograph,
    fingerprint_file,
    is_photograph,
    normalise_photograph,
)
from tests.maml_tf.datasets.mini_imagenet.tiny import jpeg, tiny_pixels

PIXELS = tiny_pixels()[0, 0]


def test_png_files_give_their_pixels() -> None:
    np.testing.assert_array_equal(decode_photograph("a", jpeg(PIXELS, "PNG")), PIXELS)


def test_jpeg_files_give_what_the_accurate_decoder_makes() -> None:
    import tensorflow as tf

    decoded = decode_photograph("a", jpeg(PIXELS)).astype(int)
    accurate, fast = (
        tf.image.decode_jpeg(jpeg(PIXELS), dct_method=method).numpy() for method in ("INTEGER_ACCURATE", "INTEGER_FAST")
    )
    assert np.abs(decoded - accurate).max() <= 1
    assert np.abs(decoded - fast).max() > 1


def test_a_file_that_needs_no_conversion_is_returned_unchanged() -> None:
    for data in (jpeg(PIXELS), jpeg(PIXELS, "PNG")):
        assert normalise_photograph("a", data) is data


def test_another_size_is_resized_with_lanczos() -> None:
    large = tiny_pixels(side=120)[0, 0]
    expected = np.asarray(Image.fromarray(large).resize((84, 84), Image.Resampling.LANCZOS))
    np.testing.assert_array_equal(normalise_photograph("a", jpeg(large, "PNG")), expected)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK"])
def test_other_colours_become_red_green_and_blue(mode: str) -> None:
    file = io.BytesIO()
    image = Image.fromarray(PIXELS).convert(mode)
    image.save(file, "JPEG" if mode == "CMYK" else "PNG")
    pixels = normalise_photograph("a", file.getvalue())
    assert not isinstance(pixels, bytes)
    assert pixels.shape == (84, 84, 3)
    assert pixels.dtype == np.uint8


@pytest.mark.parametrize("content", [b"", b"GIF89a", jpeg(PIXELS)[:200], jpeg(PIXELS)[:-300], jpeg(PIXELS, "PNG")[:99]])
def test_a_damaged_file_is_named_in_one_line(content: bytes) -> None:
    with pytest.raises(DatasetError, match=r"'a.jpg' cannot be decoded as a JPEG or PNG image") as raised:
        decode_photograph("a.jpg", content)
    assert "\n" not in str(raised.value)


@settings(deadline=None)
@given(data=st.data(), format=st.sampled_from(["JPEG", "PNG"]))
def test_an_altered_image_raises_nothing_but_the_one_error(data: st.DataObject, format: str) -> None:
    content = bytearray(jpeg(PIXELS, format))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    message = ""
    try:
        if isinstance(normalise_photograph("a", bytes(content)), bytes):
            decode_photograph("a", bytes(content))
    except DatasetError as error:
        message = str(error)
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.jpg", True), ("a.JPEG", True), ("a.png", True), ("._a.jpg", False), ("a.gif", False), ("jpg", False)],
)
def test_images_are_recognised_by_their_names(name: str, expected: bool) -> None:
    assert is_photograph(name) is expected


def test_the_fingerprint_is_of_the_bytes() -> None:
    assert fingerprint_file(b"abc") == hashlib.sha256(b"abc").hexdigest()[:16]


def test_without_pillow_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    content = jpeg(PIXELS)
    monkeypatch.setitem(sys.modules, "PIL", None)
    for function in (decode_photograph, normalise_photograph):
        with pytest.raises(DatasetError, match="needs Pillow"):
            function("a", content)
