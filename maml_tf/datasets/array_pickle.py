"""Pickle files of arrays, read without running what they may hold."""

import codecs
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

from maml_tf.datasets.archives import what_is_wrong
from maml_tf.datasets.errors import DatasetError

BROKEN_PICKLE = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    MemoryError,
    OSError,
    OverflowError,
    TypeError,
    ValueError,
)
"""What the unpickler raises for a damaged file."""


def read_array_pickle(file: Path, origin: str) -> Any:
    """Reads a pickle of NumPy arrays and plain containers, of Python 2 as well.

    Args:
        file: The pickle file.
        origin: Where it can be downloaded again, for messages.

    Raises:
        DatasetError: If the file names any other class or function, none of which is imported or
            called; or if it is damaged.
    """
    try:
        with file.open("rb") as opened:
            return _ArrayUnpickler(opened, file).load()
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


# NumPy moves the functions that its pickles name from version to version; arrays of its own lead there.
_ARRAY = np.zeros(1, np.uint8)
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy.core.multiarray", "_reconstruct"): _ARRAY.__reduce_ex__(2)[0],
    ("numpy.core.multiarray", "scalar"): np.int64(0).__reduce__()[0],
    ("numpy.core.numeric", "_frombuffer"): _ARRAY.__reduce_ex__(5)[0],
    ("_codecs", "encode"): _encode,
    ("collections", "OrderedDict"): OrderedDict,
}
