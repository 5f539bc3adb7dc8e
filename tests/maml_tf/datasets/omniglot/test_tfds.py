"""Omniglot as TensorFlow Datasets prepares it, on small synthetic drawings and on the real ones, without a network."""

import hashlib
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import maml_tf.datasets.omniglot.loading
from maml_tf.datasets import DatasetError, DatasetMissing, find_omniglot, load_omniglot
from maml_tf.datasets.omniglot.drawings import resize_drawings
from maml_tf.datasets.omniglot.manifest import OmniglotManifest, load_omniglot_manifest
from maml_tf.datasets.omniglot.tfds import find_prepared, read_prepared
from tests.maml_tf.datasets.omniglot.tiny import ARCHIVE_OF, png, write_archives

tfds = pytest.importorskip("tensorflow_datasets")

DRAWINGS = {
    name: np.random.default_rng(index).random([5, 105, 105]) < 0.3 for index, name in enumerate(sorted(ARCHIVE_OF))
}


def fingerprint_of(ink: Any) -> str:
    return hashlib.sha256(np.packbits(ink.reshape(-1)).tobytes()).hexdigest()[:16]


def order(drawings: Any) -> str:
    fingerprints = [fingerprint_of(drawing) for drawing in drawings]
    return "".join("abcde"[sorted(fingerprints).index(fingerprint)] for fingerprint in fingerprints)


MANIFEST = OmniglotManifest(
    drawings=5,
    characters={name: fingerprint_of(drawings) for name, drawings in DRAWINGS.items()},
    orders={name: order(drawings) for name, drawings in DRAWINGS.items()},
)


def unpack_tiny(folder: Path) -> dict[str, str]:
    """Writes the drawings as the folders that the archives of Omniglot are unpacked to."""
    for index, (name, drawings) in enumerate(DRAWINGS.items(), start=1):
        for number, drawing in enumerate(drawings, start=1):
            file = folder / ARCHIVE_OF[name] / ARCHIVE_OF[name] / name / f"{index:04d}_{number:02d}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(png(drawing))
    train, test = (str(folder / f"images_{name}") for name in ("background", "evaluation"))
    return {"train": train, "eval": test, "small1": train, "small2": train}


def prepare(data_dir: Path, unpacked: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Prepares the data set of TensorFlow Datasets from folders instead of downloads."""
    monkeypatch.setattr(
        tfds.download.DownloadManager, "download_and_extract", lambda manager, addresses: dict(unpacked)
    )
    builder = tfds.builder("omniglot", data_dir=data_dir)
    builder.download_and_prepare(download_config=tfds.download.DownloadConfig(try_download_gcs=False))


@pytest.fixture
def prepare_tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    tfds.disable_progress_bar()
    module = pytest.importorskip("tensorflow_datasets.image_classification.omniglot")
    monkeypatch.setattr(module, "_NUM_CLASSES", 3)
    monkeypatch.setattr(module, "_NUM_ALPHABETS", 2)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    return lambda: prepare(tmp_path / "tfds", unpack_tiny(tmp_path / "unpacked"), monkeypatch)


def expect(folder: Path | None, cache: Path, manifest: OmniglotManifest = MANIFEST) -> None:
    dataset = load_omniglot(folder, cache=cache, manifest=manifest)
    assert dataset.names == tuple(sorted(ARCHIVE_OF))
    np.testing.assert_array_equal(
        dataset.images, np.stack([resize_drawings(DRAWINGS[name], "nearest") for name in dataset.names])
    )


def test_prepared_drawings_are_put_in_their_order(
    prepare_tiny: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_tiny()
    expect(tmp_path, tmp_path / "cache")
    monkeypatch.delenv("MAML_TF_DATA", raising=False)
    expect(None, tmp_path / "other cache")
    assert find_omniglot(None) == (tmp_path / "tfds" / "omniglot" / "3.0.0",)


def test_the_data_folder_is_preferred_to_prepared_data(prepare_tiny: Callable[[], None], tmp_path: Path) -> None:
    prepare_tiny()
    write_archives(tmp_path, {})
    assert [path.name for path in find_omniglot(tmp_path)] == ["images_background.zip", "images_evaluation.zip"]


def test_other_drawings_are_refused(prepare_tiny: Callable[[], None], tmp_path: Path) -> None:
    prepare_tiny()
    (first, *_) = sorted(ARCHIVE_OF)
    other = OmniglotManifest(drawings=5, characters={**MANIFEST.characters, first: "0" * 16}, orders=MANIFEST.orders)
    with pytest.raises(DatasetError, match=r"1 of 3 characters differ, first .*other drawings"):
        load_omniglot(tmp_path, cache=tmp_path / "cache", manifest=other)
    fewer = OmniglotManifest(drawings=4, characters=MANIFEST.characters, orders=MANIFEST.orders)
    with pytest.raises(DatasetError, match="5 drawings instead of 4"):
        load_omniglot(tmp_path, cache=tmp_path / "cache", manifest=fewer)
    assert not (tmp_path / "cache").exists()


def test_damaged_records_are_reported_in_one_line(prepare_tiny: Callable[[], None], tmp_path: Path) -> None:
    prepare_tiny()
    (version,) = (tmp_path / "tfds" / "omniglot").iterdir()
    (records,) = version.glob("omniglot-train.tfrecord*")
    records.write_bytes(records.read_bytes()[:-50])
    with pytest.raises(DatasetError, match=r"Omniglot in '.*3.0.0' cannot be read") as raised:
        list(read_prepared(version, MANIFEST))
    assert "\n" not in str(raised.value)


def test_an_incomplete_version_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    (tmp_path / "omniglot" / "3.0.0").mkdir(parents=True)
    assert find_prepared() is None
    monkeypatch.delenv("TFDS_DATA_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / "tensorflow_datasets" / "omniglot" / "3.0.0" / "dataset_info.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    assert find_prepared() == file.parent


def test_the_newest_version_is_the_one_of_the_highest_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    for version in ("3.0.1", "3.0.10", "10.0.0", "9.9.9", "10.0.0.incomplete3ZJ6", "old"):
        (tmp_path / "omniglot" / version).mkdir(parents=True)
        (tmp_path / "omniglot" / version / "dataset_info.json").write_text("{}")
    assert find_prepared() == tmp_path / "omniglot" / "10.0.0"


@pytest.mark.parametrize("setting", ["", "0"])
def test_nothing_is_downloaded_without_permission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    def downloaded() -> Path:
        raise AssertionError("downloaded")

    monkeypatch.setattr(maml_tf.datasets.omniglot.loading, "download", downloaded)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MAML_TF_DOWNLOAD", setting)
    with pytest.raises(DatasetMissing, match=r"download images_background.zip .*, or set MAML_TF_DOWNLOAD=1 to have"):
        load_omniglot(tmp_path)


def test_another_download_setting_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MAML_TF_DOWNLOAD", "yes")
    with pytest.raises(DatasetError, match="MAML_TF_DOWNLOAD is 'yes'; allowed: 0, 1"):
        load_omniglot(tmp_path)


def test_a_permitted_download_is_prepared_and_read(
    prepare_tiny: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = unpack_tiny(tmp_path / "unpacked")
    monkeypatch.setattr(tfds.download.DownloadManager, "download_and_extract", lambda manager, addresses: unpacked)
    monkeypatch.setenv("MAML_TF_DOWNLOAD", "1")
    expect(tmp_path, tmp_path / "cache")
    assert find_prepared() == tmp_path / "tfds" / "omniglot" / "3.0.0"


def test_a_download_that_fails_is_reported_in_one_line(
    prepare_tiny: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(manager: object, addresses: object) -> None:
        raise ConnectionError("no route\nto host")

    monkeypatch.setattr(tfds.download.DownloadManager, "download_and_extract", offline)
    monkeypatch.setenv("MAML_TF_DOWNLOAD", "1")
    with pytest.raises(DatasetError, match=r"cannot download Omniglot .*no route to host") as raised:
        load_omniglot(tmp_path, cache=tmp_path / "cache", manifest=MANIFEST)
    assert "\n" not in str(raised.value)
    assert find_prepared() is None


@pytest.mark.slow
def test_the_real_drawings_come_in_the_published_order(
    omniglot_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tfds.disable_progress_bar()
    archives = find_omniglot(omniglot_folder)
    if any(archive.suffix != ".zip" for archive in archives):
        pytest.skip("the real Omniglot is unpacked; this test needs the archives")
    for archive in archives:
        with zipfile.ZipFile(archive) as entries:
            entries.extractall(tmp_path / archive.stem)
    train, test, small = (str(tmp_path / name) for name in ("images_background", "images_evaluation", "small"))
    one = Path("images_evaluation", "Tibetan", "character01")
    shutil.copytree(Path(test, one), Path(small, one))  # the two other splits are not read
    prepare(tmp_path / "tfds", {"train": train, "eval": test, "small1": small, "small2": small}, monkeypatch)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    prepared = find_prepared()
    assert prepared is not None
    manifest = load_omniglot_manifest()
    found = {name: fingerprint_of(drawings) for name, drawings in read_prepared(prepared, manifest)}
    assert found == manifest.characters
