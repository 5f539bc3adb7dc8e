"""Loading Omniglot, on small synthetic archives."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import maml_tf.datasets.omniglot.loading
from maml_tf.datasets import DatasetError, DatasetMissing, ImageClasses, find_omniglot, load_omniglot, omniglot_images
from maml_tf.datasets.omniglot.drawings import resize_drawings
from maml_tf.datasets.storage import write_cache
from tests.maml_tf.datasets.omniglot.tiny import (
    NAMES,
    png,
    tiny_drawings,
    tiny_files,
    tiny_manifest,
    write_archives,
    write_folders,
)
from tests.maml_tf.real_data import folder_with

DRAWINGS = tiny_drawings()
FILES = tiny_files(DRAWINGS)
MANIFEST = tiny_manifest(DRAWINGS)
WRITERS = {"archives": write_archives, "folders": write_folders}
FIRST = "images_background/Greek/character01/0001_01.png"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_archives(tmp_path / "data", FILES)
    return tmp_path / "data"


def load(folder: Path, cache: Path, **options: Any) -> ImageClasses:
    return load_omniglot(folder, cache=cache, manifest=MANIFEST, **options)


def expect(dataset: ImageClasses, resize: Any = "nearest") -> None:
    assert dataset.names == NAMES
    expected = np.stack([resize_drawings(DRAWINGS[name], resize) for name in NAMES])
    np.testing.assert_array_equal(dataset.images, expected)


def no_decoding(*arguments: object) -> None:
    raise AssertionError("decoded again")


@pytest.mark.parametrize("inside", [".", "omniglot"])
@pytest.mark.parametrize("layout", WRITERS)
def test_archives_and_folders_load_from_the_data_folder_or_its_subfolder(
    tmp_path: Path, cache: Path, layout: str, inside: str
) -> None:
    WRITERS[layout](tmp_path / inside, FILES)
    expect(load(tmp_path, cache))


def test_one_archive_may_be_unpacked_and_the_other_not(tmp_path: Path, cache: Path) -> None:
    background = {name: data for name, data in FILES.items() if "background" in name}
    write_archives(tmp_path, FILES)
    (tmp_path / "images_background.zip").unlink()
    write_folders(tmp_path, background)
    expect(load(tmp_path, cache))


def test_another_encoding_of_the_same_drawings_loads(tmp_path: Path, cache: Path) -> None:
    write_archives(tmp_path, tiny_files(DRAWINGS, mode="RGB"))
    expect(load(tmp_path, cache))


def test_the_cache_distinguishes_how_images_are_resized(data: Path, cache: Path) -> None:
    for _ in range(2):
        expect(load(data, cache, resize="nearest"), "nearest")
        expect(load(data, cache, resize="antialiased"), "antialiased")


def test_progress_counts_characters(data: Path, cache: Path) -> None:
    calls: list[tuple[int, int]] = []
    load(data, cache, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_the_second_load_decodes_nothing(data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(data, cache)
    monkeypatch.setattr(maml_tf.datasets.omniglot.loading, "read_characters", no_decoding)
    second = load(data, cache)
    expect(second)
    assert second.checksum == first.checksum


def test_the_cache_is_where_the_environment_says(data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAML_TF_CACHE", str(cache))
    load_omniglot(data, manifest=MANIFEST)
    assert [file.suffix for file in cache.iterdir()] == [".npz"]


def test_a_user_without_any_cache_folder_can_load(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maml_tf.datasets.omniglot.loading, "default_cache_folder", lambda: None)
    expect(load_omniglot(data, manifest=MANIFEST))


def test_a_corrupt_cache_is_made_again(data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(data, cache)
    (file,) = cache.iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 1
    file.write_bytes(content)
    expect(load(data, cache))
    monkeypatch.setattr(maml_tf.datasets.omniglot.loading, "read_characters", no_decoding)
    expect(load(data, cache))


def test_a_cache_of_other_characters_is_made_again(data: Path, cache: Path) -> None:
    dataset = load(data, cache)
    (file,) = cache.iterdir()
    write_cache(file, dataset.select(NAMES[:2]))
    expect(load(data, cache))


def test_a_cache_that_vouches_for_itself_is_not_believed(data: Path, cache: Path) -> None:
    """Other images with a right checksum of their own."""
    right = load(data, cache)
    (file,) = cache.iterdir()
    write_cache(file, ImageClasses(images=right.images[::-1].copy(), names=right.names))
    pinned = replace(MANIFEST, decoded={"nearest": right.checksum})
    expect(load_omniglot(data, cache=cache, manifest=pinned))


def test_other_pixels_than_the_pinned_ones_are_refused(data: Path, cache: Path) -> None:
    pinned = replace(MANIFEST, decoded={"nearest": "f" * 64})
    with pytest.raises(DatasetError, match=r"Omniglot resized by 'nearest' has checksum .*; allowed: ffffffffffff"):
        load_omniglot(data, cache=cache, manifest=pinned)
    assert not cache.exists()


def test_a_cache_of_other_decoding_code_is_made_again(data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(data, cache)
    monkeypatch.setattr(maml_tf.datasets.omniglot.loading, "DECODING_VERSION", 2)
    load(data, cache)
    assert len(list(cache.iterdir())) == 2


def test_an_unwritable_cache_is_no_error(data: Path, cache: Path) -> None:
    cache.write_text("a file in the way")
    expect(load(data, cache))
    assert cache.read_text() == "a file in the way"


@pytest.mark.parametrize("folder", ["nowhere", "x" * 5000, "null\0byte", "."])
def test_missing_data_says_what_to_get_and_where(tmp_path: Path, cache: Path, folder: str) -> None:
    with pytest.raises(DatasetMissing, match=r"download images_background.zip and .* from https://") as raised:
        load(tmp_path / folder, cache)
    assert "\n" not in str(raised.value)


def test_a_missing_archive_is_named(data: Path, cache: Path) -> None:
    (data / "images_evaluation.zip").unlink()
    with pytest.raises(DatasetMissing, match=r"has images_evaluation.zip or a folder"):
        load(data, cache)


def test_data_must_be_there_even_if_it_is_cached(data: Path, cache: Path) -> None:
    load(data, cache)
    for archive in data.iterdir():
        archive.unlink()
    with pytest.raises(DatasetMissing):
        load(data, cache)


def test_an_archive_is_preferred_to_a_folder(data: Path) -> None:
    write_folders(data, FILES)
    assert [path.suffix for path in find_omniglot(data)] == [".zip", ".zip"]


def changed_files(changes: dict[str, bytes | None]) -> dict[str, bytes]:
    """Returns the files with some of them replaced, added or, if None, left out."""
    return {name: data for name, data in (FILES | changes).items() if data is not None}


BAD_CONTENT: dict[str, tuple[dict[str, bytes | None], str]] = {
    "a drawing too few": (
        {FIRST: None},
        r"1 of 3 characters differ, first 'Greek/character01' \(1 drawings instead of 2\)",
    ),
    "a drawing too many": (
        {FIRST.replace("_01", "_03"): FILES[FIRST]},
        r"1 of 3 characters differ, first 'Greek/character01' \(3 drawings instead of 2\)",
    ),
    "no character": (
        {FIRST: None, FIRST.replace("_01", "_02"): None},
        r"1 of 3 characters differ, first 'Greek/character01' \(missing\)",
    ),
    "a stray image": (
        {"images_background/stray.png": FILES[FIRST]},
        r"1 of 3 characters differ, first 'images_background' \(no such character\)",
    ),
    "another drawing": (
        {FIRST: png(np.eye(105, dtype=np.bool_))},
        r"1 of 3 characters differ, first 'Greek/character01' \(other drawings, or in another order\)",
    ),
    "drawings exchanged": (
        {FIRST: FILES[FIRST.replace("_01", "_02")], FIRST.replace("_01", "_02"): FILES[FIRST]},
        r"1 of 3 characters differ, first 'Greek/character01' \(other drawings, or in another order\)",
    ),
    "another size": (
        {FIRST: png(np.eye(28, dtype=np.bool_))},
        "'Greek/character01/0001_01.png' is 28x28 pixels; allowed: 105x105",
    ),
    "a broken image": (
        {FIRST: FILES[FIRST][:60]},
        "'Greek/character01/0001_01.png' cannot be decoded as a PNG image",
    ),
}


@pytest.mark.parametrize("layout", WRITERS)
@pytest.mark.parametrize("case", BAD_CONTENT)
def test_bad_content_is_refused_in_one_line_and_nothing_is_kept(
    tmp_path: Path, cache: Path, layout: str, case: str
) -> None:
    changes, message = BAD_CONTENT[case]
    WRITERS[layout](tmp_path / "data", changed_files(changes))
    before = {path: path.stat().st_size for path in (tmp_path / "data").rglob("*")}
    with pytest.raises(DatasetError, match=message) as raised:
        load(tmp_path / "data", cache)
    assert "\n" not in str(raised.value)
    assert {path: path.stat().st_size for path in (tmp_path / "data").rglob("*")} == before
    assert not cache.exists()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: content[:-100], "is not a complete zip archive"),
        (lambda content: b"<!DOCTYPE html>", "is a web page, not a zip archive"),
    ],
)
def test_a_bad_archive_is_refused_and_kept(data: Path, cache: Path, spoil: Any, message: str) -> None:
    archive = data / "images_background.zip"
    archive.write_bytes(spoil(archive.read_bytes()))
    with pytest.raises(DatasetError, match=f"images_background.zip' {message}.* from https://"):
        load(data, cache)
    assert archive.exists()
    assert not cache.exists()


def test_an_archive_that_leads_outside_is_refused_and_writes_nothing(tmp_path: Path, cache: Path) -> None:
    write_archives(tmp_path / "data", changed_files({"images_background/../../escaped.png": FILES[FIRST]}))
    with pytest.raises(DatasetError, match=r"its entry 'images_background/../../escaped.png' leads outside"):
        load(tmp_path / "data", cache)
    assert not list(tmp_path.rglob("escaped.png"))


def test_an_unknown_resize_is_refused(data: Path, cache: Path) -> None:
    with pytest.raises(DatasetError, match="resize is 'cubic'; allowed: nearest, antialiased"):
        load(data, cache, resize="cubic")


def test_importing_the_datasets_needs_neither_tensorflow_nor_pillow() -> None:
    package = Path(maml_tf.datasets.__file__).parents[1]
    # The package around it is replaced by an empty one, whose imports would count as well.
    program = (
        "import sys, types; parent = types.ModuleType('maml_tf'); sys.modules['maml_tf'] = parent; "
        f"parent.__path__ = [{str(package)!r}]; import maml_tf.datasets; "
        "print(sorted({'tensorflow', 'tensorflow_datasets', 'PIL'} & sys.modules.keys()))"
    )
    environment = os.environ | {"PYTHONPATH": str(package.parent)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_the_setting_the_data_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAML_TF_DATA", raising=False)
    with pytest.raises(DatasetMissing, match="MAML_TF_DATA is not set"):
        omniglot_images(split="train", reading="code")


def test_a_setting_that_names_no_folder_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAML_TF_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DatasetMissing, match="nowhere"):
        omniglot_images(split="train", reading="code")


def test_real_characters_are_split_as_the_reading_says() -> None:
    folder_with(find_omniglot)
    train, test = (omniglot_images(split=split, reading="code") for split in ("train", "test"))
    assert (train.images.shape, test.images.shape) == ((1100, 20, 28, 28), (423, 20, 28, 28))
    assert not set(train.names) & set(test.names)
    assert set(np.unique(test.images)) == {0, 255}
