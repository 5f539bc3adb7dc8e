"""Receipts: valid only for the files that they were written for."""

import os
from pathlib import Path

import pytest

from benchmarks.data.receipt import Receipt


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "one", tmp_path / "two"]
    for path in paths:
        path.write_text("content")
    return paths


def test_it_is_read_back_as_written(files: list[Path], tmp_path: Path) -> None:
    for problem in (None, "'one' is a web page"):
        written = Receipt.of(files, "expected", verified="all of it", problem=problem)
        written.write(tmp_path / "new" / "receipt.json")
        assert Receipt.read(tmp_path / "new" / "receipt.json") == written
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["receipt.json"]


def test_it_fits_files_as_they_were(files: list[Path]) -> None:
    assert Receipt.of(files, "expected", problem="it is damaged").fits(files, "expected")


def test_another_expectation_needs_another_receipt(files: list[Path]) -> None:
    assert not Receipt.of(files, "expected").fits(files, "another")


def test_it_fits_no_other_files(files: list[Path]) -> None:
    assert not Receipt.of(files, "expected").fits(files[:1], "expected")


@pytest.mark.parametrize("change", ["size", "time", "name"])
def test_it_does_not_fit_once_a_file_has_changed(files: list[Path], change: str) -> None:
    receipt, stamp = Receipt.of(files, "expected"), files[0].stat()
    if change == "size":
        files[0].write_text("other content")
        os.utime(files[0], ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    elif change == "time":
        os.utime(files[0], ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 1_000_000_000))
    else:
        files[0].rename(files[0].with_name("moved"))
    assert not receipt.fits(files, "expected")


@pytest.mark.parametrize("content", ["", "[]", "null", '{"files": {}}', "\ud800"])
def test_an_invalid_receipt_is_ignored(tmp_path: Path, content: str) -> None:
    file = tmp_path / "receipt.json"
    file.write_bytes(content.encode("utf-8", "surrogatepass"))
    assert Receipt.read(file) is None
    assert Receipt.read(tmp_path / "absent.json") is None


def test_a_folder_that_cannot_be_written_is_no_error(files: list[Path]) -> None:
    Receipt.of(files, "expected").write(files[0] / "receipt.json")
    assert files[0].read_text() == "content"
