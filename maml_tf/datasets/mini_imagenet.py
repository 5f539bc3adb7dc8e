"""MiniImagenet: 100 classes of ImageNet with 600 photographs each, at 84x84 pixels.

Vinyals et al., "Matching Networks for One Shot Learning" (2016); split of 64, 16 and 20 classes by Ravi
and Larochelle, "Optimization as a Model for Few-Shot Learning" (2017).
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from maml_tf.datasets.cache import default_cache_folder
from maml_tf.datasets.errors import DatasetError, DatasetMissing
from maml_tf.datasets.image_classes import ImageClasses
from maml_tf.datasets.mapped_cache import MappedCache
from maml_tf.datasets.mini_imagenet_folder import find_mini_imagenet
from maml_tf.datasets.mini_imagenet_manifest import SPLITS, MiniImagenetManifest, load_mini_imagenet_manifest
from maml_tf.datasets.mini_imagenet_source import Source
from maml_tf.datasets.part import Part
from maml_tf.datasets.photographs import PHOTOGRAPH_SIDE


def load_mini_imagenet(
    folder: Path,
    split: Part,
    *,
    cache: Path | None = None,
    manifest: MiniImagenetManifest | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ImageClasses:
    """Loads one split, verified against the manifest.

    The first load decodes every image through TensorFlow Datasets and keeps the result (813 MB for the
    train split); later ones map that into memory. The data must be in the folder either way.

    Args:
        folder: The data folder, as for `find_mini_imagenet`.
        split: `train`, `validation` or `test`.
        cache: Where decoded images are kept; `default_cache_folder()` if None.
        manifest: What the folder must hold; the published classes if None.
        progress: Called with the steps done so far and their total: each image is read, then decoded.

    Returns:
        Images [64, 16 or 20, 600, 84, 84, 3], mapped from the cache, in the order of the WordNet ids of the
        classes and, in a class, of the file names.

    Raises:
        DatasetMissing: If the folder does not hold the split.
        DatasetError: If there is no such split, if the data is damaged or not the published one, if the cache
            cannot be written, or if images must be decoded and Pillow or TensorFlow Datasets is absent.
    """
    manifest = manifest or load_mini_imagenet_manifest()
    kept = _cache(find_mini_imagenet(folder, split), split, manifest, cache)
    shape = (len(manifest.names(split)), manifest.images, PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE, 3)
    dataset = kept.read()
    if dataset is None or dataset.images.shape != shape or dataset.names != manifest.names(split):
        _prepare(folder, split, kept, manifest, progress)
        dataset = kept.read()
    if dataset is None:
        raise DatasetError(f"the cache {str(kept.folder)!r} does not give back what was written; is it being cleaned?")
    return dataset


def mini_imagenet_checksum(folder: Path, *, cache: Path | None = None) -> str:
    """The sha256 over the checksums of the prepared splits, cheap enough to ask often.

    It tells editions apart: others made the images of the same photographs again, with other pixels.

    Args:
        folder: The data folder, as for `find_mini_imagenet`.
        cache: Where decoded images are kept; `default_cache_folder()` if None.

    Raises:
        DatasetError: If the folder cannot be looked into, or there is no cache folder.
    """
    manifest = load_mini_imagenet_manifest()
    checksums: dict[str, str | None] = {}
    for split in SPLITS:
        try:
            checksums[split] = _cache(find_mini_imagenet(folder, split), split, manifest, cache).checksum()
        except DatasetMissing:
            checksums[split] = None
    return hashlib.sha256(json.dumps([manifest.checksum, checksums]).encode()).hexdigest()


def _cache(source: Source, split: Part, manifest: MiniImagenetManifest, cache: Path | None) -> MappedCache:
    folder = cache or default_cache_folder()
    if folder is None:
        raise DatasetError("MiniImagenet needs a folder for its decoded images; set MAML_TF_CACHE to one")
    # The checksum of the manifest does not tell the pixels, so that a changed source is prepared again.
    states = [(path.name, state.st_size, state.st_mtime_ns) for path in source.stamped() for state in [path.stat()]]
    stamp = hashlib.sha256(json.dumps([manifest.checksum, states]).encode()).hexdigest()[:16]
    return MappedCache(folder=folder, name=f"mini_imagenet-{split}-{stamp}")


def _prepare(
    folder: Path,
    split: Part,
    kept: MappedCache,
    manifest: MiniImagenetManifest,
    progress: Callable[[int, int], None] | None,
) -> None:
    try:
        from maml_tf.datasets.mini_imagenet_preparation import prepare_split
    except ImportError as error:
        raise DatasetError(
            f"preparing MiniImagenet needs {error.name}, which is not installed: pip install 'maml-tf[benchmarks]'"
        ) from error
    try:
        kept.folder.mkdir(parents=True, exist_ok=True)
        _check_space(kept.folder, len(manifest.names(split)) * manifest.images)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=kept.folder) as scratch:
            file = Path(scratch, "images.npy")
            verified = prepare_split(folder, split, file, manifest, progress)
            kept.write(file, manifest.names(split), verified)
    except OSError as error:
        raise DatasetError(
            f"the cache {str(kept.folder)!r} cannot be written ({error.strerror}); set MAML_TF_CACHE to another folder"
        ) from error


def _check_space(folder: Path, images: int) -> None:
    # Decoded images and, for a while, the files they come from. A full disk would kill a mapped write without a word.
    needed = 2 * images * PHOTOGRAPH_SIDE**2 * 3
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DatasetError(
            f"the cache {str(folder)!r} has {free:,} bytes left and {needed:,} are needed; "
            "set MAML_TF_CACHE to another folder"
        )
