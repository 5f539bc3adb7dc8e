"""Omniglot drawings as arrays."""

import io
import struct
import sys
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from maml_tf.datasets import DatasetError
from maml_tf.datasets.omniglot.drawings import decode_drawing, fingerprint, resize_drawings
from tests.maml_tf.datasets.omniglot.tiny import png, tiny_drawings, tiny_manifest

DRAWINGS = tiny_drawings()["Greek/character01"]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_any_encoding_gives_the_same_ink(mode: str) -> None:
    np.testing.assert_array_equal(decode_drawing("a", png(DRAWINGS[0], mode)), DRAWINGS[0])


@pytest.mark.parametrize("shape", [(104, 105), (105, 106), (28, 28)])
def test_another_size_is_refused(shape: tuple[int, int]) -> None:
    message = f"'Greek/a.png' is {shape[1]}x{shape[0]} pixels; allowed: 105x105"
    with pytest.raises(DatasetError, match=message):
        decode_drawing("Greek/a.png", png(np.zeros(shape, np.bool_)))


@pytest.mark.parametrize(
    ("width", "message"),
    [(12_000, "'a' is 12000x10000 pixels"), (20_000, "'a' cannot be decoded as a PNG image")],
)
def test_an_image_that_claims_to_be_huge_is_refused_undecoded(width: int, message: str) -> None:
    header = struct.pack(">IIBBBBB", width, 10_000, 1, 0, 0, 0, 0)
    chunk = b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    content = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk
    with pytest.raises(DatasetError, match=message):
        decode_drawing("a", content + struct.pack(">I", 0) + b"IDAT")


def test_another_image_format_is_refused() -> None:
    file = io.BytesIO()
    Image.fromarray(~DRAWINGS[0]).convert("L").save(file, "GIF")
    with pytest.raises(DatasetError, match="cannot be decoded as a PNG image"):
        decode_drawing("a", file.getvalue())


@settings(deadline=None)
@given(content=st.binary(max_size=100))
def test_any_bytes_for_an_image_give_one_line(content: bytes) -> None:
    with pytest.raises(DatasetError) as raised:
        decode_drawing("a", content)
    assert "\n" not in str(raised.value)


@settings(deadline=None)
@given(data=st.data())
def test_an_altered_image_raises_nothing_but_the_one_error(data: st.DataObject) -> None:
    content = bytearray(png(DRAWINGS[0]))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    message = ""
    try:
        assert decode_drawing("a", bytes(content)).shape == (105, 105)
    except DatasetError as error:
        message = str(error)
    assert "\n" not in message


def test_the_fingerprint_is_of_the_bits_in_order() -> None:
    expected = tiny_manifest({"a": DRAWINGS}).characters["a"]
    assert fingerprint(DRAWINGS) == expected
    assert fingerprint(DRAWINGS[::-1]) != expected
    assert len(expected) == 16


def test_nearest_equals_the_script_of_the_authors() -> None:
    small = resize_drawings(DRAWINGS, "nearest")
    for drawing, image in zip(DRAWINGS, small, strict=True):
        source = Image.open(io.BytesIO(png(drawing)))
        assert source.mode == "1"
        script = np.asarray(source.resize((28, 28), Image.Resampling.LANCZOS))
        np.testing.assert_array_equal(image, np.where(script, 0, 255))
    assert small.dtype == np.uint8
    assert small.shape == (2, 28, 28)


def test_antialiased_is_lanczos_on_the_grey_image() -> None:
    small = resize_drawings(DRAWINGS, "antialiased")
    for drawing, image in zip(DRAWINGS, small, strict=True):
        source = Image.open(io.BytesIO(png(drawing))).convert("L")
        expected = 255 - np.asarray(source.resize((28, 28), Image.Resampling.LANCZOS))
        np.testing.assert_array_equal(image, expected)
    assert small.dtype == np.uint8


@pytest.mark.parametrize("resize", ["nearest", "antialiased"])
def test_ink_is_bright_and_stays_in_its_place(resize: Any) -> None:
    corner = np.zeros([1, 105, 105], np.bool_)
    corner[:, :50, :20] = True
    small = resize_drawings(corner, resize)[0]
    assert small[2, 2] == 255
    assert small[10, 2] == 255
    assert small[2, 10] == 0
    assert small[25, 25] == 0


def test_without_pillow_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    content = png(DRAWINGS[0])
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(DatasetError, match=r"needs Pillow, .* pip install 'maml-tf\[benchmarks\]'"):
        decode_drawing("a", content)
