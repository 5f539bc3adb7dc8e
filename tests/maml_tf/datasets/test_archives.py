"""Archives and folders of images, intact and damaged."""

import os
import struct
import tarfile
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maml_tf.datasets import DatasetError, archives
from maml_tf.datasets.archives import LARGEST_DRAWING, read_inside, read_png_files, read_tar_files
from tests.maml_tf.datasets.omniglot.tiny import write_archive, write_folders

ORIGIN = "https://example.org/data"
FILES = {"set/A/c1/1.png": b"one", "set/A/c1/2.png": b"two" * 400, "set/B/c1/1.png": b"three"}
EXPECTED = {"A/c1/1.png": b"one", "A/c1/2.png": b"two" * 400, "B/c1/1.png": b"three"}
NOISE = {
    "set/read me.txt": b"",
    "set/A/c1/._1.png": b"",
    "set/.hidden/A/1.png": b"",
    "__MACOSX/A/c1/3.png": b"",
}


def test_archive_and_folder_give_the_same_files(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "set.zip", FILES | NOISE)
    write_folders(tmp_path, FILES | NOISE)
    assert read_png_files(archive, ORIGIN) == EXPECTED
    assert read_png_files(tmp_path / "set", ORIGIN) == EXPECTED


def test_surrounding_folders_do_not_matter(tmp_path: Path) -> None:
    deeper = {f"set/{name}": data for name, data in FILES.items()}
    write_folders(tmp_path, deeper)
    assert read_png_files(write_archive(tmp_path / "set.zip", deeper), ORIGIN) == EXPECTED
    assert read_png_files(tmp_path / "set", ORIGIN) == EXPECTED


def test_a_file_held_twice_is_refused(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "set.zip", FILES | {"copy/A/c1/1.png": b"one"})
    with pytest.raises(DatasetError, match=r"holds 'A/c1/1.png' more than once"):
        read_png_files(archive, ORIGIN)


@pytest.mark.parametrize("start", [b"<!DOCTYPE html>", b"  \r\n<html>", b"\xef\xbb\xbf<?xml version='1.0'?>"])
def test_a_web_page_is_recognised(tmp_path: Path, start: bytes) -> None:
    archive = tmp_path / "set.zip"
    archive.write_bytes(start + b"<title>Sign in</title>")
    with pytest.raises(DatasetError, match=f"is a web page, not a zip archive: .* {ORIGIN}"):
        read_png_files(archive, ORIGIN)


@pytest.mark.parametrize(
    "entry",
    ["../A/c1/1.png", "set/../../1.png", "/A/c1/1.png", "..\\c1\\1.png", "C:/A/c1/1.png", "set/../"],
)
def test_an_archive_with_an_entry_that_leads_outside_is_refused(tmp_path: Path, entry: str) -> None:
    archive = write_archive(tmp_path / "set.zip", FILES | {entry: b""})
    with pytest.raises(DatasetError, match=r"is refused: its entry .* leads outside the archive"):
        read_png_files(archive, ORIGIN)


def test_a_file_too_large_for_a_drawing_is_refused_before_it_is_read(tmp_path: Path) -> None:
    large = {"set/A/c1/1.png": bytes(LARGEST_DRAWING + 1)}
    write_folders(tmp_path, large)
    for source in (write_archive(tmp_path / "set.zip", large), tmp_path / "set"):
        with pytest.raises(DatasetError, match="has 65537 bytes; allowed: at most 65536"):
            read_png_files(source, ORIGIN)


@pytest.mark.parametrize(("method", "number"), [(zipfile.ZIP_BZIP2, 12), (zipfile.ZIP_LZMA, 14)])
def test_a_compression_that_unpacks_without_limit_is_refused(tmp_path: Path, method: int, number: int) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w", method) as entries:
        entries.writestr("set/A/c1/1.png", b"one")
    message = rf"'set/A/c1/1.png' in '.*' is compressed by method {number}; allowed: 0 \(none\), 8 \(deflate\)"
    with pytest.raises(DatasetError, match=message):
        read_png_files(tmp_path / "set.zip", ORIGIN)


def test_no_more_is_unpacked_than_an_entry_declares(tmp_path: Path) -> None:
    size = 32 * 1024 * 1024
    archive = write_archive(tmp_path / "set.zip", {"set/A/c1/1.png": bytes(size)})
    actual, declared = struct.pack("<I", size), struct.pack("<I", 100)
    archive.write_bytes(archive.read_bytes().replace(actual, declared))
    tracemalloc.start()
    with pytest.raises(DatasetError, match=r"is not a complete zip archive .*Bad CRC-32"):
        read_png_files(archive, ORIGIN)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1024 * 1024


def test_an_archive_of_too_many_entries_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_archive(tmp_path / "set.zip", FILES | NOISE)
    monkeypatch.setattr(archives, "MOST_ENTRIES", 6)
    with pytest.raises(DatasetError, match=r"set.zip' has 7 entries; allowed: at most 6"):
        read_png_files(archive, ORIGIN)
    monkeypatch.setattr(archives, "MOST_ENTRIES", 7)
    assert read_png_files(archive, ORIGIN) == EXPECTED


def test_an_archive_that_is_too_large_unpacked_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_archive(tmp_path / "set.zip", FILES)
    size = sum(map(len, FILES.values()))
    monkeypatch.setattr(archives, "LARGEST_TOTAL", size - 1)
    with pytest.raises(DatasetError, match=rf"set.zip' unpacked has {size} bytes; allowed: at most {size - 1}"):
        read_png_files(archive, ORIGIN)
    monkeypatch.setattr(archives, "LARGEST_TOTAL", size)
    assert read_png_files(archive, ORIGIN) == EXPECTED


def test_the_real_omniglot_is_far_within_the_limits() -> None:
    drawings, bytes_unpacked = 32_460, 4_810_560 + 3_371_735
    assert 3 * drawings < archives.MOST_ENTRIES
    assert 20 * bytes_unpacked < archives.LARGEST_TOTAL


def test_a_damaged_file_in_an_archive_is_found(tmp_path: Path) -> None:
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as entries:
        entries.writestr("set/A/c1/1.png", b"precious")
    archive.write_bytes(archive.read_bytes().replace(b"precious", b"perilous"))
    with pytest.raises(DatasetError, match=r"is not a complete zip archive .*Bad CRC-32"):
        read_png_files(archive, ORIGIN)


def test_an_unreadable_image_file_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "set" / "A" / "c1" / "1.png").mkdir(parents=True)
    with pytest.raises(DatasetError, match="cannot be read: it is a device, a pipe or a folder"):
        read_png_files(tmp_path / "set", ORIGIN)


@settings(deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_for_an_archive_give_one_line_and_are_left_as_they_are(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "set.zip")
        archive.write_bytes(content)
        with pytest.raises(DatasetError) as raised:
            read_png_files(archive, ORIGIN)
        assert "\n" not in str(raised.value)
        assert archive.read_bytes() == content


@settings(deadline=None)
@given(data=st.data())
def test_a_truncated_archive_is_refused(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = write_archive(Path(folder, "set.zip"), FILES)
        content = archive.read_bytes()
        archive.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
        with pytest.raises(DatasetError, match="is not a complete zip archive"):
            read_png_files(archive, ORIGIN)


@settings(deadline=None)
@given(data=st.data())
def test_an_altered_archive_raises_nothing_but_the_one_error(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = write_archive(Path(folder, "set.zip"), FILES)
        content = bytearray(archive.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        archive.write_bytes(content)
        message = ""
        try:
            read_png_files(archive, ORIGIN)
        except DatasetError as error:
            message = str(error)
        assert "\n" not in message


def test_a_tar_archive_with_endless_long_names_is_refused(tmp_path: Path) -> None:
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2
    long_name = header.tobuf(tarfile.GNU_FORMAT) + b"a\0".ljust(tarfile.BLOCKSIZE, b"\0")
    (tmp_path / "some.tar").write_bytes(long_name * 3000 + tarfile.TarInfo("a").tobuf())
    with pytest.raises(DatasetError, match=r"some.tar' is not a complete tar archive .*recursion.*download it again"):
        list(read_tar_files(tmp_path / "some.tar", {"a"}, ORIGIN))


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("make", "message"), [(os.mkfifo, "is a device, a pipe or a folder"), (device, "leads outside")]
)
@pytest.mark.parametrize("read", [lambda folder, _: read_png_files(folder, ORIGIN), read_inside])
def test_what_is_no_file_is_refused_and_not_opened(
    make: Callable[[Path], None], message: str, read: Callable[[Path, Path], object], tmp_path: Path
) -> None:
    write_folders(tmp_path, FILES)
    path = tmp_path / "set" / "A" / "c1" / "3.png"
    make(path)
    with pytest.raises(DatasetError, match=message):
        read(tmp_path / "set", path)


def test_a_device_inside_the_folder_is_refused() -> None:
    with pytest.raises(DatasetError, match="'/dev/zero' cannot be read: it is a device"):
        read_inside(Path("/dev"), Path("/dev/zero"))


def test_a_link_that_leaves_the_folder_is_refused_and_one_that_stays_is_read(tmp_path: Path) -> None:
    write_folders(tmp_path, FILES)
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "set/A/c1/3.png").symlink_to(tmp_path / "set/A/c1/1.png")
    assert read_png_files(tmp_path / "set", ORIGIN)["A/c1/3.png"] == b"one"
    (tmp_path / "set/A/c1/4.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(DatasetError, match=r"4\.png' is refused: it leads outside"):
        read_png_files(tmp_path / "set", ORIGIN)


def test_a_pipe_or_device_instead_of_an_archive_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "set.zip")
    for source in (tmp_path / "set.zip", Path("/dev/zero")):
        with pytest.raises(DatasetError, match="is neither a zip archive nor a folder"):
            read_png_files(source, ORIGIN)
