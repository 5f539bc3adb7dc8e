"""Makes the committed lists again: `python -m maml_tf.datasets.regenerate DATA_FOLDER [omniglot|mini_imagenet]`.

Writes `manifests/omniglot.json` and `splits/omniglot.json`, or `manifests/mini_imagenet.json`; the same
images give the same files.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.drawings import fingerprint
from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.mini_imagenet_folder import find_mini_imagenet
from maml_tf.datasets.mini_imagenet_lists import ListedImages, read_list
from maml_tf.datasets.mini_imagenet_manifest import (
    SPLITS,
    ClassFingerprints,
    MiniImagenetManifest,
    fingerprint_files,
    fingerprint_names,
)
from maml_tf.datasets.omniglot import find_omniglot_files, read_characters
from maml_tf.datasets.part import Part

SPLIT_SEED = 1
DRAWINGS = 20
SPLIT_SIZES = {
    "code": {"train": 1100, "validation": 100, "test": 423},
    "text": {"train": 1200, "test": 423},
}
PHOTOGRAPHS = 600
NAMES = ("omniglot", "mini_imagenet")


def make_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the Omniglot images in a data folder."""
    characters, orders = {}, {}
    for name, drawings in read_characters(find_omniglot_files(folder)):
        if len(drawings) != DRAWINGS:
            raise DatasetError(f"{name!r} has {len(drawings)} drawings; allowed: {DRAWINGS}")
        characters[name] = fingerprint(drawings)
        orders[name] = order_letters(drawings)
    return {
        "about": "The first 16 hexadecimal digits of the sha256 over the bits (ink = 1, packed, row by row) "
        "of the drawings of each character, in the order of their file names. Of the orders, a letter for each "
        "drawing in the order of the file names: its place among the drawings sorted by their own such digits.",
        "drawings": DRAWINGS,
        "characters": characters,
        "orders": orders,
    }


def order_letters(drawings: NDArray[np.bool_]) -> str:
    """The place of each drawing among all sorted by fingerprint, as a letter from `a`."""
    ranked = sorted(range(len(drawings)), key=lambda index: fingerprint(drawings[index]))
    return "".join(chr(ord("a") + ranked.index(index)) for index in range(len(drawings)))


def make_split(names: list[str]) -> dict[str, Any]:
    """The split of the given characters, whatever their order."""
    order = np.random.default_rng(SPLIT_SEED).permutation(len(names))
    ordered = sorted(names)
    return {
        "about": "All characters, sorted by name and put in the order of numpy.random.default_rng(seed)"
        ".permutation. Parts take stretches of it, one after the other. The authors shuffled the order in "
        "which their file system listed the folders, which cannot be recovered.",
        "seed": SPLIT_SEED,
        "sizes": SPLIT_SIZES,
        "order": [ordered[index] for index in order],
    }


def make_mini_imagenet_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the MiniImagenet lists and images in a data folder."""
    return {
        "about": "By split and class (WordNet id), the first 16 hexadecimal digits of a sha256. names: over the "
        "file names of the published lists, sorted, without suffix, a line each. files: over such digits of the "
        "bytes of each file of one edition, in the order of the names.",
        "images": PHOTOGRAPHS,
        "splits": {split: _mini_imagenet_split(folder, split) for split in SPLITS},
    }


def regenerate(folder: Path, into: Path, names: Sequence[str] = NAMES) -> None:
    """Writes the lists of data sets.

    Args:
        folder: The data folder, as for `load_omniglot` and `load_mini_imagenet`.
        into: Where `manifests` and `splits` are.
        names: The data sets.

    Raises:
        DatasetError: If the data is missing or cannot be read, or a class is not complete.
    """
    lists: dict[str, dict[str, Any]] = {}
    if "omniglot" in names:
        manifest = make_manifest(folder)
        lists |= {"manifests/omniglot": manifest, "splits/omniglot": make_split(list(manifest["characters"]))}
    if "mini_imagenet" in names:
        lists["manifests/mini_imagenet"] = make_mini_imagenet_manifest(folder)
    for name, content in lists.items():
        file = into / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _mini_imagenet_split(folder: Path, split: Part) -> dict[str, dict[str, str]]:
    source = find_mini_imagenet(folder, split)
    if not isinstance(source, ListedImages):
        raise DatasetError(f"the {split} split of MiniImagenet in {str(folder)!r} has no list")
    published = {name: fingerprint_names(names) for name, names in read_list(source.file).items()}
    classes = {name: ClassFingerprints(names=names, files="") for name, names in published.items()}
    files = {name: [""] * PHOTOGRAPHS for name in published}
    manifest = MiniImagenetManifest(images=PHOTOGRAPHS, splits={split: classes})
    for photograph in source.photographs(manifest, split):
        files[photograph.class_name][photograph.position] = photograph.fingerprint
    return {name: {"names": published[name], "files": fingerprint_files(files[name])} for name in sorted(published)}


def main() -> None:
    """Runs `regenerate` with the folders given on the command line."""
    parser = argparse.ArgumentParser(description="Make the committed lists again.")
    parser.add_argument("folder", type=Path, help="data folder with the images")
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="data sets; default: all")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, help="default: the library")
    arguments = parser.parse_args()
    try:
        regenerate(arguments.folder, arguments.into, arguments.names or NAMES)
    except DatasetError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
