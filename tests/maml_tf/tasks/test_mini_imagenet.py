from pathlib import Path
from typing import Any

import pytest

import maml_tf.tasks.mini_imagenet
from maml_tf.datasets import DatasetError, DatasetMissing, load_mini_imagenet
from maml_tf.datasets.part import Part
from maml_tf.tasks import mini_imagenet_images
from tests.maml_tf.datasets.tiny_mini_imagenet import CLASSES, tiny_files, tiny_manifest, write_folders


def test_without_the_setting_the_data_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAML_TF_DATA", raising=False)
    with pytest.raises(DatasetMissing, match="MAML_TF_DATA is not set"):
        mini_imagenet_images(split="train")


def test_an_unknown_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="split is 'dev'; allowed: train, validation, test"):
        mini_imagenet_images(split="dev", folder=tmp_path)  # type: ignore[arg-type]


@pytest.mark.parametrize("named", [True, False])
def test_splits_are_loaded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool) -> None:
    loaded = []

    def load(folder: Path, split: Any) -> Any:
        loaded.append(split)
        return load_mini_imagenet(folder, split, cache=tmp_path / "cache", manifest=tiny_manifest())

    monkeypatch.setattr(maml_tf.tasks.mini_imagenet, "load_mini_imagenet", load)
    monkeypatch.setenv("MAML_TF_DATA", str(tmp_path))
    write_folders(tmp_path, tiny_files())
    parts: list[Part] = ["train", "test", "train"]
    for split in parts:
        images = mini_imagenet_images(split=split, folder=tmp_path if named else None)
        assert images.names == CLASSES[split]
    assert loaded == ["train", "test"]
