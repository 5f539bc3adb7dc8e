"""The one error of the report that a user can mend."""


class ReportError(Exception):
    """A report that could not be written, told in one line that quotes the folder."""
