"""Pickle files of arrays, read without running what they may hold."""

import codecs
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.archives import what_is_wrong
from maml_tf.datasets.errors import DatasetError

BROKEN_PICKLE = (
    pickle.UnpicklingError,
    AttributeError,
    BufferError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    MemoryError,
    OSError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What the unpickler raises for a damaged file."""

NUMBERS = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
"""What an array may hold, by the names that pickles use: no objects, which are addresses in memory."""


def read_array_pickle(file: Path, origin: str) -> Any:
    """Reads a pickle of NumPy arrays and plain containers, of Python 2 as well.

    Args:
        file: The pickle file.
        origin: Where it can be downloaded again, for messages.

    Raises:
        DatasetError: If the file names any other class or function, none of which is imported or
            called; if its arrays hold anything but numbers; or if it is damaged.
    """
    try:
        with file.open("rb") as opened:
            return _with_arrays(_ArrayUnpickler(opened, file).load(), {})
    except BROKEN_PICKLE as error:
        raise DatasetError(what_is_wrong(file, error, "pickle file", origin)) from error


class _ArrayUnpickler(pickle.Unpickler):
    def __init__(self, opened: Any, file: Path) -> None:
        # Python 2 kept arrays in strings; Latin 1 gives back the same bytes.
        super().__init__(opened, encoding="latin1")
        self._file = file

    def find_class(self, module: str, name: str) -> Any:
        allowed = _ALLOWED.get((module.replace("numpy._core", "numpy.core"), name))
        if allowed is None:
            raise DatasetError(
                f"{str(self._file)!r} is refused: it names '{module}.{name}'; "
                "allowed: NumPy arrays and plain containers"
            )
        return allowed


def _encode(text: str, encoding: str) -> bytes:
    # How Python 3 writes bytes for Python 2. Other encodings are refused: some decompress.
    if encoding != "latin1":
        raise ValueError(f"bytes in the encoding {encoding!r}")
    return codecs.latin_1_encode(text)[0]


# NumPy's own classes believe what a pickle tells them, and crash the interpreter for a lie. A pickle is
# given those below in their place, and never has a dtype or an array in its hands.
class _Dtype:
    def __init__(self, name: str, *_flags: object) -> None:
        if name not in NUMBERS:
            raise ValueError(f"an array of {name!r}; allowed: {', '.join(NUMBERS)}")
        self.dtype = np.dtype(name)

    def __setstate__(self, state: Any) -> None:
        self.dtype = self.dtype.newbyteorder(state[1])  # All else in it follows from the name.


@dataclass
class _Array:
    array: NDArray[Any] | None = None

    def __setstate__(self, state: Any) -> None:
        *_version, shape, dtype, fortran, data = state
        self.array = _numbers(data, dtype).reshape(shape, order="F" if fortran else "C")


def _numbers(data: Any, dtype: Any) -> NDArray[Any]:
    if not isinstance(dtype, _Dtype):
        raise ValueError(f"an array with {type(dtype).__name__} in the place of a dtype")
    if not isinstance(data, bytes | bytearray | str):
        raise ValueError(f"an array with {type(data).__name__} in the place of bytes")
    return np.frombuffer(_encode(data, "latin1") if isinstance(data, str) else data, dtype.dtype)


def _reconstruct(*_empty: object) -> _Array:
    return _Array()  # It is filled in afterwards.


def _frombuffer(data: Any, dtype: Any, shape: Any, order: Any, axes: Any = None) -> _Array:
    array = _numbers(data, dtype)
    return _Array(array.reshape(shape, order=order) if axes is None else array.reshape(shape).transpose(axes))


def _scalar(dtype: Any, data: Any) -> Any:
    return _numbers(data, dtype).reshape(())[()]


def _with_arrays(content: Any, done: dict[int, Any]) -> Any:
    # What is held in many places is gone through once: a small pickle can hold a list 2**100 times.
    if id(content) not in done:
        if isinstance(content, _Array):
            done[id(content)] = content.array
        elif isinstance(content, dict):
            done[id(content)] = {name: _with_arrays(value, done) for name, value in content.items()}
        elif isinstance(content, list | tuple):
            done[id(content)] = type(content)(_with_arrays(value, done) for value in content)
        else:
            return content
    return done[id(content)]


# NumPy moves the functions that its pickles name from version to version: `find_class` knows the old names.
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): object(),  # Named by pickles, and called by none.
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("_codecs", "encode"): _encode,
    # A plain one: attributes can be set on an OrderedDict.
    ("collections", "OrderedDict"): dict,
}
