"""Checksums of data sets, for the records of runs."""

from maml_tf.datasets.authors_checkpoint import CHECKSUMS as AUTHORS_CHECKSUMS
from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.mini_imagenet.loading import mini_imagenet_checksum
from maml_tf.datasets.omniglot.manifest import load_omniglot_manifest
from maml_tf.datasets.storage import data_folder

CHECKSUMS = {
    "omniglot": lambda: load_omniglot_manifest().checksum,
    "authors_checkpoint": lambda: AUTHORS_CHECKSUMS["model59000.data-00000-of-00001"],
    "mini_imagenet": lambda: mini_imagenet_checksum(data_folder()),
}


def checksum(name: str) -> str:
    """Returns a checksum that identifies the content of a data set, without reading the data.

    Args:
        name: `omniglot`, `authors_checkpoint` or `mini_imagenet`.

    Returns:
        For Omniglot, the sha256 of the manifest, against which every pixel is verified. For the authors' checkpoint,
        the sha256 of the file with the weights. For MiniImagenet, which exists in several editions, the sha256 of the
        checksums of the splits that are prepared.

    Raises:
        DatasetError: There is no data set of this name.
        DatasetMissing: MiniImagenet is asked for and there is no data folder.
    """
    if name not in CHECKSUMS:
        raise DatasetError(f"data set {name!r} is not known; choose from {', '.join(CHECKSUMS)}")
    return CHECKSUMS[name]()
