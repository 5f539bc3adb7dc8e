"""Pickles of arrays, and those that hold something else."""

import collections
import os
import pickle
import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maml_tf.datasets import DatasetError
from maml_tf.datasets.array_pickle import read_array_pickle

ORIGIN = "https://example.org/data"
ARRAY = np.arange(200, dtype=np.uint8).reshape(2, 100)


class Attack:
    """Runs a command when it is unpickled without care."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> Any:
        return os.system, (self.command,)


def read(folder: Path, content: bytes) -> Any:
    (folder / "some.pkl").write_bytes(content)
    return read_array_pickle(folder / "some.pkl", ORIGIN)


@pytest.mark.parametrize("protocol", range(6))
def test_arrays_scalars_and_containers_are_read(tmp_path: Path, protocol: int) -> None:
    content = {"a": ARRAY, "b": [np.int64(3), (1, 2.5, None)], "c": collections.OrderedDict(d=b"bytes")}
    found = read(tmp_path, pickle.dumps(content, protocol))
    np.testing.assert_array_equal(found["a"], ARRAY)
    assert found["a"].dtype == np.uint8
    assert (found["b"], found["c"]) == (content["b"], content["c"])


def test_an_array_of_python_2_is_read(tmp_path: Path) -> None:
    # As Python 2 and its NumPy write it: byte strings for text and for the pixels alike.
    pixels = ARRAY.tobytes()
    content = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x02Kd\x86"
        b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        b"T" + struct.pack("<I", len(pixels)) + pixels + b"tb."
    )
    np.testing.assert_array_equal(read(tmp_path, content), ARRAY)


@pytest.mark.parametrize("protocol", range(6))
def test_code_is_refused_and_not_run(tmp_path: Path, protocol: int) -> None:
    attack = Attack(f"touch {tmp_path / 'run'}")
    with pytest.raises(
        DatasetError, match=r"some.pkl' is refused: it names '(posix|nt).system'; allowed: NumPy arrays"
    ):
        read(tmp_path, pickle.dumps({"image_data": attack}, protocol))
    assert [path.name for path in tmp_path.iterdir()] == ["some.pkl"]


@pytest.mark.parametrize(
    "named",
    ["builtins\neval", "builtins\ngetattr", "numpy\nload", "numpy.core.multiarray\nfromfile", "_codecs\ndecode"],
)
def test_any_other_name_is_refused(tmp_path: Path, named: str) -> None:
    with pytest.raises(DatasetError, match=f"it names '{named.replace(chr(10), '.')}'"):
        read(tmp_path, f"c{named}\n.".encode())


def test_bytes_in_an_encoding_that_expands_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="bytes in the encoding 'zip'"):
        read(tmp_path, b"c_codecs\nencode\n(Vx\nVzip\ntR.")


def test_a_web_page_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=f"is a web page, not a pickle file: download the file itself from {ORIGIN}"):
        read(tmp_path, b"<!DOCTYPE html>")


@settings(deadline=None)
@given(content=st.binary(max_size=100))
def test_any_bytes_give_one_line_or_plain_content(content: bytes) -> None:
    message = ""
    with tempfile.TemporaryDirectory() as folder:
        try:
            read(Path(folder), content)
        except DatasetError as error:
            message = str(error)
    assert "\n" not in message


@settings(deadline=None)
@given(data=st.data())
def test_a_truncated_pickle_is_refused(data: st.DataObject) -> None:
    content = pickle.dumps({"image_data": ARRAY, "class_dict": {"a": [0, 1]}}, protocol=2)
    size = data.draw(st.integers(0, len(content) - 1))
    with tempfile.TemporaryDirectory() as folder, pytest.raises(DatasetError, match="is not a complete pickle file"):
        read(Path(folder), content[:size])
