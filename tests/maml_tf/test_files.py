"""Files are replaced atomically."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from maml_tf.files import replaced_atomically


def test_the_old_content_stays_until_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file"
    for content in (b"first", b"second"):
        before = path.read_bytes() if path.exists() else None
        with replaced_atomically(path) as file:
            file.write(content)
            assert (path.read_bytes() if path.exists() else None) == before
        assert path.read_bytes() == content
        assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_exception_leaves_the_old_file_and_no_other(tmp_path: Path, error: type[BaseException]) -> None:
    def write() -> None:
        with replaced_atomically(tmp_path / "file") as file:
            file.write(b"half")
            raise error

    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(error):
        write()
    assert (tmp_path / "file").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    with replaced_atomically(tmp_path / "file"):
        pass
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


KILLED = """
import os, signal, sys
from pathlib import Path
from maml_tf.files import replaced_atomically

with replaced_atomically(Path(sys.argv[1])) as file:
    file.write(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    for name in ("file", "other"):
        subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / name)], check=False, env=os.environ)
    assert len(list(tmp_path.iterdir())) == 2
    with replaced_atomically(tmp_path / "file") as one, replaced_atomically(tmp_path / "file") as two:
        one.write(b"one")
        two.write(b"two")
    assert (tmp_path / "file").read_bytes() == b"one"
    assert len(list(tmp_path.iterdir())) == 2  # the file, and what belongs to the other one
