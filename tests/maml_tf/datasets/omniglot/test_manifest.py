"""Data is compared with the manifest of Omniglot."""

import dataclasses
import re

import pytest

from maml_tf.datasets import DatasetError
from maml_tf.datasets.omniglot.manifest import OmniglotManifest, load_omniglot_manifest

MANIFEST = OmniglotManifest(drawings=2, characters={"B/1": "b1", "A/1": "a1", "A/2": "a2"})
COUNTS = {"A/1": 2, "A/2": 2, "B/1": 2}


def test_names_are_sorted() -> None:
    assert MANIFEST.names == ("A/1", "A/2", "B/1")


def test_the_right_content_passes() -> None:
    MANIFEST.check_counts(COUNTS, "here")
    MANIFEST.check_fingerprints(MANIFEST.characters, "here")


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"A/1": 2}, r"2 of 3 characters differ, first 'A/2' \(missing\)"),
        (COUNTS | {"A/2": 1, "B/1": 3}, r"2 of 3 characters differ, first 'A/2' \(1 drawings instead of 2\)"),
        (COUNTS | {"A/0": 2}, r"1 of 3 characters differ, first 'A/0' \(no such character\)"),
    ],
)
def test_wrong_counts_are_reported_with_their_number_and_the_first(counts: dict[str, int], message: str) -> None:
    with pytest.raises(DatasetError, match=f"the images in 'here' are not the published ones: {message}"):
        MANIFEST.check_counts(counts, "here")


def test_wrong_drawings_are_reported_with_their_number_and_the_first() -> None:
    fingerprints = {"A/1": "a1", "A/2": "x", "B/1": "y"}
    with pytest.raises(DatasetError, match=r"'here' .*: 2 of 3 characters differ, first 'A/2' \(other"):
        MANIFEST.check_fingerprints(fingerprints, "here")


def test_the_checksum_depends_on_content_but_not_on_order() -> None:
    reordered = dict(sorted(MANIFEST.characters.items()))
    assert dataclasses.replace(MANIFEST, characters=reordered).checksum == MANIFEST.checksum
    assert dataclasses.replace(MANIFEST, drawings=3).checksum != MANIFEST.checksum
    assert dataclasses.replace(MANIFEST, characters=reordered | {"B/1": "x"}).checksum != MANIFEST.checksum


def test_the_manifest_of_omniglot_has_every_character_once() -> None:
    manifest = load_omniglot_manifest()
    assert manifest.drawings == 20
    assert len(manifest.characters) == 1623
    assert len({name.split("/")[0] for name in manifest.names}) == 50
    assert len(set(manifest.characters.values())) == 1623
    assert all(re.fullmatch("[0-9a-f]{16}", fingerprint) for fingerprint in manifest.characters.values())
