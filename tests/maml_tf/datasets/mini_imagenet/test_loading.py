"""Loading MiniImagenet, on small synthetic images."""

import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import maml_tf.datasets.mini_imagenet.loading
from maml_tf.datasets import (
    DatasetError,
    DatasetMissing,
    ImageClasses,
    find_mini_imagenet,
    load_mini_imagenet,
    mini_imagenet_images,
)
from maml_tf.datasets.image_classes import Split
from maml_tf.datasets.mini_imagenet.loading import mini_imagenet_checksum
from maml_tf.datasets.mini_imagenet.photographs import decode_photograph
from maml_tf.datasets.mini_imagenet.preparation import prepare_split
from tests.maml_tf.datasets.mini_imagenet.tiny import (
    CLASSES,
    FOLDERS,
    IMAGES,
    tiny_files,
    tiny_manifest,
    write_archives,
    write_folders,
    write_pickles,
)
from tests.maml_tf.real_data import folder_with

FILES = tiny_files()
MANIFEST = tiny_manifest()
FIRST = "train/n00000001/n0000000100000007.jpg"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_folders(tmp_path / "data", FILES)
    return tmp_path / "data"


def load(folder: Path, cache: Path, split: Any = "train", **options: Any) -> ImageClasses:
    return load_mini_imagenet(folder, split, cache=cache, manifest=MANIFEST, **options)


def expect(dataset: ImageClasses, split: Any = "train") -> None:
    paths = sorted(path for path in FILES if path.startswith(f"{FOLDERS[split]}/"))
    decoded = np.stack([decode_photograph(path, FILES[path]) for path in paths])
    assert dataset.names == CLASSES[split]
    np.testing.assert_array_equal(dataset.images, decoded.reshape(-1, IMAGES, 84, 84, 3))


@pytest.fixture
def no_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*arguments: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr(maml_tf.datasets.mini_imagenet.loading, "_prepare", decoded)


@pytest.mark.parametrize("split", CLASSES)
@pytest.mark.parametrize("writer", [write_archives, write_folders, write_pickles])
def test_a_split_loads_from_any_form(tmp_path: Path, cache: Path, writer: Callable[..., None], split: Any) -> None:
    writer(tmp_path / "data", FILES)
    expect(load(tmp_path / "data", cache, split), split)
    assert sorted(path.suffix for path in cache.iterdir()) == [".json", ".npy"]


def test_the_second_load_maps_the_cache(data: Path, cache: Path, request: pytest.FixtureRequest) -> None:
    first = load(data, cache)
    request.getfixturevalue("no_decoding")
    second = load(data, cache)
    assert isinstance(second.images, np.memmap)
    expect(second)
    assert second.verified == first.verified != ""


def test_progress_counts_reading_and_decoding(data: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calls: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        calls.append((done, total))
        print("shown")

    load(data, cache, progress=progress)
    assert calls == [(done, 12) for done in [1, 2, 3, 4, 5, 6, 12]]
    assert capsys.readouterr().out == "shown\n" * 7  # and nothing else


def test_the_dataset_says_what_was_verified(tmp_path: Path, cache: Path, data: Path) -> None:
    counted = "2 classes of 3 images, those of the published train split"
    assert load(data, cache).verified == f"{counted}, with the published file names and the files of the known edition"
    write_folders(tmp_path / "other", tiny_files("PNG"))
    assert load(tmp_path / "other", cache).verified == (
        f"{counted}, with the published file names; another edition, with the known files in 0 classes"
    )
    write_pickles(tmp_path / "pickles", FILES)
    assert load(tmp_path / "pickles", cache).verified.startswith(f"{counted}; a pickle contains no file names")


def test_a_changed_source_is_prepared_again(data: Path, cache: Path) -> None:
    load(data, cache)
    shutil.rmtree(data)
    write_folders(data, tiny_files("PNG"))
    assert "another edition" in load(data, cache).verified


def test_a_damaged_cache_is_replaced(data: Path, cache: Path) -> None:
    load(data, cache)
    (file,) = cache.glob("*.npy")
    file.write_bytes(file.read_bytes()[:-1000])
    expect(load(data, cache))


def test_a_cache_of_other_classes_is_replaced(data: Path, cache: Path) -> None:
    load(data, cache)
    (file,) = cache.glob("*.json")
    file.write_text(file.read_text().replace("n00000004", "n00000009"))
    expect(load(data, cache))


def test_bad_data_leaves_nothing_behind(data: Path, cache: Path) -> None:
    # Truncated after the header, so that only decoding finds the damage.
    (data / FIRST).write_bytes(FILES[FIRST][:-200])
    before = sorted(data.rglob("*"))
    with pytest.raises(DatasetError, match="'image 1 of n00000001' cannot be decoded") as raised:
        load(data, cache)
    assert "\n" not in str(raised.value)
    assert sorted(data.rglob("*")) == before
    assert not list(cache.iterdir())
    (data / FIRST).write_bytes(FILES[FIRST])
    expect(load(data, cache))


def test_an_error_of_the_source_is_passed_on(data: Path, cache: Path) -> None:
    (data / FIRST).unlink()
    with pytest.raises(DatasetError, match=r"^'.*train' does not hold .* \(2 images instead of 3\)$"):
        load(data, cache)
    assert not list(cache.iterdir())


def test_an_interruption_leaves_nothing_behind(data: Path, cache: Path) -> None:
    def interrupted(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(data, cache, progress=interrupted)
    assert not list(cache.iterdir())
    expect(load(data, cache))


def test_data_must_be_present_even_if_it_is_cached(data: Path, cache: Path) -> None:
    load(data, cache)
    shutil.rmtree(data)
    with pytest.raises(DatasetMissing):
        load(data, cache)


def test_an_unknown_split_is_refused(data: Path, cache: Path) -> None:
    with pytest.raises(DatasetError, match="split is 'dev'; allowed: train, validation, test"):
        load(data, cache, "dev")


def test_a_cache_that_cannot_be_written_is_named(data: Path, cache: Path) -> None:
    cache.write_text("a file in the way")
    with pytest.raises(DatasetError, match=r"cache' cannot be written .*; set MAML_TF_CACHE to another folder"):
        load(data, cache)


def test_a_full_disk_is_reported_before_anything_is_written(
    data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(DatasetError, match="has 1 bytes left and 254,016 are needed"):
        load(data, cache)


def test_without_a_cache_folder_the_error_names_the_setting(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maml_tf.datasets.mini_imagenet.loading, "default_cache_folder", lambda: None)
    with pytest.raises(DatasetError, match="set MAML_TF_CACHE"):
        load_mini_imagenet(data, "train", manifest=MANIFEST)


def test_the_cache_is_where_the_environment_says(data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAML_TF_CACHE", str(cache))
    load_mini_imagenet(data, "train", manifest=MANIFEST)
    assert len(list(cache.iterdir())) == 2


def test_without_tensorflow_datasets_the_error_says_how_to_get_it(
    data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "maml_tf.datasets.mini_imagenet.preparation", raising=False)
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(DatasetError, match=r"needs tensorflow_datasets, .* pip install 'maml-tf\[benchmarks\]'"):
        load(data, cache)


def test_the_checksum_depends_on_the_prepared_splits(
    data: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maml_tf.datasets.mini_imagenet.loading, "load_mini_imagenet_manifest", lambda: MANIFEST)
    missing = mini_imagenet_checksum(tmp_path / "nowhere", cache=cache)
    assert mini_imagenet_checksum(data, cache=cache) == missing
    load(data, cache)
    train = mini_imagenet_checksum(data, cache=cache)
    load(data, cache, "test")
    both = mini_imagenet_checksum(data, cache=cache)
    assert len({missing, train, both}) == 3
    shutil.copytree(data, tmp_path / "copy")  # the same images in another folder
    for split in ("train", "test"):
        load(tmp_path / "copy", cache, split)
    assert mini_imagenet_checksum(tmp_path / "copy", cache=cache) == both


def test_the_images_are_written_by_class_and_position(data: Path, tmp_path: Path) -> None:
    prepare_split(data, "validation", tmp_path / "images.npy", MANIFEST)
    images = np.load(tmp_path / "images.npy")
    path = "val/n00000002/n0000000200000008.jpg"
    np.testing.assert_array_equal(images[0, 1], decode_photograph(path, FILES[path]))


@pytest.mark.slow
def test_the_real_validation_split_loads(tmp_path: Path) -> None:
    folder = folder_with(partial(find_mini_imagenet, split="validation"))
    dataset = load_mini_imagenet(folder, "validation", cache=tmp_path)
    assert dataset.images.shape == (16, 600, 84, 84, 3)
    assert dataset.verified.startswith("16 classes of 600 images, those of the published validation split")
    assert 90 < dataset.images[:, ::50].mean() < 140


def test_without_the_setting_the_data_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAML_TF_DATA", raising=False)
    with pytest.raises(DatasetMissing, match="MAML_TF_DATA is not set"):
        mini_imagenet_images(split="train")


def test_an_unknown_split_of_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="split is 'dev'; allowed: train, validation, test"):
        mini_imagenet_images(split="dev", folder=tmp_path)  # type: ignore[arg-type]


@pytest.mark.parametrize("named", [True, False])
def test_the_images_of_a_split_are_loaded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool) -> None:
    loaded = []

    def load(folder: Path, split: Any) -> Any:
        loaded.append(split)
        return load_mini_imagenet(folder, split, cache=tmp_path / "cache", manifest=MANIFEST)

    monkeypatch.setattr(maml_tf.datasets.mini_imagenet.loading, "load_mini_imagenet", load)
    monkeypatch.setenv("MAML_TF_DATA", str(tmp_path))
    write_folders(tmp_path, FILES)
    splits: list[Split] = ["train", "test", "train"]
    for split in splits:
        images = mini_imagenet_images(split=split, folder=tmp_path if named else None)
        assert images.names == CLASSES[split]
    assert loaded == ["train", "test"]
