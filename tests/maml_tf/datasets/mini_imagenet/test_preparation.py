"""MiniImagenet as a data set of TensorFlow Datasets."""

from pathlib import Path

import numpy as np
import pytest

from maml_tf.datasets import DatasetError
from maml_tf.datasets.mini_imagenet.manifest import load_mini_imagenet_manifest
from tests.maml_tf.datasets.mini_imagenet.tiny import CLASSES, IMAGES, tiny_files, tiny_manifest, write_archives

tfds = pytest.importorskip("tensorflow_datasets")


def test_all_splits_are_prepared_from_a_manual_folder(tmp_path: Path) -> None:
    from maml_tf.datasets.mini_imagenet.preparation import MiniImagenet

    write_archives(tmp_path / "manual", tiny_files())
    builder = MiniImagenet(manifest=tiny_manifest(), data_dir=tmp_path / "prepared")
    config = tfds.download.DownloadConfig(manual_dir=tmp_path / "manual", try_download_gcs=False)
    builder.download_and_prepare(download_config=config)
    assert builder.name == "mini_imagenet"
    assert builder.info.features["label"].names == ["n00000001", "n00000004", "n00000002", "n00000003"]
    for split, names in CLASSES.items():
        examples = list(tfds.as_numpy(builder.as_dataset(split=split)))
        labels = builder.info.features["label"]
        found = sorted((labels.int2str(example["label"]), example["position"]) for example in examples)
        assert found == [(name, position) for name in names for position in range(IMAGES)]
        assert {example["image"].shape for example in examples} == {(84, 84, 3)}
        assert {example["image"].dtype for example in examples} == {np.dtype(np.uint8)}


def test_bad_data_leaves_no_version_behind(tmp_path: Path) -> None:
    from maml_tf.datasets.mini_imagenet.preparation import MiniImagenet

    write_archives(tmp_path / "manual", tiny_files())
    (tmp_path / "manual" / "val.tar.xz").write_bytes(b"<html>")
    builder = MiniImagenet(manifest=tiny_manifest(), data_dir=tmp_path / "prepared")
    with pytest.raises(DatasetError, match="is a web page, not a tar archive"):
        builder.download_and_prepare(
            download_config=tfds.download.DownloadConfig(manual_dir=tmp_path / "manual", try_download_gcs=False)
        )
    assert not list((tmp_path / "prepared").rglob("*1.0.0*"))


def test_the_default_manifest_has_the_published_classes(tmp_path: Path) -> None:
    from maml_tf.datasets.mini_imagenet.preparation import MiniImagenet

    names = MiniImagenet(data_dir=tmp_path).class_names()
    manifest = load_mini_imagenet_manifest()
    assert names == [*manifest.names("train"), *manifest.names("validation"), *manifest.names("test")]
