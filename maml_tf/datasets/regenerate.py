"""Regenerates the manifests and splits: `python -m maml_tf.datasets.regenerate DATA_FOLDER [omniglot|mini_imagenet]`.

Writes `omniglot/manifest.json` and `omniglot/splits.json`, or `mini_imagenet/manifest.json`. The same images give the
same files.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.image_classes import SPLITS, ImageClasses, Split
from maml_tf.datasets.mini_imagenet.manifest import (
    ClassFingerprints,
    MiniImagenetManifest,
    fingerprint_files,
    fingerprint_names,
)
from maml_tf.datasets.mini_imagenet.sources import ListedImages, find_mini_imagenet, read_list
from maml_tf.datasets.omniglot.drawings import Resize, fingerprint, resize_drawings
from maml_tf.datasets.omniglot.loading import find_omniglot_files, read_characters
from maml_tf.files import replaced_atomically

SPLIT_SEED = 1
DRAWINGS = 20
SPLIT_SIZES = {
    "code": {"train": 1100, "validation": 100, "test": 423},
    "text": {"train": 1200, "test": 423},
}
PHOTOGRAPHS = 600
NAMES = ("omniglot", "mini_imagenet")


def make_omniglot_manifest(folder: Path) -> dict[str, Any]:
    """Makes the manifest of the Omniglot images in a data folder."""
    characters, orders = {}, {}
    images: dict[Resize, list[NDArray[np.uint8]]] = {resize: [] for resize in get_args(Resize)}
    for name, drawings in read_characters(find_omniglot_files(folder)):
        if len(drawings) != DRAWINGS:
            raise DatasetError(f"{name!r} has {len(drawings)} drawings; allowed: {DRAWINGS}")
        characters[name] = fingerprint(drawings)
        orders[name] = rank_letters(drawings)
        for resize, of_characters in images.items():
            of_characters.append(resize_drawings(drawings, resize))
    names = tuple(characters)
    return {
        "about": "characters: the first 16 hexadecimal digits of the sha256 of the bits (ink = 1, packed, row by row) "
        "of all drawings of a character, in the order of their file names. orders: one letter per drawing, in the "
        "order of the file names, for its rank among the drawings of the character sorted by their own fingerprints. "
        "decoded: the sha256 of the names, the shape and the pixels of all images, by way of resizing.",
        "drawings": DRAWINGS,
        "decoded": {
            resize: ImageClasses(images=np.stack(of_characters), names=names).checksum
            for resize, of_characters in images.items()
        },
        "characters": characters,
        "orders": orders,
    }


def rank_letters(drawings: NDArray[np.bool_]) -> str:
    """Returns one letter per drawing for its rank among the drawings sorted by fingerprint, starting with `a`."""
    ranked = sorted(range(len(drawings)), key=lambda index: fingerprint(drawings[index]))
    return "".join(chr(ord("a") + ranked.index(index)) for index in range(len(drawings)))


def make_omniglot_splits(names: list[str]) -> dict[str, Any]:
    """Makes the splits of the given characters; the order of the names has no influence."""
    order = np.random.default_rng(SPLIT_SEED).permutation(len(names))
    ordered = sorted(names)
    return {
        "about": "All characters, sorted by name and then shuffled by numpy.random.default_rng(seed).permutation. "
        "The splits are consecutive sections of this order. The authors shuffled the order in which their file "
        "system listed the folders, which cannot be recovered.",
        "seed": SPLIT_SEED,
        "sizes": SPLIT_SIZES,
        "order": [ordered[index] for index in order],
    }


def make_mini_imagenet_manifest(folder: Path) -> dict[str, Any]:
    """Makes the manifest of the MiniImagenet lists and images in a data folder."""
    return {
        "about": "By split and class (WordNet id), the first 16 hexadecimal digits of a sha256. names: of the file "
        "names in the published list, sorted, without suffix, one per line. files: of the fingerprints of the files "
        "of one edition, in the order of their names; the fingerprint of a file is the same digits of its sha256.",
        "images": PHOTOGRAPHS,
        "splits": {split: _mini_imagenet_split(folder, split) for split in SPLITS},
    }


def regenerate(folder: Path, into: Path, names: Sequence[str] = NAMES) -> None:
    """Writes the manifests and splits of data sets.

    Args:
        folder: The data folder, as for `load_omniglot` and `load_mini_imagenet`.
        into: The folder with the folders of the data sets.
        names: The data sets.

    Raises:
        DatasetError: The data is missing or cannot be read, or a class is not complete.
    """
    contents: dict[str, dict[str, Any]] = {}
    if "omniglot" in names:
        manifest = make_omniglot_manifest(folder)
        splits = make_omniglot_splits(list(manifest["characters"]))
        contents |= {"omniglot/manifest.json": manifest, "omniglot/splits.json": splits}
    if "mini_imagenet" in names:
        contents["mini_imagenet/manifest.json"] = make_mini_imagenet_manifest(folder)
    for name, content in contents.items():
        with replaced_atomically(into / name) as file:
            file.write((json.dumps(content, indent=1) + "\n").encode())


def _mini_imagenet_split(folder: Path, split: Split) -> dict[str, dict[str, str]]:
    source = find_mini_imagenet(folder, split)
    if not isinstance(source, ListedImages):
        raise DatasetError(f"the {split} split of MiniImagenet in {str(folder)!r} comes without a list")
    published = {name: fingerprint_names(names) for name, names in read_list(source.file).items()}
    classes = {name: ClassFingerprints(names=names, files="") for name, names in published.items()}
    files = {name: [""] * PHOTOGRAPHS for name in published}
    manifest = MiniImagenetManifest(images=PHOTOGRAPHS, splits={split: classes})
    for photograph in source.photographs(manifest, split):
        files[photograph.class_name][photograph.position] = photograph.fingerprint
    return {name: {"names": published[name], "files": fingerprint_files(files[name])} for name in sorted(published)}


def main() -> None:
    """Runs `regenerate` with the arguments of the command line."""
    parser = argparse.ArgumentParser(description="Regenerate the manifests and splits.")
    parser.add_argument("folder", type=Path, help="data folder with the images")
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="data sets (default: all)")
    parser.add_argument(
        "--into", type=Path, default=Path(__file__).parent, help="folder to write to (default: the library)"
    )
    arguments = parser.parse_args()
    try:
        regenerate(arguments.folder, arguments.into, arguments.names or NAMES)
    except DatasetError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
