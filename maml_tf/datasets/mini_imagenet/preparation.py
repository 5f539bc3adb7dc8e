"""Decoding MiniImagenet through TensorFlow Datasets. Importing this module imports TensorFlow Datasets."""

import contextlib
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from maml_tf.datasets.image_classes import SPLITS, Split
from maml_tf.datasets.mini_imagenet.manifest import (
    ORIGIN,
    MiniImagenetManifest,
    fingerprint_files,
    load_mini_imagenet_manifest,
)
from maml_tf.datasets.mini_imagenet.photographs import PHOTOGRAPH_SIDE, Photograph, decode_photograph
from maml_tf.datasets.mini_imagenet.sources import find_mini_imagenet

BATCH = 256
"""Number of images that are decoded together."""


class MiniImagenet(tfds.core.GeneratorBasedBuilder):  # type: ignore[misc]
    """A data set of TensorFlow Datasets with the images of a folder (`manual_dir`), verified against a manifest.

    An example has `image`, `label` (the index among the classes of all splits, which are in the order of the splits
    and, within a split, of their names), `position` (in the class, in the order of the file names) and `file` (the
    fingerprint of its file, empty if the image was not read from its own file).

    Args:
        splits: The splits to prepare.
        manifest: The expected content; the published one if None.
        progress: Called after each image of a split with the number of images read so far.
        options: Arguments of every builder of TensorFlow Datasets, such as `data_dir`.
    """

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = f"The lists are at {ORIGIN}; the photographs are part of ImageNet (ILSVRC-2012)."

    def __init__(
        self,
        *,
        splits: Sequence[Split] = SPLITS,
        manifest: MiniImagenetManifest | None = None,
        progress: Callable[[int], None] | None = None,
        **options: Any,
    ) -> None:
        self._splits = splits
        self._manifest = manifest or load_mini_imagenet_manifest()
        self._progress = progress
        super().__init__(**options)

    def class_names(self) -> list[str]:
        """Returns the names of the classes in the order of the labels."""
        return [name for split in self._manifest.splits for name in self._manifest.names(split)]

    def _info(self) -> Any:
        image = tfds.features.Image(shape=(PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE, 3))
        return tfds.core.DatasetInfo(
            builder=self,
            description="100 classes of ImageNet with 600 images each, in three splits without common classes.",
            features=tfds.features.FeaturesDict(
                {
                    "image": image,
                    "label": tfds.features.ClassLabel(names=self.class_names()),
                    "position": np.int64,
                    "file": tfds.features.Text(),
                }
            ),
            supervised_keys=("image", "label"),
            homepage=ORIGIN,
            citation="Vinyals et al., Matching Networks for One Shot Learning, 2016; split: Ravi, Larochelle, 2017",
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator[tuple[str, dict[str, Any]]]]:
        folder = Path(dl_manager.manual_dir)
        return {split: self._generate_examples(folder, split) for split in self._splits}

    def _generate_examples(self, folder: Path, split: Split) -> Iterator[tuple[str, dict[str, Any]]]:
        source = find_mini_imagenet(folder, split)
        for done, photograph in enumerate(source.photographs(self._manifest, split), start=1):
            yield f"{photograph.class_name}/{photograph.position}", _example(photograph)
            if self._progress:
                self._progress(done)


def prepare_split(
    folder: Path,
    split: Split,
    file: Path,
    manifest: MiniImagenetManifest,
    progress: Callable[[int, int], None] | None = None,
) -> str:
    """Decodes one split into an `.npy` file of uint8, [classes, images, 84, 84, 3].

    Args:
        folder: The data folder, as for `find_mini_imagenet`.
        split: The split.
        file: The file to write. The records of TensorFlow Datasets are written beside it, and stay.
        manifest: The expected content.
        progress: Called with the number of steps done so far and their total. Every image takes two steps: it is read,
            and later decoded.

    Returns:
        What was verified, in one line.

    Raises:
        DatasetError: The data is damaged or not the published one, or Pillow is not installed.
    """
    names = manifest.names(split)
    total = 2 * len(names) * manifest.images
    report = progress or (lambda done, total: None)
    builder = _build(folder, split, file.parent, manifest, lambda done: report(done, total))
    images = open_memmap(
        file, mode="w+", dtype=np.uint8, shape=(len(names), manifest.images, PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE, 3)
    )
    fingerprints = np.full(images.shape[:2], "", "<U16")
    done = total // 2
    for batch in _batches(builder, split):
        positions = _positions(builder, names, batch)
        images[positions] = _decode(batch, positions, names)
        fingerprints[positions] = batch["file"].astype(str)
        done += len(batch["file"])
        report(done, total)
    images.flush()
    return _describe_verification(split, manifest, dict(zip(names, fingerprints, strict=True)))


def _example(photograph: Photograph) -> dict[str, Any]:
    image = photograph.image
    return {
        "image": io.BytesIO(image) if isinstance(image, bytes) else image,
        "label": photograph.class_name,
        "position": photograph.position,
        "file": photograph.fingerprint,
    }


def _build(
    folder: Path, split: Split, data_dir: Path, manifest: MiniImagenetManifest, progress: Callable[[int], None]
) -> MiniImagenet:
    terminal = sys.stdout

    def report(done: int) -> None:
        with contextlib.redirect_stdout(terminal):
            progress(done)

    # TensorFlow Datasets shows its own progress bars, and prints lines about a folder that is only temporary.
    tfds.disable_progress_bar()
    builder = MiniImagenet(splits=(split,), manifest=manifest, progress=report, data_dir=data_dir)
    with contextlib.redirect_stdout(io.StringIO()):
        builder.download_and_prepare(
            download_config=tfds.download.DownloadConfig(manual_dir=folder, try_download_gcs=False)
        )
    return builder


def _batches(builder: MiniImagenet, split: Split) -> Iterator[Mapping[str, NDArray[Any]]]:
    dataset = builder.as_dataset(
        split=split,
        batch_size=BATCH,
        decoders={"image": tfds.decode.SkipDecoding()},
        read_config=tfds.ReadConfig(try_autocache=False),
    )
    yield from tfds.as_numpy(dataset)


def _positions(
    builder: MiniImagenet, names: tuple[str, ...], batch: Mapping[str, NDArray[Any]]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    # Indices of the class in the split, and of the image in the class.
    first = builder.class_names().index(names[0])
    return batch["label"].astype(np.intp) - first, batch["position"].astype(np.intp)


def _decode(
    batch: Mapping[str, NDArray[Any]], positions: tuple[NDArray[np.intp], NDArray[np.intp]], names: tuple[str, ...]
) -> NDArray[np.uint8]:
    labels = [f"image {position + 1} of {names[index]}" for index, position in zip(*positions, strict=True)]
    with ThreadPoolExecutor() as pool:
        return np.stack(list(pool.map(decode_photograph, labels, batch["image"])))


def _describe_verification(
    split: Split, manifest: MiniImagenetManifest, fingerprints: Mapping[str, NDArray[np.str_]]
) -> str:
    classes = len(fingerprints)
    counted = f"{classes} classes of {manifest.images} images, those of the published {split} split"
    if any((of_class == "").any() for of_class in fingerprints.values()):
        return f"{counted}; a pickle contains no file names, so neither names nor content of the files were compared"
    of_classes = {name: fingerprint_files(of_class) for name, of_class in fingerprints.items()}
    known = manifest.count_known_classes(split, of_classes)
    if known == classes:
        return f"{counted}, with the published file names and the files of the known edition"
    return f"{counted}, with the published file names; another edition, with the known files in {known} classes"
