"""What readers of archives share: paths that stay inside, and words for what is wrong."""

import codecs
from pathlib import Path, PureWindowsPath

from maml_tf.datasets.errors import DatasetError

LARGEST_PHOTOGRAPH = 16 * 1024 * 1024
"""Bytes. The largest file of ImageNet has about that many."""


def parts_inside(source: Path, name: str) -> tuple[str, ...]:
    """The parts of a path that an archive or a list names.

    Args:
        source: The archive or list, for messages.
        name: The path.

    Raises:
        DatasetError: If the path is absolute or holds `..`.
    """
    # Windows paths know both separators and drive letters, and so cover every way out.
    path = PureWindowsPath(name)
    if path.anchor or ".." in path.parts:
        raise DatasetError(
            f"{str(source)!r} is refused: its entry {name!r} leads out of the archive; "
            "allowed: relative paths without '..'"
        )
    return path.parts


def what_is_wrong(file: Path, error: Exception, kind: str, origin: str) -> str:
    """Says in one line why a file could not be read.

    Args:
        file: The file.
        error: What was raised by its reader.
        kind: What it should be, such as `zip archive`.
        origin: Where it can be downloaded again.
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


def read_inside(folder: Path, path: Path) -> bytes:
    """Reads a file of a folder.

    Args:
        folder: The folder.
        path: The file in it.

    Raises:
        DatasetError: If it is a link that leads out of the folder, is too large, or cannot be read.
    """
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise DatasetError(f"{str(path)!r} is refused: it leads out of {str(folder)!r} to {str(path.resolve())!r}")
        check_size(repr(str(path)), path.stat().st_size, LARGEST_PHOTOGRAPH)
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{str(path)!r} cannot be read ({error.strerror})") from error


def check_size(name: str, size: int, largest: int) -> None:
    """Checks the size of a file before it is read.

    Raises:
        DatasetError: It has more bytes than the largest allowed.
    """
    if size > largest:
        raise DatasetError(f"{name} has {size} bytes; allowed: at most {largest}")
