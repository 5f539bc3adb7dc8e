"""Which characters are for what."""

from typing import Any, get_args

import numpy as np
import pytest

from maml_tf.datasets import DatasetError, ImageClasses, omniglot_part
from maml_tf.datasets.manifest import load_manifest
from maml_tf.datasets.omniglot_split import Reading, omniglot_split

ALL = set(load_manifest("omniglot").names)


def blank_omniglot() -> ImageClasses:
    """Every character by its right name, with its number for a drawing."""
    images = np.arange(1623).astype(np.uint8).reshape(-1, 1, 1, 1)
    return ImageClasses(images=images, names=load_manifest("omniglot").names)


@pytest.mark.parametrize(
    ("reading", "sizes"),
    [("code", {"train": 1100, "validation": 100, "test": 423}), ("text", {"train": 1200, "test": 423})],
)
def test_parts_share_out_all_characters_in_the_stated_sizes(reading: Any, sizes: dict[Any, int]) -> None:
    parts = {part: omniglot_part(blank_omniglot(), reading, part) for part in sizes}
    assert {part: len(dataset.names) for part, dataset in parts.items()} == sizes
    names = [name for dataset in parts.values() for name in dataset.names]
    assert len(names) == len(set(names)) == 1623
    assert set(names) == ALL


def test_both_readings_test_on_the_same_characters() -> None:
    drawn = omniglot_split()
    assert drawn.names("code", "test") == drawn.names("text", "test")
    assert set(drawn.names("text", "train")) == set(drawn.names("code", "train") + drawn.names("code", "validation"))


def test_the_readings_are_those_that_are_typed() -> None:
    assert tuple(omniglot_split().sizes) == get_args(Reading)


def test_images_go_with_their_names() -> None:
    everything = blank_omniglot()
    part = omniglot_part(everything, "code", "validation")
    numbers = [everything.names.index(name) % 256 for name in part.names]
    np.testing.assert_array_equal(part.images.ravel(), numbers)


def test_alphabets_are_mixed() -> None:
    for part in ("train", "validation", "test"):
        names = omniglot_split().names("code", part)
        assert len({name.split("/")[0] for name in names}) > 30


@pytest.mark.parametrize(
    ("reading", "part", "message"),
    [
        ("paper", "train", "reading is 'paper'; allowed: code, text"),
        ("code", "dev", "part is 'dev'; allowed in the reading 'code': train, validation, test"),
        ("text", "validation", "part is 'validation'; allowed in the reading 'text': train, test"),
    ],
)
def test_what_does_not_exist_is_refused(reading: Any, part: Any, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        omniglot_part(blank_omniglot(), reading, part)


def test_a_dataset_without_the_characters_is_refused() -> None:
    few = blank_omniglot().select(load_manifest("omniglot").names[:10])
    with pytest.raises(DatasetError, match="classes asked for are not among the 10 present"):
        omniglot_part(few, "code", "train")
