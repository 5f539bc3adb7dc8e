"""The splits of Omniglot."""

from typing import Any, get_args

import numpy as np
import pytest

from maml_tf.datasets import DatasetError, ImageClasses, omniglot_split
from maml_tf.datasets.image_classes import SPLITS
from maml_tf.datasets.omniglot.manifest import load_omniglot_manifest
from maml_tf.datasets.omniglot.splits import Reading, load_splits

ALL = set(load_omniglot_manifest().names)


def blank_omniglot() -> ImageClasses:
    """Returns all characters by their names, with their number as the only drawing."""
    images = np.arange(1623).astype(np.uint8).reshape(-1, 1, 1, 1)
    return ImageClasses(images=images, names=load_omniglot_manifest().names)


@pytest.mark.parametrize(
    ("reading", "sizes"),
    [("code", {"train": 1100, "validation": 100, "test": 423}), ("text", {"train": 1200, "test": 423})],
)
def test_the_splits_have_the_stated_sizes_and_share_no_character(reading: Any, sizes: dict[Any, int]) -> None:
    splits = {split: omniglot_split(blank_omniglot(), reading, split) for split in sizes}
    assert {split: len(dataset.names) for split, dataset in splits.items()} == sizes
    names = [name for dataset in splits.values() for name in dataset.names]
    assert len(names) == len(set(names)) == 1623
    assert set(names) == ALL


def test_both_readings_test_on_the_same_characters() -> None:
    splits = load_splits()
    assert splits.names("code", "test") == splits.names("text", "test")
    assert set(splits.names("text", "train")) == set(splits.names("code", "train") + splits.names("code", "validation"))


def test_the_readings_are_those_of_the_type() -> None:
    assert tuple(load_splits().sizes) == get_args(Reading)


def test_images_go_with_their_names() -> None:
    everything = blank_omniglot()
    validation = omniglot_split(everything, "code", "validation")
    numbers = [everything.names.index(name) % 256 for name in validation.names]
    np.testing.assert_array_equal(validation.images.ravel(), numbers)


def test_alphabets_are_mixed() -> None:
    for split in SPLITS:
        names = load_splits().names("code", split)
        assert len({name.split("/")[0] for name in names}) > 30


@pytest.mark.parametrize(
    ("reading", "split", "message"),
    [
        ("paper", "train", "reading is 'paper'; allowed: code, text"),
        ("code", "dev", "split is 'dev'; allowed in the reading 'code': train, validation, test"),
        ("text", "validation", "split is 'validation'; allowed in the reading 'text': train, test"),
    ],
)
def test_an_unknown_reading_or_split_is_refused(reading: Any, split: Any, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        omniglot_split(blank_omniglot(), reading, split)


def test_a_dataset_without_the_characters_is_refused() -> None:
    few = blank_omniglot().select(load_omniglot_manifest().names[:10])
    with pytest.raises(DatasetError, match="requested classes are not among the 10 present"):
        omniglot_split(few, "code", "train")
