"""Decoded images that are mapped into memory."""

from pathlib import Path

import numpy as np
import pytest

from maml_tf.datasets import ImageClasses
from maml_tf.datasets.mapped_cache import MappedCache

IMAGES = np.random.default_rng(0).integers(0, 256, [2, 3, 4, 4, 3], np.uint8)
NAMES = ("a", "b")


@pytest.fixture
def kept(tmp_path: Path) -> MappedCache:
    (tmp_path / "scratch").mkdir()
    np.save(tmp_path / "scratch" / "images.npy", IMAGES)
    cache = MappedCache(folder=tmp_path / "cache", name="tiny")
    cache.folder.mkdir()
    cache.write(tmp_path / "scratch" / "images.npy", NAMES, "all of it")
    return cache


def test_what_is_written_is_mapped_back(kept: MappedCache, tmp_path: Path) -> None:
    dataset = kept.read()
    assert dataset is not None
    assert isinstance(dataset.images, np.memmap)
    np.testing.assert_array_equal(dataset.images, IMAGES)
    assert (dataset.names, dataset.verified) == (NAMES, "all of it")
    assert kept.checksum() == ImageClasses(images=IMAGES, names=NAMES).checksum
    assert sorted(path.name for path in kept.folder.iterdir()) == ["tiny.json", "tiny.npy"]
    assert not list((tmp_path / "scratch").iterdir())


def test_mapped_images_cannot_be_written(kept: MappedCache) -> None:
    dataset = kept.read()
    assert dataset is not None
    with pytest.raises(ValueError, match="read-only"):
        dataset.images[0, 0, 0, 0, 0] = 1


def test_what_is_not_there_is_none(tmp_path: Path) -> None:
    cache = MappedCache(folder=tmp_path / "nowhere", name="tiny")
    assert cache.read() is None
    assert cache.checksum() is None


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"{", b"\xff", b'{"names": 1, "verified": ""}'])
def test_a_damaged_description_is_none(kept: MappedCache, content: bytes) -> None:
    (kept.folder / "tiny.json").write_bytes(content)
    assert kept.read() is None
    assert kept.checksum() is None


@pytest.mark.parametrize("size", [0, 10, 200])
def test_images_cut_short_are_none(kept: MappedCache, size: int) -> None:
    file = kept.folder / "tiny.npy"
    file.write_bytes(file.read_bytes()[:size])
    assert kept.read() is None


def test_images_without_a_description_are_none(kept: MappedCache) -> None:
    (kept.folder / "tiny.json").unlink()
    assert kept.read() is None


def test_a_write_cut_off_between_the_two_files_leaves_none(
    kept: MappedCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(path: Path, target: Path) -> None:
        raise KeyboardInterrupt

    np.save(tmp_path / "images.npy", 255 - IMAGES)
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kept.write(tmp_path / "images.npy", NAMES, "other images")
    assert kept.read() is None
