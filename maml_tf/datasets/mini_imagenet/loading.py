"""Loading MiniImagenet: the data is found, decoded, verified and cached."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from maml_tf.datasets.errors import DatasetError, DatasetMissing
from maml_tf.datasets.image_classes import SPLITS, ImageClasses, Split
from maml_tf.datasets.mini_imagenet.manifest import MiniImagenetManifest, load_mini_imagenet_manifest
from maml_tf.datasets.mini_imagenet.photographs import PHOTOGRAPH_SIDE
from maml_tf.datasets.mini_imagenet.sources import Source, find_mini_imagenet
from maml_tf.datasets.storage import MappedCache, data_folder, default_cache_folder


def mini_imagenet_images(*, split: Split, folder: Path | None = None) -> ImageClasses:
    """Returns the classes of one split.

    Args:
        split: `train`, `validation` or `test`: 64, 16 or 20 classes of 600 images.
        folder: The data folder; the one of the setting `MAML_TF_DATA` if None.

    Raises:
        DatasetMissing: The data was not found; the message says how to get it.
        DatasetError: The data is damaged, or there is no such split.
    """
    return _split(folder or data_folder(), split)


@cache  # The task distributions of a process share the images.
def _split(folder: Path, split: Split) -> ImageClasses:
    return load_mini_imagenet(folder, split)


def load_mini_imagenet(
    folder: Path,
    split: Split,
    *,
    cache: Path | None = None,
    manifest: MiniImagenetManifest | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ImageClasses:
    """Loads one split, verified against the manifest.

    The first call decodes every image through TensorFlow Datasets and writes the result to the cache (813 MB for the
    training split); later calls map the cache into memory. They still need the data.

    Args:
        folder: The data folder, as for `find_mini_imagenet`.
        split: `train`, `validation` or `test`.
        cache: Folder for decoded images; `default_cache_folder()` if None.
        manifest: The expected content; the published one if None.
        progress: Called with the number of steps done so far and their total. Every image takes two steps: it is read,
            and later decoded.

    Returns:
        Images [64, 16 or 20, 600, 84, 84, 3], mapped from the cache. Classes are sorted by their WordNet ids, and the
        images of a class by their file names.

    Raises:
        DatasetMissing: The split was not found.
        DatasetError: There is no such split, the data is damaged or not the published one, the cache cannot be
            written, or images must be decoded and Pillow or TensorFlow Datasets is not installed.
    """
    manifest = manifest or load_mini_imagenet_manifest()
    mapped = _cache(find_mini_imagenet(folder, split), split, manifest, cache)
    shape = (len(manifest.names(split)), manifest.images, PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE, 3)
    dataset = mapped.read()
    if dataset is None or dataset.images.shape != shape or dataset.names != manifest.names(split):
        _prepare(folder, split, mapped, manifest, progress)
        dataset = mapped.read()
    if dataset is None:
        raise DatasetError(f"images that were written to the cache {str(mapped.folder)!r} are not there; try again")
    return dataset


def mini_imagenet_checksum(folder: Path, *, cache: Path | None = None) -> str:
    """Returns the sha256 of the checksums of all prepared splits, without reading any image.

    It distinguishes editions, in which the images were made from the same photographs again, with other pixels.

    Args:
        folder: The data folder, as for `find_mini_imagenet`.
        cache: Folder for decoded images; `default_cache_folder()` if None.

    Raises:
        DatasetError: The folder cannot be read, or there is no cache folder.
    """
    manifest = load_mini_imagenet_manifest()
    checksums: dict[str, str | None] = {}
    for split in SPLITS:
        try:
            checksums[split] = _cache(find_mini_imagenet(folder, split), split, manifest, cache).checksum()
        except DatasetMissing:
            checksums[split] = None
    return hashlib.sha256(json.dumps([manifest.checksum, checksums]).encode()).hexdigest()


def _cache(source: Source, split: Split, manifest: MiniImagenetManifest, cache: Path | None) -> MappedCache:
    folder = cache or default_cache_folder()
    if folder is None:
        raise DatasetError("MiniImagenet needs a folder for its decoded images; set MAML_TF_CACHE to one")
    # The name depends on the state of the files, so that images are decoded again when these change.
    states = [(path.name, state.st_size, state.st_mtime_ns) for path in source.stamped() for state in [path.stat()]]
    stamp = hashlib.sha256(json.dumps([manifest.checksum, states]).encode()).hexdigest()[:16]
    return MappedCache(folder=folder, name=f"mini_imagenet-{split}-{stamp}")


def _prepare(
    folder: Path,
    split: Split,
    mapped: MappedCache,
    manifest: MiniImagenetManifest,
    progress: Callable[[int, int], None] | None,
) -> None:
    try:
        from maml_tf.datasets.mini_imagenet.preparation import prepare_split
    except ImportError as error:
        raise DatasetError(
            f"preparing MiniImagenet needs {error.name}, which is not installed: pip install 'maml-tf[benchmarks]'"
        ) from error
    try:
        mapped.folder.mkdir(parents=True, exist_ok=True)
        _check_space(mapped.folder, len(manifest.names(split)) * manifest.images)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=mapped.folder) as temporary:
            file = Path(temporary, "images.npy")
            verified = prepare_split(folder, split, file, manifest, progress)
            mapped.write(file, manifest.names(split), verified)
    except OSError as error:
        raise DatasetError(
            f"the cache {str(mapped.folder)!r} cannot be written ({error.strerror}); "
            "set MAML_TF_CACHE to another folder"
        ) from error


def _check_space(folder: Path, images: int) -> None:
    # The decoded images and, for some time, the files they are decoded from. Writing to a mapped file kills the process
    # without a message if the disk is full.
    needed = 2 * images * PHOTOGRAPH_SIDE**2 * 3
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DatasetError(
            f"the cache {str(folder)!r} has {free:,} bytes left and {needed:,} are needed; "
            "set MAML_TF_CACHE to another folder"
        )
