"""The files of a tar archive, streamed: nothing is unpacked to disk."""

import lzma
import tarfile
import zlib
from collections.abc import Iterator, Set
from pathlib import Path

from maml_tf.datasets.archives import LARGEST_PHOTOGRAPH, check_size, parts_inside, what_is_wrong
from maml_tf.datasets.errors import DatasetError

BROKEN_TAR = (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, RecursionError, ValueError)
"""What `tarfile` raises for a damaged or unreadable archive. It recurs for names that are told to follow names."""


def read_tar_files(archive: Path, names: Set[str], origin: str) -> Iterator[tuple[str, str, bytes]]:
    """Reads the files of given names.

    Args:
        archive: A tar archive, compressed or not.
        names: Names without folders.
        origin: Where the archive can be downloaded again, for messages.

    Yields:
        Where the file is, for messages; its name without folders; its bytes.

    Raises:
        DatasetError: If the archive cannot be read or is damaged, or if an entry leads out of it,
            is a link or a device, or is too large.
    """
    try:
        with tarfile.open(archive, "r|*") as entries:
            for entry in entries:
                name = _name_inside(archive, entry)
                if entry.isfile() and name in names:
                    where = f"{entry.name} in {archive}"
                    check_size(repr(where), entry.size, LARGEST_PHOTOGRAPH)
                    opened = entries.extractfile(entry)
                    assert opened is not None  # It is a file.
                    yield where, name, opened.read()
    except BROKEN_TAR as error:
        raise DatasetError(what_is_wrong(archive, error, "tar archive", origin)) from error


def _name_inside(archive: Path, entry: tarfile.TarInfo) -> str:
    parts = parts_inside(archive, entry.name)
    if not (entry.isfile() or entry.isdir()):
        raise DatasetError(
            f"{str(archive)!r} is refused: its entry {entry.name!r} is a link or a device; allowed: files and folders"
        )
    return parts[-1] if parts else ""
