"""The committed manifests and splits can be regenerated."""

import dataclasses
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from maml_tf.datasets import DatasetError, load_omniglot, regenerate
from maml_tf.datasets.omniglot.drawings import Resize, fingerprint
from maml_tf.datasets.omniglot.manifest import OmniglotManifest, load_omniglot_manifest
from tests.maml_tf.datasets.mini_imagenet import tiny as tiny_mini_imagenet
from tests.maml_tf.datasets.omniglot.tiny import ARCHIVE_OF, tiny_drawings, tiny_files, tiny_manifest, write_archives

COMMITTED = files("maml_tf.datasets")
OMNIGLOT = ("omniglot/manifest.json", "omniglot/splits.json")


def test_the_manifest_of_drawings_equals_the_one_of_the_tests(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    drawings = {name: generator.random([20, 105, 105]) < 0.3 for name in ARCHIVE_OF}
    write_archives(tmp_path, tiny_files(drawings))
    manifest = regenerate.make_omniglot_manifest(tmp_path)
    assert manifest["characters"] == tiny_manifest(drawings).characters
    assert manifest["drawings"] == 20
    found = OmniglotManifest(**{key: manifest[key] for key in ("drawings", "characters", "orders", "decoded")})
    resizes: tuple[Resize, ...] = ("nearest", "antialiased")
    for resize in resizes:
        dataset = load_omniglot(tmp_path, resize=resize, cache=tmp_path / "cache", manifest=found)
        assert dataset.checksum == manifest["decoded"][resize]
    for name, ink in drawings.items():
        ranked = sorted(ink, key=fingerprint)
        np.testing.assert_array_equal([ranked[rank] for rank in found.ranks(name)], ink)


def test_the_manifest_of_photographs_equals_the_one_of_the_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regenerate, "PHOTOGRAPHS", tiny_mini_imagenet.IMAGES)
    tiny_mini_imagenet.write_archives(tmp_path, tiny_mini_imagenet.tiny_files())
    regenerate.regenerate(tmp_path, tmp_path / "made", ["mini_imagenet"])
    (file,) = (tmp_path / "made").rglob("*.json")
    content = json.loads(file.read_text())
    expected = tiny_mini_imagenet.tiny_manifest()
    assert content["images"] == tiny_mini_imagenet.IMAGES
    assert content["splits"] == dataclasses.asdict(expected)["splits"]


def test_photographs_without_lists_are_refused(tmp_path: Path) -> None:
    tiny_mini_imagenet.write_folders(tmp_path, tiny_mini_imagenet.tiny_files())
    with pytest.raises(DatasetError, match=r"the train split of MiniImagenet in .* comes without a list"):
        regenerate.make_mini_imagenet_manifest(tmp_path)


def test_an_incomplete_character_is_refused(tmp_path: Path) -> None:
    write_archives(tmp_path, tiny_files(tiny_drawings()))
    with pytest.raises(DatasetError, match=r"'Ge_ez_\(old\)/character01' has 2 drawings; allowed: 20"):
        regenerate.regenerate(tmp_path, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_the_committed_splits_follow_from_their_seed() -> None:
    committed = json.loads(COMMITTED.joinpath(OMNIGLOT[1]).read_text("utf-8"))
    names = list(load_omniglot_manifest().names)
    assert regenerate.make_omniglot_splits(names) == committed
    assert regenerate.make_omniglot_splits(names[::-1]) == committed
    assert committed["seed"] == regenerate.SPLIT_SEED


def test_missing_data_is_reported_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "maml_tf.datasets.regenerate", str(tmp_path), "--into", str(tmp_path)]
    root = Path(regenerate.__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Omniglot is not in")
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_real_images_give_the_committed_files(omniglot_folder: Path, tmp_path: Path) -> None:
    regenerate.regenerate(omniglot_folder, tmp_path, ["omniglot"])
    for name in OMNIGLOT:
        assert (tmp_path / name).read_bytes() == COMMITTED.joinpath(name).read_bytes()
