"""The image files of a zip archive or a folder, read in memory."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from maml_tf.datasets.archives import check_size, parts_inside, what_is_wrong
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
                parts = parts_inside(archive, entry.filename)
                if _is_image(parts):
                    check_size(f"{entry.filename!r} in {str(archive)!r}", entry.file_size, LARGEST_FILE)
                    yield parts, entries.read(entry)
    except ARCHIVE_ERRORS as error:
        raise DatasetError(what_is_wrong(archive, error, "zip archive", origin)) from error


def _folder_files(folder: Path) -> Iterator[tuple[tuple[str, ...], bytes]]:
    try:
        for path in folder.rglob("*.png"):
            parts = path.relative_to(folder.parent).parts
            if _is_image(parts):
                check_size(repr(str(path)), path.stat().st_size, LARGEST_FILE)
                yield parts, path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{str(folder)!r} cannot be read ({error.strerror})") from error


def _is_image(parts: tuple[str, ...]) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return bool(parts) and parts[-1].endswith(".png") and not hidden
