"""Checksums of data sets, for the record of a run."""

from maml_tf.datasets.authors_checkpoint import DIGESTS
from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.folder import data_folder
from maml_tf.datasets.manifest import load_manifest
from maml_tf.datasets.mini_imagenet import mini_imagenet_checksum

CHECKSUMS = {
    "omniglot": lambda: load_manifest("omniglot").checksum,
    "authors_checkpoint": lambda: DIGESTS["model59000.data-00000-of-00001"],
    "mini_imagenet": lambda: mini_imagenet_checksum(data_folder()),
}


def checksum(name: str) -> str:
    """What tells the images of a data set from others of the same name; cheap.

    Of Omniglot the sha256 of the manifest, against which every pixel is verified; of the authors' checkpoint
    that of the file; of MiniImagenet, of
    which there are several editions, the sha256 over the checksums of the splits that are prepared.

    Raises:
        DatasetError: There is no data set of this name.
        DatasetMissing: MiniImagenet is asked for and there is no data folder.
    """
    if name not in CHECKSUMS:
        raise DatasetError(f"data set {name!r} is not known; choose from {', '.join(CHECKSUMS)}")
    return CHECKSUMS[name]()
