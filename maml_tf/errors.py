"""Errors of the library."""


class MAMLError(Exception):
    """What a user can mend, told in one line: the base of `SettingError`, `CheckpointError` and `DatasetError`."""


class SettingError(MAMLError, ValueError):
    """A setting has a value that it cannot take; the message quotes it and says what is allowed."""


class Diverged(ArithmeticError):  # noqa: N818 - it says what happened
    """Meta-training reached a loss that is not finite; the message says where."""
