"""Real data, for the tests that need it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from maml_tf.datasets import DatasetMissing, data_folder


def folder_with(find: Callable[[Path], object]) -> Path:
    """Returns the user's data folder, or skips the test if it is not set or `find` raises DatasetMissing."""
    try:
        folder = data_folder()
        find(folder)
    except DatasetMissing as missing:
        pytest.skip(str(missing))
    return folder
