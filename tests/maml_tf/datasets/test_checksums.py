"""Checksums of data sets by name."""

from pathlib import Path

import pytest

from maml_tf.datasets import DatasetError, DatasetMissing, checksum
from maml_tf.datasets.mini_imagenet.loading import mini_imagenet_checksum
from maml_tf.datasets.omniglot.manifest import load_omniglot_manifest


def test_omniglot_has_the_checksum_of_its_manifest() -> None:
    assert checksum("omniglot") == load_omniglot_manifest().checksum
    # The value in accepted records.
    assert checksum("omniglot").startswith("0ad95f374a6a4b03")


def test_mini_imagenet_has_the_checksum_of_its_prepared_splits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAML_TF_DATA", str(tmp_path))
    monkeypatch.setenv("MAML_TF_CACHE", str(tmp_path))
    assert checksum("mini_imagenet") == mini_imagenet_checksum(tmp_path)
    monkeypatch.delenv("MAML_TF_DATA")
    with pytest.raises(DatasetMissing, match="MAML_TF_DATA is not set"):
        checksum("mini_imagenet")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(DatasetError, match="data set 'mnist' is not known; choose from omniglot, "):
        checksum("mnist")
