"""The image files of a zip archive or a folder, read in memory."""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from maml_tf.datasets.archives import check_size, parts_inside, what_is_wrong
from maml_tf.datasets.errors import DatasetError

LARGEST_FILE = 64 * 1024
"""Bytes. An uncompressed colour image of 105x105 pixels has 44 KiB; an archive that expands to more
than that is no archive of drawings."""

MOST_ENTRIES = 200_000
"""Files and folders in an archive. Omniglot has 32,460 drawings, and macOS adds a hidden file for each."""

LARGEST_WHOLE = 256 * 1024 * 1024
"""Bytes of all files in an archive. The drawings of Omniglot have 8 MiB."""

COMPRESSIONS = {zipfile.ZIP_STORED: "none", zipfile.ZIP_DEFLATED: "deflate"}
"""The ones that `zipfile` unpacks no further than it is asked to."""

ARCHIVE_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
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
        DatasetError: If the source cannot be read, is damaged, holds a file twice, too many or ones
            that are too large, or if the archive is compressed otherwise than with deflate or a path
            in it leads out of it.
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
            _check_whole(archive, entries.infolist())
            for entry in entries.infolist():
                parts = parts_inside(archive, entry.filename)
                if _is_image(parts):
                    _check_entry(archive, entry)
                    with entries.open(entry) as opened:
                        # Asked for all there is, it would unpack more than the entry says it has.
                        yield parts, opened.read(LARGEST_FILE)
    except ARCHIVE_ERRORS as error:
        raise DatasetError(what_is_wrong(archive, error, "zip archive", origin)) from error


def _check_whole(archive: Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise DatasetError(f"{str(archive)!r} has {len(entries)} entries; allowed: at most {MOST_ENTRIES}")
    check_size(f"{str(archive)!r} unpacked", sum(entry.file_size for entry in entries), LARGEST_WHOLE)


def _check_entry(archive: Path, entry: zipfile.ZipInfo) -> None:
    name = f"{entry.filename!r} in {str(archive)!r}"
    if entry.compress_type not in COMPRESSIONS:
        allowed = ", ".join(f"{number} ({words})" for number, words in COMPRESSIONS.items())
        raise DatasetError(f"{name} is compressed by method {entry.compress_type}; allowed: {allowed}")
    check_size(name, entry.file_size, LARGEST_FILE)


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
