"""The packages of the extra `rl`, which only environments with physics need."""

from importlib import import_module
from typing import Any

from maml_tf.errors import SettingError


def imported(package: str) -> Any:
    """Imports a package of the extra `rl`.

    Raises:
        SettingError: It is not installed; the message names the extra.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError:
        name = package.split(".")[0]
        raise SettingError(f"this environment needs {name}, which is not installed: pip install maml-tf[rl]") from None


def check_version(expected: str | None) -> None:
    """Checks that the installed MuJoCo has the expected version; None allows any.

    Raises:
        SettingError: It has another version.
    """
    installed = imported("mujoco").__version__
    if expected not in (None, installed):
        raise SettingError(f"mujoco must be {expected!r}, the version of these settings; {installed!r} is installed")
