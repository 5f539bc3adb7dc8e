"""Files that are whole or absent: strict JSON, reproducible `.npz`, atomic pairs, a lock of one writer."""

import contextlib
import fcntl
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
from typing import Any, NoReturn

import numpy
from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError

CHECKSUM_FIELD = "arrays_sha256"
NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class StoredArrays(Mapping[str, NDArray[Any]]):
    """The arrays of one `.npz`, read and checked when the first of them is asked for.

    Object arrays are refused, so that reading a file never runs code from it.
    """

    def __init__(self, path: Path, sha256: str) -> None:
        self.path = path
        self._sha256 = sha256

    @cached_property
    def _arrays(self) -> dict[str, NDArray[Any]]:
        content = checked_content(self.path, self._sha256)
        try:
            with numpy.load(io.BytesIO(content), allow_pickle=False) as archive:
                return {key: archive[key] for key in archive.files}
        except (ValueError, TypeError, AttributeError, EOFError, OSError, MemoryError) as error:
            raise BenchmarkError(f"{self.path} is not a readable .npz: {error}") from error
        except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
            raise BenchmarkError(f"{self.path} is not a readable .npz: {error}") from error

    def __getitem__(self, key: str) -> NDArray[Any]:
        return self._arrays[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def checked_content(path: Path, sha256: str) -> bytes:
    """The bytes of `path`.

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
    """The object in a strict JSON file.

    Raises:
        BenchmarkError: The file cannot be read, is no strict JSON, or holds no object.
    """

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not strict JSON")

    try:
        document = json.loads(path.read_bytes(), parse_constant=refuse)
    except OSError as error:
        raise BenchmarkError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"{path} is not readable JSON: {error}") from error
    if not isinstance(document, dict):
        raise BenchmarkError(f"{path} holds a JSON {type(document).__name__}, not an object")
    return document


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """Strict JSON, keys in the given order; non-finite floats become "nan", "inf" or "-inf"."""
    text = json.dumps(_plain(document), allow_nan=False, indent=1)
    return f"{text}\n".encode()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, numpy.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    return value


def npz_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """An `.npz` whose bytes depend on the arrays alone: sorted keys, a fixed date, no compression.

    Raises:
        ValueError: An array holds Python objects.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for key in sorted(arrays):
            member = io.BytesIO()
            numpy.lib.format.write_array(member, numpy.asarray(arrays[key]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0)), member.getvalue())
    return buffer.getvalue()


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Writes `path`, whole or not at all.

    Raises:
        BenchmarkError: The folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(path, json_bytes(document)) as new:
            os.replace(new, path)
    except OSError as error:
        raise BenchmarkError(f"cannot write {path}: {error.strerror}") from error


def write_pair(path: Path, document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write `path` (JSON) and the `.npz` beside it, so that a JSON never lies beside foreign arrays.

    Both are complete on disk under other names before either takes its place. An old JSON goes first
    and the new one comes last; whoever is killed in between leaves no JSON, never a wrong pair.

    Raises:
        BenchmarkError: The folder cannot be written.
    """
    archive = path.with_suffix(".npz")
    content = npz_bytes(arrays)
    text = json_bytes({**document, CHECKSUM_FIELD: hashlib.sha256(content).hexdigest()})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(archive, content) as new_archive, _temporary(path, text) as new_json:
            path.unlink(missing_ok=True)
            os.replace(new_archive, archive)
            os.replace(new_json, path)
    except OSError as error:
        raise BenchmarkError(f"cannot write {path}: {error.strerror}") from error


@contextlib.contextmanager
def _temporary(path: Path, content: bytes) -> Iterator[Path]:
    """A complete file in the folder of `path`; what was not moved away is removed at the end."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def exclusive(path: Path, what: Path) -> Iterator[None]:
    """Hold the lock file `path` while working on `what`.

    The operating system frees the lock when its process ends, however it ends, so a lock file left
    behind by a dead process is no obstacle.

    Raises:
        BenchmarkError: Another process holds it, or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = _locked(path)
    except BlockingIOError:
        raise BenchmarkError(f"{what} is being written by {_owner(path)}; wait until it ends") from None
    except OSError as error:
        raise BenchmarkError(f"cannot lock {what}: {error.strerror}") from error
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _locked(path: Path) -> int:
    """An open descriptor that holds the lock of the file which `path` names now."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        if _names(path, descriptor):
            return descriptor
        # Its last owner removed the file after it was opened here; the name may already mean a new one.
        os.close(descriptor)


def _names(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _owner(path: Path) -> str:
    try:
        number = path.read_text().strip()
    except (OSError, ValueError):
        number = ""
    return f"process {number}" if number.isdigit() else "another process"
