"""Checksums of data sets, for the record of a run."""

from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.manifest import load_manifest

NAMES = ("omniglot",)


def checksum(name: str) -> str:
    """The sha256 of the manifest that a data set was verified against when it was loaded.

    Raises:
        DatasetError: There is no data set of this name.
    """
    if name not in NAMES:
        raise DatasetError(f"data set {name!r} is not known; choose from {', '.join(NAMES)}")
    return load_manifest(name).checksum
