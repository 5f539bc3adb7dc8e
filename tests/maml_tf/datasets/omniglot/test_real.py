"""Loading Omniglot, on the real images."""

import io
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import maml_tf.datasets.omniglot.loading
from maml_tf.datasets import DatasetError, ImageClasses, find_omniglot, load_omniglot, omniglot_split
from maml_tf.datasets.archives import read_png_files
from maml_tf.datasets.image_classes import SPLITS
from maml_tf.datasets.omniglot.drawings import decode_drawing, resize_drawings
from maml_tf.datasets.omniglot.manifest import load_omniglot_manifest

CHECKSUM = "9158e1798f343fd055610d56f4d957005610d9d859d6908c4ba0b928a4ad5334"


def drawing_files(folder: Path, step: int) -> dict[str, bytes]:
    """Returns every `step`-th of the real files, by name."""
    archives = find_omniglot(folder)
    data = {name: content for archive in archives for name, content in read_png_files(archive, "").items()}
    return {name: data[name] for name in sorted(data)[::step]}


def test_all_characters_are_there(omniglot: ImageClasses) -> None:
    assert omniglot.images.shape == (1623, 20, 28, 28)
    assert omniglot.names == load_omniglot_manifest().names
    assert omniglot.names[0] == "Alphabet_of_the_Magi/character01"


def test_images_are_binary_with_little_ink(omniglot: ImageClasses) -> None:
    np.testing.assert_array_equal(np.unique(omniglot.images), [0, 255])
    share = (omniglot.images == 255).mean()
    assert 0.03 < share < 0.15


def test_the_checksum_equals_the_one_in_records(omniglot: ImageClasses) -> None:
    assert omniglot.checksum == CHECKSUM


def test_the_real_characters_are_split_by_both_readings(omniglot: ImageClasses) -> None:
    sizes = {"train": 1100, "validation": 100, "test": 423}
    splits = {split: omniglot_split(omniglot, "code", split) for split in SPLITS}
    assert {split: len(dataset.images) for split, dataset in splits.items()} == sizes
    assert len(omniglot_split(omniglot, "text", "train").images) == 1200
    assert omniglot_split(omniglot, "text", "test").checksum == splits["test"].checksum


def test_the_cache_gives_back_what_was_decoded(
    omniglot: ImageClasses, omniglot_folder: Path, omniglot_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_decoding(*arguments: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr(maml_tf.datasets.omniglot.loading, "read_characters", no_decoding)
    again = load_omniglot(omniglot_folder, cache=omniglot_cache)
    np.testing.assert_array_equal(again.images, omniglot.images)
    assert again.names == omniglot.names


def test_antialiased_images_have_more_grey_levels(omniglot_folder: Path) -> None:
    files = drawing_files(omniglot_folder, step=100)
    drawings = np.stack([decode_drawing(name, data) for name, data in files.items()])
    assert len(np.unique(resize_drawings(drawings, "nearest"))) == 2
    assert len(np.unique(resize_drawings(drawings, "antialiased"))) > 80


@pytest.mark.slow
def test_exchanged_characters_are_found(omniglot_folder: Path, tmp_path: Path) -> None:
    for archive in find_omniglot(omniglot_folder):
        if archive.is_dir():
            pytest.skip("the real Omniglot is unpacked; this test needs the archives")
        shutil.copy(archive, tmp_path)
    archive = tmp_path / "images_evaluation.zip"
    with zipfile.ZipFile(archive) as source:
        content = {entry: source.read(entry) for entry in source.namelist() if entry.endswith(".png")}
    first, second = (
        [name for name in sorted(content) if f"/Tibetan/character{number}/" in name] for number in ("01", "02")
    )
    exchanged = content | {a: content[b] for a, b in zip(first + second, second + first, strict=True)}
    with zipfile.ZipFile(archive, "w") as target:
        for name, data in exchanged.items():
            target.writestr(name, data)
    with pytest.raises(DatasetError, match="2 of 1623 characters differ, first 'Tibetan/character01'"):
        load_omniglot(tmp_path, cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


@pytest.mark.slow
def test_nearest_equals_the_script_of_the_authors_bit_for_bit(omniglot: ImageClasses, omniglot_folder: Path) -> None:
    expected = []
    for data in drawing_files(omniglot_folder, step=1).values():
        source = Image.open(io.BytesIO(data))
        assert source.mode == "1"
        expected.append(np.asarray(source.resize((28, 28), Image.Resampling.LANCZOS)))
    np.testing.assert_array_equal(omniglot.images.reshape(-1, 28, 28) == 0, np.stack(expected))
