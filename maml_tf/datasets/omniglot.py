"""Omniglot: 1,623 handwritten characters of 50 alphabets, 20 drawings each.

Lake, Salakhutdinov and Tenenbaum, "Human-level concept learning through probabilistic program
induction", Science 350 (2015).
"""

import os
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.cache import default_cache_folder, read_cache, write_cache
from maml_tf.datasets.drawings import IMAGE_SIDE, Resize, decode_drawing, fingerprint, resize_drawings
from maml_tf.datasets.errors import DatasetError, DatasetMissing
from maml_tf.datasets.folder import data_folder
from maml_tf.datasets.image_classes import ImageClasses
from maml_tf.datasets.image_files import read_image_files
from maml_tf.datasets.manifest import Manifest, load_manifest
from maml_tf.datasets.omniglot_tfds import DOWNLOAD_SETTING, download, find_prepared, may_download, read_prepared

PARTS = ("images_background", "images_evaluation")
ORIGIN = "https://github.com/brendenlake/omniglot/tree/master/python"


def load_omniglot(
    folder: Path | None,
    *,
    resize: Resize = "nearest",
    cache: Path | None = None,
    manifest: Manifest | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ImageClasses:
    """Loads all characters, verified against the manifest, at 28x28 with ink = 255.

    The first load decodes every drawing and keeps the result; later ones read that. The data must
    be in the folder either way.

    Args:
        folder: The data folder, as for `find_omniglot`. Where it holds no Omniglot, TensorFlow Datasets
            downloads it if the user allows that (`MAML_TF_DOWNLOAD=1`).
        resize: `nearest` (as the authors' program really does) or `antialiased`.
        cache: Where decoded images are kept; `default_cache_folder()` if None.
        manifest: What the folder must hold; the published characters if None.
        progress: Called with the characters decoded so far and their total.

    Returns:
        Images [1623, 20, 28, 28] in the order of the sorted names `Alphabet/character01`.

    Raises:
        DatasetMissing: If the data is nowhere.
        DatasetError: If the data is damaged or not the published one, if it cannot be downloaded, if
            `resize` is none of the above, or if images must be decoded and Pillow is absent.
    """
    if resize not in get_args(Resize):
        raise DatasetError(f"resize is {resize!r}; allowed: {', '.join(get_args(Resize))}")
    manifest = manifest or load_manifest("omniglot")
    parts = _find_or_download(folder)
    kept = cache or default_cache_folder()
    file = kept / f"omniglot-{resize}-{manifest.checksum[:16]}.npz" if kept else None
    dataset = read_cache(file) if file else None
    if dataset is None or dataset.names != manifest.names:
        dataset = _decode(parts, resize, manifest, progress)
        if file:
            write_cache(file, dataset)
    return dataset


def find_omniglot(folder: Path | None) -> tuple[Path, ...]:
    """Finds Omniglot in the data folder or, failing that, where TensorFlow Datasets has prepared it.

    Args:
        folder: The data folder: it or its subfolder `omniglot` holds `images_background` and
            `images_evaluation`, each as the published zip archive or as the folder unpacked from it.
            If None, the one of the setting `MAML_TF_DATA`.

    Returns:
        The two archives or folders, or the one folder of TensorFlow Datasets.

    Raises:
        DatasetMissing: If it is in neither place.
    """
    try:
        return find_omniglot_files(folder or data_folder())
    except DatasetMissing as missing:
        if prepared := find_prepared():
            return (prepared,)
        raise DatasetMissing(
            f"{missing}, or set {DOWNLOAD_SETTING}=1 to have TensorFlow Datasets download Omniglot"
        ) from missing


def find_omniglot_files(folder: Path) -> tuple[Path, ...]:
    """Finds the archives or folders of the two parts without opening them.

    Where a part is there both ways, the archive is taken: it is complete or refused.

    Raises:
        DatasetMissing: If a part is not there.
    """
    homes = (folder / "omniglot", folder)
    found = []
    for part in PARTS:
        candidates = [path for home in homes for path in (home / f"{part}.zip", home / part)]
        # Unlike its like in pathlib, this takes a folder that cannot be looked into as absent.
        present = [path for path in candidates if os.path.exists(path)]
        if not present:
            raise DatasetMissing(
                f"Omniglot is not in {str(folder)!r}: it has no {part}.zip and no folder {part}, nor has "
                f"its subfolder omniglot; download {' and '.join(f'{p}.zip' for p in PARTS)} from {ORIGIN}"
            )
        found.append(present[0])
    return tuple(found)


def read_characters(
    parts: tuple[Path, ...], manifest: Manifest | None = None
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Reads and decodes the characters one by one, in the order of their names.

    Args:
        parts: What `find_omniglot` found.
        manifest: If given, the counts are checked against it before anything is decoded.

    Yields:
        The name of the character and where the ink is: bool, [drawings, 105, 105], in the order of
        the file names.

    Raises:
        DatasetError: If an archive or a drawing cannot be read, or the counts are wrong.
    """
    if len(parts) == 1:
        yield from read_prepared(parts[0], manifest or load_manifest("omniglot"))
        return
    data = {name: content for part in parts for name, content in read_image_files(part, ORIGIN).items()}
    grouped = groupby(sorted(data), key=lambda name: name.rpartition("/")[0])
    characters = {character: list(names) for character, names in grouped}
    if manifest:
        counts = {character: len(names) for character, names in characters.items()}
        manifest.check_counts(counts, str(parts[0].parent))
    for character in sorted(characters):
        yield character, np.stack([decode_drawing(name, data[name]) for name in characters[character]])


def _find_or_download(folder: Path | None) -> tuple[Path, ...]:
    try:
        return find_omniglot(folder)
    except DatasetMissing:
        if may_download():
            return (download(),)
        raise


def _decode(
    parts: tuple[Path, ...],
    resize: Resize,
    manifest: Manifest,
    progress: Callable[[int, int], None] | None,
) -> ImageClasses:
    names = manifest.names
    images = np.empty([len(names), manifest.drawings, IMAGE_SIDE, IMAGE_SIDE], np.uint8)
    fingerprints = {}
    for index, (name, drawings) in enumerate(read_characters(parts, manifest)):
        images[index] = resize_drawings(drawings, resize)
        fingerprints[name] = fingerprint(drawings)
        if progress:
            progress(index + 1, len(names))
    manifest.check_fingerprints(fingerprints, str(parts[0].parent))
    return ImageClasses(images=images, names=names)
