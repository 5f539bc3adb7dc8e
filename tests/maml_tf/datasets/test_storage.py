"""The caches of decoded images: a damaged or unwritable cache is not an error."""

import tempfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maml_tf.datasets import ImageClasses, default_cache_folder
from maml_tf.datasets.storage import MappedCache, read_cache, write_cache

DATASET = ImageClasses(images=np.random.default_rng(0).integers(0, 256, [2, 3, 4, 4], np.uint8), names=("Ä/1", "B/1"))


def test_a_written_cache_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "tiny.npz"
    write_cache(file, DATASET)
    cached = read_cache(file)
    assert cached is not None
    assert cached.names == DATASET.names
    np.testing.assert_array_equal(cached.images, DATASET.images)
    assert list(file.parent.iterdir()) == [file]


def test_an_absent_cache_is_none(tmp_path: Path) -> None:
    assert read_cache(tmp_path / "tiny.npz") is None


def test_pixels_that_do_not_match_the_checksum_are_ignored(tmp_path: Path) -> None:
    file = tmp_path / "tiny.npz"
    np.savez(file, images=255 - DATASET.images, names=np.array(DATASET.names), checksum=DATASET.checksum)
    assert read_cache(file) is None


def test_pickled_content_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "tiny.npz"
    names = np.array(DATASET.names, dtype=object)
    np.savez(file, images=DATASET.images, names=names, checksum=DATASET.checksum)
    assert read_cache(file) is None


@settings(deadline=None)
@given(data=st.data())
def test_a_damaged_cache_is_none_or_still_right(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "tiny.npz")
        write_cache(file, DATASET)
        content = bytearray(file.read_bytes())
        for _ in range(data.draw(st.integers(0, 3))):
            content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        file.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        cached = read_cache(file)
        assert cached is None or cached.checksum == DATASET.checksum


@settings(deadline=None)
@given(content=st.binary(max_size=100))
def test_any_bytes_for_a_cache_are_none(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "tiny.npz")
        file.write_bytes(content)
        assert read_cache(file) is None


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    write_cache(tmp_path / "file" / "tiny.npz", DATASET)
    assert read_cache(tmp_path / "file" / "tiny.npz") is None
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_interrupted_write_leaves_the_old_cache_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    file = tmp_path / "tiny.npz"
    write_cache(file, DATASET)

    def interrupted(file: BinaryIO, **arrays: object) -> None:
        file.write(b"half")
        raise error

    monkeypatch.setattr(np, "savez", interrupted)
    try:
        write_cache(file, DATASET.select(["B/1"]))
    except KeyboardInterrupt:
        assert error is KeyboardInterrupt
    cached = read_cache(file)
    assert cached is not None
    assert cached.checksum == DATASET.checksum
    assert list(tmp_path.iterdir()) == [file]


def test_the_cache_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    monkeypatch.setenv("MAML_TF_CACHE", str(tmp_path))
    assert default_cache_folder() == tmp_path


def test_the_cache_folder_can_be_named_from_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MAML_TF_CACHE", "~/x")
    assert default_cache_folder() == tmp_path / "x"
    monkeypatch.setenv("MAML_TF_CACHE", "~nobody of this name/x")
    assert default_cache_folder() is None


def test_the_cache_folder_of_the_user_is_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MAML_TF_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache_folder() == tmp_path / "maml_tf"
    for ignored in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert default_cache_folder() == tmp_path / "home" / ".cache" / "maml_tf"


def test_a_user_without_a_home_has_no_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.delenv("MAML_TF_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert default_cache_folder() is None


MAPPED_IMAGES = np.random.default_rng(0).integers(0, 256, [2, 3, 4, 4, 3], np.uint8)
MAPPED_NAMES = ("a", "b")


@pytest.fixture
def mapped(tmp_path: Path) -> MappedCache:
    (tmp_path / "scratch").mkdir()
    np.save(tmp_path / "scratch" / "images.npy", MAPPED_IMAGES)
    cache = MappedCache(folder=tmp_path / "cache", name="tiny")
    cache.folder.mkdir()
    cache.write(tmp_path / "scratch" / "images.npy", MAPPED_NAMES, "all of it")
    return cache


def test_written_images_are_mapped_back(mapped: MappedCache, tmp_path: Path) -> None:
    dataset = mapped.read()
    assert dataset is not None
    assert isinstance(dataset.images, np.memmap)
    np.testing.assert_array_equal(dataset.images, MAPPED_IMAGES)
    assert (dataset.names, dataset.verified) == (MAPPED_NAMES, "all of it")
    assert mapped.checksum() == ImageClasses(images=MAPPED_IMAGES, names=MAPPED_NAMES).checksum
    assert sorted(path.name for path in mapped.folder.iterdir()) == ["tiny.json", "tiny.npy"]
    assert not list((tmp_path / "scratch").iterdir())


def test_mapped_images_cannot_be_written(mapped: MappedCache) -> None:
    dataset = mapped.read()
    assert dataset is not None
    with pytest.raises(ValueError, match="read-only"):
        dataset.images[0, 0, 0, 0, 0] = 1


def test_an_absent_mapped_cache_is_none(tmp_path: Path) -> None:
    cache = MappedCache(folder=tmp_path / "nowhere", name="tiny")
    assert cache.read() is None
    assert cache.checksum() is None


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"{", b"\xff", b'{"names": 1, "verified": ""}'])
def test_a_damaged_description_is_none(mapped: MappedCache, content: bytes) -> None:
    (mapped.folder / "tiny.json").write_bytes(content)
    assert mapped.read() is None
    assert mapped.checksum() is None


@pytest.mark.parametrize("size", [0, 10, 200])
def test_truncated_images_are_none(mapped: MappedCache, size: int) -> None:
    file = mapped.folder / "tiny.npy"
    file.write_bytes(file.read_bytes()[:size])
    assert mapped.read() is None


def test_images_without_a_description_are_none(mapped: MappedCache) -> None:
    (mapped.folder / "tiny.json").unlink()
    assert mapped.read() is None


def test_a_write_interrupted_between_the_two_files_leaves_none(
    mapped: MappedCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(path: Path, target: Path) -> None:
        raise KeyboardInterrupt

    np.save(tmp_path / "images.npy", 255 - MAPPED_IMAGES)
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        mapped.write(tmp_path / "images.npy", MAPPED_NAMES, "other images")
    assert mapped.read() is None
