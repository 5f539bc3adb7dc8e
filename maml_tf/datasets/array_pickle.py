"""Pickle files of arrays, read without running the code that a pickle may contain."""

import codecs
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.archives import explain_unreadable
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
"""Exceptions that the unpickler raises for a damaged file."""

LONGEST_RANGE = 10_000_000
"""Numbers in a `range` of a pickle, which takes a few bytes there however long it is."""

NUMBERS = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
"""Allowed types of array elements, by their names in pickles. Objects are refused: they are memory addresses."""


def read_array_pickle(file: Path, origin: str) -> Any:
    """Reads a pickle of NumPy arrays and plain containers, written by Python 2 or 3.

    A `range` becomes a list, and a dictionary with defaults or an order of its own becomes a plain one.

    Args:
        file: The pickle file.
        origin: Where it can be downloaded, for error messages.

    Raises:
        DatasetError: The file names another class or function, which is neither imported nor called; an array has
            elements other than numbers; or the file is damaged.
    """
    try:
        with file.open("rb") as opened:
            return _replace_arrays(_ArrayUnpickler(opened, file).load(), {})
    except BROKEN_PICKLE as error:
        raise DatasetError(explain_unreadable(file, error, "pickle file", origin)) from error


class _ArrayUnpickler(pickle.Unpickler):
    def __init__(self, opened: Any, file: Path) -> None:
        # Python 2 stored arrays as strings; decoding them as Latin-1 preserves the bytes.
        super().__init__(opened, encoding="latin1")
        self._file = file

    def find_class(self, module: str, name: str) -> Any:
        module = module.replace("numpy._core", "numpy.core").replace("__builtin__", "builtins")
        allowed = _ALLOWED.get((module, name))
        if allowed is None:
            raise DatasetError(
                f"{str(self._file)!r} is refused: it names '{module}.{name}'; "
                "allowed: NumPy arrays and plain containers"
            )
        return allowed


def _encode(text: str, encoding: str) -> bytes:
    # Python 3 writes bytes like this for Python 2. Other encodings are refused because some of them decompress.
    if encoding != "latin1":
        raise ValueError(f"bytes in the encoding {encoding!r}")
    return codecs.latin_1_encode(text)[0]


# NumPy's own classes trust the content of a pickle, and false content can crash the interpreter. These classes take
# their place while a pickle is read, so that it never handles a real dtype or array.
class _Dtype:
    def __init__(self, name: str, *_flags: object) -> None:
        if name not in NUMBERS:
            raise ValueError(f"an array of {name!r}; allowed: {', '.join(NUMBERS)}")
        self.dtype = np.dtype(name)

    def __setstate__(self, state: Any) -> None:
        self.dtype = self.dtype.newbyteorder(state[1])  # Everything else in the state follows from the name.


@dataclass
class _Array:
    array: NDArray[Any] | None = None

    def __setstate__(self, state: Any) -> None:
        *_version, shape, dtype, fortran, data = state
        self.array = _numbers(data, dtype).reshape(shape, order="F" if fortran else "C")


def _numbers(data: Any, dtype: Any) -> NDArray[Any]:
    if not isinstance(dtype, _Dtype):
        raise ValueError(f"an array with {type(dtype).__name__} in place of a dtype")
    if not isinstance(data, bytes | bytearray | str):
        raise ValueError(f"an array with {type(data).__name__} in place of bytes")
    return np.frombuffer(_encode(data, "latin1") if isinstance(data, str) else data, dtype.dtype)


def _reconstruct(*_arguments: object) -> _Array:
    return _Array()  # Its `__setstate__` is called afterwards.


def _frombuffer(data: Any, dtype: Any, shape: Any, order: Any, axes: Any = None) -> _Array:
    array = _numbers(data, dtype)
    return _Array(array.reshape(shape, order=order) if axes is None else array.reshape(shape).transpose(axes))


def _scalar(dtype: Any, data: Any) -> Any:
    return _numbers(data, dtype).reshape(())[()]


def _range(*limits: Any) -> list[int]:
    numbers = range(*limits)
    if len(numbers) > LONGEST_RANGE:
        raise ValueError(f"a range of {len(numbers)} numbers; allowed: {LONGEST_RANGE}")
    return list(numbers)


def _default_dictionary(*_factory: object) -> dict[Any, Any]:
    return {}  # Its entries are added afterwards.


def _replace_arrays(content: Any, done: dict[int, Any]) -> Any:
    # An object that occurs in many places is converted once: a small pickle can contain a list 2**100 times.
    if id(content) not in done:
        if isinstance(content, _Array):
            done[id(content)] = content.array
        elif isinstance(content, dict):
            done[id(content)] = {name: _replace_arrays(value, done) for name, value in content.items()}
        elif isinstance(content, list | tuple):
            done[id(content)] = type(content)(_replace_arrays(value, done) for value in content)
        else:
            return content
    return done[id(content)]


# These functions move between NumPy versions; `find_class` maps the new names to the old ones.
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): object(),  # Pickles name it, but do not call it.
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("_codecs", "encode"): _encode,
    # A plain dictionary, because a pickle can set attributes of an OrderedDict.
    ("collections", "OrderedDict"): dict,
    ("collections", "defaultdict"): _default_dictionary,
    ("builtins", "range"): _range,
    ("builtins", "xrange"): _range,  # of Python 2
    # Dictionaries with defaults name the type of the default, but do not call it.
    **{("builtins", name): object() for name in ("dict", "float", "int", "list", "long", "set", "str", "tuple")},
}
