"""The image files of a zip archive or a folder, read in memory."""

import codecs
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from maml_tf.datasets.errors import DatasetError

LARGEST_FILE = 64 * 1024
"""Bytes. An uncompressed colour image of 105x105 pixels has 44 KiB; an archive that expands to more
than that is no archive of drawings."""

ARCHIVE_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What `zipfile` raises for a damaged, encrypted or unreadable archive."""


def read_image_files(source: Path, origin: str) -> dict[str, bytes]:
    """Reads every PNG file of a zip archive or of a folder; nothing is unpacked to disk.

    Args:
        source: A zip archive or a folder.
        origin: Where the archive can be downloaded again, for messages.

    Returns:
        The bytes of each file by the last three parts of its path (`alphabet/character/file.png`),
        so that a folder more or less around the whole does not matter. Hidden files and the
        resource forks of macOS are left out.

    Raises:
        DatasetError: If the source cannot be read, is damaged, holds a file twice or one that is
            too large, or if a path in the archive leads out of it.
    """
    files: dict[str, bytes] = {}
    found = _archive_files(source, origin) if source.is_file() else _folder_files(source)
    for parts, data in found:
        name = "/".join(parts[-3:])
        if name in files:
            raise DatasetError(f"{str(source)!r} holds {name!r} more than once; allowed: once")
        files[name] = data
    return files


def _archive_files(archive: Path, origin: str) -> Iterator[tuple[tuple[str, ...], bytes]]:
    try:
        with zipfile.ZipFile(archive) as entries:
            for entry in entries.infolist():
                parts = _parts_inside(archive, entry.filename)
                if _is_image(parts):
                    _check_size(f"{entry.filename!r} in {str(archive)!r}", entry.file_size)
                    yield parts, entries.read(entry)
    except ARCHIVE_ERRORS as error:
        raise DatasetError(_what_is_wrong(archive, error, origin)) from error


def _folder_files(folder: Path) -> Iterator[tuple[tuple[str, ...], bytes]]:
    try:
        for path in folder.rglob("*.png"):
            parts = path.relative_to(folder.parent).parts
            if _is_image(parts):
                _check_size(repr(str(path)), path.stat().st_size)
                yield parts, path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{str(folder)!r} cannot be read ({error.strerror})") from error


def _parts_inside(archive: Path, entry: str) -> tuple[str, ...]:
    # Windows paths know both separators and drive letters, and so cover every way out.
    path = PureWindowsPath(entry)
    if path.anchor or ".." in path.parts:
        raise DatasetError(
            f"{str(archive)!r} is refused: its entry {entry!r} leads out of the archive; "
            "allowed: relative paths without '..'"
        )
    return path.parts


def _is_image(parts: tuple[str, ...]) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return bool(parts) and parts[-1].endswith(".png") and not hidden


def _check_size(name: str, size: int) -> None:
    if size > LARGEST_FILE:
        raise DatasetError(f"{name} has {size} bytes; allowed: at most {LARGEST_FILE}")


def _what_is_wrong(archive: Path, error: Exception, origin: str) -> str:
    try:
        with archive.open("rb") as file:
            start = file.read(512)
    except OSError as unreadable:
        return f"{str(archive)!r} cannot be read ({unreadable.strerror})"
    if start.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"<"):
        return f"{str(archive)!r} is a web page, not a zip archive: download the archive itself from {origin}"
    reason = " ".join(str(error).split())
    return f"{str(archive)!r} is not a complete zip archive ({reason}): download it again from {origin}"
