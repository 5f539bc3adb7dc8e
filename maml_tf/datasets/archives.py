"""The files of archives and folders, read in memory: nothing is unpacked to disk, and no entry may lead outside."""

import codecs
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence, Set
from pathlib import Path, PureWindowsPath

from maml_tf.datasets.errors import DatasetError

LARGEST_DRAWING = 64 * 1024
"""Bytes of a file in a zip archive. An uncompressed colour image of 105x105 pixels has 44 KiB."""

LARGEST_PHOTOGRAPH = 16 * 1024 * 1024
"""Bytes of a file in a tar archive or folder. The largest file of ImageNet has about as many."""

MOST_ENTRIES = 200_000
"""Files and folders in a zip archive. Omniglot has 32,460 drawings, and macOS adds a hidden file for every one."""

LARGEST_TOTAL = 256 * 1024 * 1024
"""Bytes of all files in a zip archive. The drawings of Omniglot have 8 MiB."""

COMPRESSIONS = {zipfile.ZIP_STORED: "none", zipfile.ZIP_DEFLATED: "deflate"}
"""Compression methods for which `zipfile` unpacks no more bytes than it is asked for."""

BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)
"""Exceptions that `zipfile` raises for a damaged, encrypted or unreadable archive."""

BROKEN_TAR = (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, RecursionError, ValueError)
"""Exceptions that `tarfile` raises for a damaged or unreadable archive. Long names in a row make it recurse."""


def read_png_files(source: Path, origin: str) -> dict[str, bytes]:
    """Reads all PNG files of a zip archive or of a folder.

    Args:
        source: The zip archive or folder.
        origin: Where the archive can be downloaded, for error messages.

    Returns:
        The content of the files by the last three components of their paths (`alphabet/character/file.png`), so that
        it does not matter how many folders surround them. Hidden files and the resource forks of macOS are ignored.

    Raises:
        DatasetError: The source cannot be read or is damaged, has too many files, too large ones or the same one
            twice, is compressed by another method than deflate, or an entry leads outside the archive or the folder,
            or is a device or a pipe.
    """
    files: dict[str, bytes] = {}
    for path, data in _zip_files(source, origin) if source.is_file() else _folder_files(source):
        name = "/".join(path[-3:])
        if name in files:
            raise DatasetError(f"{str(source)!r} holds {name!r} more than once; allowed: once")
        files[name] = data
    return files


def read_tar_files(archive: Path, names: Set[str], origin: str) -> Iterator[tuple[str, str, bytes]]:
    """Reads the files with the given names from a tar archive.

    Args:
        archive: The archive, compressed or not.
        names: Names of files, without folders.
        origin: Where the archive can be downloaded, for error messages.

    Yields:
        The location of a file, for error messages; its name without folders; its content.

    Raises:
        DatasetError: The archive cannot be read or is damaged, or an entry leads outside it, is a link or a device,
            or is too large.
    """
    try:
        with tarfile.open(archive, "r|*") as entries:
            for entry in entries:
                name = _tar_name(archive, entry)
                if entry.isfile() and name in names:
                    location = f"{entry.name} in {archive}"
                    check_size(repr(location), entry.size, LARGEST_PHOTOGRAPH)
                    opened = entries.extractfile(entry)
                    assert opened is not None  # `extractfile` returns None for folders only.
                    yield location, name, opened.read()
    except BROKEN_TAR as error:
        raise DatasetError(explain_unreadable(archive, error, "tar archive", origin)) from error


def read_inside(folder: Path, path: Path) -> bytes:
    """Reads a regular file of a folder, of at most `LARGEST_PHOTOGRAPH` bytes.

    Args:
        folder: The folder.
        path: Path of the file, which starts with the folder.

    Raises:
        DatasetError: The file is a link that leads outside the folder, is a device or a pipe, is too large, or cannot
            be read.
    """
    return _read_inside(folder.resolve(), path, LARGEST_PHOTOGRAPH)


def _read_inside(folder: Path, path: Path, largest: int) -> bytes:
    """Reads a file of at most `largest` bytes inside `folder`, a resolved path."""
    try:
        if not path.resolve().is_relative_to(folder):
            raise DatasetError(f"{str(path)!r} is refused: it leads outside {str(folder)!r} to {str(path.resolve())!r}")
        # Devices state no size and may never end, and opening a pipe waits for its writer.
        if not stat.S_ISREG(path.stat().st_mode):
            raise DatasetError(f"{str(path)!r} cannot be read: it is a device, a pipe or a folder; allowed: files")
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as opened:
            data = opened.read(largest + 1)
            check_size(repr(str(path)), max(len(data), os.fstat(opened.fileno()).st_size), largest)
        return data
    except OSError as error:
        raise DatasetError(f"{str(path)!r} cannot be read ({error.strerror})") from error


def path_inside(source: Path, name: str) -> tuple[str, ...]:
    """Splits a path from an archive or a list into its components.

    Args:
        source: The archive or list, for error messages.
        name: The path.

    Raises:
        DatasetError: The path is absolute or contains `..`.
    """
    # A Windows path recognises both separators and drive letters, and so every way to lead outside.
    path = PureWindowsPath(name)
    if path.anchor or ".." in path.parts:
        raise DatasetError(
            f"{str(source)!r} is refused: its entry {name!r} leads outside the archive; "
            "allowed: relative paths without '..'"
        )
    return path.parts


def check_size(name: str, size: int, largest: int) -> None:
    """Checks the size of a file before it is read.

    Raises:
        DatasetError: The file has more bytes than allowed.
    """
    if size > largest:
        raise DatasetError(f"{name} has {size} bytes; allowed: at most {largest}")


def explain_unreadable(file: Path, error: Exception, kind: str, origin: str) -> str:
    """Explains in one line why a file could not be read.

    Args:
        file: The file.
        error: The exception that its reader raised.
        kind: What the file should be, such as `zip archive`.
        origin: Where the file can be downloaded again.
    """
    try:
        with file.open("rb") as opened:
            start = opened.read(512)
    except OSError as unreadable:
        return f"{str(file)!r} cannot be read ({unreadable.strerror})"
    if start.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"<"):
        return f"{str(file)!r} is a web page, not a {kind}: download the {kind.split()[-1]} itself from {origin}"
    reason = " ".join(str(error).split())
    return f"{str(file)!r} is not a complete {kind} ({reason}): download it again from {origin}"


def _zip_files(archive: Path, origin: str) -> Iterator[tuple[tuple[str, ...], bytes]]:
    try:
        with zipfile.ZipFile(archive) as entries:
            _check_archive(archive, entries.infolist())
            for entry in entries.infolist():
                path = path_inside(archive, entry.filename)
                if _is_visible_png(path):
                    _check_entry(archive, entry)
                    with entries.open(entry) as opened:
                        # Without a limit, it would unpack more bytes than the entry declares.
                        yield path, opened.read(LARGEST_DRAWING)
    except BROKEN_ZIP as error:
        raise DatasetError(explain_unreadable(archive, error, "zip archive", origin)) from error


def _check_archive(archive: Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise DatasetError(f"{str(archive)!r} has {len(entries)} entries; allowed: at most {MOST_ENTRIES}")
    check_size(f"{str(archive)!r} unpacked", sum(entry.file_size for entry in entries), LARGEST_TOTAL)


def _check_entry(archive: Path, entry: zipfile.ZipInfo) -> None:
    name = f"{entry.filename!r} in {str(archive)!r}"
    if entry.compress_type not in COMPRESSIONS:
        allowed = ", ".join(f"{number} ({method})" for number, method in COMPRESSIONS.items())
        raise DatasetError(f"{name} is compressed by method {entry.compress_type}; allowed: {allowed}")
    check_size(name, entry.file_size, LARGEST_DRAWING)


def _folder_files(folder: Path) -> Iterator[tuple[tuple[str, ...], bytes]]:
    if not folder.is_dir():
        raise DatasetError(f"{str(folder)!r} is neither a zip archive nor a folder")
    home = folder.resolve()
    try:
        for file in folder.rglob("*.png"):
            path = file.relative_to(folder.parent).parts
            if _is_visible_png(path):
                yield path, _read_inside(home, file, LARGEST_DRAWING)
    except OSError as error:
        raise DatasetError(f"{str(folder)!r} cannot be read ({error.strerror})") from error


def _is_visible_png(path: tuple[str, ...]) -> bool:
    hidden = any(component.startswith((".", "__MACOSX")) for component in path)
    return bool(path) and path[-1].endswith(".png") and not hidden


def _tar_name(archive: Path, entry: tarfile.TarInfo) -> str:
    path = path_inside(archive, entry.name)
    if not (entry.isfile() or entry.isdir()):
        raise DatasetError(
            f"{str(archive)!r} is refused: its entry {entry.name!r} is a link or a device; allowed: files and folders"
        )
    return path[-1] if path else ""
