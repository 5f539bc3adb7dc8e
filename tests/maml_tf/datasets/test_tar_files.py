"""Archives that `tarfile` itself stumbles over; whole ones are read in the tests of MiniImagenet."""

import tarfile
from pathlib import Path

import pytest

from maml_tf.datasets import DatasetError
from maml_tf.datasets.tar_files import read_tar_files

ORIGIN = "https://example.org/data"


def test_long_names_that_follow_each_other_without_end_are_refused(tmp_path: Path) -> None:
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2
    long_name = header.tobuf(tarfile.GNU_FORMAT) + b"a\0".ljust(tarfile.BLOCKSIZE, b"\0")
    (tmp_path / "some.tar").write_bytes(long_name * 3000 + tarfile.TarInfo("a").tobuf())
    with pytest.raises(DatasetError, match=r"some.tar' is not a complete tar archive .*recursion.*download it again"):
        list(read_tar_files(tmp_path / "some.tar", {"a"}, ORIGIN))
