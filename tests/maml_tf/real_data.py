"""Real data, for the tests that have them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from maml_tf.datasets import DatasetMissing, data_folder


def folder_with(find: Callable[[Path], object]) -> Path:
    """The user's data folder; a test is skipped, with the reason, where there is none or `find` misses its data."""
    try:
        folder = data_folder()
        find(folder)
    except DatasetMissing as missing:
        pytest.skip(str(missing))
    return folder
