"""Omniglot as TensorFlow Datasets prepares it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maml_tf.datasets.errors import DatasetError
from maml_tf.datasets.omniglot.drawings import decode_drawing, fingerprint
from maml_tf.datasets.omniglot.manifest import OmniglotManifest

DOWNLOAD_SETTING = "MAML_TF_DOWNLOAD"
"""Environment variable; `1` allows TensorFlow Datasets to download Omniglot."""

ALL_CHARACTERS = "train+test"
"""The splits of TensorFlow Datasets that hold all characters together."""

VERSION = re.compile(r"\d+\.\d+\.\d+", re.ASCII)
"""Names of the folders in which TensorFlow Datasets keeps versions."""


def may_download() -> bool:
    """Returns whether the user allows downloads.

    Raises:
        DatasetError: The setting is neither 0 nor 1.
    """
    setting = os.environ.get(DOWNLOAD_SETTING, "0")
    if setting not in ("", "0", "1"):
        raise DatasetError(f"{DOWNLOAD_SETTING} is {setting!r}; allowed: 0, 1")
    return setting == "1"


def find_prepared() -> Path | None:
    """Finds the newest version of Omniglot that TensorFlow Datasets has prepared, without importing that package.

    Returns:
        The folder of the version, or None. It is looked for in the folder that the environment variable
        `TFDS_DATA_DIR` names, or else in `tensorflow_datasets` in the home folder.
    """
    complete = (info.parent for info in (_data_dir() / "omniglot").glob("*/dataset_info.json"))
    # Folders with other names are not versions: an interrupted preparation leaves some behind.
    return max((folder for folder in complete if VERSION.fullmatch(folder.name)), key=_version, default=None)


def download() -> Path:
    """Downloads and prepares Omniglot with TensorFlow Datasets.

    Returns:
        The folder of the prepared version.

    Raises:
        DatasetError: The download fails, for instance without a network, or TensorFlow Datasets is not installed.
    """
    datasets = _tensorflow_datasets()
    try:
        builder = datasets.builder("omniglot", data_dir=_data_dir())
        builder.download_and_prepare(download_config=datasets.download.DownloadConfig(try_download_gcs=False))
    except Exception as error:  # Networks, archives and disks raise many kinds.
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise DatasetError(f"TensorFlow Datasets cannot download Omniglot ({reason})") from error
    return Path(builder.data_dir)


def read_prepared(folder: Path, manifest: OmniglotManifest) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Reads all characters, in the order of their names.

    TensorFlow Datasets shuffles the drawings and does not keep their file names. The manifest restores their order.

    Args:
        folder: The folder of a prepared version, from `find_prepared`.
        manifest: The expected content.

    Yields:
        The name of a character, and an array of bool, [drawings, 105, 105], which is true where there is ink. The
        drawings are in the order of the published file names.

    Raises:
        DatasetError: The data cannot be read or decoded, the number of characters or drawings is wrong, or TensorFlow
            Datasets is not installed.
    """
    files = _files_by_character(folder)
    manifest.check_counts({name: len(of_character) for name, of_character in files.items()}, str(folder))
    for name in sorted(files):
        drawings = sorted((decode_drawing(name, data) for data in files[name]), key=fingerprint)
        yield name, np.stack([drawings[rank] for rank in manifest.ranks(name)])


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(map(int, folder.name.split(".")))


def _data_dir() -> Path:
    return Path(os.environ.get("TFDS_DATA_DIR") or os.path.expanduser("~/tensorflow_datasets"))


def _files_by_character(folder: Path) -> dict[str, list[bytes]]:
    datasets = _tensorflow_datasets()
    try:
        builder = datasets.builder_from_directory(folder)
        alphabets = builder.info.features["alphabet"].names
        config = datasets.ReadConfig(try_autocache=False)
        decoders = {"image": datasets.decode.SkipDecoding()}
        examples = builder.as_dataset(split=ALL_CHARACTERS, batch_size=256, decoders=decoders, read_config=config)
        files: dict[str, list[bytes]] = {}
        for batch in datasets.as_numpy(examples):
            for alphabet, number, data in zip(
                batch["alphabet"], batch["alphabet_char_id"], batch["image"], strict=True
            ):
                files.setdefault(f"{alphabets[alphabet]}/character{number + 1:02d}", []).append(data)
    except Exception as error:  # TensorFlow raises many kinds for damaged records.
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
