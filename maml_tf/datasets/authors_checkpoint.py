"""The weights that the authors released: MiniImagenet, 5-way 1-shot, 59,000 meta-iterations."""

import hashlib
import os
from pathlib import Path

import numpy as np

from maml_tf.datasets.errors import DatasetError, DatasetMissing

ORIGIN = (
    "https://github.com/cbfinn/maml/tree/master/logs/miniimagenet1shot/"
    "cls_5.mbs_4.ubs_1.numstep5.updatelr0.01hidden32maxpoolbatchnorm"
)
NAME = "model59000"
CHECKSUMS = {
    f"{NAME}.index": "1aa0796e828abfecda13d14b8edae381ec2fc00b190a0aee985d05dba4814c4f",
    f"{NAME}.data-00000-of-00001": "f7e14e6f544371a562441d378f4bc5765431008400cc07a16ad5ed488ea9dea0",
}
"""The sha256 of the published files."""


def find_authors_checkpoint(folder: Path) -> Path:
    """Finds the checkpoint and verifies that it is the published one.

    Args:
        folder: The data folder. It or its subfolder `authors_checkpoint` holds the two files.

    Returns:
        The path by which TensorFlow knows the checkpoint: the common path of its files, without their suffixes.

    Raises:
        DatasetMissing: A file was not found.
        DatasetError: A file cannot be read, or is not the published one.
    """
    candidates = (folder / "authors_checkpoint", folder)
    # `os.path.exists`, unlike `Path.exists`, returns False for a folder that cannot be read.
    complete = [home for home in candidates if all(os.path.exists(home / name) for name in CHECKSUMS)]
    if not complete:
        raise DatasetMissing(
            f"the authors' checkpoint is not in {str(folder)!r}: neither it nor its subfolder authors_checkpoint has "
            f"{' and '.join(CHECKSUMS)}; download them from {ORIGIN}"
        )
    for name, expected in CHECKSUMS.items():
        _verify(complete[0] / name, expected)
    return complete[0] / NAME


def load_authors_checkpoint(folder: Path) -> dict[str, np.ndarray]:
    """Loads the weights by the names that the authors' program gave them; needs TensorFlow.

    Args:
        folder: The data folder, as for `find_authors_checkpoint`.

    Returns:
        Arrays of float32: the kernels `model/conv1` to `model/conv4` [3, 3, inputs, 32], their biases
        `model/Variable`, `model/Variable_1` to `model/Variable_3` [32], the shifts of batch normalisation
        `model/0/beta` to `model/3/beta` [32], and the last layer, `model/w5` [800, 5] and `model/b5` [5].

    Raises:
        DatasetMissing: A file was not found.
        DatasetError: A file cannot be read, or is not the published one.
    """
    prefix = find_authors_checkpoint(folder)
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(prefix))
    return {name: reader.get_tensor(name) for name in sorted(reader.get_variable_to_shape_map())}


def _verify(file: Path, expected: str) -> None:
    try:
        actual = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise DatasetError(f"{str(file)!r} cannot be read ({error.strerror})") from error
    if actual != expected:
        raise DatasetError(
            f"{str(file)!r} is not the published file: its sha256 is {actual}; allowed: {expected}; "
            f"download it again from {ORIGIN}"
        )
