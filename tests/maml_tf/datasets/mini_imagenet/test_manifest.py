"""Data is compared with the manifest of MiniImagenet."""

import dataclasses
import re

import pytest

from maml_tf.datasets import DatasetError
from maml_tf.datasets.image_classes import SPLITS
from maml_tf.datasets.mini_imagenet.manifest import (
    ClassFingerprints,
    MiniImagenetManifest,
    fingerprint_files,
    fingerprint_names,
    load_mini_imagenet_manifest,
)
from tests.maml_tf.datasets.mini_imagenet.tiny import tiny_files, tiny_manifest

MANIFEST = tiny_manifest()
NAMES = {
    name: [path.rpartition("/")[2] for path in tiny_files() if f"/{name}/" in path]
    for name in ("n00000001", "n00000004")
}
COUNTS = {"n00000001": 3, "n00000004": 3}


def test_the_right_content_passes() -> None:
    MANIFEST.check_counts("train", COUNTS, "here")
    MANIFEST.check_file_names("train", NAMES, "here")


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"n00000004": 3}, r"1 classes differ from its 2, first 'n00000001' \(missing\)"),
        (COUNTS | {"n00000004": 2}, r"1 classes .*, first 'n00000004' \(2 images instead of 3\)"),
        (COUNTS | {"n00000002": 3}, r"1 classes .*, first 'n00000002' \(a class of the validation split\)"),
        ({"n00000009": 3}, r"3 classes differ from its 2, first 'n00000001' \(missing\)"),
        (COUNTS | {"dog": 3}, r"1 classes .*, first 'dog' \(no such class\)"),
    ],
)
def test_wrong_counts_are_reported_with_their_number_and_the_first(counts: dict[str, int], message: str) -> None:
    with pytest.raises(DatasetError, match=f"^'here' does not hold the published train split: {message}$"):
        MANIFEST.check_counts("train", counts, "here")


def test_other_file_names_are_refused() -> None:
    with pytest.raises(DatasetError, match=r"1 classes .*, first 'n00000004' \(other file names"):
        MANIFEST.check_file_names("train", NAMES | {"n00000004": ["1.jpg", "2.jpg", "3.jpg"]}, "here")


def test_names_are_compared_without_order_and_suffix() -> None:
    assert fingerprint_names(["a.jpg", "b.jpg"]) == fingerprint_names(["b.png", "a.JPEG"])
    assert fingerprint_names(["a.jpg", "b.jpg"]) != fingerprint_names(["ab.jpg"])


def test_files_are_compared_in_order() -> None:
    assert fingerprint_files(["a", "b"]) != fingerprint_files(["b", "a"])


def test_classes_with_the_known_files_are_counted() -> None:
    known = {name: known.files for name, known in MANIFEST.splits["train"].items()}
    assert MANIFEST.count_known_classes("train", known) == 2
    assert MANIFEST.count_known_classes("train", known | {"n00000001": "other"}) == 1


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(DatasetError, match="split is 'dev'; allowed: train, validation, test"):
        MANIFEST.names("dev")  # type: ignore[arg-type]


def test_the_checksum_depends_on_content_but_not_on_order() -> None:
    reordered = {split: dict(sorted(classes.items(), reverse=True)) for split, classes in MANIFEST.splits.items()}
    other = ClassFingerprints(names="x", files="y")
    variants: list[MiniImagenetManifest] = [
        MANIFEST,
        dataclasses.replace(MANIFEST, images=4),
        dataclasses.replace(MANIFEST, splits={**MANIFEST.splits, "test": {"n00000003": other}}),
    ]
    assert dataclasses.replace(MANIFEST, splits=reordered).checksum == MANIFEST.checksum
    assert len({variant.checksum for variant in variants}) == 3


def test_the_committed_manifest_has_every_class_once() -> None:
    manifest = load_mini_imagenet_manifest()
    assert manifest.images == 600
    assert tuple(manifest.splits) == SPLITS
    assert [len(manifest.names(split)) for split in SPLITS] == [64, 16, 20]
    classes = [name for split in SPLITS for name in manifest.names(split)]
    assert len(set(classes)) == 100
    assert all(re.fullmatch(r"n\d{8}", name) for name in classes)
    known = [one for classes in manifest.splits.values() for one in classes.values()]
    assert len({one.names for one in known}) == len({one.files for one in known}) == 100
    assert all(re.fullmatch("[0-9a-f]{16}", digits) for one in known for digits in (one.names, one.files))
