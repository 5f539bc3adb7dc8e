"""Pickles of arrays, and pickles with other content."""

import collections
import os
import pickle
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maml_tf.datasets import DatasetError
from maml_tf.datasets.array_pickle import read_array_pickle

ROOT = Path(__file__).parents[3]
ORIGIN = "https://example.org/data"
ARRAY = np.arange(200, dtype=np.uint8).reshape(2, 100)
RECONSTRUCT, SCALAR, FROM_BUFFER = (
    reduced[0] for reduced in (ARRAY.__reduce_ex__(2), np.int64(0).__reduce__(), ARRAY.__reduce_ex__(5))
)
READ_ELSEWHERE = """
import sys
from pathlib import Path
from maml_tf.datasets import DatasetError
from maml_tf.datasets.array_pickle import read_array_pickle

try:
    print("read as", read_array_pickle(Path(sys.argv[1]), "https://example.org/data"))
except DatasetError as error:
    print(error)
"""


class Attack:
    """Runs a command when it is unpickled by Python's own `pickle`."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> Any:
        return os.system, (self.command,)


class Call:
    """Is pickled as a call and the state of its result; nothing is called while pickling."""

    def __init__(self, function: Any, *arguments: Any, state: Any = None) -> None:
        self.function, self.arguments, self.state = function, arguments, state

    def __reduce__(self) -> Any:
        return self.function, self.arguments, self.state


def dtype(name: str) -> Call:
    """Returns a dtype that hides its object elements from NumPy: the last number of its state is 0."""
    return Call(np.dtype, name, False, True, state=(3, "|", None, None, None, -1, -1, 0))


def empty() -> Call:
    return Call(RECONSTRUCT, np.ndarray, (0,), b"b")


# Eight bytes that are mistaken for the address of an object.
ADDRESS = b"\x41" * 8
OBJECTS = dtype("O8")
NUMBER = dtype("u1")
FIELD = Call(np.dtype, "V8", False, True, state=(3, "|", None, ("a",), {"a": (NUMBER, 0)}, 8, 1, 0))
HOSTILE = {
    "a scalar": (Call(SCALAR, OBJECTS, ADDRESS), "an array of 'O8'; allowed: b1, i1"),
    "a scalar with a field": (Call(SCALAR, FIELD, ADDRESS), "an array of 'V8'"),
    "an array": (
        Call(RECONSTRUCT, np.ndarray, (0,), b"b", state=(1, (1,), OBJECTS, False, ADDRESS)),
        "an array of 'O8'",
    ),
    "an array on a buffer": (Call(FROM_BUFFER, ADDRESS, OBJECTS, (1,), "C"), "an array of 'O8'"),
    "an array by its class": (Call(np.ndarray, (8,), NUMBER, ADDRESS), "'object' object is not callable"),
    "bytes for a dtype": (Call(SCALAR, b"O8", ADDRESS), "an array with bytes in place of a dtype"),
    "an array for bytes": (Call(FROM_BUFFER, empty(), NUMBER, (0,), "C"), "an array with _Array in place of bytes"),
    "objects for bytes": (
        Call(RECONSTRUCT, np.ndarray, (0,), b"b", state=(1, (1,), NUMBER, False, [1])),
        "an array with list in place of bytes",
    ),
}


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


@pytest.mark.parametrize("protocol", range(6))
def test_ranges_and_dictionaries_with_defaults_are_read(tmp_path: Path, protocol: int) -> None:
    nested: Any = collections.defaultdict(list, {"a": range(3, 9, 2)})
    assert read(tmp_path, pickle.dumps([nested, collections.defaultdict(int)], protocol)) == [{"a": [3, 5, 7]}, {}]


def test_a_range_of_python_2_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, b"\x80\x02c__builtin__\nxrange\nK\x02K\x05K\x01\x87R.") == [2, 3, 4]


def test_a_range_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="a range of 1000000000000 numbers; allowed: 10000000"):
        read(tmp_path, pickle.dumps(range(10**12)))


def test_the_type_of_a_default_is_not_called(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="'object' object is not callable"):
        read(tmp_path, b"cbuiltins\nlist\n)R.")


def test_an_array_of_python_2_is_read(tmp_path: Path) -> None:
    # Python 2 and its NumPy write byte strings for text and for the pixels.
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


@pytest.mark.parametrize(("content", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_content_that_may_crash_numpy_is_refused(tmp_path: Path, content: Call, reason: str) -> None:
    file = tmp_path / "some.pkl"
    file.write_bytes(pickle.dumps({"image_data": content}, 2))
    # In a separate process, because it may crash.
    done = subprocess.run([sys.executable, "-c", READ_ELSEWHERE, str(file)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"some.pkl' is not a complete pickle file ({reason}" in done.stdout


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=">i4").reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2),
        np.array([[True, False]]),
        np.arange(10, dtype=np.float16)[::2],
    ],
    ids=["other byte order", "by columns", "axes in another order", "booleans", "every other"],
)
def test_arrays_keep_their_order_and_kind(tmp_path: Path, array: Any, protocol: int) -> None:
    found = read(tmp_path, pickle.dumps([(array, array), {"again": array}], protocol))
    for one in (*found[0], found[1]["again"]):
        np.testing.assert_array_equal(one, array)
        assert (type(one), one.dtype) == (np.ndarray, array.dtype)


def test_a_list_that_contains_itself_is_refused(tmp_path: Path) -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(DatasetError, match=r"is not a complete pickle file .*recursion"):
        read(tmp_path, pickle.dumps(endless))


def test_a_list_that_occurs_many_times_is_read_once(tmp_path: Path) -> None:
    content: list[Any] = [ARRAY]
    for _ in range(20):
        content = [content, content]
    found = read(tmp_path, pickle.dumps(content))
    assert found[0] is found[1]


def test_bytes_that_grow_under_an_array_are_refused(tmp_path: Path) -> None:
    grown = pickle.dumps(np.zeros(3, np.uint8), 5)
    # The bytes of the array are fetched from the memo of the pickle, and more are appended.
    assert grown.count(b"\x96") == 1  # BYTEARRAY8
    place = grown.index(b"\x94", grown.index(b"\x96"))
    memo = grown[:place].count(b"\x94")
    with pytest.raises(DatasetError, match=r"is not a complete pickle file .*re-sized"):
        read(tmp_path, grown[:-1] + b"h" + bytes([memo]) + b"(K\x01e.")


def test_an_ordered_dictionary_takes_no_attributes(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"is not a complete pickle file .*'items'"):
        read(tmp_path, pickle.dumps(Call(collections.OrderedDict, state=(None, {"items": 1}))))


def test_a_web_page_is_recognised(tmp_path: Path) -> None:
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
