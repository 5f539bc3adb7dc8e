"""Errors of the library."""


class MAMLError(Exception):
    """A problem that the user can correct; the base class of `SettingError`, `CheckpointError` and `DatasetError`."""


class SettingError(MAMLError, ValueError):
    """A setting has a value that is not allowed; the message quotes it and says what is allowed."""


class Diverged(ArithmeticError):  # noqa: N818 - it says what happened
    """Meta-training reached a loss that is not finite; the message says where."""
