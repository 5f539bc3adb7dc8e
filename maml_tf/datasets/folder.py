"""Where the user keeps data."""

import os
from pathlib import Path

from maml_tf.datasets.errors import DatasetMissing

SETTING = "MAML_TF_DATA"


def data_folder() -> Path:
    """The folder that the environment variable `MAML_TF_DATA` names.

    Raises:
        DatasetMissing: It is not set, or names no folder.
    """
    named = os.environ.get(SETTING, "")
    if not named:
        raise DatasetMissing(f"{SETTING} is not set; set it to the folder that holds your data sets")
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise DatasetMissing(f"{SETTING} is {named!r}, which is no folder; set it to the one that holds your data sets")
    return folder
