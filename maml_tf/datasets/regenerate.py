"""Makes the committed lists of Omniglot again: `python -m maml_tf.datasets.regenerate DATA_FOLDER`.

Writes `manifests/omniglot.json` and `splits/omniglot.json`; the same images give the same files.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from maml_tf.datasets.drawings import fingerprint
from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.omniglot import find_omniglot, read_characters

SPLIT_SEED = 1
DRAWINGS = 20
SPLIT_SIZES = {
    "code": {"train": 1100, "validation": 100, "test": 423},
    "text": {"train": 1200, "test": 423},
}


def make_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the images in a data folder."""
    characters = {}
    for name, drawings in read_characters(find_omniglot(folder)):
        if len(drawings) != DRAWINGS:
            raise DatasetError(f"{name!r} has {len(drawings)} drawings; allowed: {DRAWINGS}")
        characters[name] = fingerprint(drawings)
    return {
        "about": "The first 16 hexadecimal digits of the sha256 over the bits (ink = 1, packed, row by row) "
        "of the drawings of each character, in the order of their file names.",
        "drawings": DRAWINGS,
        "characters": characters,
    }


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


def regenerate(folder: Path, into: Path) -> None:
    """Writes both lists.

    Args:
        folder: The data folder, as for `load_omniglot`.
        into: Where `manifests` and `splits` are.

    Raises:
        DatasetError: If the data is missing or cannot be read, or a character is not complete.
    """
    manifest = make_manifest(folder)
    lists = {"manifests": manifest, "splits": make_split(list(manifest["characters"]))}
    for name, content in lists.items():
        file = into / name / "omniglot.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Runs `regenerate` with the folders given on the command line."""
    parser = argparse.ArgumentParser(description="Make the committed lists of Omniglot again.")
    parser.add_argument("folder", type=Path, help="data folder with the Omniglot images")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, help="default: the library")
    arguments = parser.parse_args()
    try:
        regenerate(arguments.folder, arguments.into)
    except DatasetError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
