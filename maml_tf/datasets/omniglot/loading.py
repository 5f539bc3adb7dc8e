"""Loading Omniglot: the data is found, decoded, verified and cached."""

import os
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.archives import read_png_files
from maml_tf.datasets.errors import DatasetError, DatasetMissing
from maml_tf.datasets.image_classes import ImageClasses, Split
from maml_tf.datasets.omniglot.drawings import IMAGE_SIDE, Resize, decode_drawing, fingerprint, resize_drawings
from maml_tf.datasets.omniglot.manifest import OmniglotManifest, load_omniglot_manifest
from maml_tf.datasets.omniglot.splits import Reading, omniglot_split
from maml_tf.datasets.omniglot.tfds import DOWNLOAD_SETTING, download, find_prepared, may_download, read_prepared
from maml_tf.datasets.storage import data_folder, default_cache_folder, read_cache, write_cache

ARCHIVES = ("images_background", "images_evaluation")
"""Names of the published archives, without suffix."""

DECODING_VERSION = 1
"""Raise it when the decoding code changes, so that images which earlier code cached are decoded again."""

ORIGIN = "https://github.com/brendenlake/omniglot/tree/master/python"


def omniglot_images(
    *, split: Split, reading: Reading, resize: Resize = "nearest", folder: Path | None = None
) -> ImageClasses:
    """Returns the characters of one split.

    Args:
        split: `train`, `validation` or `test`.
        reading: `code` for the splits of the authors' code, 1100, 100 and 423 characters; `text` for those of the
            paper's text, 1200, 0 and 423 characters.
        resize: How drawings are resized to 28x28 pixels.
        folder: The data folder; the one of the setting `MAML_TF_DATA` if None. If it does not hold Omniglot, the data
            that TensorFlow Datasets has prepared, or may download, is used.

    Raises:
        DatasetMissing: The data was not found; the message says how to get it.
        DatasetError: The data is damaged, or there is no such reading, or it has no such split.
    """
    return _split(folder or _data_folder_or_none(), resize, reading, split)


def load_omniglot(
    folder: Path | None,
    *,
    resize: Resize = "nearest",
    cache: Path | None = None,
    manifest: OmniglotManifest | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ImageClasses:
    """Loads all characters, verified against the manifest, at 28x28 pixels with ink = 255.

    The first call decodes every drawing and writes the images to the cache; later calls read the cache. They still
    need the data.

    Args:
        folder: The data folder, as for `find_omniglot`. If the data is not found, TensorFlow Datasets downloads it,
            provided that the user allows this (`MAML_TF_DOWNLOAD=1`).
        resize: `nearest` (which is what the authors' program does) or `antialiased`.
        cache: Folder for decoded images; `default_cache_folder()` if None.
        manifest: The expected content; the published one if None.
        progress: Called with the number of characters decoded so far and their total number.

    Returns:
        Images [1623, 20, 28, 28], sorted by the names of the characters (`Alphabet/character01`).

    Raises:
        DatasetMissing: The data was not found.
        DatasetError: The data is damaged or not the published one, it cannot be downloaded, `resize` has another
            value, or images must be decoded and Pillow is not installed.
    """
    if resize not in get_args(Resize):
        raise DatasetError(f"resize is {resize!r}; allowed: {', '.join(get_args(Resize))}")
    manifest = manifest or load_omniglot_manifest()
    sources = _find_or_download(folder)
    cache_folder = cache or default_cache_folder()
    name = f"omniglot-{resize}-{manifest.checksum[:16]}-v{DECODING_VERSION}.npz"
    file = cache_folder / name if cache_folder else None
    dataset = read_cache(file, manifest.decoded.get(resize)) if file else None
    if dataset is None or dataset.names != manifest.names:
        dataset = _decode(sources, resize, manifest, progress)
        if file:
            write_cache(file, dataset)
    return dataset


def find_omniglot(folder: Path | None) -> tuple[Path, ...]:
    """Finds Omniglot in the data folder, or else where TensorFlow Datasets has prepared it.

    Args:
        folder: The data folder; the one of the setting `MAML_TF_DATA` if None. It or its subfolder `omniglot` holds
            `images_background` and `images_evaluation`, either as the published zip archives or as folders.

    Returns:
        The two archives or folders, or the one folder of TensorFlow Datasets.

    Raises:
        DatasetMissing: The data is in neither place.
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
    """Finds the two archives or folders without opening them.

    An archive is preferred to a folder of the same name, because it is either complete or refused.

    Raises:
        DatasetMissing: One of the two was not found.
    """
    found = []
    for name in ARCHIVES:
        candidates = [path for home in (folder / "omniglot", folder) for path in (home / f"{name}.zip", home / name)]
        # `os.path.exists`, unlike `Path.exists`, returns False for a folder that cannot be read.
        present = [path for path in candidates if os.path.exists(path)]
        if not present:
            raise DatasetMissing(
                f"Omniglot is not in {str(folder)!r}: neither it nor its subfolder omniglot has {name}.zip or a folder "
                f"{name}; download {' and '.join(f'{archive}.zip' for archive in ARCHIVES)} from {ORIGIN}"
            )
        found.append(present[0])
    return tuple(found)


def read_characters(
    sources: tuple[Path, ...], manifest: OmniglotManifest | None = None
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Reads and decodes the characters one by one, in the order of their names.

    Args:
        sources: The archives or folders, from `find_omniglot`.
        manifest: The expected content; if given, the numbers of drawings are checked before anything is decoded.

    Yields:
        The name of a character, and an array of bool, [drawings, 105, 105], which is true where there is ink. The
        drawings are in the order of the file names.

    Raises:
        DatasetError: An archive or a drawing cannot be read, or the number of characters or drawings is wrong.
    """
    if len(sources) == 1:
        yield from read_prepared(sources[0], manifest or load_omniglot_manifest())
        return
    data = {name: content for source in sources for name, content in read_png_files(source, ORIGIN).items()}
    grouped = groupby(sorted(data), key=lambda name: name.rpartition("/")[0])
    characters = {character: list(names) for character, names in grouped}
    if manifest:
        counts = {character: len(names) for character, names in characters.items()}
        manifest.check_counts(counts, str(sources[0].parent))
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
    sources: tuple[Path, ...],
    resize: Resize,
    manifest: OmniglotManifest,
    progress: Callable[[int, int], None] | None,
) -> ImageClasses:
    names = manifest.names
    images = np.empty([len(names), manifest.drawings, IMAGE_SIDE, IMAGE_SIDE], np.uint8)
    fingerprints = {}
    for index, (name, drawings) in enumerate(read_characters(sources, manifest)):
        images[index] = resize_drawings(drawings, resize)
        fingerprints[name] = fingerprint(drawings)
        if progress:
            progress(index + 1, len(names))
    manifest.check_fingerprints(fingerprints, str(sources[0].parent))
    dataset = ImageClasses(images=images, names=names)
    manifest.check_decoded(dataset.checksum, resize)
    return dataset


def _data_folder_or_none() -> Path | None:
    try:
        return data_folder()
    except DatasetMissing:
        return None  # TensorFlow Datasets does not need this folder.


@cache  # The task distributions of a process share the images.
def _split(folder: Path | None, resize: Resize, reading: Reading, split: Split) -> ImageClasses:
    return omniglot_split(_all(folder, resize), reading, split)


@cache
def _all(folder: Path | None, resize: Resize) -> ImageClasses:
    return load_omniglot(folder, resize=resize)
