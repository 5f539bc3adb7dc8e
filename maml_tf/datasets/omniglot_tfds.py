"""Omniglot as TensorFlow Datasets prepares it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.drawings import decode_drawing, fingerprint
from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.manifest import Manifest

DOWNLOAD_SETTING = "MAML_TF_DOWNLOAD"
"""Environment variable: `1` allows TensorFlow Datasets to download Omniglot."""

SPLITS = "train+test"

VERSION = re.compile(r"\d+\.\d+\.\d+", re.ASCII)
"""Names of the folders that TensorFlow Datasets keeps versions in."""


def may_download() -> bool:
    """Whether the user allows downloads.

    Raises:
        DatasetError: The setting is neither 0 nor 1.
    """
    named = os.environ.get(DOWNLOAD_SETTING, "0")
    if named not in ("", "0", "1"):
        raise DatasetError(f"{DOWNLOAD_SETTING} is {named!r}; allowed: 0, 1")
    return named == "1"


def find_prepared() -> Path | None:
    """The newest version of Omniglot in the folder of TensorFlow Datasets, if it is prepared.

    The folder is the one that `TFDS_DATA_DIR` names, else `tensorflow_datasets` at home. This does
    not import TensorFlow Datasets.
    """
    complete = (info.parent for info in (_home() / "omniglot").glob("*/dataset_info.json"))
    # Folders of other names are of no version, such as what an interrupted preparation leaves.
    return max((folder for folder in complete if VERSION.fullmatch(folder.name)), key=_version, default=None)


def download() -> Path:
    """Has TensorFlow Datasets download and prepare Omniglot.

    Returns:
        Where it is now.

    Raises:
        DatasetError: If this fails, as without a network, or TensorFlow Datasets is absent.
    """
    datasets = _tensorflow_datasets()
    try:
        builder = datasets.builder("omniglot", data_dir=_home())
        builder.download_and_prepare(download_config=datasets.download.DownloadConfig(try_download_gcs=False))
    except Exception as error:  # whatever networks, archives and disks raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise DatasetError(f"TensorFlow Datasets cannot download Omniglot ({reason})") from error
    return Path(builder.data_dir)


def read_prepared(folder: Path, manifest: Manifest) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Reads the characters of both parts, in the order of their names.

    TensorFlow Datasets keeps no file names and shuffles, so that the drawings of a character are put
    in the order that the manifest tells.

    Args:
        folder: A version of the data set, from `find_prepared`.
        manifest: What it must hold.

    Yields:
        The name of the character and where the ink is: bool, [drawings, 105, 105], in the order of
        the published file names.

    Raises:
        DatasetError: If it cannot be read or decoded, if the counts are wrong, or if TensorFlow
            Datasets is absent.
    """
    files = _files_by_character(folder)
    manifest.check_counts({name: len(of_character) for name, of_character in files.items()}, str(folder))
    for name in sorted(files):
        drawings = sorted((decode_drawing(name, data) for data in files[name]), key=fingerprint)
        yield name, np.stack([drawings[place] for place in manifest.places(name)])


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(map(int, folder.name.split(".")))


def _home() -> Path:
    return Path(os.environ.get("TFDS_DATA_DIR") or os.path.expanduser("~/tensorflow_datasets"))


def _files_by_character(folder: Path) -> dict[str, list[bytes]]:
    datasets = _tensorflow_datasets()
    try:
        builder = datasets.builder_from_directory(folder)
        alphabets = builder.info.features["alphabet"].names
        read = datasets.ReadConfig(try_autocache=False)
        decoders = {"image": datasets.decode.SkipDecoding()}
        examples = builder.as_dataset(split=SPLITS, batch_size=256, decoders=decoders, read_config=read)
        files: dict[str, list[bytes]] = {}
        for batch in datasets.as_numpy(examples):
            for alphabet, number, data in zip(
                batch["alphabet"], batch["alphabet_char_id"], batch["image"], strict=True
            ):
                files.setdefault(f"{alphabets[alphabet]}/character{number + 1:02d}", []).append(data)
    except Exception as error:  # whatever TensorFlow raises for damaged records
        reason = " ".join(str(error).split())
        raise DatasetError(f"Omniglot in {str(folder)!r} cannot be read ({reason})") from error
    return files


def _tensorflow_datasets() -> Any:
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise DatasetError(
            f"Omniglot of TensorFlow Datasets needs {error.name}, which is not installed: "
            "pip install 'maml-tf[benchmarks]'"
        ) from error
    return tensorflow_datasets
