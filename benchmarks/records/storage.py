"""Files as they lie on disk: strict JSON, reproducible `.npz`, atomic writes, and a lock for one writer."""

import contextlib
import hashlib
import io
import json
import math
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NoReturn, NotRequired, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError
from benchmarks.records.temporary import temporary_file

T = TypeVar("T")

CHECKSUM_FIELD = "arrays_sha256"
NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

_UNREADABLE = (
    *(ValueError, TypeError, AttributeError, EOFError, OSError, MemoryError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error),
)


class StoredArrays(Mapping[str, NDArray[Any]]):
    """The arrays of one `.npz` file, which is read and checked when an array is first used.

    Arrays of Python objects are refused, so that reading a file never runs code from it.
    """

    def __init__(self, path: Path, sha256: str) -> None:
        self.path = path
        self._sha256 = sha256

    @cached_property
    def _arrays(self) -> dict[str, NDArray[Any]]:
        content = checked_content(self.path, self._sha256)
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as archive:
                return {key: archive[key] for key in archive.files}
        except _UNREADABLE as error:
            raise BenchmarkError(f"{self.path} is not a readable .npz: {error}") from error

    def __getitem__(self, key: str) -> NDArray[Any]:
        return self._arrays[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def checked_content(path: Path, sha256: str) -> bytes:
    """Returns the bytes of `path`.

    Raises:
        BenchmarkError: The file cannot be read, or its SHA-256 is not `sha256`.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BenchmarkError(f"cannot read {path}: {error.strerror}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise BenchmarkError(f"{path} has checksum {found[:12]}, but {sha256[:12]} was recorded")
    return content


def read_json(path: Path) -> dict[str, Any]:
    """Returns the object in a strict JSON file.

    Raises:
        BenchmarkError: The file cannot be read, is not strict JSON, or does not hold an object.
    """

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not strict JSON")

    try:
        content = path.read_bytes()
        try:
            document = msgspec.json.decode(content)
        except msgspec.DecodeError:
            # Slower, but locates an error better, and reads file names that are not valid Unicode.
            document = json.loads(content, parse_constant=refuse)
    except OSError as error:
        raise BenchmarkError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"{path} is not readable JSON: {error}") from error
    if not isinstance(document, dict):
        raise BenchmarkError(f"{path} holds a JSON {type(document).__name__}, not an object")
    return document


def checked(document: object, kind: type[T], where: str) -> T:
    """Converts a plain JSON value to a typed object.

    Args:
        document: What was read from JSON.
        kind: A dataclass or any other type that msgspec converts to.
        where: Start of the error message, such as the name of the file.

    Raises:
        BenchmarkError: A field is missing or invalid. The message names it, its value and what is allowed.
    """
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise BenchmarkError(f"{where}: {_problem(document, kind, '', error)}") from None
    except UnicodeEncodeError:
        raise BenchmarkError(f"{where}: it holds text that is not valid Unicode") from None


def _problem(value: Any, kind: Any, place: str, error: msgspec.ValidationError) -> str:
    """Describes the innermost part of `value` that is invalid; msgspec names neither it nor what is allowed."""
    for name, part, part_kind in _parts(value, kind):
        try:
            msgspec.convert(part, part_kind)
        except msgspec.ValidationError as part_error:
            return _problem(part, part_kind, f"{place}/{name}" if place else name, part_error)
    reason = str(error).partition(" - at ")[0].partition(", got ")[0]
    reason = reason[0].lower() + reason[1:]
    if isinstance(value, dict) and not reason.startswith("expected"):
        return f"{place}: {reason}" if place else reason
    if choices := _choices(kind):
        reason = f"allowed are {', '.join(map(repr, choices))}"
    return f"{place or 'the value'} is {value!r:.80}; {reason}"


def _parts(value: Any, kind: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yields the name, the value and the type of each direct part of `value`."""
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if origin is Literal:
        return
    if origin in (Annotated, Union, UnionType):
        for option in arguments:
            yield from _parts(value, option)
    elif isinstance(value, dict) and len(arguments) == 2:
        yield from ((name, part, arguments[1]) for name, part in value.items())
    elif isinstance(value, dict) and isinstance(origin, type):
        hints = get_type_hints(origin, include_extras=True)
        yield from ((name, value[name], _required(hint)) for name, hint in hints.items() if name in value)
    elif isinstance(value, list) and arguments:
        yield from ((str(index), part, arguments[0]) for index, part in enumerate(value))


def _required(hint: Any) -> Any:
    """Returns the type of a field that may be left out."""
    return get_args(hint)[0] if get_origin(hint) is NotRequired else hint


def _choices(kind: Any) -> list[Any]:
    """Returns the values that a Literal in `kind` allows; empty if there is no Literal."""
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    choices = [choice for option in get_args(kind) for choice in _choices(option)]
    return [*choices, None] if choices and NoneType in get_args(kind) else choices


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """Returns strict JSON with the keys in the given order; non-finite floats become "nan", "inf" or "-inf"."""
    text = json.dumps(_plain(document), allow_nan=False, indent=1)
    return f"{text}\n".encode()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    return value


def npz_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Returns an `.npz` whose bytes depend on the arrays alone: sorted keys, a fixed date, no compression.

    Raises:
        ValueError: An array holds Python objects.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for key in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(arrays[key]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0)), member.getvalue())
    return buffer.getvalue()


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Writes a JSON file; if it fails, the file keeps its old content.

    Raises:
        BenchmarkError: The folder cannot be written.
    """
    with temporary_file(path, json_bytes(document)) as new:
        os.replace(new, path)


def write_text(path: Path, text: str) -> None:
    """Writes a text file; if it fails, the file keeps its old content. A link is replaced, not followed.

    Raises:
        BenchmarkError: The folder cannot be written.
    """
    with temporary_file(path, text.encode()) as new:
        os.replace(new, path)


def write_pair(path: Path, document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Writes a JSON file and the `.npz` beside it, so that the JSON never lies beside foreign arrays.

    Both are complete on disk under temporary names before either is renamed. The old JSON is removed first
    and the new one is put in place last: a process that is killed in between leaves no JSON, never a wrong pair.

    Args:
        path: The JSON file.
        document: Its content, to which the checksum of the arrays is added.
        arrays: The arrays by name.

    Raises:
        BenchmarkError: The folder cannot be written.
    """
    archive = path.with_suffix(".npz")
    content = npz_bytes(arrays)
    text = json_bytes({**document, CHECKSUM_FIELD: hashlib.sha256(content).hexdigest()})
    with temporary_file(archive, content) as new_archive, temporary_file(path, text) as new_json:
        path.unlink(missing_ok=True)
        os.replace(new_archive, archive)
        os.replace(new_json, path)


@contextlib.contextmanager
def exclusive(path: Path, what: Path) -> Iterator[None]:
    """Holds the lock file `path` while `what` is being written.

    The operating system frees the lock when its process ends, so the lock file of a dead process is no obstacle.

    Raises:
        BenchmarkError: Another process holds the lock, or the folder cannot be written.
    """
    from filelock import FileLock, Timeout

    # A short timeout lets filelock try again if the last owner removed the file after it was opened here.
    lock = FileLock(path, timeout=0.1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise BenchmarkError(f"{what} is being written by {_owner(path)}; wait until it ends") from None
    except OSError as error:
        raise BenchmarkError(f"cannot lock {what}: {error.strerror}") from error
    try:
        # Windows allows neither writing to nor removing a locked file; the lock holds without either.
        with contextlib.suppress(OSError):
            path.write_text(str(os.getpid()))
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
        lock.release()


def _owner(path: Path) -> str:
    try:
        number = path.read_text().strip()
    except (OSError, ValueError):
        number = ""
    return f"process {number}" if number.isdigit() else "another process"
