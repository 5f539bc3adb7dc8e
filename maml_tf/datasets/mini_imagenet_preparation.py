"""Decoding MiniImagenet, through TensorFlow Datasets. Importing this imports TensorFlow Datasets."""

import contextlib
import io
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from maml_tf.datasets.mini_imagenet_builder import MiniImagenet
from maml_tf.datasets.mini_imagenet_manifest import MiniImagenetManifest, fingerprint_files
from maml_tf.datasets.part import Part
from maml_tf.datasets.photographs import PHOTOGRAPH_SIDE, decode_photograph

BATCH = 256
"""Images decoded at a time."""


def prepare_split(
    folder: Path,
    split: Part,
    file: Path,
    manifest: MiniImagenetManifest,
    progress: Callable[[int, int], None] | None = None,
) -> str:
    """Decodes one split into a `.npy` file of uint8 [classes, images, 84, 84, 3].

    Args:
        folder: The data folder, as for `find_mini_imagenet`.
        split: The split.
        file: Where to write. The records of TensorFlow Datasets are left beside it.
        manifest: What the folder must hold.
        progress: Called with the steps done so far and their total: each image is read, then decoded.

    Returns:
        What was verified, in one line.

    Raises:
        DatasetError: If the data is damaged or not the published one, or if Pillow is absent.
    """
    names = manifest.names(split)
    total = 2 * len(names) * manifest.images
    report = progress or (lambda done, total: None)
    builder = _build(folder, split, file.parent, manifest, lambda done: report(done, total))
    images = open_memmap(
        file, mode="w+", dtype=np.uint8, shape=(len(names), manifest.images, PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE, 3)
    )
    files = np.full(images.shape[:2], "", "<U16")
    done = total // 2
    for batch in _batches(builder, split):
        places = _places(builder, names, batch)
        images[places] = _decode(batch, places, names)
        files[places] = batch["file"].astype(str)
        done += len(batch["file"])
        report(done, total)
    images.flush()
    return _verified(split, manifest, dict(zip(names, files, strict=True)))


def _build(
    folder: Path, split: Part, data_dir: Path, manifest: MiniImagenetManifest, progress: Callable[[int], None]
) -> MiniImagenet:
    terminal = sys.stdout

    def report(done: int) -> None:
        with contextlib.redirect_stdout(terminal):
            progress(done)

    # TensorFlow Datasets shows bars and prints lines of its own, about a folder that will not stay.
    tfds.disable_progress_bar()
    builder = MiniImagenet(splits=(split,), manifest=manifest, progress=report, data_dir=data_dir)
    with contextlib.redirect_stdout(io.StringIO()):
        builder.download_and_prepare(
            download_config=tfds.download.DownloadConfig(manual_dir=folder, try_download_gcs=False)
        )
    return builder


def _batches(builder: MiniImagenet, split: Part) -> Iterator[Mapping[str, NDArray[Any]]]:
    dataset = builder.as_dataset(
        split=split,
        batch_size=BATCH,
        decoders={"image": tfds.decode.SkipDecoding()},
        read_config=tfds.ReadConfig(try_autocache=False),
    )
    yield from tfds.as_numpy(dataset)


def _places(
    builder: MiniImagenet, names: tuple[str, ...], batch: Mapping[str, NDArray[Any]]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    first = builder.class_names().index(names[0])
    return batch["label"].astype(np.intp) - first, batch["position"].astype(np.intp)


def _decode(
    batch: Mapping[str, NDArray[Any]], places: tuple[NDArray[np.intp], NDArray[np.intp]], names: tuple[str, ...]
) -> NDArray[np.uint8]:
    labels = [f"image {position + 1} of {names[index]}" for index, position in zip(*places, strict=True)]
    with ThreadPoolExecutor() as pool:
        return np.stack(list(pool.map(decode_photograph, labels, batch["image"])))


def _verified(split: Part, manifest: MiniImagenetManifest, files: Mapping[str, NDArray[np.str_]]) -> str:
    counted = f"{len(files)} classes of {manifest.images} images, those of the published {split} split"
    if any((names == "").any() for names in files.values()):
        return f"{counted}; a pickle names no files, so that neither their names nor their bytes were compared"
    same = manifest.same_files(split, {name: fingerprint_files(of_class) for name, of_class in files.items()})
    if same == len(files):
        return f"{counted}, with the published file names and the files of the known edition"
    return f"{counted}, with the published file names; another edition, with the known files in {same} classes"
