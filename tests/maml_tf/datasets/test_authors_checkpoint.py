"""The released weights: found, verified, loaded."""

from pathlib import Path

import numpy as np
import pytest

from maml_tf.datasets import DatasetError, DatasetMissing, find_authors_checkpoint, load_authors_checkpoint
from maml_tf.datasets.authors_checkpoint import CHECKSUMS, NAME
from tests.maml_tf.real_data import folder_with


def write_files(folder: Path) -> None:
    """Files of the right names and the wrong content."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in CHECKSUMS:
        (folder / name).write_bytes(b"weights")


@pytest.fixture
def real() -> Path:
    return folder_with(find_authors_checkpoint)


def test_the_error_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(DatasetMissing, match=r"github\.com/cbfinn/maml/.*miniimagenet1shot") as missing:
        find_authors_checkpoint(tmp_path)
    assert str(tmp_path) in str(missing.value)
    assert "\n" not in str(missing.value)


@pytest.mark.parametrize("absent", CHECKSUMS)
def test_one_of_two_files_is_not_enough(tmp_path: Path, absent: str) -> None:
    write_files(tmp_path)
    (tmp_path / absent).unlink()
    with pytest.raises(DatasetMissing):
        find_authors_checkpoint(tmp_path)


@pytest.mark.parametrize("inside", [".", "authors_checkpoint"])
def test_another_file_of_the_name_is_refused(tmp_path: Path, inside: str) -> None:
    write_files(tmp_path / inside)
    with pytest.raises(DatasetError, match="is not the published file: its sha256 is") as refused:
        find_authors_checkpoint(tmp_path)
    assert not isinstance(refused.value, DatasetMissing)
    assert f"{NAME}.index" in str(refused.value)


def test_every_file_is_verified(tmp_path: Path, real: Path) -> None:
    write_files(tmp_path)
    index = f"{NAME}.index"
    (tmp_path / index).write_bytes(find_authors_checkpoint(real).with_name(index).read_bytes())
    with pytest.raises(DatasetError, match=r"data-00000-of-00001' is not the published file"):
        find_authors_checkpoint(tmp_path)


def test_a_folder_in_place_of_a_file_cannot_be_read(tmp_path: Path) -> None:
    write_files(tmp_path)
    (tmp_path / f"{NAME}.index").unlink()
    (tmp_path / f"{NAME}.index").mkdir()
    with pytest.raises(DatasetError, match=r"cannot be read \(Is a directory\)"):
        find_authors_checkpoint(tmp_path)


def test_the_real_weights_have_the_shapes_of_the_network(real: Path) -> None:
    weights = load_authors_checkpoint(real)
    shapes = {name.removeprefix("model/"): value.shape for name, value in weights.items()}
    assert shapes.pop("conv1") == (3, 3, 3, 32)
    assert (shapes.pop("w5"), shapes.pop("b5")) == ((800, 5), (5,))
    assert [shapes.pop(f"conv{layer}") for layer in (2, 3, 4)] == 3 * [(3, 3, 32, 32)]
    assert set(shapes.values()) == {(32,)}
    assert sum(value.size for value in weights.values()) == 32_773
    assert all(value.dtype == np.float32 and np.isfinite(value).all() for value in weights.values())
