"""Fixtures for the tests of data sets."""

import os
from pathlib import Path

import pytest
from filelock import FileLock

from maml_tf.datasets import ImageClasses, find_omniglot, load_omniglot
from tests.maml_tf.real_data import folder_with


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes more than a few seconds")


@pytest.fixture(autouse=True)
def nothing_prepared(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hides the data that the user has prepared with TensorFlow Datasets."""
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path_factory.getbasetemp() / "nothing"))
    monkeypatch.delenv("MAML_TF_DOWNLOAD", raising=False)


@pytest.fixture(scope="session")
def omniglot_folder() -> Path:
    """The user's data folder, if it has the real Omniglot."""
    return folder_with(find_omniglot)


@pytest.fixture(scope="session")
def omniglot_cache(omniglot_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with the real Omniglot, which one worker process decodes for all."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with FileLock(shared / "omniglot.lock"):
        load_omniglot(omniglot_folder, cache=shared / "omniglot-cache")
    return shared / "omniglot-cache"


@pytest.fixture(scope="session")
def omniglot(omniglot_folder: Path, omniglot_cache: Path) -> ImageClasses:
    return load_omniglot(omniglot_folder, cache=omniglot_cache)
