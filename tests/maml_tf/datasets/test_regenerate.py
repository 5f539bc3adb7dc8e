"""The committed lists, made again."""

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from maml_tf.datasets import DatasetError, regenerate
from maml_tf.datasets.manifest import load_manifest
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
    regenerate.regenerate(omniglot_folder, tmp_path)
    for name in LISTS:
        assert (tmp_path / name).read_bytes() == COMMITTED.joinpath(name).read_bytes()
