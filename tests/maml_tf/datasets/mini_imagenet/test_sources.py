"""MiniImagenet in its several forms, intact and damaged, read without TensorFlow Datasets."""

import collections
import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from maml_tf.datasets import DatasetError, DatasetMissing, find_mini_imagenet
from maml_tf.datasets.image_classes import Split
from maml_tf.datasets.mini_imagenet.photographs import Photograph
from maml_tf.datasets.mini_imagenet.pickles import PickledArrays
from maml_tf.datasets.mini_imagenet.sources import ClassFolders, ListedImages
from tests.maml_tf.datasets.mini_imagenet.tiny import (
    CLASSES,
    FOLDERS,
    IMAGES,
    jpeg,
    tiny_files,
    tiny_manifest,
    tiny_pickle,
    tiny_pixels,
    write_archives,
    write_folders,
    write_listed_folders,
    write_lists,
    write_pickles,
    write_tar,
)

FILES = tiny_files()
MANIFEST = tiny_manifest()
FIRST = "train/n00000001/n0000000100000007.jpg"
WRITERS: dict[str, Callable[[Path, Any], None]] = {
    "archives": write_archives,
    "lists": write_listed_folders,
    "folders": write_folders,
    "pickles": write_pickles,
}


def read(folder: Path, split: Split = "train") -> list[Photograph]:
    return sorted(find_mini_imagenet(folder, split).photographs(MANIFEST, split), key=lambda photograph: photograph[:2])


def pixels(photograph: Photograph) -> Any:
    image = photograph.image
    return np.asarray(Image.open(io.BytesIO(image))) if isinstance(image, bytes) else image


@pytest.mark.parametrize("inside", [".", "miniimagenet", "mini_imagenet", "mini-imagenet"])
@pytest.mark.parametrize("form", WRITERS)
def test_every_form_gives_the_same_images_in_the_same_order(tmp_path: Path, form: str, inside: str) -> None:
    WRITERS[form](tmp_path / inside, FILES)
    for split, names in CLASSES.items():
        photographs = read(tmp_path, split)
        assert [photograph[:2] for photograph in photographs] == [(name, i) for name in names for i in range(IMAGES)]
        paths = sorted(path for path in FILES if path.startswith(f"{FOLDERS[split]}/"))
        for photograph, path in zip(photographs, paths, strict=True):
            np.testing.assert_array_equal(pixels(photograph), np.asarray(Image.open(io.BytesIO(FILES[path]))))
            assert bool(photograph.fingerprint) == (form != "pickles")


def test_lists_are_preferred_to_folders_and_folders_to_pickles(tmp_path: Path) -> None:
    write_pickles(tmp_path, FILES)
    assert isinstance(find_mini_imagenet(tmp_path, "train"), PickledArrays)
    write_lists(tmp_path, FILES)  # lists without images are ignored
    assert isinstance(find_mini_imagenet(tmp_path, "train"), PickledArrays)
    write_folders(tmp_path, FILES)
    assert isinstance(find_mini_imagenet(tmp_path, "train"), ListedImages)
    (tmp_path / "splits" / "train.csv").unlink()
    assert isinstance(find_mini_imagenet(tmp_path, "train"), ClassFolders)


@pytest.mark.parametrize("folder", ["nowhere", "x" * 5000, "."])
def test_missing_data_is_described(tmp_path: Path, folder: str) -> None:
    (tmp_path / "train").mkdir()  # an empty folder is not a split
    with pytest.raises(DatasetMissing, match=r"the train split .* splits/train.csv .*-cache-train.pkl; download") as e:
        find_mini_imagenet(tmp_path / folder, "train")
    assert "\n" not in str(e.value)


def test_an_unknown_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="split is 'dev'; allowed: train, validation, test"):
        find_mini_imagenet(tmp_path, "dev")  # type: ignore[arg-type]


def test_images_of_another_size_are_resized_as_the_authors_do(tmp_path: Path) -> None:
    large = tiny_files("PNG", side=100)
    write_folders(tmp_path, large)
    expected = Image.fromarray(tiny_pixels(side=100)[0, 0]).resize((84, 84), Image.Resampling.LANCZOS)
    np.testing.assert_array_equal(pixels(read(tmp_path)[0]), np.asarray(expected))


def test_grey_images_become_colour(tmp_path: Path) -> None:
    grey = np.arange(84 * 84, dtype=np.uint8).reshape(84, 84)
    write_folders(tmp_path, FILES | {FIRST: jpeg(grey, "PNG")})
    np.testing.assert_array_equal(pixels(read(tmp_path)[0]), np.stack([grey] * 3, axis=-1))


def test_archives_of_another_split_are_not_read(tmp_path: Path) -> None:
    write_archives(tmp_path, FILES)
    (tmp_path / "test.tar.xz").write_text("not looked at")
    assert len(read(tmp_path, "train")) == 2 * IMAGES


def changed(changes: dict[str, bytes | None]) -> dict[str, bytes]:
    """Returns the files with some of them replaced, added or, if None, left out."""
    return {name: data for name, data in (FILES | changes).items() if data is not None}


def test_swapped_splits_are_refused(tmp_path: Path) -> None:
    swap = {"train": "val", "val": "train", "test": "test"}
    files = {"/".join([swap[name.split("/")[0]], *name.split("/")[1:]]): data for name, data in FILES.items()}
    for form in ("lists", "archives", "folders"):
        WRITERS[form](tmp_path / form, files)
        with pytest.raises(DatasetError, match=r"3 classes differ from its 2, .*\(missing\)"):
            read(tmp_path / form)
        with pytest.raises(DatasetError, match=r"first 'n00000001' \(a class of the train split\)"):
            read(tmp_path / form, "validation")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({FIRST: None}, r"1 classes differ from its 2, first 'n00000001' \(2 images instead of 3\)"),
        ({FIRST.replace("07.", "17."): b"x"}, r"first 'n00000001' \(4 images instead of 3\)"),
        ({name: None for name in FILES if "n00000004" in name}, r"first 'n00000004' \(missing\)"),
        ({"train/n00000009/1.jpg": b"x"}, r"first 'n00000009' \(no such class\)"),
        (
            {FIRST: None, FIRST.replace("07.", "17."): FILES[FIRST]},
            r"first 'n00000001' \(other file names than in the published list\)",
        ),
    ],
)
@pytest.mark.parametrize("form", ["archives", "lists", "folders"])
def test_wrong_classes_counts_and_names_are_refused(
    tmp_path: Path, form: str, changes: dict[str, bytes | None], message: str
) -> None:
    WRITERS[form](tmp_path, changed(changes))
    with pytest.raises(DatasetError, match=f"does not hold the published train split: .*{message}"):
        read(tmp_path)


@pytest.mark.parametrize("form", ["archives", "lists"])
def test_a_listed_image_that_is_not_there_is_named(tmp_path: Path, form: str) -> None:
    WRITERS[form](tmp_path, changed({FIRST: None}))
    write_lists(tmp_path, FILES)
    with pytest.raises(
        DatasetError, match=r"1 images that .*train.csv' lists are not in .*first 'n0000000100000007.jpg"
    ):
        read(tmp_path)


@pytest.mark.parametrize("data", [b"no image", FILES[FIRST][:20]])
@pytest.mark.parametrize("form", ["archives", "lists", "folders"])
def test_a_file_that_is_no_image_is_named(tmp_path: Path, form: str, data: bytes) -> None:
    WRITERS[form](tmp_path, changed({FIRST: data}))
    with pytest.raises(DatasetError, match=r"n0000000100000007.jpg.* cannot be decoded as a JPEG or PNG image"):
        read(tmp_path)


@pytest.mark.parametrize("path", ["../n0000000100000007.jpg", "/n0000000100000007.jpg", "C:\\n0000000100000007.jpg"])
def test_a_list_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    write_archives(tmp_path, FILES)
    file = tmp_path / "splits" / "train.csv"
    file.write_text(file.read_text().replace("n0000000100000007.jpg", path))
    with pytest.raises(DatasetError, match=r"train.csv' is refused: its entry .* leads outside"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!DOCTYPE html>\n<html>", "is a web page, not a CSV list"),
        ("", r"is not a complete CSV list .*columns are \[\]; allowed: filename and label, among others"),
        ("name,class\na,b\n", r"columns are \['name', 'class'\]; allowed: filename and label"),
        ("a.jpg,n1\nb.jpg,n1\n", r"columns are \['a.jpg', 'n1'\]; allowed: filename and label"),
        ("filename,label,label\na,b,c\n", "columns are .*; allowed: filename and label"),
        ("filename,label\na,b\na\n", "its row 3 has 1 columns, not 2"),
        ("filename,label\na.jpg,n1\na.jpg,n2\n", "names an image more than once"),
        ('filename,label\n"a', "is not a complete CSV list"),
    ],
)
def test_a_bad_list_is_refused(tmp_path: Path, text: str, message: str) -> None:
    write_listed_folders(tmp_path, FILES)
    (tmp_path / "splits" / "train.csv").write_text(text)
    with pytest.raises(DatasetError, match=message) as raised:
        read(tmp_path)
    assert "\n" not in str(raised.value)


def with_index(rows: list[list[str]]) -> list[list[str]]:
    return [[str(number - 1) if number else "", *row] for number, row in enumerate(rows)]


LISTS: dict[str, Callable[[list[list[str]]], str]] = {
    "byte order mark": lambda rows: "\ufeff" + "\n".join(map(",".join, rows)),
    "index column": lambda rows: "\n".join(map(",".join, with_index(rows))),
    "swapped columns": lambda rows: "\n".join(f"{label},{name}" for name, label in rows),
    "semicolons": lambda rows: "\r\n".join(map(";".join, rows)),
    "all of them": lambda rows: "\ufeff" + "\r\n".join(";".join(reversed(row)) for row in with_index(rows)),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_that_a_spreadsheet_has_saved_are_read(tmp_path: Path, name: str) -> None:
    write_listed_folders(tmp_path, FILES)
    expected = read(tmp_path)
    file = tmp_path / "splits" / "train.csv"
    file.write_text(LISTS[name]([line.split(",") for line in file.read_text().split()]), "utf-8", newline="")
    assert read(tmp_path) == expected


def test_a_pipe_among_the_images_is_refused(tmp_path: Path) -> None:
    write_folders(tmp_path, FILES)
    (tmp_path / FIRST).unlink()
    os.mkfifo(tmp_path / FIRST)
    with pytest.raises(
        DatasetError, match=r"n0000000100000007.jpg' cannot be read: it is a device, a pipe or a folder"
    ):
        read(tmp_path)


@pytest.mark.parametrize("form", ["lists", "folders"])
def test_a_link_out_of_the_folder_is_refused(tmp_path: Path, form: str) -> None:
    home = tmp_path / "miniimagenet"
    WRITERS[form](home, FILES)
    (path,) = home.rglob(Path(FIRST).name)
    path.rename(tmp_path / "outside.jpg")
    os.symlink(tmp_path / "outside.jpg", path)
    with pytest.raises(DatasetError, match=r"n0000000100000007.jpg' is refused: it leads outside .* to .*outside.jpg"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("train/../../n0000000100000007.jpg", b"x", "leads outside"),
        ("/n0000000100000007.jpg", b"x", "leads outside"),
        (FIRST, b"", "is a link or a device"),
        (f"copy/{FIRST}", FILES[FIRST], "is there more than once"),
    ],
)
def test_an_archive_with_such_an_entry_is_refused(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    write_archives(tmp_path / "data", FILES)
    files = {path: content for path, content in FILES.items() if "n00000001" in path}
    write_tar(tmp_path / "data" / "train-0.tar.xz", files | {name: data})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DatasetError, match=message):
        read(tmp_path / "data")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("archive", ["train-0.tar.xz", "train-1.tar"])
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: content[: len(content) // 2], "is not a complete tar archive"),
        (lambda content: b"<!DOCTYPE html><title>Sign in</title>", "is a web page, not a tar archive"),
        (lambda content: b"", "is not a complete tar archive"),
    ],
)
def test_a_bad_archive_is_refused_and_kept(tmp_path: Path, archive: str, spoil: Any, message: str) -> None:
    write_archives(tmp_path, FILES)
    whole = (tmp_path / archive).read_bytes()
    (tmp_path / archive).write_bytes(spoil(whole))
    with pytest.raises(DatasetError, match=f"{archive}' {message}") as raised:
        read(tmp_path)
    assert "\n" not in str(raised.value)
    (tmp_path / archive).write_bytes(whole)
    assert len(read(tmp_path)) == 2 * IMAGES


IMAGE_DATA: Any = tiny_pickle("train")["image_data"]
CLASS_DICT: Any = tiny_pickle("train")["class_dict"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1], "holds of type list; allowed: a dictionary with 'image_data' and 'class_dict'"),
        ({"image_data": IMAGE_DATA}, "holds a dictionary with 'image_data'; allowed: .* and 'class_dict'"),
        ({"image_data": IMAGE_DATA / 255.0, "class_dict": CLASS_DICT}, r"'image_data' is float64 of shape \(6, 84"),
        ({"image_data": IMAGE_DATA[:, :83], "class_dict": CLASS_DICT}, r"'image_data' is uint8 of shape \(6, 83"),
        ({"image_data": [1], "class_dict": CLASS_DICT}, "'image_data' is of type list"),
        ({"image_data": IMAGE_DATA, "class_dict": [1]}, "'class_dict' is of type list"),
        ({"image_data": IMAGE_DATA, "class_dict": {"n00000001": [0, 6]}}, "for 'n00000001'; allowed: indices below 6"),
        ({"image_data": IMAGE_DATA, "class_dict": {"n00000001": [-1]}}, "for 'n00000001'; allowed: indices below 6"),
        ({"image_data": IMAGE_DATA, "class_dict": {"n00000001": [0.5]}}, "for 'n00000001'; allowed: indices"),
        ({"image_data": IMAGE_DATA, "class_dict": {"a": [0, 1], "b": [1]}}, "names an image twice; allowed: once"),
        ({"image_data": IMAGE_DATA, "class_dict": {"n00000001": [0, 1, 2]}}, r"first 'n00000004' \(missing\)"),
        (tiny_pickle("validation"), r"first 'n00000001' \(missing\)"),
    ],
)
def test_a_pickle_of_something_else_is_refused(tmp_path: Path, content: Any, message: str) -> None:
    (tmp_path / "mini-imagenet-cache-train.pkl").write_bytes(pickle.dumps(content))
    with pytest.raises(DatasetError, match=message) as raised:
        read(tmp_path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("protocol", range(6))
def test_pickles_with_keys_of_bytes_ranges_and_defaults_are_read(tmp_path: Path, protocol: int) -> None:
    file = tmp_path / "mini-imagenet-cache-train.pkl"
    write_pickles(tmp_path, FILES)
    expected = read(tmp_path)
    classes = collections.defaultdict(
        list, {name.encode(): range(at[0], at[-1] + 1) for name, at in CLASS_DICT.items()}
    )
    file.write_bytes(pickle.dumps({b"image_data": IMAGE_DATA, b"class_dict": classes}, protocol))
    for photograph, other in zip(read(tmp_path), expected, strict=True):
        assert photograph[:2] == other[:2]
        np.testing.assert_array_equal(photograph.image, other.image)


def test_the_stamp_covers_what_is_read(tmp_path: Path) -> None:
    names = {}
    for form, writer in WRITERS.items():
        writer(tmp_path / form, FILES)
        stamped = find_mini_imagenet(tmp_path / form, "train").stamped()
        names[form] = sorted(path.name for path in stamped)
    assert names == {
        "archives": ["train-0.tar.xz", "train-1.tar", "train.csv"],
        "lists": ["images", "train.csv"],
        "folders": ["n00000001", "n00000004"],
        "pickles": ["mini-imagenet-cache-train.pkl"],
    }
