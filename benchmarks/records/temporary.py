"""Temporary files: written beside the file that they replace, and removed by the next writer if theirs was killed."""

import contextlib
import hashlib
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from benchmarks.errors import BenchmarkError

# Several machines may write to one folder, and none can see the processes of another.
_MACHINE = hashlib.sha256(platform.node().encode()).hexdigest()[:8]


@contextlib.contextmanager
def temporary_file(path: Path, content: bytes) -> Iterator[Path]:
    """Writes a complete file in the folder of `path`, to be renamed by the caller; removes it if it is still there.

    Files that killed processes of this machine left behind are removed as well.
    """
    prefix = f".{path.name}.{_MACHINE}."
    temporary = path.with_name(f"{prefix}{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path.parent, prefix)
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    except OSError as error:
        raise BenchmarkError(f"cannot write {path}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _remove_abandoned(folder: Path, prefix: str) -> None:
    for name in os.listdir(folder):
        process = name.removeprefix(prefix).removesuffix(".tmp")
        if name.startswith(prefix) and process.isdecimal() and not _is_running(int(process)):
            (folder / name).unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    if os.name == "nt":  # where `os.kill` has another meaning
        return True
    if process == os.getpid():  # an earlier process had the same number
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
