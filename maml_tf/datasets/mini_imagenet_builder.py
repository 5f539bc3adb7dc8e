"""MiniImagenet as a data set of TensorFlow Datasets. Importing this imports TensorFlow Datasets."""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from maml_tf.datasets.mini_imagenet_folder import find_mini_imagenet
from maml_tf.datasets.mini_imagenet_manifest import SPLITS, MiniImagenetManifest, load_mini_imagenet_manifest
from maml_tf.datasets.mini_imagenet_source import ORIGIN, Photograph
from maml_tf.datasets.part import Part
from maml_tf.datasets.photographs import PHOTOGRAPH_SIDE


class MiniImagenet(tfds.core.GeneratorBasedBuilder):  # type: ignore[misc]
    """The images of a folder (`manual_dir`), verified against a manifest.

    An example has `image`, `label` (all classes, in the order of the splits and, in a split, of
    their names), `position` (its place in the class, in the order of the file names) and `file`
    (fingerprint of the bytes of its file, empty if it came without).

    Args:
        splits: The splits to prepare.
        manifest: What the folder must hold; the published classes if None.
        progress: Called after each image of a split with the images read so far.
        options: Those of any builder of TensorFlow Datasets, such as `data_dir`.
    """

    VERSION = tfds.core.Version("1.0.0")
    MANUAL_DOWNLOAD_INSTRUCTIONS = f"The lists are at {ORIGIN}; the photographs are of ImageNet (ILSVRC-2012)."

    def __init__(
        self,
        *,
        splits: Sequence[Part] = SPLITS,
        manifest: MiniImagenetManifest | None = None,
        progress: Callable[[int], None] | None = None,
        **options: Any,
    ) -> None:
        self._splits = splits
        self._manifest = manifest or load_mini_imagenet_manifest()
        self._progress = progress
        super().__init__(**options)

    def class_names(self) -> list[str]:
        """The names of the classes in the order of the labels."""
        return [name for split in self._manifest.splits for name in self._manifest.names(split)]

    def _info(self) -> Any:
        image = tfds.features.Image(shape=(PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE, 3))
        return tfds.core.DatasetInfo(
            builder=self,
            description="100 classes of ImageNet with 600 images each, in three splits without a class in common.",
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

    def _generate_examples(self, folder: Path, split: Part) -> Iterator[tuple[str, dict[str, Any]]]:
        source = find_mini_imagenet(folder, split)
        for done, photograph in enumerate(source.photographs(self._manifest, split), start=1):
            yield f"{photograph.class_name}/{photograph.position}", _example(photograph)
            if self._progress:
                self._progress(done)


def _example(photograph: Photograph) -> dict[str, Any]:
    image = photograph.image
    return {
        "image": BytesIO(image) if isinstance(image, bytes) else image,
        "label": photograph.class_name,
        "position": photograph.position,
        "file": photograph.fingerprint,
    }
