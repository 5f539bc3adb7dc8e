"""Atomic writing of files."""

import contextlib
import hashlib
import os
import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replaced_atomically(path: Path) -> Iterator[BinaryIO]:
    """Opens a temporary file that replaces `path` when the block ends without an exception.

    Readers of `path` see the old file or the complete new one, also after a crash of the machine. If the block raises,
    or is interrupted, the temporary file is removed and the old file stays.

    Args:
        path: The file to write. Its folder is created if needed.

    Yields:
        The temporary file, in the same folder, opened for writing bytes.

    Raises:
        OSError: The folder or the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path)
    temporary = path.with_name(temporary_name(path))
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def temporary_name(path: Path) -> str:
    """Returns the name of a new temporary file for `path`, which tells the machine and the process that write it."""
    return f"{_prefix(path)}{os.getpid()}.{secrets.token_hex(4)}.tmp"


def remove_abandoned(path: Path) -> None:
    """Removes the temporary files for `path` that killed processes of this machine left in its folder."""
    prefix = _prefix(path)
    with contextlib.suppress(OSError):
        for name in os.listdir(path.parent):
            process = name.removeprefix(prefix).partition(".")[0]
            if name.startswith(prefix) and process.isdecimal() and not _is_running(int(process)):
                (path.parent / name).unlink(missing_ok=True)


def _prefix(path: Path) -> str:
    # Names are short, whatever the name of the file, and the name of the machine is not shown.
    words = f"{platform.node()}\n{path.name}"
    return f".writing-{hashlib.sha256(words.encode(errors='replace')).hexdigest()[:12]}."


def _is_running(process: int) -> bool:
    if os.name == "nt":  # where `os.kill` has another meaning
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
