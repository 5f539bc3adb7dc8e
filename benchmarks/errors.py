"""The one error that a user can mend."""

from collections.abc import Sequence


class BenchmarkError(Exception):
    """Something that the user can put right, told in one line.

    The command line prints the message without a traceback and exits with `exit_status`: 2 for
    misuse, 1 for a run that failed or a regression.
    """

    def __init__(self, message: str, exit_status: int = 2) -> None:
        super().__init__(message)
        self.exit_status = exit_status


def check_choice(kind: str, value: str, allowed: Sequence[str]) -> None:
    """Checks one word that a user gave.

    Raises:
        BenchmarkError: it is none of those allowed.
    """
    if value not in allowed:
        raise BenchmarkError(f"unknown {kind} {value!r}; choose from {', '.join(allowed)}")
