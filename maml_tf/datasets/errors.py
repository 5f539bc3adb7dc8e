"""Errors about data sets that a user can correct."""

from maml_tf.errors import MAMLError


class DatasetError(MAMLError):
    """Data that cannot be used; the message says in one line what was received and what is allowed."""


class DatasetMissing(DatasetError):  # noqa: N818 - missing data is a state to report rather than an error
    """Data that was not found; the message says in one line what was looked for and how to get it."""
