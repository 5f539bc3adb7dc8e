from pathlib import Path

import numpy as np
import pytest

from maml_tf.datasets import DatasetMissing, find_omniglot
from maml_tf.tasks import omniglot_images
from tests.maml_tf.real_data import folder_with


def test_without_the_setting_the_data_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAML_TF_DATA", raising=False)
    with pytest.raises(DatasetMissing, match="MAML_TF_DATA is not set"):
        omniglot_images(split="train", reading="code")


def test_a_setting_that_names_no_folder_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAML_TF_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DatasetMissing, match="nowhere"):
        omniglot_images(split="train", reading="code")


def test_real_characters_are_split_as_the_reading_says() -> None:
    folder_with(find_omniglot)
    train, test = (omniglot_images(split=part, reading="code") for part in ("train", "test"))
    assert (train.images.shape, test.images.shape) == ((1100, 20, 28, 28), (423, 20, 28, 28))
    assert not set(train.names) & set(test.names)
    assert set(np.unique(test.images)) == {0, 255}
