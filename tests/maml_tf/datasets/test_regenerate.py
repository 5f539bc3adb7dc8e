"""The committed lists, made again."""

import dataclasses
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from maml_tf.datasets import DatasetError, regenerate
from maml_tf.datasets.drawings import fingerprint
from maml_tf.datasets.manifest import Manifest, load_manifest
from tests.maml_tf.datasets import tiny_mini_imagenet
from tests.maml_tf.datasets.tiny_mini_imagenet import IMAGES
from tests.maml_tf.datasets.tiny_omniglot import (
    PLACES,
    tiny_drawings,
    tiny_files,
    tiny_manifest,
    write_archives,
)

COMMITTED = files("maml_tf.datasets")
LISTS = ("manifests/omniglot.json", "splits/omniglot.json")


def test_the_manifest_of_drawings_is_that_of_the_tests(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    drawings = {name: generator.random([20, 105, 105]) < 0.3 for name in PLACES}
    write_archives(tmp_path, tiny_files(drawings))
    manifest = regenerate.make_manifest(tmp_path)
    assert manifest["characters"] == tiny_manifest(drawings).characters
    assert manifest["drawings"] == 20
    found = Manifest(**{key: manifest[key] for key in ("drawings", "characters", "orders")})
    for name, ink in drawings.items():
        ranked = sorted(ink, key=fingerprint)
        np.testing.assert_array_equal([ranked[place] for place in found.places(name)], ink)


def test_the_manifest_of_photographs_is_that_of_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regenerate, "PHOTOGRAPHS", IMAGES)
    tiny_mini_imagenet.write_archives(tmp_path, tiny_mini_imagenet.tiny_files())
    regenerate.regenerate(tmp_path, tmp_path / "lists", ["mini_imagenet"])
    (file,) = (tmp_path / "lists").rglob("*.json")
    content = json.loads(file.read_text())
    expected = tiny_mini_imagenet.tiny_manifest()
    assert content["images"] == IMAGES
    assert content["splits"] == dataclasses.asdict(expected)["splits"]


def test_photographs_without_lists_are_refused(tmp_path: Path) -> None:
    tiny_mini_imagenet.write_folders(tmp_path, tiny_mini_imagenet.tiny_files())
    with pytest.raises(DatasetError, match=r"the train split of MiniImagenet in .* has no list"):
        regenerate.make_mini_imagenet_manifest(tmp_path)


def test_an_incomplete_character_is_refused(tmp_path: Path) -> None:
    write_archives(tmp_path, tiny_files(tiny_drawings()))
    with pytest.raises(DatasetError, match=r"'Ge_ez_\(old\)/character01' has 2 drawings; allowed: 20"):
        regenerate.regenerate(tmp_path, tmp_path / "lists")
    assert not (tmp_path / "lists").exists()


def test_the_committed_split_is_drawn_as_it_says() -> None:
    committed = json.loads(COMMITTED.joinpath(LISTS[1]).read_text("utf-8"))
    names = list(load_manifest("omniglot").names)
    assert regenerate.make_split(names) == committed
    assert regenerate.make_split(names[::-1]) == committed
    assert committed["seed"] == regenerate.SPLIT_SEED


def test_missing_data_is_told_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "maml_tf.datasets.regenerate", str(tmp_path), "--into", str(tmp_path)]
    root = Path(regenerate.__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Omniglot is not in")
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_committed_lists_are_those_of_the_real_images(omniglot_folder: Path, tmp_path: Path) -> None:
    regenerate.regenerate(omniglot_folder, tmp_path, ["omniglot"])
    for name in LISTS:
        assert (tmp_path / name).read_bytes() == COMMITTED.joinpath(name).read_bytes()
