"""Errors of the datasets that a user can mend."""

from maml_tf.errors import MAMLError


class DatasetError(MAMLError):
    """Data that cannot be used, told in one line: what was received and what is allowed."""


class DatasetMissing(DatasetError):  # noqa: N818 - missing data is a state to report, more than an error
    """Data that is not there, told in one line: what was looked for and how to get it."""
